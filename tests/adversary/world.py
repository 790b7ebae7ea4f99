"""A site of several links in which programs run, and what is true of each connection they open.

Programs are generators that yield the time (seconds after BEGIN) at which they go on; the world wakes them in order of
time. What they send becomes frames at the capture points. All chance is drawn from generators seeded by the world, in
the order of what can be seen: a hidden choice (`World.variant`) never draws, so that its twin has the same packets.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from . import frames
from .frames import Record, Wire

if TYPE_CHECKING:
    from .mail import Onward

BEGIN = 1_700_000_000
TRANSIT = 0.000_05
"""What the router needs to pass a packet on."""
ROUTER_MAC = 1
SEARCHED = ".site.example"
"""What resolv.conf's `search` adds to a name."""
Program = Generator[float, None, None]


@dataclass(frozen=True)
class Uplink:
    """A link as the world knows it."""

    name: str
    address: str
    """The router's."""
    resolvers: tuple[str, ...]
    mac: int
    """The router's on this link; the ISP's box has the next number."""

    @property
    def out(self) -> Wire:
        """From the router to the ISP's box."""
        return self.mac, self.mac + 1

    @property
    def back(self) -> Wire:
        """From the ISP's box to the router."""
        return self.mac + 1, self.mac


@dataclass(frozen=True, eq=False)
class Answer:
    """An answer as it reached whoever asked."""

    name: str
    addresses: tuple[str, ...]
    ttl: int
    link: str
    """The link by which the question left that this answers: the resolver link."""
    asked: float
    came: float
    evidence: frozenset[int]
    """The frames that show it, from the asker to the resolver."""
    sure: bool = True
    """Whether these frames can tell the link: not where DoT, an own TTL or a race without a clear winner hides it."""
    question: tuple[int, int] = (0, 0)
    """Id and port of the question: where they are the same it is plain that several questions are one look-up."""
    refresh: bool = False
    """Asked for by a cache of the host that served what it held."""
    group: int = 0
    """The router's questions that were put for one cause have one number."""

    @property
    def expires(self) -> float:
        """When its TTL ends."""
        return self.came + self.ttl


@dataclass(eq=False)
class Told:
    """The truth of one connection."""

    port: int
    wan_port: int
    opener: str
    """The host's name, or `router`."""
    address: str
    at: float
    """When the SYN left."""
    transport: str
    answer: Answer | None
    """The one whose address it used; None where that came from no look-up (settings)."""
    evidence: frozenset[int]
    """The frames of its opening, on both sides."""
    story: str
    clear: bool = True
    """False where the mechanism itself takes away what would decide."""
    frames: range = range(0)
    """All its frames, by their numbers in the world."""

    @property
    def mismatch(self) -> bool | None:
        """Whether the links differ; None where no link gave the address."""
        return None if self.answer is None else self.answer.link != self.transport


@dataclass(eq=False)
class Host:
    """What asks and connects: a host of the LAN, or the router for itself."""

    name: str
    ip: str
    mac: int
    random: Random
    servers: tuple[tuple[str, str | None], ...] = ()
    """Resolvers in order, each with the link by which it is asked; None is the router's forwarder."""
    ip6: str = ""
    asks_by_6: bool = False
    """Its questions go to the router's IPv6 address."""
    joined: bool = True
    """Whether ARP and NDP show its addresses to be one host's."""
    hops: int = 64
    stamp: int | None = None
    """Base of its TCP time stamps."""
    reached: list[Answer] = field(default_factory=list)
    connects: list[Told] = field(default_factory=list)
    cache: dict[str, list[Answer]] = field(default_factory=dict)
    """Of a resolver on the host itself."""
    rotation: int = 0

    @property
    def asking(self) -> str:
        """The address that it asks from."""
        return self.ip6 if self.asks_by_6 else self.ip


@dataclass(frozen=True)
class Zone:
    """What the ISPs' resolvers say of one name."""

    addresses: tuple[str, ...]
    ttl: int = 300
    alias: str | None = None
    """A CNAME to a name that holds the addresses."""
    views: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Addresses that a link's resolvers give instead."""
    exchangers: tuple[str, ...] = ()
    """For MX questions: the hosts named, the preferred one first."""

    def by(self, link: str) -> tuple[str, ...]:
        """The addresses that a link's resolvers give."""
        return self.views.get(link, self.addresses)


@dataclass(frozen=True)
class Upstream:
    """One question that the router put to a resolver."""

    name: str
    kind: str
    link: str
    asked: float
    came: float
    group: int


