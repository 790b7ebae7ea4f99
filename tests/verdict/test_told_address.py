"""The public address that servers say they saw."""

from __future__ import annotations

import pytest

from verdict.test_outcome import session as dialogue_of
from wanwitness.model import Endpoint, FrameRef, Link, Session, ToldAddress
from wanwitness.verdict.told_address import address_in, links_by_address, told_address

LINKS = (Link("orange", addresses=("203.0.113.10",)), Link("sfr", addresses=("203.0.113.20", "2001:db8:2::1")))


def told(script: str, links: tuple[Link, ...] = LINKS) -> ToldAddress | None:
    dialogue, stream = dialogue_of(script)
    client, server = Endpoint("192.168.1.10", 50000), Endpoint("198.51.100.1", 25)
    return told_address(Session("x", 0, 1, client, server, dialogue, stream, None), links_by_address(links))


@pytest.mark.parametrize(
    ("script", "address", "link", "frame"),
    [
        (
            "S: 220 r\nC: EHLO pc\nS: 250 r Hello pc.example [203.0.113.10], hi",
            "203.0.113.10",
            "orange",
            3,
        ),
        ("S: 220 r\nC: EHLO pc\nS: 250-mx at your service, [203.0.113.20]\nS: 250 X", "203.0.113.20", "sfr", 4),
        ("S: 220 r\nC: EHLO [192.168.1.10]\nS: 250 r Hello [192.168.1.10] [203.0.113.20]", "203.0.113.20", "sfr", 3),
        ("S: 220 r\nC: EHLO pc\nS: 250 r Hello pc ([IPv6:2001:db8:2::1])", "2001:db8:2::1", "sfr", 3),
        ("S: 554 5.7.1 Client host [203.0.113.99] blocked using list.example", "203.0.113.99", None, 1),
        ("S: 550 messages from [203.0.113.10] weren't sent", "203.0.113.10", "orange", 1),
        ("S: 421 203.0.113.10 is refused", "203.0.113.10", "orange", 1),
        ("S: 550 see http://list.example/?ip=203.0.113.99", "203.0.113.99", None, 1),
    ],
)
def test_greetings_and_refusals_tell_it(script: str, address: str, link: str | None, frame: int) -> None:
    """With the frame, and the link where one is known to have that address."""
    assert told(script) == ToldAddress(address, link, FrameRef(0, frame))


@pytest.mark.parametrize(
    "script",
    [
        "S: 220 relay [203.0.113.10] ESMTP\nC: EHLO pc\nS: 250 relay",
        "S: 220 r\nC: EHLO pc\nS: 250 r Hello [192.168.1.10]",
        "S: 220 r\nC: EHLO [203.0.113.10]\nS: 250 r Hello [203.0.113.10]",
        "S: 220 r\nC: EHLO pc\nS: 250 r.example [203.0.113.99]",
        "S: 220 r\nC: EHLO pc\nS: 250 r Hello from [198.51.100.1]",
        "S: 450 host mx.far.example[203.0.113.99] said: 450 busy",
        "S: 421 4.7.0 temporarily deferred due to user complaints - 4.16.55.1; see example.com",
        "S: 421 version 203.0.113.10.1",
    ],
)
def test_what_names_another_address_tells_nothing(script: str) -> None:
    """The server's own, the client's behind the router, what the client said of itself, other servers', versions."""
    assert told(script) is None


def test_a_line_of_trace_tells_the_address_that_it_came_from() -> None:
    line = "from pc.site.example (host [203.0.113.20]) by relay.example (198.51.100.1) with ESMTP id 1"
    assert address_in(line) == "203.0.113.20"
    assert address_in("from pc ([192.168.1.10]) by relay.example") is None
