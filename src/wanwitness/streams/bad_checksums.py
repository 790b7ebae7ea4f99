"""Segments with a wrong checksum from a side whose others had right ones.

Such a segment was damaged on its way, and its receiver discards it: the sender will send it again (RFC 9293, section
3.1). So it is held back until that is plain. If its bytes are acknowledged and no other segment brought them, the
receiver had them after all. A side that leaves checksums to its network card has wrong ones always, and is believed.

NULs behind an ACK that may be its frame's padding (`padding.py`) are held back too: they are the stream's if they are
acknowledged, or the sender goes on behind them; if it goes on at their place, they are not.
"""

from __future__ import annotations

from typing import NamedTuple

from wanwitness.model import Direction
from wanwitness.packets.header_fields import ACK

from .packet import Packet

MOST_HELD = 16
"""Segments held of one connection; a network that damages more than that is no network."""
_BIT: dict[Direction, int] = {"orig": 1, "resp": 2}
HALF = 1 << 31
WHOLE = (1 << 32) - 1


class Arrival(NamedTuple):
    """A packet of a connection, and who sent it."""

    direction: Direction
    packet: Packet


class BadChecksums:
    """Holds the doubtful segments of one connection."""

    __slots__ = ("_held", "_padding", "_right", "_wrong")

    def __init__(self) -> None:
        self._held: tuple[Arrival, ...] = ()
        self._padding: tuple[Arrival, ...] = ()
        self._right = 0
        """Sides that have sent packets with right checksums, a bit each."""
        self._wrong = 0
        """Sides whose wrong checksums were found to mean nothing."""

    def __bool__(self) -> bool:
        return bool(self._held or self._padding)

    def holds(self, arrival: Arrival) -> bool:
        """Take note of a packet's checksum; return whether the packet is held back for it."""
        own = _BIT[arrival.direction]
        if not arrival.packet.wrong_sum:
            self._right |= own
            return False
        if self._wrong & own:
            return False
        seen = self._right & own and (self._right | self._wrong) & ~own
        if not seen or not arrival.packet.payload or len(self._held) >= MOST_HELD:
            self._wrong |= own
            return False
        self._held += (arrival,)
        return True

    def hold_padding(self, arrival: Arrival) -> None:
        """Hold a packet whose payload may be padding; without that, it is taken as it comes."""
        again = any(held.direction == arrival.direction for held in self._padding)
        self._padding = self._padding if again else (*self._padding, arrival)

    def right(self, direction: Direction) -> None:
        """Take note of a packet without a wrong checksum."""
        self._right |= _BIT[direction]

    def offload(self, direction: Direction) -> None:
        """Take note that a side leaves its checksums to its network card."""
        self._wrong |= _BIT[direction]

    @property
    def offloads(self) -> tuple[bool, bool]:
        """Whether the wrong checksums of `orig` and of `resp` were found to mean nothing."""
        return bool(self._wrong & _BIT["orig"]), bool(self._wrong & _BIT["resp"])

    def settle(self, arrival: Arrival) -> tuple[list[Arrival], list[Arrival]]:
        """Return those held that this packet acknowledges, and those whose bytes it brings."""
        acknowledged: list[Arrival] = []
        brought: list[Arrival] = []
        left: list[Arrival] = []
        direction, packet = arrival
        for held in self._held:
            if held.direction == direction:
                (brought if _brings(packet, held.packet) else left).append(held)
            elif packet.flags & ACK and (packet.ack - held.packet.seq - 1) & WHOLE < HALF:  # some of it at least
                acknowledged.append(held)
                self._wrong |= _BIT[held.direction]
            else:
                left.append(held)
        self._held = tuple(left)
        for held in self._padding:
            begin, end = held.packet.seq, (held.packet.seq + held.packet.length) & WHOLE
            own = held.direction == direction
            if (packet.seq == end and packet.length) if own else (packet.flags & ACK and packet.ack == end):
                acknowledged.append(held)
            elif not (own and packet.seq == begin) and (own or packet.ack == begin):
                continue
            self._padding = tuple(padding for padding in self._padding if padding is not held)
        return acknowledged, brought

    def release(self) -> tuple[Arrival, ...]:
        """Return all that are still held: the connection is over."""
        held, self._held = self._held, ()
        return held


def _brings(packet: Packet, held: Packet) -> bool:
    """Whether all bytes of `held` lie within `packet`."""
    begins = (held.seq - packet.seq) & WHOLE
    return begins < HALF and begins + len(held.payload) <= packet.length
