"""How an address came about: caches, races, old answers, IPv6, TCP."""

from __future__ import annotations

import time

from wanwitness.lab import stub
from wanwitness.lab.stage import LabHost, Play, Stage
from wanwitness.lab.topology import BY_NAME, SHORT_TTL_S, SUBSCRIBERS

from .registry import scenario

RELAY = "smtp.isp1.example"


@scenario("cached-twice", "consistent accepted", "consistent accepted", hosts=2, mixes=False)
def cached_twice(play: Play) -> None:
    """The router asks once and serves a second client from its cache, late enough for the TTL to show it."""
    one, two = play.client(1), play.client(2)
    one.mail(one.ask(RELAY, by="isp1-cached").first, over="isp1")
    time.sleep(2.1)
    two.mail(two.ask(RELAY, by="isp1-cached").first, over="isp1")


@scenario("cached-other-link", "consistent rejected", "link-mismatch rejected", hosts=2, mixes=False)
def cached_other_link(play: Play) -> None:
    """The router's cache was filled over link 2; the first client's mail leaves by link 2, the second's by link 1."""
    one, two = play.client(1), play.client(2)
    one.mail(one.ask(RELAY, by="isp2-cached").first, over="isp2")
    time.sleep(1.1)
    two.mail(two.ask(RELAY, by="isp2-cached").first, over="isp1")


def _fill(stage: Stage) -> None:
    pc = LabHost(stage, "", 8)
    port = stage.ports.by(pc.ip, "isp2-cached")
    stub.ask(pc.namespace, pc.namespace, (pc.ip, port), ("192.168.1.1", 53), "smtp.isp2.example")


@scenario("cache-filled-before", "resolver-link-unknown accepted", mixes=False, before=_fill)
def cache_filled_before(play: Play) -> None:
    """The router answers from a cache that was filled before the capture began."""
    pc = play.client(8)
    pc.mail(pc.ask("smtp.isp2.example", by="isp2-cached").first, over="isp2")


@scenario("race", "consistent accepted | link-mismatch rejected")
def race(play: Play) -> None:
    """The router asks both links' resolvers at once and uses whichever answers first."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, by="race").first, over="isp1")


@scenario("expired-answer", "consistent accepted", mixes=False)
def expired_answer(play: Play) -> None:
    """The client uses an answer after its time to live is over."""
    pc = play.client()
    address = pc.ask("short.isp1.example", by="isp1").first
    time.sleep(SHORT_TTL_S + 1.5)
    pc.mail(address, over="isp1")


@scenario("dns-over-tcp", "consistent accepted")
def dns_over_tcp(play: Play) -> None:
    """The relay has too many addresses for UDP, so the client asks again by TCP."""
    pc, relay = play.client(), BY_NAME["isp1"].service(SUBSCRIBERS)
    answer = pc.ask("many.isp1.example", by="isp1")
    pc.mail(relay if relay in answer.addresses else answer.first, over="isp1")


@scenario("ipv6", "consistent accepted")
def ipv6(play: Play) -> None:
    """The client asks and connects by IPv6."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, "AAAA", by="isp1", six=True).first, over="isp1")


@scenario("ipv6-wrong-link", "link-mismatch rejected")
def ipv6_wrong_link(play: Play) -> None:
    """The client connects by IPv6 over link 1, to an address that was resolved over link 2."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, "AAAA", by="isp2", six=True).first, over="isp1")


@scenario("dual-stack", "consistent accepted", "link-mismatch rejected")
def dual_stack(play: Play) -> None:
    """A host asks by IPv4 and connects by IPv6, then the other way round: it is one host."""
    pc = play.client()
    pc.mail(pc.ask(RELAY, "AAAA", by="isp1").first, over="isp1")
    pc.mail(pc.ask(RELAY, "A", by="isp2", six=True).first, over="isp1")


@scenario("asked-long-before", "consistent accepted", mixes=False)
def asked_long_before(play: Play) -> None:
    """The client asked over link 1, later over link 2, and connects to what it was told first."""
    pc = play.client()
    first = pc.ask(RELAY, by="isp1").first
    pc.ask(RELAY, by="isp2")
    pc.mail(first, over="isp1")
