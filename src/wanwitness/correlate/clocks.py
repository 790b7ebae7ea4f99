"""How the captures' clocks stand to each other.

A packet seen on both sides of the router was written down on the far side after it was on the near side. Packets that
go out therefore bound a WAN clock's offset from above, packets that come in from below (the idea of Moon, Skelly and
Towsley, INFOCOM 1999, for a constant offset). What a proxy or a forwarder repeats bounds it in the same way, if less
closely. Points that share a file share a clock.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from wanwitness.model import Clock, Dialogue, Direction, Mark, Stream

SAME = Clock(0, 0, 0)


@dataclass(slots=True)
class Bounds:
    """What is known of one clock minus another."""

    above: list[int] = field(default_factory=list)
    """It is at most each of these."""
    below: list[int] = field(default_factory=list)
    """It is at least each of these."""

    def stream(self, lan: Stream, wan: Stream) -> None:
        """Take the packets of one connection. What was sent or captured more than once is left out."""
        one, two = _marks(lan, wan), _marks(wan, lan)
        for (direction, *_), near, far in ((key, one[key], two[key]) for key in one.keys() & two.keys()):
            (self.above if direction == "orig" else self.below).append(far - near)

    def dialogue(self, lan: Dialogue, wan: Dialogue) -> None:
        """Take what a proxy repeated: it hears a command before it repeats it, and a reply likewise."""
        for one, two in zip(lan.exchanges, wan.exchanges, strict=False):
            if one.command is None or two.command is None or one.command.verb != two.command.verb:
                return
            if one.command.verb != "connect":
                self.above.append(two.command.ts_ns - one.command.ts_ns)
            if one.reply is not None and two.reply is not None:
                self.below.append(two.reply.ts_ns - one.reply.ts_ns)

    def interval(self) -> Clock:
        """The offset, from its upper bounds and its lower bounds."""
        above, below = self.above, self.below
        pairs = len(above) + len(below)
        if not above or not below:
            # One direction alone: the least delay seen is near nothing on a LAN, and what it is exactly stays open.
            only = min(above) if above else max(below)
            spread = int(max(abs(x - only) for x in above or below))
            return Clock(only, max(spread, 1_000_000), pairs)
        high, low = min(above), max(below)
        if low <= high:
            return Clock((low + high) // 2, (high - low + 1) // 2, pairs)
        # No constant fits: the clocks drift or stepped. The interval then covers all that was seen.
        middle = int(median(above + below))
        return Clock(middle, max(abs(x - middle) for x in above + below), pairs)


BoundsOf = Mapping[tuple[int, int], Bounds]
"""(near clock, far clock), as `Point.same_clock`, to what is known of far minus near."""


def bound(
    streams: Iterable[tuple[int, Stream, int, Stream]],
    dialogues: Iterable[tuple[int, Dialogue, int, Dialogue]] = (),
) -> dict[tuple[int, int], Bounds]:
    """Gather what connections seen on both sides tell.

    Args:
        streams: (LAN clock, LAN stream, WAN clock, WAN stream) of one connection.
        dialogues: (LAN clock, dialogue, WAN clock, dialogue) of a connection that a proxy carried on.
    """
    bounds: dict[tuple[int, int], Bounds] = defaultdict(Bounds)
    for near, lan, far, wan in streams:
        if near != far:
            bounds[near, far].stream(lan, wan)
    for near, heard, far, repeated in dialogues:
        if near != far:
            bounds[near, far].dialogue(heard, repeated)
    return {clocks: found for clocks, found in bounds.items() if found.above or found.below}


def estimate(reference: int, bounds: BoundsOf, clocks: Iterable[int]) -> dict[int, Clock | None]:
    """Return for each clock its offset from the reference, or None where nothing ties it to that."""
    edges = {clocks: found.interval() for clocks, found in bounds.items()}
    known: dict[int, Clock] = {reference: SAME}
    grown = True
    while grown:
        grown = False
        for (one, two), clock in sorted(edges.items(), key=lambda edge: edge[1].uncertainty_ns):
            if one in known and two not in known:
                known[two] = _add(known[one], clock, 1)
                grown = True
            elif two in known and one not in known:
                known[one] = _add(known[two], clock, -1)
                grown = True
    return {clock: known.get(clock) for clock in clocks}


def _add(base: Clock, step: Clock, sign: int) -> Clock:
    return Clock(
        base.offset_ns + sign * step.offset_ns, base.uncertainty_ns + step.uncertainty_ns, step.pairs + base.pairs
    )


_Key = tuple[Direction, int, int, bool]


def _marks(stream: Stream, other: Stream) -> dict[_Key, int]:
    """The times of packets that were captured once; their places are relative where a router rewrote the numbers."""
    origin = {
        "orig": stream.isn_orig if stream.isn_orig is not None and other.isn_orig is not None else 0,
        "resp": stream.isn_resp if stream.isn_resp is not None and other.isn_resp is not None else 0,
    }

    def key(mark: Mark) -> _Key:
        return mark.direction, (mark.seq - origin[mark.direction]) & 0xFFFFFFFF, mark.length, mark.syn

    often = Counter(map(key, stream.marks))
    return {place: mark.ts_ns for mark in stream.marks if often[place := key(mark)] == 1}
