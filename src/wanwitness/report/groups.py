"""Sessions of which one would say the same, told once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import groupby

from wanwitness.language import ENGLISH, Language
from wanwitness.model.text import printable

from . import words
from .terminal import sentence
from .words import Session

_OWN = re.compile(r"<[^<>]*>|\[[0-9A-Fa-f.:]{3,}\]|\b\d+(?:\.\d+){3}\b|\b(?=[0-9A-Za-z]*\d)[0-9A-Za-z]{8,}\b")
"""What a server puts into its words of this one session: addresses in brackets, queue names."""
_MOST_CLIENTS = 4


@dataclass(frozen=True, slots=True)
class Group:
    """Sessions with the same links, servers, verdict and refusal, in order of time."""

    sessions: tuple[Session, ...]

    @property
    def first(self) -> Session:
        """The one whose words are shown."""
        return self.sessions[0]

    @property
    def last(self) -> Session:
        """The latest."""
        return self.sessions[-1]

    @property
    def clients(self) -> str:
        """The hosts that opened them: `192.168.1.10 to .12`."""
        return self.clients_in(ENGLISH)

    def clients_in(self, language: Language) -> str:
        """Return the same in a language."""
        return hosts((session["client"]["ip"] for session in self.sessions), language)

    @property
    def refusal(self) -> str:
        """The server's words, without what belongs to each session alone where there are several."""
        said = words.reply(self.first["rejection"])
        return said if len({words.reply(s["rejection"]) for s in self.sessions}) < 2 else own_left_out(said)


def grouped(sessions: Iterable[Session]) -> list[Group]:
    """Put together what is alike; groups are in the order of their first sessions."""
    groups: dict[tuple[object, ...], list[Session]] = {}
    for session in sessions:
        groups.setdefault(alike(session), []).append(session)
    return [Group(tuple(sorted(group, key=lambda session: str(session["start"])))) for group in groups.values()]


def alike(session: Session) -> tuple[object, ...]:
    """Return what sessions of one group have in common."""
    refusal = session["rejection"] or {}
    spoke = session.get("answered_by") or {}
    return (
        words.links(session),
        words.dialled(session),
        (spoke.get("ip"), spoke.get("port")),
        (words.direction(session), session["verdict"]),
        bool(session.get("bounces")),
        session["undetermined_because"],
        session["outcome"],
        tuple(session["likely_causes"]),
        refusal.get("command"),
        own_left_out(words.reply(session["rejection"])),
    )


def own_left_out(said: str) -> str:
    """Return a server's words without what belongs to one session alone: addresses in brackets, queue names."""
    return _OWN.sub("…", said)


def hosts(addresses: Iterable[str], language: Language = ENGLISH) -> str:
    """Return addresses in few words: neighbours as a span, and of very many their number.

    >>> hosts(["192.168.1.12", "192.168.1.10", "192.168.1.11", "192.168.1.40"])
    '192.168.1.10 to .12, 192.168.1.40'
    """
    each = sorted({ip_address(text) for text in addresses}, key=lambda ip: (ip.version, int(ip)))
    spans = []
    for _, run in groupby(enumerate(each), key=lambda pair: (pair[1].version, int(pair[1]) - pair[0])):
        ips = [ip for _, ip in run]
        first, last = str(ips[0]), str(ips[-1])
        mark = ":" if ips[0].version == 6 else "."
        if len(ips) < 3 or first.rpartition(mark)[0] != last.rpartition(mark)[0]:
            spans += [str(ip) for ip in ips]
        else:
            end = mark + last.rpartition(mark)[2]
            spans.append(language.say(sentence("hosts-from-to", first=first, last=end)))
    if len(spans) > _MOST_CLIENTS:
        return language.say(sentence("hosts-and-others", first=spans[0], n=len(each) - 1))
    return printable(", ".join(spans))
