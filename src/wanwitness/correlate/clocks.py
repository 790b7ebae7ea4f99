"""How the captures' clocks stand to each other.

A packet seen on both sides of the router was written down on the far side after it was on the near side. Packets that
go out therefore bound a WAN clock's offset from above, packets that come in from below (the idea of Moon, Skelly and
Towsley, INFOCOM 1999, for a constant offset). Points that share a file share a clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from statistics import median

from wanwitness.model import Clock, Stream

SAME = Clock(0, 0, 0)


def estimate(
    reference: int, pairs: Iterable[tuple[int, Stream, int, Stream]], clocks: Iterable[int]
) -> dict[int, Clock | None]:
    """Estimate every clock's offset from the reference.

    Args:
        reference: the clock (as `Point.same_clock`) that all times are brought to.
        pairs: (LAN clock, LAN stream, WAN clock, WAN stream) of streams that are one connection, sequence numbers
            unchanged.
        clocks: every clock there is.

    Returns:
        For each clock its offset, or None where nothing ties it to the reference.
    """
    bounds: dict[tuple[int, int], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for lan_clock, lan, wan_clock, wan in pairs:
        if lan_clock == wan_clock:
            continue
        above, below = bounds[lan_clock, wan_clock]
        seen = {(m.direction, m.seq, m.length, m.syn): m.ts_ns for m in reversed(wan.marks)}
        counted = set()
        for mark in lan.marks:
            key = (mark.direction, mark.seq, mark.length, mark.syn)
            if key in seen and key not in counted:
                counted.add(key)
                (above if mark.direction == "orig" else below).append(seen[key] - mark.ts_ns)
    edges: dict[tuple[int, int], Clock] = {pair: _interval(*sides) for pair, sides in bounds.items() if any(sides)}
    known: dict[int, Clock] = {reference: SAME}
    grown = True
    while grown:
        grown = False
        for (one, two), clock in edges.items():
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


def _interval(above: list[int], below: list[int]) -> Clock:
    """The offset's interval from its upper bounds (outgoing packets) and lower bounds (incoming ones)."""
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
