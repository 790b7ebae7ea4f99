"""Which link resolves and which one sends: the incident and its nearest neighbours."""

from __future__ import annotations

import time

from wanwitness.lab.stage import Play
from wanwitness.lab.topology import BY_NAME, PUBLIC_RESOLVER, SHARED_RELAY, SUBSCRIBERS

from .registry import scenario

RELAY = "smtp.isp1.example"
ANY = "consistent accepted | consistent rejected | link-mismatch accepted | link-mismatch rejected"


@scenario("consistent", "consistent accepted")
def consistent(play: Play) -> None:
    """The relay's name is resolved over link 1 by its own resolver, and the mail leaves by link 1."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, by="isp1").first, over="isp1")


@scenario("wrong-link-resolution", "link-mismatch rejected")
def wrong_link_resolution(play: Play) -> None:
    """The name is resolved over link 2, whose resolver gives the relay for everybody; the mail leaves by link 1."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, by="isp2").first, over="isp1")


@scenario("isp1-resolver-over-link2", "link-mismatch rejected")
def isp1_resolver_over_link2(play: Play) -> None:
    """The right resolver is asked, but over link 2, and so answers as it does to strangers."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, by="isp1-over-isp2").first, over="isp1")


@scenario("isp2-resolver-over-link1", "consistent rejected")
def isp2_resolver_over_link1(play: Play) -> None:
    """Another provider's resolver is asked over the right link: the links agree, the answer is a stranger's."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, by="isp2-over-isp1").first, over="isp1")


@scenario("public-resolver", "consistent rejected")
def public_resolver(play: Play) -> None:
    """The client asks a public resolver itself, over the link that sends: it knows only the relay for everybody."""
    pc = play.client()
    pc.mail(pc.ask_resolver(PUBLIC_RESOLVER, RELAY, over="isp1").first, over="isp1")


@scenario("public-resolver-forwarded", "link-mismatch rejected")
def public_resolver_forwarded(play: Play) -> None:
    """The router asks a public resolver over link 2, and the mail leaves by link 1."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, by="public-over-isp2").first, over="isp1")


@scenario("wrong-link-transport", "link-mismatch rejected")
def wrong_link_transport(play: Play) -> None:
    """The name is resolved over link 1, but the connection leaves by link 2."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, by="isp1").first, over="isp2")


@scenario("both-wrong", "consistent rejected")
def both_wrong(play: Play) -> None:
    """ISP 1's relay is resolved and reached over link 2: the links agree, the relay is the other provider's."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, by="isp2").first, over="isp2")


@scenario("second-link", "consistent accepted")
def second_link(play: Play) -> None:
    """ISP 2's relay is resolved and reached over link 2."""
    pc = play.client()
    pc.mail(pc.ask("smtp.isp2.example", by="isp2").first, over="isp2")


@scenario("hard-coded", "no-dns-seen rejected", hosts=1, mixes=False)
def hard_coded(play: Play) -> None:
    """The client has the relay's address in its settings and asks for nothing; the connection leaves by link 2."""
    play.client(8).mail(BY_NAME["isp1"].service(SUBSCRIBERS), over="isp2")


@scenario("shared-address", "link-mismatch accepted", "consistent accepted")
def shared_address(play: Play) -> None:
    """Both links' resolvers give one address for a relay: to one host, each time just before it connects."""
    pc = play.client()
    pc.mail(pc.ask("relay.shared.example", by="isp2").first, over="isp1")
    pc.mail(pc.ask("relay.shared.example", by="isp1").first, over="isp1")


@scenario("shared-address-several-hosts", "consistent accepted", "consistent accepted", hosts=2, mixes=False)
def shared_address_several_hosts(play: Play) -> None:
    """Two hosts get one address over different links; each connects by the link that gave it its answer."""
    one, two = play.client(5), play.client(6)
    first, second = one.ask("relay.shared.example", by="isp1"), two.ask("relay.shared.example", by="isp2")
    two.mail(second.first, over="isp2")
    one.mail(first.first, over="isp1")


APART_S = 0.5
"""Of two questions that follow each other at once, by both links, nobody can tell which program put which."""


@scenario("shared-address-late", "consistent accepted", "ambiguous-answer accepted", mixes=False)
def shared_address_late(play: Play) -> None:
    """One host gets one address over both links and connects twice on the second answer: whose was the second time?"""
    pc = play.client(7)
    pc.ask("relay.shared.example", by="isp1")
    time.sleep(APART_S)
    pc.ask("relay.shared.example", by="isp2")
    pc.mail(SHARED_RELAY, over="isp2")
    pc.mail(SHARED_RELAY, over="isp1")


@scenario("three-links", "consistent accepted", "link-mismatch rejected", "link-mismatch rejected", links=3)
def three_links(play: Play) -> None:
    """A site with three links: ISP 3's relay by its own link, then resolved over link 1, then sent over link 2."""
    pc, name = play.client(), "smtp.isp3.example"
    pc.mail(pc.ask(name, by="isp3").first, over="isp3")
    pc.mail(pc.ask(name, by="isp1").first, over="isp3")
    pc.mail(pc.ask(name, by="isp3").first, over="isp2")


@scenario("drawn", ANY)
def drawn(play: Play) -> None:
    """Name, way of the question and link of the connection are drawn at random."""
    pc = play.client()
    way = play.rng.choice(("isp1", "isp2", "isp1-over-isp2", "isp2-over-isp1", "public-over-isp1", "public-over-isp2"))
    name = play.rng.choice((RELAY, RELAY, "smtp.isp2.example", "relay.shared.example", "mx.third.example"))
    pc.mail(pc.ask(name, by=way).first, over=play.rng.choice(("isp1", "isp2")))
