"""The router's ways out: its links as they are, a provider's box before a link, and a link that is dialled."""

from __future__ import annotations

from dataclasses import dataclass

from .topology import BY_NAME, LINKS, LabLink


@dataclass(frozen=True, slots=True)
class Box:
    """A provider's box between the router and its link: it translates addresses and forwards questions itself.

    Both boxes use one private network, and know the router by one address: only the cable tells them apart.
    """

    link: LabLink
    router: str = "192.168.0.10"
    gateway: str = "192.168.0.1"
    network: str = "192.168.0.0/24"

    @property
    def number(self) -> int:
        """Its number among the router's ways out."""
        return len(LINKS) + self.link.number

    @property
    def name(self) -> str:
        """Its namespace, and the router's interface that leads to it."""
        return f"box{self.link.number}"

    @property
    def interface(self) -> str:
        """The router's interface."""
        return self.name

    @property
    def table(self) -> int:
        """The router's routing table that leads out here."""
        return 100 + self.number

    @property
    def outside(self) -> str:
        """Its own address on the link."""
        return self.link.router.removesuffix("10") + "20"


@dataclass(frozen=True, slots=True)
class Dial:
    """Link 1 reached by PPPoE: the provider gives the address and the resolver when the router dials."""

    link: LabLink
    router: str = "198.51.100.30"

    @property
    def number(self) -> int:
        """Its number among the router's ways out."""
        return 2 * len(LINKS) + self.link.number

    @property
    def name(self) -> str:
        """Its name among these."""
        return f"ppp{self.link.number}"

    @property
    def interface(self) -> str:
        """The router's interface."""
        return self.name

    @property
    def table(self) -> int:
        """The router's routing table that leads out here."""
        return 100 + self.number


BOXES = tuple(Box(link) for link in LINKS[:2])
DIAL = Dial(LINKS[0])
EXITS: dict[str, LabLink | Box | Dial] = {**BY_NAME, **{box.name: box for box in BOXES}, DIAL.name: DIAL}
"""The router's ways out, by name."""
