"""What the answers held that are beyond the bound of a log: enough to doubt what may have rested on one of them.

Of each address that such an answer held it is known between which moments they came. Addresses share cells, so that the
memory does not grow: of one that was in none it may be said that it was, and never the reverse. What the snap length
cut off may have held any.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import DnsExchange, FrameRef

from .skeleton import address_key

_BITS = 20
_NEVER = np.iinfo(np.int64).max


@dataclass(slots=True, eq=False)
class Unkept:
    """How many messages are not kept, and what their answers held."""

    messages: int = 0
    first: FrameRef | None = None
    """The first of them in its file, and the last."""
    last: FrameRef | None = None
    _begin: NDArray[np.int64] | None = None
    """When the first answer came, ns, that held an address of each cell; none where no answer held any."""
    _end: NDArray[np.int64] | None = None
    """When the last came."""
    _any: tuple[int, int] | None = None
    """When the first and the last came, ns, of which it is not known what they held."""

    def count(self, capture: NDArray[np.int32], number: NDArray[np.int64]) -> None:
        """Count some messages, one at least, by their frames."""
        frames = [FrameRef(int(capture[row]), int(number[row])) for row in (number.argmin(), number.argmax())]
        self.first, self.last = min(frames[0], self.first or frames[0]), max(frames[1], self.last or frames[1])
        self.messages += len(number)

    def held(self, addresses: NDArray[np.uint64], ts_ns: NDArray[np.int64]) -> None:
        """Take the addresses that answers held, as `address_key` gives them, each with its answer's time."""
        if self._begin is None or self._end is None:
            self._begin, self._end = np.full(1 << _BITS, _NEVER), np.full(1 << _BITS, -_NEVER)
        cells = _cells(addresses)
        np.minimum.at(self._begin, cells, ts_ns)
        np.maximum.at(self._end, cells, ts_ns)

    def exchange(self, exchange: DnsExchange) -> None:
        """Take a message that was read already, or both of an exchange."""
        frames = [frame for frame in (exchange.query, exchange.answer) if frame is not None]
        self.count(np.array([f.capture for f in frames], np.int32), np.array([f.number for f in frames]))
        self.texts((r.address for r in (*exchange.addresses, *exchange.additional)), exchange.answer_ns or 0)
        if exchange.cut:
            self.unknown(exchange.answer_ns or 0)

    def unknown(self, ts_ns: int) -> None:
        """Take an answer of which not all is known that it held."""
        first, last = self._any or (ts_ns, ts_ns)
        self._any = min(first, ts_ns), max(last, ts_ns)

    def texts(self, addresses: Iterable[str], ts_ns: int) -> None:
        """Take the addresses of one answer."""
        keys = np.array([address_key(ip_address(address).packed) for address in addresses], np.uint64)
        self.held(keys, np.full(len(keys), ts_ns))

    def between(self, address: str) -> tuple[int, int] | None:
        """When the first and the last answer came, ns, that may have held an address; None where none did."""
        spans = [self._any] if self._any is not None else []
        if self._begin is not None and self._end is not None:
            cell = int(_cells(np.array([address_key(ip_address(address).packed)], np.uint64))[0])
            spans += [(int(self._begin[cell]), int(self._end[cell]))] if self._begin[cell] < _NEVER else []
        return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None


def _cells(addresses: NDArray[np.uint64]) -> NDArray[np.int64]:
    mixed = addresses * np.uint64(0x9E3779B97F4A7C15)
    return (mixed >> np.uint64(64 - _BITS)).astype(np.int64)
