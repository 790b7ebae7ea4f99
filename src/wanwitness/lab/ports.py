"""Source ports, known to the router before they are used: which way a question goes, which link a connection takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from random import Random
from threading import Lock

from . import router
from .topology import BY_NAME

AT_ONCE = 25
"""Ports that are told to the router in one go: each telling costs a process."""
FIRST, LAST = 20_000, 59_999


class Ports:
    """Hands out source ports, none twice in the lab's life until all were used.

    Behind the router all hosts share one address, and a server that still knows a port of another host's connection
    does not take a new one from it at once: only the scenarios that are about this use a port again.
    """

    def __init__(self, count: Path | None = None) -> None:
        self._lock = Lock()
        self._of: defaultdict[str, Lock] = defaultdict(Lock)
        """An address's own lock: a host does not wait while the router is told another's ports."""
        self._count = count
        self._order = Random(0).sample(range(FIRST, LAST + 1), LAST + 1 - FIRST)  # noqa: S311
        self._used = int(count.read_text()) if count is not None and count.exists() else 0
        self._common = iter(range(LAST + 1, 65_536))
        self._by: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._over: dict[tuple[str, str], list[int]] = defaultdict(list)

    def free(self) -> int:
        """Return a port that the router knows nothing of."""
        with self._lock:
            return self._next()

    def common(self) -> int:
        """Return a port that no host gets from anywhere else, so that several may use it."""
        with self._lock:
            return next(self._common)

    def by(self, address: str, way: str) -> int:
        """Return a port whose questions to the router take a way."""
        with self._of[address]:
            pool = self._by[address, way]
            if not pool:
                pool += self._some()
                router.nft(router.ask_by(address, pool, way))
            return pool.pop()

    def over(self, address: str, link: str) -> int:
        """Return a port whose connections leave by a link."""
        with self._of[address]:
            self._fill(address, [link])
            return self._over[address, link].pop()

    def ready(self, *addresses: str) -> None:
        """Have a port for each link at hand: what a host connects to at once must not wait for the router to be told,
        or an answer seems one that the host had kept.
        """
        for address in addresses:
            with self._of[address]:
                self._fill(address, BY_NAME)

    def _fill(self, address: str, links: Iterable[str]) -> None:
        commands = []
        for link in links:
            pool = self._over[address, link]
            if not pool:
                pool += self._some()
                commands += [router.pin(address, port, link) for port in pool]
        if commands:
            router.nft("".join(commands))

    def _some(self) -> list[int]:
        with self._lock:
            return [self._next() for _ in range(AT_ONCE)]

    def _next(self) -> int:
        self._used += 1
        if self._count is not None:
            self._count.write_text(f"{self._used}\n")
        return self._order[self._used % len(self._order)]
