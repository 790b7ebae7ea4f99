"""Connections in which nothing was said, as columns."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from wanwitness.model import Endpoint, FrameRef, Mark, Stream
from wanwitness.streams.handshakes import REPEAT_NS, HandshakeTable, is_handshake, streams

SECOND = 1_000_000_000
T0 = 1_700_000_000 * SECOND


def syn(number: int = 1, *, isn: int = 7, at_ns: int = T0, client: str = "192.168.1.10") -> Stream:
    frame = FrameRef(0, number)
    return Stream(
        Endpoint(client, 40_000),
        Endpoint("192.0.2.25", 25),
        at_ns,
        at_ns + 3 * SECOND,
        frame,
        FrameRef(0, number + 1),
        syn=frame,
        syn_ns=at_ns,
        isn_orig=isn,
        ttl_orig=64,
        packets_orig=2,
        ended="idle",
        marks=[Mark("orig", isn, 0, True, at_ns, frame)],
    )


def answered(stream: Stream, **changes: object) -> Stream:
    """The same with a SYN-ACK."""
    synack, at_ns = FrameRef(0, 50), T0 + SECOND
    stream = replace(stream, synack=synack, synack_ns=at_ns, isn_resp=2**32 - 1, packets_resp=1)
    stream.marks = [*stream.marks, Mark("resp", 2**32 - 1, 0, True, at_ns, synack)]
    return replace(stream, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "stream",
    [
        syn(),
        replace(syn(), tsval_orig=2**32 - 1, ident_orig=0, ttl_orig=None, ended="eof"),
        replace(syn(), refused=FrameRef(0, 9), packets_resp=1, ended="rst", ended_by="resp", end_frame=FrameRef(0, 9)),
        answered(syn(client="2001:db8::1")),
        answered(syn(), ended="fin", ended_by="orig", end_frame=FrameRef(1, 2**40)),
    ],
)
def test_a_row_holds_all_of_a_stream(stream: Stream) -> None:
    table = HandshakeTable()
    assert is_handshake(stream)
    table.add(stream)
    assert [asdict(one) for one in streams(table.rows())] == [asdict(stream)]


@pytest.mark.parametrize(
    "changes", [{"payload_orig": 1}, {"payload_resp": 1}, {"syn": None}, {"overlaps": [FrameRef(0, 3)]}]
)
def test_what_says_more_is_no_row(changes: dict[str, object]) -> None:
    assert not is_handshake(replace(syn(), **changes))  # type: ignore[arg-type]


def test_a_syn_that_was_given_up_early_and_repeated_is_one() -> None:
    table = HandshakeTable()
    for stream in (syn(11, at_ns=T0 + 7 * SECOND), syn(1), syn(30, at_ns=T0 + 20 * SECOND + REPEAT_NS), syn(5, isn=8)):
        table.add(stream)
    found = list(streams(table.rows()))
    assert [(s.first.number, s.last.number, s.packets_orig) for s in found] == [(1, 12, 4), (5, 6, 2), (30, 31, 2)]


def test_an_answered_one_does_not_go_on_with_the_same_syn() -> None:
    table = HandshakeTable()
    table.add(answered(syn()))
    table.add(syn(20, at_ns=T0 + 9 * SECOND))
    assert len(table.rows()) == 2
