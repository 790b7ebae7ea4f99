"""Bounds that contradict a line: how many are so many that it has ended, and which line the fewest contradict."""

from __future__ import annotations

from math import ceil

import numpy as np

from .assumptions import CONTRADICTING, CONTRADICTING_RUN, FEWEST, MAX_DRIFT, MOST_HALVINGS, STAMP_NS
from .feasible_lines import Flags, Floats


def satisfied(x: Floats, v: Floats, above: Flags, offset: float, drift: float) -> Flags:
    """Return which bounds (seconds, ns, whether from above) agree with a line (ns at time 0, ns per second)."""
    line = offset + drift * x
    satisfied: Flags = np.where(above, line <= v + STAMP_NS, line >= v - STAMP_NS)
    return satisfied


def ended(contradicts: Flags) -> bool:
    """Whether successive bounds of one direction contradict a line so often that it has ended."""
    total = len(contradicts)
    if total < FEWEST:
        return False
    width = min(CONTRADICTING_RUN, total)
    sums = np.concatenate([[0], np.cumsum(contradicts)])
    often = int((sums[width:] - sums[:-width]).max())
    return often >= max(FEWEST, ceil(CONTRADICTING * width)) or bool(
        contradicts[-FEWEST:].all() or contradicts[:FEWEST].all()
    )


def unvouched(kept: Flags, above: Flags) -> int:
    """How many bounds at the beginning cannot be relied on: of one direction or the other, none of them is kept."""
    first = 0
    for side in (True, False):
        mine = np.flatnonzero(above == side)
        held = mine[kept[mine]]
        if len(held) and held[0] != mine[0]:
            first = max(first, int(held[0]))
    return first


def least_contradicted(x: Floats, v: Floats, above: Flags) -> tuple[float, float]:
    """Return the line whose distances to the bounds that contradict it have the least sum.

    That is convex in the line's drift, and, like a median, does not follow a few outliers however far they are.
    """
    middle = float(x.mean())

    def best(drift: float) -> tuple[float, float]:
        rest = v - drift * (x - middle)
        order = np.argsort(rest, kind="stable")
        rest, top = rest[order], above[order]
        passed = np.cumsum(top)  # bounds from above that a line here would pass
        below = (~top).sum() - np.cumsum(~top)  # bounds from below that it would not reach
        place = int(np.argmax(passed >= below)) if (passed >= below).any() else len(rest) - 1
        offset = float(rest[place])
        over = offset - rest
        return float(np.where(top, over, -over).clip(min=0).sum()), offset

    low, high = float(-MAX_DRIFT), float(MAX_DRIFT)
    golden = (5**0.5 - 1) / 2
    one, two = high - golden * (high - low), low + golden * (high - low)
    cost_one, cost_two = best(one)[0], best(two)[0]
    # A line as long as the bounds must be right to a nanosecond at its ends.
    for _ in range(MOST_HALVINGS):
        if (high - low) * float(np.ptp(x)) <= 1.0:
            break
        if cost_one <= cost_two:
            high, two, cost_two = two, one, cost_one
            one = high - golden * (high - low)
            cost_one = best(one)[0]
        else:
            low, one, cost_one = one, two, cost_two
            two = low + golden * (high - low)
            cost_two = best(two)[0]
    drift = (low + high) / 2
    offset = best(drift)[1]
    return offset - drift * middle, drift
