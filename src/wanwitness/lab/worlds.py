"""How a run's links are built: as they are, one of them in a VLAN, behind boxes, by PPPoE or DHCP."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from . import router, sitefile, vlan
from .exits import BOXES
from .topology import LINKS

VLAN = 835


def _captured(links: int) -> dict[str, str]:
    return {"lan0": "lan0", **{link.interface: link.interface for link in LINKS[:links]}}


def _captured_boxes(links: int) -> dict[str, str]:
    return {"lan0": "lan0", **{box.link.interface: box.interface for box in BOXES[:links]}}


def _tagged() -> AbstractContextManager[None]:
    """Link 1 is in VLAN 835, as many providers' are."""
    first = LINKS[0]
    return vlan.tagged(VLAN, (router.NAME, first.interface), (first.name, "subscriber"))


def _addressed(links: int, *first: str) -> str:
    """The site file of a site that has these addresses on link 1."""
    return sitefile.site_toml(links, addresses_of={LINKS[0].name: first})


def _given(links: int) -> str:
    """The site file of a site that leaves it to the captures what link 1's provider gives."""
    return sitefile.site_toml(links, untold=(LINKS[0].name,))


def _told(links: int) -> str:
    """The site file of the story's office."""
    return sitefile.site_toml(links, name="The office", timezone="Europe/Paris", branded=True)


@dataclass(frozen=True, slots=True)
class World:
    """What a scenario asks for."""

    build: Callable[[], AbstractContextManager[None]] = nullcontext
    """What is done to the lab while scenarios are played."""
    interfaces: Callable[[int], dict[str, str]] = _captured
    """Which of the router's interfaces are captured, by the captures' names, for so many links."""
    site: Callable[[int], str] = sitefile.site_toml
    """The site file, for so many links."""
    branded: bool = False
    """Whether links are called as the story calls them, in truth as in the site file."""


WORLDS: dict[str, World] = {
    "office": World(),
    "vlan": World(build=_tagged),
    "boxes": World(interfaces=_captured_boxes, site=lambda links: sitefile.site_toml(links, BOXES)),
    "incident": World(site=_told, branded=True),
    "pop-opens": World(),
    "dhcp": World(site=_given),
    "renumbered": World(site=lambda links: _addressed(links, LINKS[0].router, LINKS[0].later)),
    "pppoe": World(site=_given),
}
