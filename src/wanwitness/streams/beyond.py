"""Connections in which nothing was said, beyond those that a table of them may hold: how many there were.

They are counted by client, server, minute and how they ended, and what lies between a look-up and a connection can
still be told by that. Where even these rows get too many, the least forget their addresses; if that is not enough,
minutes become longer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .hashed import Numbers, words

MOST_ROWS = 65_536
"""Rows, of some 100 B: a scan of the whole Internet has more servers, and nobody reads them one by one."""
SPAN_NS = 60 * 1_000_000_000
"""Connections of one row began within this time, unless there are too many."""
FRAME = np.dtype([("capture", "i4"), ("number", "i8")])
"""A frame; -1 and -1 where there is none."""
BEYOND = np.dtype(
    [
        ("orig", "u1", 16),
        ("resp", "u1", 16),
        ("kind", "i8"),
        ("first_ns", "i8"),
        ("last_ns", "i8"),
        ("first", FRAME),
        ("last", FRAME),
        ("count", "i8"),
    ]
)
"""Connections of one client to one server, a row: when the first and the last began, and their SYNs. An address of
zeros is any; hosts from far away have none, for they may be made up."""

Beyond = NDArray[np.void]
"""An array of `BEYOND`."""


def none_beyond() -> Beyond:
    """Return an empty table."""
    return np.empty(0, BEYOND)


class BeyondTable:
    """Collects them, and never holds more than its bound."""

    def __init__(self, most: int = MOST_ROWS) -> None:
        self._most, self._span_ns = most, SPAN_NS
        self.rows = none_beyond()
        """All, in order of time."""

    def add(self, rows: Beyond) -> None:
        """Count some more."""
        self.rows = self._grouped(np.concatenate([self.rows, rows]))
        while len(self.rows) > self._most:
            named = np.flatnonzero((self.rows["orig"] | self.rows["resp"]).any(axis=1))
            if len(named):
                least = named[np.argsort(-self.rows["count"][named], kind="stable")][self._most // 2 :]
                least = least if len(least) else named
                self.rows["orig"][least] = self.rows["resp"][least] = 0
            else:
                self._span_ns *= 2
            self.rows = self._grouped(self.rows)

    def _grouped(self, rows: Beyond) -> Beyond:
        columns: list[Numbers | NDArray[np.int64]] = [*words(rows["orig"]), *words(rows["resp"])]
        columns += [rows["kind"], rows["first_ns"] // self._span_ns]
        order = np.lexsort([rows["first"]["number"], rows["first_ns"], *columns])
        if not len(order):
            return rows
        differs = np.zeros(len(order) - 1, np.bool_)
        for column in columns:
            differs |= column[order][1:] != column[order][:-1]
        begins = np.flatnonzero(np.r_[True, differs])
        ends = np.r_[begins[1:], len(order)] - 1
        rows = rows[order]
        whole = rows[begins]
        whole["last"], whole["count"] = rows["last"][ends], np.add.reduceat(rows["count"], begins)
        whole["last_ns"] = np.maximum.reduceat(rows["last_ns"], begins)
        return whole[np.lexsort([whole["first"]["number"], whole["first"]["capture"], whole["first_ns"]])]
