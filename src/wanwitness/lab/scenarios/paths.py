"""What the network does to a connection: ports, refusals, silence, detours, another try."""

from __future__ import annotations

import socket
from threading import Thread

from wanwitness.lab import router
from wanwitness.lab.dialogue import ClientDialogue
from wanwitness.lab.stage import LabHost, Play, Stage
from wanwitness.lab.topology import BY_NAME, SUBSCRIBERS

from .registry import scenario

RELAY = "smtp.isp1.example"
STALE_PORT = 19_999
TCP_REPAIR = 19
"""A socket in repair mode is closed without telling the other side (linux/tcp.h)."""


@scenario("refused", "consistent refused")
def refused(play: Play) -> None:
    """Nothing listens where the name leads: the connection is reset."""
    pc = play.client()
    pc.mail(pc.ask("closed.isp1.example", by="isp1").first, over="isp1")


@scenario("refused-by-icmp", "consistent refused")
def refused_by_icmp(play: Play) -> None:
    """The provider lets nobody reach that server's port 25, and says so by ICMP."""
    pc = play.client()
    pc.mail(pc.ask("mx.walled.example", by="isp1").first, over="isp1")


@scenario("port-25-blocked", "consistent unanswered")
def port_25_blocked(play: Play) -> None:
    """The provider drops connections to that server's port 25: no answer."""
    pc = play.client()
    pc.mail(pc.ask("mx.far.example", by="isp1").first, over="isp1", patience_s=1.5)


@scenario("random-source-port", "consistent accepted")
def random_source_port(play: Play) -> None:
    """The router gives the connection another source port."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, by="isp1").first, source_port=pc.scattered_port("isp1"))


@scenario("one-source-port", "consistent accepted", "consistent accepted", hosts=2, mixes=False)
def one_source_port(play: Play) -> None:
    """Two clients connect to one relay from one source port, at the same time."""
    port, pcs = play.stage.ports.common(), (play.client(1), play.client(2))
    both = []
    for pc in pcs:
        router.nft(router.pin(pc.ip, port, "isp1"))
        address = pc.ask(RELAY, by="isp1").first
        both.append(Thread(target=pc.mail, args=(address,), kwargs={"source_port": port}))
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()


@scenario("direct-to-mx", "link-mismatch accepted")
def direct_to_mx(play: Play) -> None:
    """The client sends straight to the recipient's server, found over link 1, by link 2: no relay, no harm."""
    pc = play.client()
    pc.ask("third.example", "MX", by="isp1")
    pc.mail(pc.ask("mx.third.example", by="isp1").first, over="isp2")


@scenario("asymmetric-return", "consistent accepted", mixes=False)
def asymmetric_return(play: Play) -> None:
    """What leaves by link 1 is answered through link 2."""
    pc = play.client()
    pc.mail(pc.ask("detour.isp1.example", by="isp1").first, over="isp1")


@scenario("retried-other-link", "link-mismatch rejected", "consistent accepted", mixes=False)
def retried_other_link(play: Play) -> None:
    """A mail refused on link 2 is sent again by link 1 and taken; the client pipelines, so its recipient is seen."""
    pc, recipient = play.client(), f"bob.{play.stage.ports.common()}@third.example"

    def script(dialogue: ClientDialogue) -> None:
        dialogue.hello()
        dialogue.pipelined_mail("alice@isp1.example", recipient)

    pc.mail(pc.ask(RELAY, by="isp1").first, script, over="isp2")
    pc.mail(pc.ask(RELAY, by="isp1").first, script, over="isp1")


def _vanish(stage: Stage) -> None:
    """Connect, and let the client forget the connection without a word, as a host does that loses its power."""
    pc = LabHost(stage, "", 8)
    router.nft(router.pin(pc.ip, STALE_PORT, "isp1"))
    with pc.socket((pc.ip, STALE_PORT)) as connected:
        connected.settimeout(3)
        connected.connect((BY_NAME["isp1"].service(SUBSCRIBERS), 25))
        connected.recv(100)
        connected.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)


@scenario("half-open", "consistent accepted", mixes=False, before=_vanish)
def half_open(play: Play) -> None:
    """The server still knows a connection of this port: it answers the SYN with an ACK, hears a RST, then accepts."""
    pc = play.client(8)
    pc.mail(pc.ask(RELAY, by="isp1").first, source_port=STALE_PORT)
