"""IP fragments become whole packets again (RFC 791, section 3.2; RFC 8200, section 4.5).

Where bytes of two fragments lie at one place, the first that came count, and a difference is told: what the receiver
took is not known. A first fragment whose others do not come is a packet by itself: a capture filter by port lets no
other through, and the begin of a DNS answer is worth having.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import pack
from typing import Any, NamedTuple

PATIENCE_NS = 2_000_000_000
"""Fragments of one packet follow one another at once; hosts wait for 30 or 60 s (RFC 1122, section 3.3.2)."""
MOST_OPEN = 256
"""Packets put together at the same time; each is 64 KiB at most, and the oldest makes room."""
MOST_PARTS = 2000
"""Fragments of one packet: 1366 of 48 bytes make the longest (RFC 791: every link takes 68 bytes)."""
COPY_NS = 50_000_000
"""So long after a packet was whole, a fragment that is equal to one of its own is a mirror port's copy."""
LONGEST = 65535
"""Bytes of an IP packet's payload (RFC 791: of the packet)."""


class Fragment(NamedTuple):
    """One fragment, copied out of its window."""

    number: int
    ts_ns: int
    record: int
    interface: int
    vlan: int
    macs: tuple[int, int]
    protocol: int
    ident: int
    offset: int
    """Where in the packet's payload its bytes belong."""
    more: bool
    """It is not the last."""
    length: int
    """Its payload bytes on the wire."""
    header: bytes
    """The IP header: of IPv4 with options, of IPv6 the first 40 bytes."""
    payload: bytes
    """Those captured."""

    @property
    def version(self) -> int:
        """4 or 6."""
        return self.header[0] >> 4

    def packet(self, payload: bytes, length: int) -> bytes:
        """Return an unfragmented packet with this fragment's header; `length` is the payload's on the wire."""
        head = self.header
        if self.version == 4:
            return head[:2] + pack(">H", len(head) + length) + head[4:6] + b"\0\0" + head[8:] + payload
        return head[:4] + pack(">HB", length, self.protocol) + head[7:] + payload


class Joined(NamedTuple):
    """A packet that came in fragments."""

    owner: Any
    """Whose frame it is."""
    frame: Fragment
    """The one that completed it, as Wireshark shows it; alone, the first fragment."""
    packet: bytes
    length: int
    """Bytes on the wire; more than the packet's where a fragment was cut by the snap length."""
    others: tuple[int, ...]
    """Numbers of the other fragments' frames in the same file."""
    whole: bool
    due_ns: int
    """The time behind which it was given up."""
    conflict: bool
    """Fragments had different bytes for the same place."""


class Lost(NamedTuple):
    """A fragment that came to nothing."""

    owner: Any
    fragment: Fragment


class FragmentCopy(NamedTuple):
    """A fragment of a packet that is whole without it."""

    owner: Any
    fragment: Fragment


Found = Joined | Lost | FragmentCopy


@dataclass(slots=True)
class _Open:
    """A packet's fragments, each byte put down as it comes: what a fragment costs does not grow with the others."""

    begin_ns: int
    parts: list[tuple[Any, Fragment]] = field(default_factory=list)
    total: int | None = None
    conflict: bool = False
    _content: bytearray = field(default_factory=bytearray)
    _known: bytearray = field(default_factory=bytearray)
    """By byte, whether it was captured."""
    _sent: bytearray = field(default_factory=bytearray)
    """By byte, whether a fragment had it, captured or not."""
    _lacking: int = 0
    """Bytes before the furthest that no fragment had."""

    def add(self, owner: Any, fragment: Fragment) -> None:
        self.parts.append((owner, fragment))
        begin, end = fragment.offset, fragment.offset + fragment.length
        if end > len(self._sent):
            self._lacking += end - len(self._sent)
            for column in (self._content, self._known, self._sent):
                column.extend(bytes(end - len(column)))
        self._lacking -= self._sent.count(0, begin, end)
        self._sent[begin:end] = b"\1" * fragment.length
        self._put(begin, fragment.payload)
        if not fragment.more and self.total is None:
            self.total = end

    def _put(self, begin: int, payload: bytes) -> None:
        """Put bytes where none are; the first that came count."""
        end = begin + len(payload)
        known = self._known[begin:end]
        if 1 not in known:
            self._content[begin:end] = payload
        else:
            old = self._content[begin:end]
            for at in range(len(payload)):
                if not known[at]:
                    old[at] = payload[at]
                elif old[at] != payload[at]:
                    self.conflict = True
            self._content[begin:end] = old
        self._known[begin:end] = b"\1" * len(payload)

    def is_whole(self) -> bool:
        if self.total is None:
            return False
        return not self._lacking or (self.total < len(self._sent) and 0 not in self._sent[: self.total])

    def payload(self) -> bytes:
        """Return the captured bytes from the begin up to the first that is missing."""
        assert self.total is not None
        missing = self._known.find(0, 0, self.total)
        return bytes(self._content[: self.total if missing < 0 else missing])


