"""Connections in which nothing was said, as columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from random import Random

import numpy as np
import pytest

from wanwitness.model import Endpoint, FrameRef, Mark, Stream
from wanwitness.streams.beyond import BEYOND, BeyondTable
from wanwitness.streams.handshakes import REPEAT_NS, HandshakeTable, is_handshake, openings, streams

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
        answered(syn(), ended="fin", ended_by="orig", end_frame=FrameRef(1, 2**40), others=(1,)),
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


def with_data(stream: Stream, **changes: object) -> Stream:
    """The same where the SYN carried 5 bytes (RFC 7413)."""
    assert stream.isn_orig is not None
    data = Mark("orig", stream.isn_orig + 1, 5, False, stream.first_ns, stream.first)
    stream = replace(stream, payload_orig=5, payload_syn=5, marks=[*stream.marks, data])
    return replace(stream, **changes)  # type: ignore[arg-type]


def test_what_a_syn_carried_is_no_word_unless_it_was_answered() -> None:
    """Such SYNs are as easily made as empty ones, and nobody took what was in them."""
    refused = {"refused": FrameRef(0, 9), "packets_resp": 1, "ended": "rst", "ended_by": "resp"}
    for stream in (with_data(syn()), with_data(syn(), **refused)):
        assert is_handshake(stream)
        table = HandshakeTable()
        table.add(stream)
        (found,) = streams(table.rows())
        assert (found.payload_orig, found.marks) == (0, syn().marks)
    assert not is_handshake(with_data(answered(syn())))
    assert not is_handshake(with_data(syn(), payload_orig=9))


def flood(count: int, seed: int = 1) -> list[Stream]:
    """Connections of one host of the site, of one near router, and of as many strangers as there are others."""
    random = Random(seed)
    found = []
    for n in range(count):
        client, hops = [("192.168.1.10", 64), ("203.0.113.10", 63), (f"198.18.{n // 250}.{n % 250}", 50)][n % 3]
        one = syn(n + 1, isn=random.getrandbits(32), at_ns=T0 + n * SECOND, client=client)
        found.append(replace(one, ttl_orig=hops))
    return found


def tabled(rows: Iterable[Stream], most: int) -> HandshakeTable:
    table = HandshakeTable(most)
    for one in rows:
        table.add(one)
    return table


def test_a_table_holds_no_more_than_its_bound_and_counts_the_others() -> None:
    """Those of the site are kept before strangers'."""
    most = 5_000
    table = tabled(flood(4 * most), most)
    assert sum(map(len, table._parts)) <= 2 * most + 4096
    kept = table.rows()
    clients = [one.orig.ip for one in openings(kept)]
    assert len(kept) == most
    assert set(clients) == {"192.168.1.10", "203.0.113.10"}
    assert int(table.beyond()["count"].sum()) == 3 * most
    strangers = table.beyond()[~table.beyond()["orig"].any(axis=1)]
    assert int(strangers["count"].sum()) == 4 * most // 3


def test_which_are_kept_does_not_turn_on_when_they_came() -> None:
    rows = flood(30_000)
    kept = [one.isn_orig for one in openings(tabled(rows, 3_000).rows())]
    Random(2).shuffle(rows)
    assert [one.isn_orig for one in openings(tabled(rows, 3_000).rows())] == kept


def test_each_host_takes_its_turn() -> None:
    """One host that floods does not crowd another out."""
    rows = [*flood(30_000), *(syn(50_000 + n, isn=n, client="192.168.1.77") for n in range(20))]
    clients = [one.orig.ip for one in openings(tabled(rows, 3_000).rows())]
    assert clients.count("192.168.1.77") == 20


@pytest.mark.parametrize("same_server", [True, False])
def test_the_count_of_the_others_is_bounded_too(same_server: bool) -> None:
    """Addresses are forgotten first, then times; the number stays exact."""
    table, random = BeyondTable(100), Random(3)
    for part in range(20):
        rows = np.zeros(200, BEYOND)
        rows["resp"][:, 15] = 7 if same_server else [random.randrange(256) for _ in rows]
        rows["resp"][:, 14] = 1 if same_server else [random.randrange(256) for _ in rows]
        rows["first_ns"] = rows["last_ns"] = [T0 + random.randrange(10**7) * SECOND for _ in rows]
        rows["first"]["number"] = rows["last"]["number"] = np.arange(200) + 200 * part
        rows["count"] = 1
        table.add(rows)
        assert len(table.rows) <= 100
    assert int(table.rows["count"].sum()) == 4_000
    assert int(table.rows["first_ns"].min()) >= T0


def test_a_row_keeps_what_ends_a_stream_whose_clock_was_set_back() -> None:
    stream = syn()
    early, late = FrameRef(0, 2), FrameRef(0, 3)
    stream.note_last(early, T0 + 9 * SECOND, early, T0 + 9 * SECOND)
    assert stream.ends == ((early, T0 + 9 * SECOND),) * 2
    stream.note_last(late, T0 - SECOND, late, T0 - SECOND)
    assert stream.ends == ((early, T0 + 9 * SECOND), (late, T0 - SECOND))
    table = HandshakeTable()
    table.add(stream)
    (kept,) = streams(table.rows())
    assert kept.ends == stream.ends
