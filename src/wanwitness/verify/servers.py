"""Whose relay a server is: by what the case says of the links, and by the names that tshark reads of DNS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wanwitness.model import Link

from .reading import Reading


class Servers:
    """Knows the servers of the sessions.

    Args:
        document: the case, for its links.
        reading: what tshark reads.
    """

    def __init__(self, document: Mapping[str, Any], reading: Reading) -> None:
        self.links = [Link(row["name"], relays=tuple(row["relays"])) for row in document["links"]]
        self._owner_of = {name: link.name for link in self.links for name in link.relays}
        files = [reading.file(n) for n in range(len(reading.captures))]
        self._files = [file for file in files if file is not None]
        damaged = any(row["damage"] for row in reading.captures)
        partly = any(file.carved or file.opaque for file in self._files)
        self.whole = not damaged and not partly and len(self._files) == len(files)
        """Whether tshark has read all the captures, and into all that is wrapped in them."""
        self._exchangers = set[str]().union(*(file.exchangers for file in self._files))

    def called(self, ip: str) -> set[str]:
        """Return every name by which answers of DNS lead to an address."""
        return set[str]().union(*(file.called[ip] for file in self._files if ip in file.called))

    def is_named(self, ip: str, name: str | None) -> bool:
        """Whether a link's row names the server at an address, asked for by a name, as a relay."""
        called = self.called(ip)
        return any(link.owns_relay(ip, name) for link in self.links) or not called.isdisjoint(self._owner_of)

    def may_relay(self, ip: str, name: str | None) -> tuple[bool, ...]:
        """Return whether the server relays for a link's customers: both, where it may be a mail exchange as well."""
        if any(link.relays for link in self.links):
            return (self.is_named(ip, name),)
        return (True,) if self._exchangers.isdisjoint({*self.called(ip), name or ""}) else (True, False)

    def relays(self, ip: str, name: str | None) -> bool:
        """Whether the server relays: where nobody named any, every one does to which no MX record leads."""
        if any(link.relays for link in self.links):
            return self.is_named(ip, name)
        asked = set[str]().union(*(file.asked[ip] for file in self._files if ip in file.asked))
        return self._exchangers.isdisjoint({*asked, name or ""})

    def owner(self, ip: str, name: str | None) -> str | None:
        """Return the link whose ISP runs the relay; None where that is not known, or more than one may."""
        links = [link for link in self.links if link.relays]
        for owners in (
            {link.name for link in links if link.owns_relay(ip)},
            {link.name for link in links if name is not None and link.owns_relay(ip, name)},
            {self._owner_of[one] for one in self.called(ip) & self._owner_of.keys()},
        ):
            if owners:
                return next(iter(owners)) if len(owners) == 1 else None
        return None
