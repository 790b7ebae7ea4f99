"""Moments as the tests count them: whole nanoseconds in 64 bits, however far off a damaged time stamp is."""

from __future__ import annotations

FURTHEST_NS = 1 << 62
"""Times beyond, before 1824 and after 2116, are taken for that: 64 bits hold the difference of any two."""


def moment(ns: int) -> int:
    """Return a time, or the furthest that is told from others."""
    return max(-FURTHEST_NS, min(FURTHEST_NS - 1, ns))