class Reassembler:
    """Puts the fragments of some files' packets together, window by window, in order of time."""

    def __init__(self) -> None:
        self._open: dict[tuple[Any, ...], _Open] = {}
        self._whole: dict[tuple[Any, ...], tuple[int, set[tuple[int, bytes]]]] = {}
        self._earliest_ns = 0
        """No packet that is open began before."""

    def __len__(self) -> int:
        return len(self._open)

    def feed(self, owner: Any, place: str, fragment: Fragment) -> Iterator[Found]:
        """Take a fragment of the frames of `owner`, seen at `place`, and give what is decided by it."""
        ends = fragment.header[12:20] if fragment.version == 4 else fragment.header[8:40]
        protocol = fragment.protocol if fragment.version == 4 else 0  # RFC 8200 has the id alone tell packets apart
        key = (place, fragment.vlan, ends, protocol, fragment.ident)
        if fragment.offset + fragment.length > LONGEST:
            yield Lost(owner, fragment)
            return
        done_ns, done = self._whole.get(key, (0, set()))
        if 0 <= fragment.ts_ns - done_ns <= COPY_NS and (fragment.offset, fragment.payload) in done:
            yield FragmentCopy(owner, fragment)
            return
        known = self._open.get(key)
        if known is not None and (fragment.ts_ns - known.begin_ns > PATIENCE_NS or len(known.parts) >= MOST_PARTS):
            yield from self._give_up(key)
            known = None
        if known is None:
            self._earliest_ns = min(self._earliest_ns, fragment.ts_ns) if self._open else fragment.ts_ns
            known = self._open[key] = _Open(fragment.ts_ns)
            if len(self._open) > MOST_OPEN:
                yield from self._give_up(next(iter(self._open)))
        known.add(owner, fragment)
        if known.is_whole():
            del self._open[key]
            self._whole[key] = (fragment.ts_ns, {(part.offset, part.payload) for _, part in known.parts})
            if len(self._whole) > MOST_OPEN:
                del self._whole[next(iter(self._whole))]
            payload, total = known.payload(), known.total
            assert total is not None
            first = next(part for _, part in known.parts if part.offset == 0)
            head = fragment._replace(header=first.header, protocol=first.protocol)
            packet = head.packet(payload, total)
            others = tuple(part.number for whose, part in known.parts[:-1] if whose is owner)
            yield Joined(owner, fragment, packet, len(packet) - len(payload) + total, others, True, 0, known.conflict)

    def pass_time(self, ts_ns: int) -> Iterator[Found]:
        """Give up what is not complete by now."""
        if not self._open or ts_ns - self._earliest_ns <= PATIENCE_NS:
            return
        for key in [key for key, known in self._open.items() if ts_ns - known.begin_ns > PATIENCE_NS]:
            yield from self._give_up(key)
        self._earliest_ns = min((known.begin_ns for known in self._open.values()), default=0)

    def finish(self) -> Iterator[Found]:
        """Give up all that is not complete: the files have ended."""
        for key in list(self._open):
            yield from self._give_up(key)

    def _give_up(self, key: tuple[Any, ...]) -> Iterator[Found]:
        known = self._open.pop(key)
        first = next((place for place, (_, part) in enumerate(known.parts) if part.offset == 0), None)
        for place, (owner, part) in enumerate(known.parts):
            if place == first:
                packet = part.packet(part.payload, part.length)
                length = len(packet) - len(part.payload) + part.length
                due = known.begin_ns + PATIENCE_NS
                yield Joined(owner, part, packet, length, (), False, due, known.conflict)
            else:
                yield Lost(owner, part)
