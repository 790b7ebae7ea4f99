"""A file's interfaces as columns, which grow as they are described: pcapng has thousands where it has many sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import Interface


class Described:
    """What is looked up of a file's interfaces, window by window; each is looked at once."""

    def __init__(self) -> None:
        self.places: list[str] = []
        """Names, or else numbers."""
        self.several = False
        """There are several, so that a display filter must say which one is meant."""
        self._linktypes = np.zeros(1, np.int32)
        self._table = np.full((1, 1), -1, np.int32)
        self._tabled = 0
        """How many interfaces are in the table."""

    def linktypes(self, interfaces: Sequence[Interface]) -> NDArray[np.int32]:
        """Return the link type of each interface, shape (n,)."""
        known = len(self.places)
        if len(interfaces) > len(self._linktypes):
            self._linktypes = np.resize(self._linktypes, 2 * len(interfaces))
        for interface in interfaces[known:]:
            self._linktypes[len(self.places)] = interface.linktype
            self.places.append(interface.name or str(interface.index))
            first = interfaces[0]
            self.several |= (interface.section, interface.index_in_section) != (first.section, first.index_in_section)
        return self._linktypes[: len(interfaces)]

    def table(
        self, interfaces: int, rules: int, captures_of: Mapping[int, Sequence[tuple[int, int]]]
    ) -> NDArray[np.int32]:
        """Return the capture by interface and rule, shape (interfaces, rules + 1).

        It is -1 where there is none; the last column is for no rule.
        """
        if self._table.shape[1] != rules + 1:
            self._table, self._tabled = np.full((interfaces, rules + 1), -1, np.int32), 0
        if interfaces > len(self._table):
            more = np.full((2 * interfaces - len(self._table), rules + 1), -1, np.int32)
            self._table = np.concatenate([self._table, more])
        for interface in range(self._tabled, interfaces):
            for rule, index in captures_of.get(interface, ()):
                self._table[interface, rule] = index
        self._tabled = interfaces
        return self._table[:interfaces]
