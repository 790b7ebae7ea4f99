"""A capture point with its role: where on the site the rows were seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np

from wanwitness.model import Dialogue, DnsExchange, EncryptedDns, FrameRef, Oddity, Provision, Sentence, Stream
from wanwitness.model.capture import Role
from wanwitness.model.visit import Fetched, LogIn, Visit
from wanwitness.packets.addresses import text
from wanwitness.protocols.dns import Log
from wanwitness.protocols.unkept_uses import UnkeptUses
from wanwitness.streams.beyond import Beyond, none_beyond
from wanwitness.streams.handshakes import Handshakes, OpenedConnection, no_handshakes, openings

Part = Literal["asks", "answers", "other"]
"""What an address does: it sends to port 53, from it, or anything else."""


ANY_MAC = -1
"""Stands for every MAC."""


class Sighting(NamedTuple):
    """An address that sent mail or DNS, and the MACs that its frames had."""

    address: str
    src_mac: int
    """48 bits, 0 where the link has none."""
    dst_mac: int
    part: Part


@dataclass(frozen=True, slots=True, eq=False)
class MailStream:
    """A stream that spoke SMTP, or tried to; compared by identity."""

    stream: Stream
    dialogue: Dialogue


def in_order(mail: MailStream) -> tuple[int, FrameRef]:
    """Return what the streams of a point are in order of."""
    return mail.stream.start_ns, mail.stream.first


@dataclass(slots=True)
class PointRows:
    """Everything that one capture point has to say; its reader fills it, and nobody changes it afterwards."""

    mail: list[MailStream] = field(default_factory=list)
    handshakes: Handshakes = field(default_factory=no_handshakes, compare=False)
    """Connections to mail ports in which nothing was said, where they are more than become streams of `mail` without
    choice."""
    listed: Handshakes = field(default_factory=no_handshakes, compare=False)
    """Those of them that were chosen to be streams of `mail`."""
    uncounted: Handshakes = field(default_factory=no_handshakes, compare=False)
    """Those of them that were not chosen: they are counted alone."""
    beyond: Beyond = field(default_factory=none_beyond, compare=False)
    """How many more there were than a table of them may hold."""
    log: Log = field(default_factory=Log, compare=False)
    """The DNS messages, read and unread."""
    macs: dict[str, dict[int, FrameRef]] = field(default_factory=dict)
    """Address to the MACs that claimed it as their own."""
    announced: dict[str, frozenset[int]] = field(default_factory=dict)
    """IPv4 address to those of these MACs that were told without being asked for."""
    claims_lost: int = 0
    """Such claims beyond those that are kept."""
    sightings_lost: frozenset[tuple[int, Part]] = frozenset()
    """Of the point's sightings, the source MACs of which there were more than are kept, with the part that they played;
    `ANY_MAC` among them where that is not known."""
    senders: dict[str, frozenset[int]] = field(default_factory=dict)
    """Address of each host that asked DNS or opened connections to the MACs that such packets came from: a forwarder's
    as well as its own. Empty where they came without MACs."""
    encrypted_dns: list[EncryptedDns] = field(default_factory=list)
    """When hosts used DNS that cannot be read, in the capture's order."""
    encrypted_unkept: UnkeptUses = field(default_factory=UnkeptUses)
    """Such uses beyond those that are kept."""
    provisions: list[Provision] = field(default_factory=list)
    """What hosts were given when their links were set up, in the capture's order."""
    log_ins: list[LogIn] = field(default_factory=list)
    """Log-ins to mailboxes, in the order in which they were decided."""
    fetched: list[Fetched] = field(default_factory=list)
    """Delivery reports that were fetched from mailboxes, in the order in which they came."""
    visits: list[Visit] = field(default_factory=list)
    """Web servers that were asked for, seldom the same twice in a minute."""
    ports: frozenset[int] = frozenset()
    """Server ports of all TCP connections that were opened, read or not, and QUIC's."""
    noted: list[Oddity] = field(default_factory=list)
    """What was odd, DNS aside."""

    @property
    def dns(self) -> list[DnsExchange]:
        """The exchanges read from the log, in order of time."""
        return self.log.exchanges()

    def opened(self) -> Iterator[Stream | OpenedConnection]:
        """Give every connection, listed or only counted: what a point is does not turn on how many are listed."""
        for mail in self.mail:
            yield mail.stream
        yield from openings(self.uncounted)

    def openers(self, captures: AbstractSet[int] | None = None) -> Counter[str]:
        """Return how many connections each address opened, listed or only counted, in some captures or in all; the
        first opener first.
        """
        streams = (mail.stream for mail in self.mail)
        found = Counter(s.orig.ip for s in streams if captures is None or s.first.capture in captures)
        table = self.uncounted
        if not len(table):
            return found
        if captures is not None:
            table = table[np.isin(table["first"]["capture"], list(captures))]
        begun = {mail.stream.orig.ip: in_order(mail) for mail in reversed(self.mail)}
        ips, places, counts = np.unique(table["orig"], axis=0, return_index=True, return_counts=True)
        firsts = table[["first_ns", "first"]][places].tolist()
        for ip, (first_ns, first), count in zip(map(text, map(bytes, ips)), firsts, counts.tolist(), strict=True):
            found[ip] += count
            begun[ip] = min(begun.get(ip, (first_ns, FrameRef(*first))), (first_ns, FrameRef(*first)))
        return Counter({ip: found[ip] for ip in sorted(found, key=lambda ip: begun[ip])})

    @property
    def oddities(self) -> list[Oddity]:
        """What was odd, about DNS messages as far as they were read."""
        return self.noted + self.log.oddities()


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """One or several captures of one place, and their rows; compared by identity.

    Whoever learns more of it makes another one (`dataclasses.replace`), which holds the same rows.
    """

    name: str
    """What a link of this point is called when nothing else names it: the interface, else the file without suffix."""
    captures: list[int]
    """Indexes into the case's captures."""
    paths: list[str]
    """The file of each, as the user named it."""
    rows: PointRows
    role: Role | None = None
    link: str | None = None
    role_source: Literal["configured", "inferred"] = "inferred"
    role_reason: Sentence | None = None
    """Why that is its role, where it was inferred."""
    interfaces: tuple[tuple[str, str], ...] = ()
    """Names and descriptions of its interfaces, empty where their files do not tell."""
    same_clock: int = 0
    """Points with equal numbers were written by one clock: they share a file."""
    sightings: frozenset[Sighting] = frozenset()
    """Who sent mail and DNS, by which MACs."""
    span: tuple[int, int] | None = None
    """Times of the first and the last frame, ns, as written; None where there is none."""
    maybe_same: frozenset[int] = frozenset()
    """Captures of other points of which nobody knows whether they show this point's link or another one."""

    @property
    def label(self) -> str:
        """`lan`, or the link's name."""
        return "lan" if self.role == "lan" else self.link or self.name


def with_log(point: Point, log: Log) -> Point:
    """Return a point whose DNS messages are those that a log reads."""
    return replace(point, rows=replace(point.rows, log=log))