class World:
    """One site, its programs and its truth."""

    def __init__(self, seed: int, variant: int, uplinks: Iterable[Uplink], lan: str = "192.168.1") -> None:
        self.seed, self.lan = seed, lan
        self._variant = variant
        self.has_secret = False
        """Whether anything in this world hung on a hidden choice."""
        self.random = Random(seed)
        self.links = {link.name: link for link in uplinks}
        self.router_ip, self.router_ip6 = f"{lan}.1", "2001:db8:1::1"
        self.router = Host("router", self.router_ip, ROUTER_MAC, Random(seed + 1))
        self.hosts: list[Host] = []
        self.zones: dict[str, Zone] = {}
        self.frames: list[tuple[float, str, bytes]] = []
        self.told: list[Told] = []
        self.upstreams: list[Upstream] = []
        self.story: list[tuple[float, str]] = []
        self.blind = False
        """Whether a capture may lack what matters, without that this is seen of single frames."""
        self.contested_clear = True
        """Whether a session may be told though answers by several links reached its host."""
        self.now = 0.0
        self.redirect: Callable[[], Onward | None] | None = None
        """What the router does with connections to port 25."""
        self._heap: list[tuple[float, int, Program]] = []
        self._count = 0
        self._port = 20_000
        self.transport: Callable[[Host], str] = lambda host: host.random.choice(list(self.links))
        """The router's choice of the link by which a new connection leaves."""

    @property
    def variant(self) -> int:
        """The hidden choice, 0 or 1."""
        self.has_secret = True
        return self._variant

    def hidden(self, answers: Sequence[Answer]) -> Answer:
        """One of these answers, and no packet shows which: where their addresses differ, the connection would tell."""
        alike = [answer for answer in answers if answer.addresses[:1] == answers[0].addresses[:1]]
        return alike[self.variant % len(alike)] if len(alike) > 1 else alike[0]

    # Time

    def spawn(self, at: float, program: Program) -> None:
        """Let a program begin at a time."""
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, program))

    def run(self) -> None:
        """Run all programs to their end."""
        while self._heap:
            self.now, _, program = heapq.heappop(self._heap)
            wake = next(program, None)
            if wake is not None:
                self.spawn(max(wake, self.now), program)

    # What is seen

    def see(self, point: str, at: float, frame: bytes) -> int:
        """Let a capture point see a frame; returns its number in the world."""
        self.frames.append((at, point, frame))
        return len(self.frames) - 1

    def port(self) -> int:
        """A port never used before."""
        self._port += 1
        if self._port > 65_000:
            raise OverflowError("a world has too few ports for so many look-ups")
        return self._port

    def tell(self, text: str, at: float | None = None) -> None:
        """Add a line to what happened, for people."""
        self.story.append((self.now if at is None else at, text))

    # Names

    def records(self, name: str, kind: str, link: str) -> tuple[list[Record], list[Record], tuple[str, ...]]:
        """The records and additional records of a link's resolvers, and the addresses in them."""
        zone = self.zones[name]
        if kind == "MX":
            rows, more, held = [], [], []
            for n, exchanger in enumerate(zone.exchangers):
                addresses = [a for a in self.zones[exchanger].by(link) if ":" not in a]
                rows.append((name, "MX", zone.ttl, (10 * n + 10).to_bytes(2) + frames.name_of(exchanger)))
                more += [(exchanger, "A", zone.ttl, frames.packed(address)) for address in addresses]
                held += addresses
            return rows, more, tuple(dict.fromkeys(held))
        wanted = tuple(a for a in zone.by(link) if (":" in a) == (kind == "AAAA"))
        owner, rows = name, []
        if zone.alias is not None:
            rows.append((name, "CNAME", zone.ttl, frames.name_of(zone.alias)))
            owner = zone.alias
        rows += [(owner, kind, zone.ttl, frames.packed(a)) for a in wanted]
        return rows, [], wanted

    def rcode(self, name: str) -> int:
        """NXDOMAIN (3) for a name that is not there: one with the site's own domain behind it."""
        return 3 if name.endswith(SEARCHED) else 0

    def lan_query(self, at: float, host: Host, server: str, name: str, kind: str, ident: int, port: int) -> int:
        """A host's question on the LAN."""
        body = frames.question(ident, name, kind)
        wire = (host.mac, ROUTER_MAC)
        return self.see("lan", at, frames.udp(wire, host.asking, port, server, 53, body, host.hops, self._ident(host)))

    def lan_answer(self, at: float, host: Host, server: str, port: int, body: bytes) -> int:
        """An answer to a host on the LAN."""
        wire = (ROUTER_MAC, host.mac)
        return self.see("lan", at, frames.udp(wire, server, 53, host.asking, port, body, 64, self._ident(host)))

    def wan_query(self, at: float, link: str, server: str, name: str, kind: str, ident: int, port: int) -> int:
        """A question of the router's address on a link."""
        up = self.links[link]
        body = frames.question(ident, name, kind)
        frame = frames.udp(up.out, up.address, port, server, 53, body, 64, self._ident(self.router))
        return self.see(link, at, frame)

    def wan_answer(self, at: float, link: str, server: str, port: int, body: bytes) -> int:
        """An answer to the router's address on a link."""
        up = self.links[link]
        frame = frames.udp(up.back, server, 53, up.address, port, body, 57, self._ident(self.router))
        return self.see(link, at, frame)

    def direct(
        self,
        at: float,
        host: Host,
        server: str,
        link: str,
        name: str,
        kind: str,
        ident: int,
        port: int,
        *,
        rtt: float | None = None,
        rcode: int = 0,
        lost: bool = False,
        truncated: bool = False,
    ) -> Answer | None:
        """A host asks a resolver beyond the router, which only rewrites the source.

        A truncated answer holds records all the same, which nobody may use (RFC 2181 section 9).
        """
        rtt = host.random.uniform(0.004, 0.04) if rtt is None else rtt
        rows, more, held = self.records(name, kind, link)
        if rcode:
            rows, more, held = [], [], ()
        held = () if truncated else held
        rcode = rcode or self.rcode(name)
        body = frames.response(ident, name, kind, rows, more, rcode=rcode, truncated=truncated)
        seen = [
            self.lan_query(at, host, server, name, kind, ident, port),
            self.wan_query(at + TRANSIT, link, server, name, kind, ident, port),
        ]
        if lost:
            return None
        seen.append(self.wan_answer(at + rtt, link, server, port, body))
        seen.append(self.lan_answer(at + rtt + TRANSIT, host, server, port, body))
        came = at + rtt + TRANSIT
        answer = Answer(name, held, self.zones[name].ttl, link, at, came, frozenset(seen), question=(ident, port))
        host.reached.append(answer)
        self.tell(f"{host.name} asked {server} itself over {link} for {name} {kind}: {' '.join(held) or '-'}", came)
        return answer

    def direct_by_tcp(self, at: float, host: Host, server: str, link: str, name: str, kind: str) -> Answer:
        """The same by TCP (RFC 7766)."""
        up, port, draw = self.links[link], self.port(), host.random
        ident, seq, ack = draw.getrandbits(16), draw.getrandbits(32), draw.getrandbits(32)
        rows, more, held = self.records(name, kind, link)
        asks, tells = frames.question(ident, name, kind), frames.response(ident, name, kind, rows, more)
        asks, tells = (len(body).to_bytes(2) + body for body in (asks, tells))
        rtt, after = draw.uniform(0.004, 0.04), seq + 1 + len(asks)
        seen = []
        for moment, own, flags, number, back, body in (
            (0.0, True, 2, seq, 0, b""),
            (rtt, False, 18, ack, seq + 1, b""),
            (rtt + 0.001, True, 24, seq + 1, ack + 1, asks),
            (2 * rtt + 0.001, False, 24, ack + 1, after, tells),
            (2 * rtt + 0.002, True, 17, after, ack + 1 + len(tells), b""),
            (3 * rtt + 0.002, False, 17, ack + 1 + len(tells), after + 1, b""),
        ):
            for point, add in (("lan", 0.0 if own else TRANSIT), (link, TRANSIT if own else 0.0)):
                lan = point == "lan"
                wire = (host.mac, ROUTER_MAC) if lan else up.out
                inner = host.ip if lan else up.address
                if own:
                    frame = frames.tcp(
                        wire, inner, port, server, 53, number, back, flags, body, ident=self._ident(host)
                    )
                else:
                    wire = wire[1], wire[0]
                    frame = frames.tcp(
                        wire, server, 53, inner, port, number, back, flags, body, ident=self._ident(host)
                    )
                seen.append(self.see(point, at + moment + add, frame))
        came = at + 2 * rtt + 0.001 + TRANSIT
        answer = Answer(name, held, self.zones[name].ttl, link, at, came, frozenset(seen[:8]), question=(ident, port))
        host.reached.append(answer)
        self.tell(f"{host.name} asked {server} itself by TCP over {link} for {name} {kind}", came)
        return answer

    def _ident(self, host: Host) -> int:
        return host.random.getrandbits(16)
