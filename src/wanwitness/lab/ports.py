"""Source ports, known to the router before they are used: which way a question goes, which link a connection takes."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from threading import Lock

from . import router

AT_ONCE = 25
"""Ports that are told to the router in one go: each telling costs a process."""
FIRST, LAST = 20_000, 59_999


class Ports:
    """Hands out source ports; none twice for one address in a run."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._lock = Lock()
        self._common = iter(range(LAST + 1, 65_536))
        self._left: dict[str, list[int]] = {}
        self._by: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._over: dict[tuple[str, str], list[int]] = defaultdict(list)

    def free(self, address: str) -> int:
        """Return a port that the router knows nothing of."""
        with self._lock:
            return self._next(address)

    def common(self) -> int:
        """Return a port that no host gets from anywhere else, so that several may use it."""
        with self._lock:
            return next(self._common)

    def by(self, address: str, way: str) -> int:
        """Return a port whose questions to the router take a way."""
        with self._lock:
            pool = self._by[address, way]
            if not pool:
                pool += [self._next(address) for _ in range(AT_ONCE)]
                router.nft(router.ask_by(address, pool, way))
            return pool.pop()

    def over(self, address: str, link: str) -> int:
        """Return a port whose connections leave by a link."""
        with self._lock:
            pool = self._over[address, link]
            if not pool:
                pool += [self._next(address) for _ in range(AT_ONCE)]
                router.nft("".join(router.pin(address, port, link) for port in pool))
            return pool.pop()

    def _next(self, address: str) -> int:
        if address not in self._left:
            self._left[address] = self._rng.sample(range(FIRST, LAST + 1), LAST + 1 - FIRST)
        return self._left[address].pop()
