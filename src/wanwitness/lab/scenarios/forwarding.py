"""The router's SMTP forwarding: it takes connections to port 25 and leads them to a relay that it looks up itself."""

from __future__ import annotations

from wanwitness.lab import router
from wanwitness.lab.stage import Play
from wanwitness.lab.topology import BY_NAME

from .registry import scenario

ASKED, RELAY = "smtp.isp2.example", "smtp.isp1.example"


@scenario("forwarded-wrong", "link-mismatch rejected")
def forwarded_wrong(play: Play) -> None:
    """The incident: the router rewrites the destination to ISP 1's relay, whose name it resolved over link 2."""
    pc = play.client()
    pc.forwarded_mail(pc.ask(ASKED, by="isp2").first, RELAY, over="isp1", resolved="isp2")


@scenario("forwarded-right", "consistent accepted")
def forwarded_right(play: Play) -> None:
    """The router rewrites the destination to ISP 1's relay, resolved and reached over link 1."""
    pc = play.client()
    pc.forwarded_mail(pc.ask(ASKED, by="isp2").first, RELAY, over="isp1", resolved="isp1")


@scenario("forwarded-foreign-resolver", "link-mismatch rejected")
def forwarded_foreign_resolver(play: Play) -> None:
    """The router asks ISP 1's resolver for ISP 1's relay, but over link 2."""
    pc, resolver = play.client(), BY_NAME["isp1"].resolver
    pc.forwarded_mail(pc.ask(ASKED, by="isp1").first, RELAY, over="isp1", resolved="isp2", resolver=resolver)


@scenario("forwarded-fixed-address", "resolver-link-unknown accepted")
def forwarded_fixed_address(play: Play) -> None:
    """The router leads to a relay whose address stands in its settings: what a client asked and got does not count."""
    pc = play.client()
    tls = pc.ask("tls.isp1.example", by="isp1").first
    port = play.stage.ports.over(pc.ip, "isp1")
    router.nft(router.forward(pc.ip, port, tls))
    pc.mail(pc.ask(ASKED, by="isp2").first, source_port=port)


@scenario("proxied-wrong", "link-mismatch rejected")
def proxied_wrong(play: Play) -> None:
    """The router ends the connection and opens one to ISP 1's relay, whose name it resolved over link 2."""
    pc = play.client()
    pc.proxied_mail(pc.ask(RELAY, by="isp1").first, RELAY, over="isp1", resolved="isp2")


@scenario("proxied-right", "consistent accepted")
def proxied_right(play: Play) -> None:
    """The router ends the connection and opens one to ISP 1's relay, resolved and reached over link 1."""
    pc = play.client()
    pc.proxied_mail(pc.ask(RELAY, by="isp1").first, RELAY, over="isp1", resolved="isp1")


@scenario("proxied-elsewhere", "link-mismatch rejected")
def proxied_elsewhere(play: Play) -> None:
    """The client means ISP 2's relay; the proxy leads it to ISP 1's, resolved over link 1, but over link 2."""
    pc = play.client()
    pc.proxied_mail(pc.ask(ASKED, by="isp2").first, RELAY, over="isp2", resolved="isp1")
