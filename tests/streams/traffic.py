"""Makes TCP conversations whose every byte is known, and reads them back through the tracker."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from wanwitness.model import Direction, FrameRef, Stream
from wanwitness.packets import addresses
from wanwitness.streams import Consumer, Tracker

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
OTHER: dict[Direction, Direction] = {"orig": "resp", "resp": "orig"}
CLIENT, SERVER = (addresses.packed("192.168.1.10"), 40000), (addresses.packed("203.0.113.25"), 25)
SECOND = 1_000_000_000
T0 = 1_353_500_000 * SECOND


@dataclass(frozen=True)
class Packet:
    direction: Direction
    seq: int
    ack: int
    flags: int
    payload: bytes = b""
    missing: int = 0
    ts_ns: int = T0
    client: tuple[bytes, int] = CLIENT
    server: tuple[bytes, int] = SERVER
    wrong_sum: bool = False


def conversation(
    turns: Sequence[tuple[Direction, bytes]],
    rng: random.Random,
    *,
    isn: dict[Direction, int] | None = None,
    cut: int = 40,
    handshake: bool = True,
    close: bool = True,
) -> list[Packet]:
    """The packets that carry `turns`, each side acknowledging all that it has, without loss."""
    at: dict[Direction, int] = isn or {"orig": 1000, "resp": 9000}
    packets = []

    def send(direction: Direction, flags: int, payload: bytes = b"") -> None:
        packets.append(Packet(direction, at[direction] % 2**32, at[OTHER[direction]] % 2**32, flags, payload))
        at[direction] += len(payload) + bool(flags & (SYN | FIN))

    if handshake:
        send("orig", SYN)
        packets[0] = replace(packets[0], ack=0)
        send("resp", SYN | ACK)
        send("orig", ACK)
    else:
        at = {d: n + 1 for d, n in at.items()}
    for direction, data in turns:
        while data:
            size = rng.randint(1, cut)
            send(direction, ACK | PSH, data[:size])
            data = data[size:]
            if rng.random() < 0.4:
                send(OTHER[direction], ACK)
    if close:
        send("orig", FIN | ACK)
        send("resp", FIN | ACK)
        send("orig", ACK)
    return packets


@dataclass
class Recorder:
    """A consumer that writes down what it gets; a gap's bytes are None."""

    stream: Stream
    got: dict[Direction, list[int | None]] = field(default_factory=lambda: {"orig": [], "resp": []})
    events: list[tuple[Direction, bytes | int, FrameRef]] = field(default_factory=list)
    closed: int = 0

    def data(self, direction: Direction, data: bytes, frame: FrameRef, ts_ns: int) -> None:
        assert data
        self.got[direction] += data
        self.events.append((direction, data, frame))

    def gap(self, direction: Direction, length: int, frame: FrameRef, ts_ns: int) -> None:
        assert length > 0
        self.got[direction] += [None] * min(length, 1 << 20)
        self.events.append((direction, length, frame))

    def bytes(self, direction: Direction) -> bytes:
        """All bytes, where there is no gap."""
        return bytes(byte if byte is not None else ord("?") for byte in self.got[direction])


class Point:
    """A tracker with a recorder for each connection."""

    def __init__(self) -> None:
        self.recorders: list[Recorder] = []
        self.tracker = Tracker(self._opened, self._closed, addresses.text)
        self.number = 0

    def _opened(self, stream: Stream) -> Consumer:
        self.recorders.append(Recorder(stream))
        return self.recorders[-1]

    def _closed(self, stream: Stream, consumer: Consumer | None) -> None:
        assert isinstance(consumer, Recorder)
        assert consumer.stream is stream
        consumer.closed += 1

    def feed(self, packets: Iterable[Packet]) -> None:
        for p in packets:
            self.number += 1
            src, dst = (p.client, p.server) if p.direction == "orig" else (p.server, p.client)
            frame = FrameRef(0, self.number)
            self.tracker.packet(
                frame, p.ts_ns, src, dst, p.seq, p.ack, p.flags, 64, p.payload, p.missing, _none, p.wrong_sum
            )

    def finish(self) -> list[Recorder]:
        self.tracker.finish()
        assert all(recorder.closed == 1 for recorder in self.recorders)
        return self.recorders


def _none() -> tuple[None, None]:
    return None, None


def read(packets: Iterable[Packet]) -> list[Recorder]:
    """All connections of these packets."""
    point = Point()
    point.feed(packets)
    return point.finish()


def read_one(packets: Iterable[Packet]) -> Recorder:
    """The only connection of these packets."""
    (recorder,) = read(packets)
    return recorder


def timed(packets: Iterable[Packet], step_ns: int = SECOND // 1000) -> list[Packet]:
    """The packets with rising times."""
    return [replace(p, ts_ns=T0 + i * step_ns) for i, p in enumerate(packets)]


def shuffled(packets: Sequence[Packet], rng: random.Random, distance: int) -> list[Packet]:
    """The packets slightly out of order: none moves by more than `distance` places."""
    places = [i + rng.uniform(0, distance) for i in range(len(packets))]
    return [packets[i] for i in sorted(range(len(packets)), key=places.__getitem__)]


def carriers(packets: Sequence[Packet], isn: dict[Direction, int]) -> dict[tuple[Direction, int], dict[int, int]]:
    """By direction and position: the frames that carried a byte there, with the byte."""
    carried: dict[tuple[Direction, int], dict[int, int]] = defaultdict(dict)
    for number, p in enumerate(packets, 1):
        start = (p.seq - isn[p.direction] - 1) % 2**32
        for i, byte in enumerate(p.payload):
            carried[p.direction, start + i][number] = byte
    return carried


def check_frames(recorder: Recorder, packets: Sequence[Packet], isn: dict[Direction, int]) -> None:
    """Every byte delivered is one that the frame named with it carried at that very place."""
    carried = carriers(packets, isn)
    at: dict[Any, int] = {"orig": 0, "resp": 0}
    for direction, what, frame in recorder.events:
        if isinstance(what, int):
            at[direction] += what
            continue
        for byte in what:
            assert carried[direction, at[direction]][frame.number] == byte
            at[direction] += 1
