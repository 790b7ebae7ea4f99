"""Hosts behind a second router: the LAN side sees its MAC for all of them, and no ARP of theirs."""

from __future__ import annotations

from wanwitness.lab.stage import Play

from .registry import scenario

RELAY, SHARED = "smtp.isp1.example", "relay.shared.example"


@scenario(
    "behind-second-router", "consistent accepted", "link-mismatch rejected", "link-mismatch rejected", mixes=False
)
def behind_second_router(play: Play) -> None:
    """A host behind a second router, whose MAC forwards for it: rightly resolved, wrongly, and forwarded wrongly."""
    pc = play.inner_client()
    pc.mail(pc.ask(RELAY, by="isp1").first, over="isp1")
    pc.mail(pc.ask(RELAY, by="isp2").first, over="isp1")
    pc.forwarded_mail(pc.ask("smtp.isp2.example", by="isp2").first, RELAY, over="isp1", resolved="isp2")


@scenario("behind-second-router-two-hosts", "consistent accepted", "consistent accepted", hosts=2, mixes=False)
def behind_second_router_two_hosts(play: Play) -> None:
    """Two hosts behind one MAC get one address over different links; each connects by the link of its answer."""
    one, two = play.inner_client(1), play.inner_client(2)
    first, second = one.ask(SHARED, by="isp1"), two.ask(SHARED, by="isp2")
    two.mail(second.first, over="isp2")
    one.mail(first.first, over="isp1")


@scenario("behind-second-router-dual-stack", "no-dns-seen accepted", mixes=False)
def behind_second_router_dual_stack(play: Play) -> None:
    """A host asks over IPv6 and connects by IPv4: the MAC, being the second router's, does not show that it is one."""
    pc = play.inner_client(2)
    pc.mail(pc.ask("tls.isp1.example", by="isp1", six=True).first, over="isp1")
