"""Whatever happens to the packets on the way into the capture, the bytes come out right, or as gaps."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from english import all_english
from wanwitness.model import Direction
from wanwitness.streams import Connection, Tracker, reassembly
from wanwitness.streams.reassembly import PATIENCE_PACKETS

from . import traffic
from .traffic import ACK, FIN, OTHER, PSH, RST, SYN, Packet, check_frames, conversation, read, read_one, shuffled, timed

EXAMPLES = 100

isns = st.sampled_from([0, 1000, 2**31 - 30, 2**32 - 1, 2**32 - 60]) | st.integers(0, 2**32 - 1)
turns = st.lists(st.tuples(st.sampled_from(["orig", "resp"]), st.binary(min_size=1, max_size=90)), max_size=12)
seeds = st.integers(0, 2**32)


def sent(turns: list[tuple[Direction, bytes]]) -> dict[Direction, bytes]:
    return {side: b"".join(data for direction, data in turns if direction == side) for side in OTHER}


class TestReordering:
    @settings(max_examples=EXAMPLES, deadline=None)
    @given(turns, isns, isns, seeds, st.integers(0, 5), st.booleans(), st.booleans())
    def test_small(
        self, turns: Any, orig: int, resp: int, seed: int, distance: int, handshake: bool, close: bool
    ) -> None:
        """Packets slightly out of order, the SYN captured or not, give all bytes in the order of sending."""
        rng = random.Random(seed)
        turns = [("orig", b"EHLO"), ("resp", b"250 x"), *turns]
        isn: dict[Direction, int] = {"orig": orig, "resp": resp}
        packets = conversation(turns, rng, isn=dict(isn), handshake=handshake, close=close)
        packets = shuffled(packets, rng, distance)
        recorder = read_one(timed(packets))
        assert {side: recorder.bytes(side) for side in OTHER} == sent(turns)
        assert not recorder.stream.gaps
        order = [direction for direction, what, _ in recorder.events for _ in what]  # type: ignore[union-attr]
        assert order == [direction for direction, data in turns for _ in data]
        check_frames(recorder, packets, isn)


def repeated(packets: list[Packet], rng: random.Random, rate: float) -> list[Packet]:
    """The packets, some sent again later: as they were, in other cuts, with a later acknowledgement."""
    out: list[Packet] = []
    for i, packet in enumerate(packets):
        out.append(packet)
        if rng.random() > rate or i == 0:
            continue
        old = rng.choice([p for p in packets[max(0, i - 6) : i + 1] if p.direction == packet.direction])
        low = rng.randint(0, len(old.payload))
        again = old.payload[low : rng.randint(low, len(old.payload))]
        if not old.flags & (SYN | FIN):
            old = replace(old, seq=(old.seq + low) % 2**32, payload=again)
        ack = packet.ack if rng.random() < 0.5 and not packet.flags & SYN else old.ack
        out.append(replace(old, ack=ack))
    return out


class TestRepeats:
    @settings(max_examples=EXAMPLES, deadline=None)
    @given(turns, isns, isns, seeds, st.integers(0, 4))
    def test_once(self, turns: Any, orig: int, resp: int, seed: int, distance: int) -> None:
        """What was sent or captured again, in whatever cuts, is delivered once."""
        rng = random.Random(seed)
        isn: dict[Direction, int] = {"orig": orig, "resp": resp}
        packets = shuffled(repeated(conversation(turns, rng, isn=dict(isn)), rng, 0.5), rng, distance)
        recorder = read_one(timed(packets))
        assert {side: recorder.bytes(side) for side in OTHER} == sent(turns)
        assert not recorder.stream.gaps
        assert not recorder.stream.overlaps
        check_frames(recorder, packets, isn)


def drop(packets: list[Packet], rng: random.Random, rate: float) -> list[Packet]:
    """Without some of the packets with payload; whatever they carried was acknowledged."""
    return [p for p in packets if not p.payload or rng.random() > rate]


def uncaptured(turns: Any, packets: list[Packet], isn: dict[Direction, int]) -> dict[Direction, list[int | None]]:
    """What was sent, None where no packet carries it."""
    carried = traffic.carriers(packets, isn)
    return {
        side: [byte if carried.get((side, i)) else None for i, byte in enumerate(data)]
        for side, data in sent(turns).items()
    }


class TestLoss:
    @settings(max_examples=EXAMPLES, deadline=None)
    @given(turns, isns, isns, seeds, st.sampled_from([0.1, 0.3, 0.8]), st.integers(0, 3))
    def test_gaps(self, turns: Any, orig: int, resp: int, seed: int, rate: float, distance: int) -> None:
        """What the capture missed is a gap of that length at that place, and all the rest is there."""
        rng = random.Random(seed)
        isn: dict[Direction, int] = {"orig": orig, "resp": resp}
        packets = drop(conversation(turns, rng, isn=dict(isn)), rng, rate)
        packets = shuffled(packets, rng, distance)
        recorder = read_one(timed(packets))
        assert recorder.got == uncaptured(turns, packets, isn)
        for side in OTHER:
            lost = sum(gap.length for gap in recorder.stream.gaps if gap.direction == side)
            assert lost == recorder.got[side].count(None)
        check_frames(recorder, packets, isn)

    @settings(max_examples=EXAMPLES // 2, deadline=None)
    @given(turns, isns, seeds, st.sampled_from(["orig", "resp"]), st.booleans())
    def test_one_side(self, turns: Any, isn: int, seed: int, side: Direction, syn: bool) -> None:
        """Of a connection captured in one direction, that direction is whole, and the other all gaps."""
        rng = random.Random(seed)
        turns = [("orig", b"EHLO"), ("resp", b"250 x"), *turns, ("orig", b"QUIT"), ("resp", b"221 x")]
        packets = conversation(turns, rng, isn={"orig": isn, "resp": 7})
        packets = [p for p in packets if p.direction == side and (syn or not p.flags & SYN)]
        recorder = read_one(timed(packets))
        assert recorder.bytes(side) == sent(turns)[side]
        assert set(recorder.got[OTHER[side]]) == {None}
        # Whether the last number acknowledged was a FIN is not known.
        assert len(recorder.got[OTHER[side]]) <= len(sent(turns)[OTHER[side]]) + 1

    @settings(max_examples=EXAMPLES // 2, deadline=None)
    @given(turns, isns, seeds, st.integers(0, 30))
    def test_snap_length(self, turns: Any, isn: int, seed: int, snap: int) -> None:
        """Bytes that the snap length cut off are gaps of that length."""
        rng = random.Random(seed)
        packets = [
            replace(p, payload=p.payload[:snap], missing=len(p.payload[snap:]))
            for p in conversation(turns, rng, isn={"orig": isn, "resp": 7})
        ]
        recorder = read_one(timed(packets))
        assert recorder.got == uncaptured(turns, packets, {"orig": isn, "resp": 7})

    @settings(max_examples=EXAMPLES // 2, deadline=None)
    @given(turns, seeds, st.integers(0, 5))
    def test_retransmitted_later(self, turns: Any, seed: int, distance: int) -> None:
        """A segment lost on the network before the capture point, and sent again much later, leaves no gap."""
        rng = random.Random(seed)
        lost = [rng.randbytes(20) for _ in range(30)]
        packets = conversation([("orig", b"DATA"), ("resp", b"354 go")], rng, close=False)
        before = sent([("orig", b"DATA"), ("resp", b"354 go")])
        seq, ack = 1001 + len(before["orig"]), 9001 + len(before["resp"])
        window = [Packet("orig", seq + 20 * i, ack, ACK | PSH, data) for i, data in enumerate(lost)]
        duplicates = [Packet("resp", ack, seq, ACK)] * 30
        packets += [*shuffled([*window[1:], *duplicates], rng, distance), window[0]]
        packets.append(Packet("resp", ack, seq + 600, ACK))
        recorder = read_one(timed(packets))
        assert recorder.bytes("orig") == b"DATA" + b"".join(lost)
        assert not recorder.stream.gaps

    def test_partly_acknowledged_hole(self) -> None:
        """Of a hole that is acknowledged in part, only that part is given up; the rest comes again and counts."""
        packets = conversation([("orig", b"ab")], random.Random(0), close=False)
        packets += [Packet("orig", 1023, 9001, ACK, b"later"), *[Packet("resp", 9001, 1013, ACK)] * 20]
        packets += [Packet("orig", 1013, 9001, ACK, b"0123456789"), Packet("resp", 9001, 1028, ACK)]
        assert read_one(timed(packets)).bytes("orig") == b"ab" + b"?" * 10 + b"0123456789later"

    def test_unacknowledged_hole_beside_an_acknowledged_one(self) -> None:
        """A hole of one direction that the capture made does not make one of the other that is sent again."""
        packets = conversation([("orig", b"ab"), ("resp", b"cd")], random.Random(0), close=False)
        packets += [Packet("resp", 9008, 1003, ACK, b"RESP")]  # 9003-9008 lost on the network
        packets += [
            Packet("orig", 1008, 9003, ACK, b"ORIG"),
            *[Packet("resp", 9003, 1012, ACK)] * 20,
        ]  # 1003- uncaptured
        packets += [Packet("resp", 9003, 1012, ACK, b"comes"), Packet("orig", 1012, 9012, ACK)]
        recorder = read_one(timed(packets))
        assert recorder.bytes("resp") == b"cdcomesRESP"
        assert recorder.bytes("orig") == b"ab?????ORIG"

    def test_big_outage(self) -> None:
        """A capture that missed more than any window holds finds its place again."""
        packets = conversation([("orig", b"ab")], random.Random(0), close=False)
        far = 1003 + (20 << 20)
        for i in range(20):
            packets += [Packet("orig", far + 4 * i, 9001, ACK, b"mail"), Packet("resp", 9001, far + 4 * i + 4, ACK)]
        recorder = read_one(timed(packets))
        assert recorder.events[-1][:2] == ("orig", b"mail")
        (gap,) = recorder.stream.gaps
        assert gap.length >= 20 << 20


class TestEnds:
    @pytest.mark.parametrize("who", ["orig", "resp"])
    def test_fin_acknowledged(self, who: Direction) -> None:
        """A FIN takes a sequence number but no byte: what acknowledges it leaves no gap and is not held up."""
        packets = conversation([("orig", b"QUIT"), ("resp", b"2")], random.Random(0), close=False)
        at = {"orig": 1005, "resp": 9002}
        other = OTHER[who]
        packets.append(Packet(who, at[who], at[other], FIN | ACK))
        packets.append(Packet(other, at[other], at[who] + 1, ACK | FIN, b"21 bye"))
        point = traffic.Point()
        point.feed(timed(packets))
        assert point.recorders[0].events[-1][1] == b"21 bye"
        (recorder,) = point.finish()
        assert not recorder.stream.gaps
        assert (recorder.stream.ended, recorder.stream.ended_by) == ("fin", who)

    def test_fin_not_captured(self) -> None:
        """The acknowledgement of a FIN that the capture missed is not a gap."""
        packets = conversation([("orig", b"QUIT"), ("resp", b"221")], random.Random(0))[:-2]
        packets.append(Packet("orig", 1006, 9005, ACK))
        assert not read_one(timed(packets)).stream.gaps

    def test_bytes_before_the_fin_not_captured(self) -> None:
        """Bytes between the last captured one and the FIN are a gap."""
        packets = conversation([("orig", b"QUIT")], random.Random(0), close=False)
        packets.append(Packet("resp", 9011, 1005, FIN | ACK))
        recorder = read_one(timed(packets))
        assert [(gap.direction, gap.length) for gap in recorder.stream.gaps] == [("resp", 10)]

    @pytest.mark.parametrize("who", ["orig", "resp"])
    def test_reset(self, who: Direction) -> None:
        """A RST ends the connection; the text that it may carry is not the stream's."""
        packets = conversation([("orig", b"EHLO"), ("resp", b"250")], random.Random(0), close=False)
        at = {"orig": 1005, "resp": 9004}
        packets.append(Packet(who, at[who], at[OTHER[who]], RST | ACK, b"go away"))
        recorder = read_one(timed(packets))
        assert (recorder.stream.ended, recorder.stream.ended_by) == ("rst", who)
        assert recorder.stream.refused is None
        assert (recorder.bytes("orig"), recorder.bytes("resp")) == (b"EHLO", b"250")

    def test_far_reset(self) -> None:
        """A RST outside the window ends nothing."""
        packets = conversation([("orig", b"EHLO"), ("resp", b"250")], random.Random(0), close=False)
        packets.append(Packet("resp", 9004 + (1 << 30), 0, RST))
        assert read_one(timed(packets)).stream.ended == "eof"


