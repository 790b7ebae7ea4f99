"""Each ISP whose relay refused mail that a link may be to blame for: what its desk needs to find it in its own logs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from wanwitness.model.text import plain

from . import words
from .groups import own_left_out
from .order import refused
from .words import Session

_FILE = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_NAME = 40
SERVERS = 4
"""Servers of one ISP that are told of, those that refused most often first."""


@dataclass(frozen=True, slots=True)
class RefusingRelay:
    """A relay that refused."""

    ip: str
    port: int
    banner: str | None
    """Its greeting, with the reply code."""
    refused: int

    @property
    def name(self) -> str | None:
        """The name it greets with."""
        return words.called(self.banner)


@dataclass(frozen=True, slots=True)
class Isp:
    """What one ISP is told."""

    link: dict[str, Any]
    """The row of the case's links whose relay this is; of a relay that nobody's is known, the link the mail left by."""
    number: int
    """Its place among the links, from 1."""
    stem: str
    """What its files are called by: letters and digits of its name, of no other ISP in this case."""
    sessions: tuple[Session, ...]
    """Refused by its relay, and a link may be to blame; in order of time."""
    tried: int
    """All tries at its relays."""
    accepted: tuple[Session, ...]
    """Accepted by its relays, in order of time: for comparison."""

    @property
    def name(self) -> str:
        """The ISP's, or the link's where nobody says whose it is."""
        return str(self.link["isp"] or self.link["name"])

    @property
    def addresses(self) -> list[str]:
        """Our public addresses that the refused mail came from."""
        return _ranked(session["crossing"]["client"]["ip"] for session in self.sessions if session["crossing"])

    @property
    def servers(self) -> list[RefusingRelay]:
        """The servers that refused, those that did so most often first."""
        counts = Counter(_spoke(session) for session in self.sessions)
        return [RefusingRelay(*spoke, refused=n) for spoke, n in counts.most_common()]

    @property
    def accepted_servers(self) -> list[str]:
        """Addresses of the servers that accepted, those that did so most often first."""
        return _ranked(_spoke(session)[0] for session in self.accepted)

    @property
    def asked_names(self) -> list[str]:
        """The names under which its relay was looked for."""
        return _ranked(name for session in self.sessions if (name := looked_up(session)))

    @property
    def replies(self) -> list[str]:
        """What it answered, without what belongs to one session alone; the most frequent first."""
        return _ranked(own_left_out(words.reply(session["rejection"])) for session in self.sessions)

    @property
    def example(self) -> Session:
        """The first session that got the most frequent answer."""
        return next(s for s in self.sessions if own_left_out(words.reply(s["rejection"])) == self.replies[0])

    @property
    def resolvers(self) -> list[tuple[str | None, str | None, str | None, int]]:
        """Over which link the relay's name was looked up, whom that asked, what it was told, and how often."""
        rows = Counter(
            (session["resolver_link"], (answer or {}).get("resolver_ip"), (answer or {}).get("address"))
            for session in self.sessions
            for answer in (session["resolution"],)
        )
        return [(*row, n) for row, n in rows.most_common()]


def looked_up(session: Session) -> str | None:
    """Return the name that was looked up for a session."""
    resolution = session["resolution"] or {}
    name: str | None = resolution.get("name") or session["asked_name"]
    return name


def isps(document: dict[str, Any]) -> list[Isp]:
    """Return the ISPs concerned, the one that refused most often first.

    A refusal that no link can be to blame for (an unknown recipient, say) concerns no ISP.
    """
    links: list[dict[str, Any]] = document["links"]
    by_link: dict[str, list[Session]] = {}
    for session in document["sessions"]:
        if words.direction(session) in ("outbound", "router") and (owner := relay_link(session, links)):
            by_link.setdefault(owner, []).append(session)
    found: list[Isp] = []
    for number, link in enumerate(links, 1):
        sessions = sorted(by_link.get(link["name"], ()), key=lambda session: str(session["start"]))
        minded = tuple(s for s in sessions if refused(s) and blames_a_link(s))
        accepted = tuple(s for s in sessions if s["outcome"] == "accepted")
        if minded:
            stem = _stem(str(link["isp"] or link["name"])) or "isp"
            if stem in {isp.stem for isp in found}:
                stem = f"{stem}-{number}"
            found.append(Isp(link, number, stem, minded, len(sessions), accepted))
    return sorted(found, key=lambda isp: (-len(isp.sessions), isp.number))


def blames_a_link(session: Session) -> bool:
    """Whether its refusal is one that a link may be to blame for."""
    rejection = session["rejection"]
    return rejection is not None and rejection.get("link", "subscriber") != "none"


def relay_link(session: Session, links: Iterable[dict[str, Any]]) -> str | None:
    """Return the link whose ISP's relay a session spoke with; the link it left by where nobody says whose it is."""
    spoke = (session.get("answered_by") or {}).get("ip") or session["server"]["ip"]
    for link in links:
        if any(_within(spoke, relay) for relay in link["relays"]):
            return str(link["name"])
    link_taken: str | None = session["transport_link"]
    return link_taken


def _stem(name: str) -> str:
    """Return what of an ISP's name may stand in a file's.

    >>> _stem("Télé 2 / Pro")
    'tele-2-pro'
    """
    return _FILE.sub("-", plain(name))[:_LONGEST_NAME].strip("-").lower()


def _within(ip: str, relay: str) -> bool:
    try:
        return ip_address(ip) in ip_network(relay)
    except ValueError:  # the relay is given by its name
        return False


def _spoke(session: Session) -> tuple[str, int, str | None]:
    spoke = session.get("answered_by") or {}
    end = spoke if spoke.get("ip") else session["server"]
    return end["ip"], end["port"], spoke.get("banner")


def _ranked(texts: Iterable[str]) -> list[str]:
    return [text for text, _ in Counter(texts).most_common()]
