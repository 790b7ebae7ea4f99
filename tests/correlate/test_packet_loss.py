"""What share of the packets the captures missed is told by the openings of connections."""

from __future__ import annotations

from typing import Any

from wanwitness.correlate.coverage.packet_loss import Loss, loss
from wanwitness.correlate.crossings.pair import Pair
from wanwitness.model import Dialogue, Endpoint, FrameRef, Stream
from wanwitness.reading.point import MailStream

FRAME = FrameRef(0, 1)
WHOLE = {"syn": FRAME, "synack": FRAME, "packets_orig": 9, "packets_resp": 8}


def pair(lan: dict[str, Any], wan: dict[str, Any], method: Any = "isn") -> Pair:
    def mail(seen: dict[str, Any]) -> MailStream:
        stream = Stream(Endpoint("192.168.1.10", 40000), Endpoint("198.51.100.25", 25), 0, 0, FRAME, FRAME, **seen)
        return MailStream(stream, Dialogue())

    point: Any = None
    return Pair(mail(lan), mail(wan), point, method, 1.0, None, ())


def test_whole_captures_lose_nothing() -> None:
    assert loss([pair(WHOLE, WHOLE)]) == (0.0, 0.0)
    assert not loss([]).any


def test_each_side_is_told_by_what_the_other_shows() -> None:
    """Of four openings' eight packets the LAN lacks one, the links two."""
    pairs = [
        pair(WHOLE, WHOLE),
        pair(WHOLE | {"syn": None}, WHOLE),
        pair(WHOLE, WHOLE | {"syn": None}),
        pair(WHOLE, WHOLE | {"synack": None}),
    ]
    assert loss(pairs) == Loss(inside=1 / 8, outside=2 / 8)
    assert loss(pairs).any


def test_what_one_side_need_not_show_is_not_lost() -> None:
    """An answer that came back by another link, and a proxy's other connection, are not missing."""
    one_way = WHOLE | {"synack": None, "packets_resp": 0}
    assert loss([pair(WHOLE, one_way)]) == (0.0, 0.0)
    assert loss([pair(WHOLE, WHOLE | {"syn": None}, "dialogue")]) == (0.0, 0.0)
