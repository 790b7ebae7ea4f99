"""Which resolver was asked, where more than one may have been."""

from __future__ import annotations

from wanwitness.correlate.clocks.timeline import Uncertainty
from wanwitness.correlate.resolutions.lookup import Lookup, traced
from wanwitness.model import DnsExchange, Endpoint
from wanwitness.reading.point import Point, PointRows


def _upstream(resolver: str) -> Lookup:
    point = Point("wan1", [0], ["wan1.pcap"], PointRows(), "wan", "isp1")
    router = Endpoint("203.0.113.10", 40000)
    exchange = DnsExchange(router, Endpoint(resolver, 53), "udp", 7, "smtp.isp1.example", "smtp.isp1.example", "A")
    return Lookup(exchange, point, 0, 0, 1, Uncertainty(0, 0))


def test_one_of_several_resolvers_is_not_named() -> None:
    """Where questions to two resolvers over one link fit alike, the link is known and the resolver is not."""
    one, two = _upstream("198.51.100.53"), _upstream("198.51.100.54")
    assert (traced(one, two).link, traced(one, two).resolver) == ("isp1", None)
    assert traced(one, two).instead == (two,)


def test_two_questions_to_one_resolver_name_it() -> None:
    """Where both went to one resolver, it does not matter which of them it was."""
    one, two = _upstream("198.51.100.53"), _upstream("198.51.100.53")
    assert (traced(one, two).link, traced(one, two).resolver, traced(one, two).instead) == ("isp1", "198.51.100.53", ())