class TestHandshake:
    def test_refused(self) -> None:
        """A RST in answer to the SYN refuses the connection."""
        recorder = read_one(timed([Packet("orig", 5, 0, SYN), Packet("resp", 0, 6, RST | ACK)]))
        assert recorder.stream.refused is not None
        assert recorder.stream.refused.number == 2

    def test_refused_and_tried_again(self) -> None:
        """Windows repeats a refused SYN as it was: if that is accepted, the connection was not refused."""
        refused = [Packet("orig", 1000, 0, SYN), Packet("resp", 0, 1001, RST | ACK)]
        recorder = read_one(timed(refused + conversation([("resp", b"220 x")], random.Random(0), close=False)))
        assert recorder.stream.refused is None
        assert recorder.stream.ended == "eof"
        assert recorder.bytes("resp") == b"220 x"

    def test_reset_of_an_answered_connection(self) -> None:
        """A RST is no refusal where the client had an answer, though the capture missed it."""
        packets = conversation([("orig", b"EHLO")], random.Random(0), close=False)
        packets = [p for p in packets if p.direction == "orig"] + [Packet("resp", 9001, 1005, RST | ACK)]
        assert read_one(timed(packets)).stream.refused is None

    def test_syn_repeated(self) -> None:
        """A SYN and its answer sent again begin nothing new."""
        syn, synack, *rest = conversation([("resp", b"220 x"), ("orig", b"QUIT")], random.Random(0))
        recorder = read_one(timed([syn, syn, synack, syn, synack, *rest, syn]))
        assert recorder.bytes("resp") == b"220 x"
        assert (recorder.stream.syn, recorder.stream.synack) == ((0, 1), (0, 3))

    @pytest.mark.parametrize("older", [500_000, 3 << 29, (1 << 32) - 5])
    def test_half_open(self, older: int) -> None:
        """A server that still holds an older connection answers with its numbers, is reset, and accepts the same SYN.

        That is RFC 9293 section 3.5.1; the connection is one, whole, and was not refused.
        """
        syn, *rest = conversation([("resp", b"220 x"), ("orig", b"QUIT")], random.Random(0))
        challenge, reset = Packet("resp", 4242, older, ACK), Packet("orig", older, 0, RST)
        recorder = read_one(timed([syn, challenge, reset, syn, *rest]))
        assert (recorder.bytes("resp"), recorder.bytes("orig")) == (b"220 x", b"QUIT")
        assert (recorder.stream.ended, recorder.stream.gaps, recorder.stream.refused) == ("fin", [], None)

    def test_simultaneous_open(self) -> None:
        """Two SYNs that cross are one connection (RFC 9293 section 3.5)."""
        packets = [Packet("orig", 1000, 0, SYN), Packet("resp", 9000, 0, SYN)]
        packets += [Packet("orig", 1000, 9001, SYN | ACK), Packet("resp", 9000, 1001, SYN | ACK)]
        packets += [Packet("resp", 9001, 1001, ACK, b"220"), Packet("orig", 1001, 9004, ACK, b"QUIT")]
        recorder = read_one(timed(packets))
        assert [what for _, what, _ in recorder.events] == [b"220", b"QUIT"]

    def test_data_with_the_syn(self) -> None:
        """Bytes may come with the SYN, and be acknowledged with it (RFC 7413)."""
        packets = [Packet("orig", 1000, 0, SYN, b"EHLO"), Packet("resp", 9000, 1005, SYN | ACK)]
        packets += [Packet("resp", 9001, 1005, ACK, b"250")]
        recorder = read_one(timed(packets))
        assert [what for _, what, _ in recorder.events] == [b"EHLO", b"250"]


