"""Makes TCP conversations whose every byte is known, and reads them back through the tracker."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import Direction, FrameRef, Stream
from wanwitness.packets import Packets, addresses
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
    unread: list[int] = field(default_factory=list)
    closed: int = 0

    def data(self, direction: Direction, data: bytes, frame: FrameRef, ts_ns: int, unread: int) -> None:
        assert data
        assert unread >= 0
        self.unread.append(unread)
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

    def feed(self, packets: Iterable[Packet], at_once: int = 1) -> None:
        """Give the packets to the tracker, so many in each window."""
        for some in _batches(packets, at_once):
            self.tracker.feed(self.window(some), np.array([p.wrong_sum for p in some]))

    def window(self, packets: Sequence[Packet]) -> Packets:
        """The next packets in columns."""
        count = len(packets)
        numbers = np.arange(self.number + 1, self.number + count + 1)
        self.number += count
        out = [p.direction == "orig" for p in packets]
        ends = [(p.client, p.server) if p.direction == "orig" else (p.server, p.client) for p in packets]
        lengths = np.array([len(p.payload) for p in packets])
        zero, byte = np.zeros(count, np.int32), np.zeros(count, np.uint8)
        return Packets(
            data=np.frombuffer(b"".join(p.payload for p in packets), np.uint8),
            capture=zero,
            interface=zero,
            number=numbers,
            ts_ns=np.array([p.ts_ns for p in packets]),
            record=zero.astype(np.int64),
            vlan=zero,
            src_mac=zero.astype(np.uint64),
            dst_mac=zero.astype(np.uint64),
            protocol=byte + 6,
            version=byte + 4,
            src=_addresses(src for (src, _), _ in ends),
            dst=_addresses(dst for _, (dst, _) in ends),
            ttl=np.where(out, 64, 60).astype(np.uint8),
            sport=np.array([port for (_, port), _ in ends], np.int32),
            dport=np.array([port for _, (_, port) in ends], np.int32),
            seq=np.array([p.seq for p in packets]),
            ack=np.array([p.ack for p in packets]),
            flags=np.array([p.flags for p in packets], np.uint8),
            l4=np.cumsum(lengths) - lengths,
            payload=np.cumsum(lengths) - lengths,
            payload_length=lengths,
            payload_missing=np.array([p.missing for p in packets]),
        )

    def finish(self) -> list[Recorder]:
        self.tracker.finish()
        assert all(recorder.closed == 1 for recorder in self.recorders)
        return self.recorders


def _batches(packets: Iterable[Packet], size: int) -> Iterator[list[Packet]]:
    left = iter(packets)
    while some := list(islice(left, size)):
        yield some


def _addresses(packed: Iterable[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(packed), np.uint8).reshape(-1, 16)


def read(packets: Iterable[Packet], at_once: int = 1) -> list[Recorder]:
    """All connections of these packets, read in windows of so many."""
    point = Point()
    point.feed(packets, at_once)
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
