"""The ways a question can take through the router: which resolver is asked over which link, with or without a cache.

Each way is a forwarder (dnsmasq) of its own behind the router's port 53; the router sends each question by the way
that the scenario wants. A way asks from a range of ports of its own, so that conntrack's log shows whose question an
upstream query was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import topology
from .exits import BOXES, DIAL
from .topology import LINKS

FIRST_PORT = 5300
FIRST_QUERY_PORT, QUERY_PORTS = 2000, 1000


@dataclass(frozen=True, slots=True)
class Way:
    """A forwarder of the router."""

    name: str
    number: int
    upstream: tuple[tuple[str, str], ...]
    """Resolver's address and router's interface; with several, all are asked at once."""
    cache: bool = False

    @property
    def port(self) -> int:
        """Where the forwarder listens, behind the router's port 53."""
        return FIRST_PORT + self.number

    @property
    def query_ports(self) -> range:
        """The ports it asks from."""
        first = FIRST_QUERY_PORT + self.number * QUERY_PORTS
        return range(first, first + QUERY_PORTS)


def _all() -> Iterator[tuple[str, tuple[tuple[str, str], ...], bool]]:
    for link in LINKS:
        own = ((link.resolver, link.interface),)
        yield link.name, own, False
        yield f"{link.name}-cached", own, True
        yield f"public-over-{link.name}", ((topology.PUBLIC_RESOLVER, link.interface),), False
    one, two = LINKS[:2]
    yield "isp1-over-isp2", ((one.resolver, two.interface),), False
    yield "isp2-over-isp1", ((two.resolver, one.interface),), False
    for box in BOXES:
        yield box.name, ((box.gateway, box.interface),), False
    yield DIAL.name, ((DIAL.link.resolver, DIAL.interface),), False
    yield "race", ((one.resolver, one.interface), (two.resolver, two.interface)), False


WAYS = {name: Way(name, number, upstream, cache) for number, (name, upstream, cache) in enumerate(_all())}
