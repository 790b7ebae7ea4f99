"""How a link carries its packets, and how it gets its address."""

from __future__ import annotations

import time

from wanwitness.lab.addressing import leased, renumbered
from wanwitness.lab.pppoe import dialled
from wanwitness.lab.stage import Play
from wanwitness.lab.topology import BY_NAME

from .outcomes import private_mail
from .registry import scenario

RELAY = "smtp.isp1.example"
SETTLED_S = 1.5
"""After so long it is plain that the router has the resolver that it was given."""


@scenario("vlan", "consistent accepted", "link-mismatch rejected", "link-mismatch rejected", world="vlan")
def vlan(play: Play) -> None:
    """Link 1 is in a VLAN: resolved and sent over it, resolved over link 2, and forwarded by the router wrongly."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, by="isp1").first, over="isp1")
    pc.mail(pc.ask(RELAY, by="isp2").first, over="isp1")
    pc.forwarded_mail(pc.ask("smtp.isp2.example", by="isp2").first, RELAY, over="isp1", resolved="isp2")


@scenario("vlan-ipv6", "consistent accepted", "consistent opaque", world="vlan")
def vlan_ipv6(play: Play) -> None:
    """IPv6, and STARTTLS, in a VLAN."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, "AAAA", by="isp1", six=True).first, over="isp1")
    pc.mail(pc.ask("tls.isp1.example", by="isp1").first, private_mail, over="isp1")


@scenario("boxes", "consistent accepted", "link-mismatch rejected", "link-mismatch rejected", world="boxes")
def boxes(play: Play) -> None:
    """Both providers' boxes translate and forward DNS themselves, in one and the same private network."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, by="box1").first, over="box1")
    pc.mail(pc.ask(RELAY, by="box2").first, over="box1")
    pc.mail(pc.ask(RELAY, by="box1").first, over="box2")


@scenario("boxes-shared-address", "link-mismatch accepted", "consistent accepted", world="boxes")
def boxes_shared_address(play: Play) -> None:
    """Behind such boxes neither the resolver's address, nor the answer, nor the site's own address tells the link."""
    pc = play.client()
    pc.mail(pc.ask("relay.shared.example", by="box2").first, over="box1")
    pc.mail(pc.ask("relay.shared.example", by="box2").first, over="box2")


@scenario("boxes-forwarded", "link-mismatch rejected", "consistent accepted", world="boxes")
def boxes_forwarded(play: Play) -> None:
    """The incident with such boxes: SMTP forwarding that resolves over link 2, then over link 1."""
    pc = play.client()
    pc.forwarded_mail(pc.ask("smtp.isp2.example", by="box2").first, RELAY, over="box1", resolved="box2")
    pc.forwarded_mail(pc.ask("smtp.isp2.example", by="box2").first, RELAY, over="box1", resolved="box1")


@scenario(
    "pppoe", "consistent accepted", "link-mismatch rejected", "link-mismatch rejected", mixes=False, world="pppoe"
)
def pppoe(play: Play) -> None:
    """The router dials link 1, is given its address and resolver, and resolves rightly, wrongly, forwards wrongly."""
    pc = play.client()
    with dialled():
        pc.mail(pc.ask(RELAY, by="ppp1").first, over="ppp1")
        pc.mail(pc.ask(RELAY, by="isp2").first, over="ppp1")
        pc.forwarded_mail(pc.ask("smtp.isp2.example", by="isp2").first, RELAY, over="ppp1", resolved="isp2")


@scenario("pppoe-forwarded-right", "consistent accepted", mixes=False, world="pppoe")
def pppoe_forwarded_right(play: Play) -> None:
    """SMTP forwarding over a PPPoE link, whose resolver the router asks over that link."""
    pc = play.client()
    with dialled():
        pc.forwarded_mail(pc.ask("smtp.isp2.example", by="isp2").first, RELAY, over="ppp1", resolved="ppp1")


@scenario(
    "dhcp",
    *("consistent accepted", "link-mismatch rejected", "link-mismatch rejected", "consistent rejected"),
    mixes=False,
    world="dhcp",
)
def dhcp(play: Play) -> None:
    """Link 1 is set up by DHCP: resolved rightly, wrongly, forwarded wrongly, and by a foreign resolver."""
    pc = play.client()
    with leased(BY_NAME["isp1"]) as lease:
        assert lease.resolver == BY_NAME["isp1"].resolver, "the provider gave another resolver than its own"
        pc.mail(pc.ask(RELAY, by="isp1").first, over="isp1")
        pc.mail(pc.ask(RELAY, by="isp2").first, over="isp1")
        pc.forwarded_mail(pc.ask("smtp.isp2.example", by="isp2").first, RELAY, over="isp1", resolved="isp2")
        time.sleep(SETTLED_S)
        pc.mail(pc.ask(RELAY, by="isp2-over-isp1").first, over="isp1")


@scenario(
    "new-address",
    *("consistent accepted", "consistent accepted", "link-mismatch rejected", "link-mismatch rejected"),
    mixes=False,
    world="renumbered",
)
def new_address(play: Play) -> None:
    """Link 1 gets another address after the first mail: then rightly resolved, wrongly, and forwarded wrongly."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, by="isp1").first, over="isp1")
    with renumbered(BY_NAME["isp1"]):
        pc.mail(pc.ask(RELAY, by="isp1").first, over="isp1")
        pc.mail(pc.ask(RELAY, by="isp2").first, over="isp1")
        pc.forwarded_mail(pc.ask("smtp.isp2.example", by="isp2").first, RELAY, over="isp1", resolved="isp2")