def talk(name: str, orig: int, resp: int, *, handshake: bool = True, close: bool = True) -> list[Packet]:
    turns: list[tuple[Direction, bytes]] = [("resp", b"220 " + name.encode()), ("orig", b"QUIT " + name.encode())]
    return conversation(turns, random.Random(1), isn={"orig": orig, "resp": resp}, handshake=handshake, close=close)


def spoken(packets: list[Packet]) -> list[bytes]:
    return [recorder.bytes("orig") for recorder in read(timed(packets))]


class TestPortReuse:
    """A new connection between the same ports."""

    def test_after_close(self) -> None:
        """A SYN after the close opens a new connection."""
        assert spoken(talk("a", 1000, 9000) + talk("b", 5000, 70)) == [b"QUIT a", b"QUIT b"]

    def test_syn_not_captured(self) -> None:
        """So does the answer to a SYN that the capture missed."""
        assert spoken(talk("a", 1000, 9000) + talk("b", 5000, 7 << 28)[1:]) == [b"QUIT a", b"QUIT b"]

    @pytest.mark.parametrize("handshake", [True, False])
    def test_close_not_captured(self, handshake: bool) -> None:
        """So does a SYN in a connection that looks open, if the server accepts it; the old SYN was seen or not."""
        first = talk("a", 1000, 9000, close=False, handshake=handshake)
        assert spoken(first + talk("b", 3 << 29, 7 << 28)) == [b"QUIT a", b"QUIT b"]

    def test_unanswered(self) -> None:
        """A SYN that nothing answered gives way to one with another number."""
        streams = [r.stream for r in read(timed([Packet("orig", 1000, 0, SYN), *talk("b", 5000, 70)]))]
        assert [stream.isn_orig for stream in streams] == [1000, 5000]

    def test_stray_syn(self) -> None:
        """A SYN in an open connection that the server does not accept changes nothing (RFC 5961 section 4)."""
        packets = talk("a", 1000, 9000)
        point = traffic.Point()
        point.feed(timed([*packets[:4], Packet("orig", 77777, 0, SYN), Packet("resp", 9001, 1001, ACK), *packets[4:]]))
        (recorder,) = point.finish()
        assert recorder.bytes("orig") == b"QUIT a"
        assert all_english(odd.reason for odd in point.tracker.oddities.rows()) == [
            "TCP: SYN inside an open connection"
        ]


