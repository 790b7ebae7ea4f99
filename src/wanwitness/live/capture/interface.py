"""Whether a network interface is there, and up, as Linux tells in /sys."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from wanwitness.live.wrong import wrong
from wanwitness.model import printable

NET = Path("/sys/class/net")
_UP = 0x1
"""IFF_UP (netdevice(7))."""
_NO_CARRIER = ("down", "lowerlayerdown", "notpresent")
"""`operstate` of an interface that is up and has no link (RFC 2863)."""
ANY = "any"
"""Linux's device that shows all interfaces, and is none itself."""

State = Literal["up", "down", "gone"]


class LiveInterface(NamedTuple):
    """How an interface is."""

    state: State
    number: int | None
    """Linux's number of it: another one where it was deleted and made anew."""


def look(name: str, net: Path = NET) -> LiveInterface:
    """Return how an interface is now."""
    if name == ANY:
        return LiveInterface("up", 0)
    place = net / name
    try:
        number = int((place / "ifindex").read_text())
        flags = int((place / "flags").read_text(), 16)
        operstate = (place / "operstate").read_text().strip()
    except (OSError, ValueError):
        return LiveInterface("gone", None)
    return LiveInterface("up" if flags & _UP and operstate not in _NO_CARRIER else "down", number)


def names(net: Path = NET) -> list[str]:
    """Return the names of all interfaces."""
    try:
        return sorted(entry.name for entry in net.iterdir() if (entry / "ifindex").exists())
    except OSError:
        return []


def check_interface(interface: str) -> None:
    """Refuse an interface that is not there, or down.

    Raises:
        UsageError: it is.
    """
    there = look(interface)
    if there.state == "gone":
        known = ", ".join(name for name in [*names(), ANY] if name != "lo")
        raise wrong("live-no-interface", interface=printable(interface), known=printable(known))
    if there.state == "down":
        raise wrong("live-interface-down", interface=printable(interface))