class TestProbes:
    def test_keep_alive(self) -> None:
        """Keep-alives (RFC 9293 section 3.8.4), empty or with a byte of rubbish, deliver nothing."""
        packets = talk("a", 1000, 9000, close=False)
        packets += [
            Packet("orig", 1006, 9006, ACK),
            Packet("orig", 1006, 9006, ACK, b"a"),
            Packet("resp", 9006, 1007, ACK),
        ]
        recorder = read_one(timed(packets))
        assert recorder.bytes("orig") == b"QUIT a"
        assert not recorder.stream.overlaps

    def test_zero_window_probe(self) -> None:
        """A byte sent into a closed window (RFC 9293 section 3.8.6.1), then again with what follows, counts once."""
        packets = talk("a", 1000, 9000, close=False)
        probe = Packet("orig", 1007, 9006, ACK, b"x")
        packets += [probe, Packet("resp", 9006, 1007, ACK), probe, Packet("resp", 9006, 1007, ACK)]
        packets += [replace(probe, payload=b"xyz"), Packet("resp", 9006, 1010, ACK)]
        assert read_one(timed(packets)).bytes("orig") == b"QUIT axyz"


class TestTime:
    @settings(max_examples=50, deadline=None)
    @given(seeds, st.sampled_from([-1, 1]), st.integers(0, 4))
    def test_stray(self, seed: int, sign: int, distance: int) -> None:
        """A packet with a stray time stamp closes nothing, and makes no gap."""
        rng = random.Random(seed)
        turns: list[tuple[Direction, bytes]] = [("resp", b"220"), ("orig", rng.randbytes(300)), ("resp", b"250")]
        packets = timed(shuffled(conversation(turns, rng), rng, distance))
        place = rng.randrange(len(packets))
        packets[place] = replace(packets[place], ts_ns=packets[place].ts_ns + sign * 10**9 * 10**6)
        recorder = read_one(packets)
        assert {side: recorder.bytes(side) for side in OTHER} == sent(turns)

    def test_idle(self) -> None:
        """A connection without packets for an hour is given up, and its row is out before the capture ends."""
        point = traffic.Point()
        point.feed(timed(talk("a", 1000, 9000, close=False)))
        point.feed(traffic_for(4200))
        assert point.recorders[0].closed == 1
        assert point.recorders[0].stream.ended == "idle"

    @pytest.mark.parametrize("at_once", [1, 100])
    @pytest.mark.parametrize("by", [7200, -7200, 86400 * 365])
    def test_a_clock_that_is_set_ends_nothing(self, by: int, at_once: int) -> None:
        """Wherever within a session that is, all its packets are of it."""
        whole = timed(talk("a", 1000, 9000))
        for place in range(1, len(whole)):
            packets = [replace(p, ts_ns=p.ts_ns + (n >= place) * by * traffic.SECOND) for n, p in enumerate(whole)]
            (recorder,) = read(packets, at_once)
            stream = recorder.stream
            assert (recorder.bytes("resp"), recorder.bytes("orig"), stream.ended) == (b"220 a", b"QUIT a", "fin")
            assert stream.packets_orig + stream.packets_resp == len(whole)

    @pytest.mark.parametrize("at_once", [1, 100])
    @pytest.mark.parametrize("handshake", [True, False])
    @pytest.mark.parametrize("between", [0, 3700])
    def test_a_port_used_again_after_silence(self, between: int, handshake: bool, at_once: int) -> None:
        """Whether or not other traffic shows that hours went by, and whether the SYN was captured, it is another."""
        first = timed(talk("a", 1000, 9000, close=False))
        later = [replace(p, ts_ns=p.ts_ns + 7200 * traffic.SECOND) for p in talk("b", 3 << 29, 7 << 28)]
        packets = [*first, *traffic_for(between), *(later if handshake else later[3:])]
        recorders = [r for r in read(packets, at_once) if r.stream.orig.port == traffic.CLIENT[1]]
        assert [r.bytes("orig") for r in recorders] == [b"QUIT a", b"QUIT b"]
        assert [r.stream.ended for r in recorders] == ["idle", "fin"]

    def test_looks_are_few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Open connections are not looked at again and again while others have their packets."""
        looks: list[Connection] = []
        idle = Tracker._idle

        def look(tracker: Tracker, connection: Connection) -> bool:
            looks.append(connection)
            return idle(tracker, connection)

        monkeypatch.setattr(Tracker, "_idle", look)
        point = traffic.Point()
        for port in range(500):
            point.feed(replace(p, client=(p.client[0], port + 1)) for p in talk("a", 1000, 9000, close=False)[:4])
        point.feed(traffic_for(3500))
        assert sum(recorder.closed for recorder in point.recorders[:500]) == 0
        assert len(looks) < 500 * 4 + 500 * 12 + 2 * 350


def traffic_for(seconds: int) -> list[Packet]:
    """A packet of one other connection every 10 s."""
    other = replace(Packet("orig", 5, 5, ACK, b"NOOP"), client=(traffic.CLIENT[0], 50_000))
    return [
        replace(other, seq=5 + 4 * n, ts_ns=traffic.T0 + n * 10 * traffic.SECOND) for n in range(1, seconds // 10 + 1)
    ]


class TestContradictions:
    @settings(max_examples=EXAMPLES, deadline=None)
    @given(turns, isns, isns, seeds, st.integers(0, 3))
    def test_first_captured_counts(self, turns: Any, orig: int, resp: int, seed: int, distance: int) -> None:
        """Of different bytes for one place the first captured are delivered, and the other frames named."""
        rng = random.Random(seed)
        isn: dict[Direction, int] = {"orig": orig, "resp": resp}
        packets = repeated(conversation(turns, rng, isn=dict(isn)), rng, 0.4)
        packets = [
            replace(p, payload=bytes(byte ^ 0xFF for byte in p.payload)) if rng.random() < 0.2 else p for p in packets
        ]
        packets = shuffled(packets, rng, distance)
        recorder = read_one(timed(packets))
        carried = traffic.carriers(packets, isn)
        odd: set[int] = set()
        for side in OTHER:
            for at, byte in enumerate(recorder.got[side]):
                frames = carried[side, at]
                assert byte == frames[min(frames)]
                odd |= {frame for frame, other in frames.items() if other != byte}
        assert {frame.number for frame in recorder.stream.overlaps} == odd
        check_frames(recorder, packets, isn)


numbers = st.integers(0, 2**32 - 1) | st.integers(990, 1100) | st.integers(8990, 9100)
garbage = st.builds(
    Packet,
    st.sampled_from(["orig", "resp"]),
    numbers,
    numbers,
    st.integers(0, 255) | st.just(ACK | PSH),
    st.binary(max_size=30),
    st.integers(0, 3),
    st.integers(0, 2**62) | st.just(traffic.T0),
)


def held(point: traffic.Point) -> tuple[int, int]:
    """Segments and bytes that wait, at most, in one connection."""
    connections = point.tracker._connections.values()
    return (
        max((len(connection.reassembly.waiting) for connection in connections), default=0),
        max((connection.reassembly.waiting_bytes for connection in connections), default=0),
    )


def check_hostile(packets: list[Packet]) -> None:
    point = traffic.Point()
    for packet in packets:
        point.feed([packet])
        count, size = held(point)
        assert count <= 256
        assert size <= 1 << 20
    for recorder in point.finish():
        total = sum(what if isinstance(what, int) else len(what) for _, what, _ in recorder.events)
        gaps = sum(gap.length for gap in recorder.stream.gaps)
        assert total - gaps == sum(len(what) for _, what, _ in recorder.events if isinstance(what, bytes))


class TestHostile:
    @settings(max_examples=200, deadline=None)
    @given(st.lists(garbage, max_size=60))
    def test_anything(self, packets: list[Packet]) -> None:
        """No sequence of packets raises, or leaves anything waiting at the end."""
        check_hostile(packets)

    @pytest.mark.slow
    @settings(max_examples=5_000 if os.environ.get("CI") is None else 1_000, deadline=None)
    @given(st.lists(garbage, max_size=400))
    def test_much_of_anything(self, packets: list[Packet]) -> None:
        """The same, for longer."""
        check_hostile(packets)

    @pytest.mark.parametrize(("size", "number"), [(1, 600), (1400, 600), (65000, 40)])
    def test_bounds(self, size: int, number: int) -> None:
        """What waits behind a hole that never fills is bounded in number and in bytes."""
        packets = conversation([("orig", b"a")], random.Random(0), close=False)
        packets += [Packet("orig", 1100 + (size + 1) * i, 9001, ACK, bytes(size)) for i in range(number)]
        check_hostile(packets)

    @pytest.mark.parametrize("way", [lambda i: i, lambda i: 4 - i])
    def test_contradicting_acknowledgements(self, way: Callable[[int], int]) -> None:
        """Segments that each acknowledge the other are delivered all the same."""
        packets = conversation([("orig", b"a")], random.Random(0), close=False)
        packets += [Packet("orig", 1002 + way(i), 9001 + 5, ACK, b"o") for i in range(5)]
        packets += [Packet("resp", 9001 + way(i), 1002 + 5, ACK, b"r") for i in range(5)]
        recorder = read_one(timed(packets))
        assert recorder.bytes("orig") == b"a" + b"o" * 5
        assert recorder.bytes("resp") == b"r" * 5


def too_late(packets: list[Packet], isn: dict[Direction, int]) -> set[tuple[Direction, int]]:
    """The bytes first captured more packets than anybody waits behind the first one that shows them missing, by an
    acknowledgement or by bytes behind them: the capture lost one copy, and the next was sent, and shuffled, so late.
    """
    found: set[tuple[Direction, int]] = set()
    for (side, at), frames in traffic.carriers(packets, isn).items():
        came = min(frames)
        for number, packet in enumerate(packets[: came - 1], 1):
            reached = packet.seq if packet.direction == side else packet.ack
            behind = (reached - isn[side] - 1) % 2**32
            if at < behind < 2**31 and (packet.payload or packet.direction != side):
                if came - number > PATIENCE_PACKETS:
                    found.add((side, at))
                break
    return found


LATE_REPEAT: list[tuple[Direction, bytes]] = [
    ("resp", b"12345"), ("orig", b"a"), ("resp", bytes(range(90))), ("resp", b"F"), ("orig", b"b"), ("resp", b"G"),
    ("resp", b"H"),
]  # fmt: skip


@pytest.mark.slow
@settings(max_examples=3_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(turns, isns, isns, seeds, st.integers(0, 5), st.sampled_from([0.0, 0.2]))
@example(LATE_REPEAT, 0, 0, 27935, 4, 0.2)
def test_everything_at_once(turns: Any, orig: int, resp: int, seed: int, distance: int, rate: float) -> None:
    """Repeated, lost and reordered at once: the captured bytes are there, and the others are gaps. A gap may be only
    where no copy was captured in time.
    """
    rng = random.Random(seed)
    isn: dict[Direction, int] = {"orig": orig, "resp": resp}
    packets = drop(repeated(conversation(turns, rng, isn=dict(isn)), rng, 0.4), rng, rate)
    packets = shuffled(packets, rng, distance)
    recorder = read_one(timed(packets))
    late = too_late(packets, isn)
    expected = {
        side: [
            None if (side, at) in late and got is None else byte
            for at, (byte, got) in enumerate(zip(bytes_, recorder.got[side], strict=True))
        ]
        for side, bytes_ in uncaptured(turns, packets, isn).items()
    }
    assert recorder.got == expected
    check_frames(recorder, packets, isn)


@pytest.mark.parametrize("byte", [b"\x00", b"G", b"\n"])
@pytest.mark.parametrize("side", ["orig", "resp"])
def test_a_keep_alive_of_one_byte_contradicts_nothing(side: Direction, byte: bytes) -> None:
    """It repeats the last acknowledged place with a byte of any value (RFC 9293 section 3.8.4)."""
    packets = conversation([("resp", b"220 x\r\n"), ("orig", b"NOOP\r\n")], random.Random(1), close=False)
    expected = read_one(timed(packets))
    last = next(p for p in reversed(packets) if p.direction == side)
    alive = replace(last, seq=last.seq + len(last.payload) - 1, flags=ACK, payload=byte)
    answer = replace(alive, direction=OTHER[side], seq=last.ack, ack=last.seq + len(last.payload), payload=b"")
    found = read_one(timed([*packets, answer, alive, answer]))
    assert found.got == expected.got
    assert not found.stream.overlaps


@pytest.mark.parametrize("side", ["orig", "resp"])
@pytest.mark.parametrize("size", [1, 2, 6])
@pytest.mark.parametrize("at_once", [1, 100])
def test_padding_behind_an_ack_is_none_of_the_streams_bytes(side: Direction, size: int, at_once: int) -> None:
    """The IP header of some stacks counts the NULs that fill up the frame: what comes next stands at their place."""
    turns: list[tuple[Direction, bytes]] = [(side, b"220 x\r\n"), (OTHER[side], b"NOOP\r\n"), (side, b"250 ok\r\n")]
    packets = conversation(turns, random.Random(1))
    (expected,) = traffic.read(timed(packets), at_once)
    for place in [i for i, p in enumerate(packets) if p.direction == side and p.payload]:
        padded = replace(packets[place], flags=ACK, payload=bytes(size))
        (found,) = traffic.read(timed([*packets[:place], padded, *packets[place:]]), at_once)
        assert found.got == expected.got
        assert not found.stream.overlaps and not found.stream.gaps


@pytest.mark.parametrize("size", [2, 6])
def test_a_syn_or_fin_may_be_padded_too(size: int) -> None:
    packets = conversation([("resp", b"220 x\r\n"), ("orig", b"QUIT\r\n")], random.Random(1))
    expected = read_one(timed(packets))
    found = read_one(timed(replace(p, payload=bytes(size)) if p.flags & (SYN | FIN) else p for p in packets))
    assert (found.got, found.stream.gaps, found.stream.overlaps) == (expected.got, [], [])
    assert found.stream.ended == expected.stream.ended == "fin"


def test_nuls_that_are_acknowledged_are_the_streams_bytes() -> None:
    packets = conversation([("orig", b"\x00\x00"), ("resp", b"500 what\r\n")], random.Random(1), cut=99)
    packets = [replace(p, flags=p.flags & ~traffic.PSH) for p in packets]
    assert read_one(timed(packets)).bytes("orig") == b"\x00\x00"


def test_it_is_told_what_its_sender_had_not_yet_had() -> None:
    """A reply on its way when the next command left acknowledges none of that."""
    packets = conversation([("orig", b"MAIL\r\n"), ("resp", b"250 more\r\n")], random.Random(1), cut=99, close=False)
    reply = next(p for p in packets if p.direction == "resp" and p.payload)
    crossing = replace(reply, ack=reply.ack - 6)
    assert read_one(timed([crossing if p is reply else p for p in packets])).unread == [0, 6]
    assert read_one(timed(packets)).unread == [0, 0]


def test_gaps_beyond_the_bound_are_one_and_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a capture's snap length cuts every packet of a long mail; each direction has its own bound."""
    monkeypatch.setattr(reassembly, "MAX_GAPS", 5)
    rng = random.Random(1)
    packets = [
        replace(p, payload=p.payload[:3], missing=len(p.payload[3:]))
        for p in conversation([("orig", rng.randbytes(20)), ("resp", rng.randbytes(20))] * 40, rng)
    ]
    recorder = read_one(timed(packets))
    told = [(direction, what) for direction, what, _ in recorder.events if isinstance(what, int)]
    for side in ("orig", "resp"):
        rows = [gap for gap in recorder.stream.gaps if gap.direction == side]
        assert len(rows) == 5
        assert [gap.places for gap in rows[:-1]] == [1] * 4
        lengths = [length for direction, length in told if direction == side]
        assert len(lengths) > 40
        assert (sum(gap.length for gap in rows), sum(gap.places for gap in rows)) == (sum(lengths), len(lengths))
