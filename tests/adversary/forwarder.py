"""The router's forwarder, in the manners of dnsmasq, unbound, Windows' sharing and boxes of ISPs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal

from . import frames
from .world import Answer, Host, Upstream, World

HOP = 0.000_2
"""What the forwarder needs for a message."""
CLEAR = 0.005
"""Two answers of one race must be so far apart, in seconds, for captures of several machines to tell the first."""
CLIENTS_PATIENCE = 4.9
Mode = Literal["single", "rotate", "race", "all", "retry"]


@dataclass(frozen=True)
class Manner:
    """What a forwarder does."""

    mode: Mode = "single"
    cache: bool = True
    own_ttl: tuple[int, int] | None = None
    """It raises and cuts TTLs to this range."""
    prefetch: bool = False
    """It asks again while it serves, in the last tenth of the TTL."""
    stale: bool = False
    """It serves what has expired, with a TTL of 30, and asks meanwhile (RFC 8767)."""
    dot: tuple[str, ...] = ()
    """The links by which it asks through TLS (RFC 7858)."""
    keep_id: bool = False
    in_turn: bool = False
    """It asks for a CNAME's target itself."""
    spoofed: float = 0.0
    """How often somebody beyond the router answers too, without the question's id or port."""
    repeated: float = 0.0
    """How often an upstream answer is followed by a second one to the same question, from the other link's view."""
    bad_first: float = 0.0
    """How often the first resolver says SERVFAIL or REFUSED."""


@dataclass(frozen=True, eq=False)
class Fill:
    """What an upstream answer told."""

    name: str
    kind: str
    addresses: tuple[str, ...]
    ttl: int
    link: str
    asked: float
    came: float
    evidence: frozenset[int]
    sure: bool = True
    group: int = 0


@dataclass(eq=False)
class Forwarder:
    """Answers the LAN's questions, from its cache or by asking over a link."""

    world: World
    manner: Manner
    random: Random
    weights: tuple[float, ...] = ()
    """Of the links, as first choice; equal where empty."""
    fills: list[Fill] = field(default_factory=list)
    _cache: dict[tuple[str, str], list[Fill]] = field(default_factory=dict)
    _turn: int = 0
    _group: int = 0
    _tunnels: dict[str, list[int]] = field(default_factory=dict)

    def serve(self, host: Host, name: str, kind: str, ident: int, port: int, server: str) -> Answer | None:
        """Answer a question put now; None where no answer comes in the time that clients wait."""
        world, at = self.world, self.world.now
        query = world.lan_query(at, host, server, name, kind, ident, port)
        found = self._resolve(at + HOP, name, kind, ident)
        if found is None:
            return None
        fill, ttl, sure = found
        came = max(fill.came, at + HOP) + HOP
        rows, more, _ = world.records(name, kind, fill.link)
        rows, more = ([(o, k, ttl, d) for o, k, _, d in table] for table in (rows, more))
        seen = world.lan_answer(
            came, host, server, port, frames.response(ident, name, kind, rows, more, rcode=world.rcode(name))
        )
        answer = Answer(
            name,
            fill.addresses,
            ttl,
            fill.link,
            at,
            came,
            fill.evidence | {query, seen},
            sure and fill.sure,
            (ident, port),
            group=fill.group,
        )
        host.reached.append(answer)
        kept = "cache of " if fill.came < at else ""
        text = (
            f"the forwarder told {host.name} {name} {kind} = {' '.join(fill.addresses) or '-'} from {kept}{fill.link}"
        )
        world.tell(text, came)
        return answer

    def ask(self, link: str, name: str, kind: str = "A", at: float | None = None) -> Fill:
        """The router asks for itself."""
        self._group += 1
        fill = self._upstream(self.world.now if at is None else at, link, name, kind, self.random.getrandbits(16))
        assert fill is not None
        return fill

    def _resolve(self, at: float, name: str, kind: str, ident: int) -> tuple[Fill, int, bool] | None:
        """The fill that answers, the TTL it is given, and whether the captures can tell it from others."""
        fill = self._cached(at, name, kind)
        if fill is not None:
            left = round(fill.ttl - (at - fill.came)) if self.manner.own_ttl is None else self._own(fill, at)
            expired = at >= fill.came + self._life(fill)
            fresh = fill.came >= at
            if not fresh and (expired or (self.manner.prefetch and left <= fill.ttl / 10)):
                self._keep(self._by_manner(at, name, kind, ident))
            if expired:
                return fill, 30, False
            plain = self.manner.own_ttl is None or fresh
            return fill, (fill.ttl if fresh and plain else max(left, 0)), plain and self._alone(fill, at, left)
        fill = self._by_manner(at, name, kind, ident)
        self._keep(fill)
        if fill is None or fill.came > at + CLIENTS_PATIENCE:
            return None
        return fill, (fill.ttl if self.manner.own_ttl is None else self._own(fill, fill.came)), True

    def _life(self, fill: Fill) -> float:
        return (
            fill.ttl
            if self.manner.own_ttl is None
            else min(max(fill.ttl, self.manner.own_ttl[0]), self.manner.own_ttl[1])
        )

    def _own(self, fill: Fill, at: float) -> int:
        return max(0, round(self._life(fill) - (at - fill.came)))

    def _cached(self, at: float, name: str, kind: str) -> Fill | None:
        """What the cache holds, or is about to hold: a question already under way is joined."""
        if not self.manner.cache:
            return None
        kept = self._cache.get((name, kind), [])
        usable = [fill for fill in kept if fill.came <= at]
        coming = [fill for fill in kept if fill.came > at]
        if usable and at < usable[-1].came + self._life(usable[-1]):
            return usable[-1]
        if coming and coming[-1].came <= at + CLIENTS_PATIENCE:
            return coming[-1]
        if usable and self.manner.stale and at < usable[-1].came + self._life(usable[-1]) + 3600:
            return usable[-1]
        return None

    def _keep(self, fill: Fill | None) -> None:
        if fill is not None and self.manner.cache:
            self._cache.setdefault((fill.name, fill.kind), []).append(fill)

    def _alone(self, fill: Fill, at: float, left: int) -> bool:
        """Whether no other link's answer counts down to the same TTL."""
        return not any(
            other.link != fill.link and other.group != fill.group and abs(other.ttl - (at - other.came) - left) <= 3
            for other in self.fills
            if (other.name, other.kind) == (fill.name, fill.kind) and other.came <= at
        )

    def _by_manner(self, at: float, name: str, kind: str, ident: int) -> Fill | None:
        self._group += 1
        links, mode = list(self.world.links), self.manner.mode
        ident = ident if self.manner.keep_id else self.random.getrandbits(16)
        first = self.random.choices(links, self.weights or None)[0]
        if mode == "rotate":
            self._turn += 1
            first = links[self._turn % len(links)]
        others = [link for link in links if link != first]
        if mode in ("race", "all"):
            port = self.world.port()
            fills = []
            for n, link in enumerate(self.random.sample(links, len(links))):
                same = mode == "all"
                one = self._upstream(
                    at + n * 0.000_02,
                    link,
                    name,
                    kind,
                    ident if same else self.random.getrandbits(16),
                    port if same else None,
                )
                if one is not None:
                    fills.append(one)
            fills.sort(key=lambda fill: fill.came)
            clear = all(fill.came - fills[0].came > CLEAR for fill in fills[1:])
            return replace(fills[0], sure=fills[0].sure and clear)
        if mode == "retry" and self.random.random() < 0.3:
            patience = self.random.choice((1.0, 2.0))
            late = patience + self.random.uniform(0.05, 1.5) if self.random.random() < 0.5 else None
            self._upstream(at, first, name, kind, ident, rtt=late, lost=late is None)
            fill = self._upstream(at + patience, others[0], name, kind, self.random.getrandbits(16))
            if fill is not None and late is not None and at + late < fill.came + CLEAR:
                return replace(fill, sure=False)
            return fill
        if self.random.random() < self.manner.bad_first:
            bad = self._upstream(at, first, name, kind, ident, rcode=self.random.choice((2, 5)))
            assert bad is not None
            return self._upstream(bad.came + HOP, others[0], name, kind, self.random.getrandbits(16))
        alias = self.world.zones[name].alias if self.manner.in_turn else None
        fill = self._upstream(at, first, name, kind, ident, bare=alias is not None)
        if fill is None or alias is None:
            return fill
        second = self.random.choices(links, self.weights or None)[0]
        target = self._upstream(fill.came + HOP, second, alias, kind, self.random.getrandbits(16))
        assert target is not None
        sure = fill.sure and target.sure
        return replace(target, name=name, asked=fill.asked, evidence=fill.evidence | target.evidence, sure=sure)

    def _upstream(
        self,
        at: float,
        link: str,
        name: str,
        kind: str,
        ident: int,
        port: int | None = None,
        *,
        rtt: float | None = None,
        lost: bool = False,
        rcode: int = 0,
        bare: bool = False,
    ) -> Fill | None:
        """Put one question to a link's resolver, which may tell of a CNAME alone (`bare`)."""
        world, draw = self.world, self.random
        server = draw.choice(world.links[link].resolvers)
        rtt = draw.uniform(0.004, 0.04) if rtt is None else rtt
        port = world.port() if port is None else port
        rows, more, held = world.records(name, kind, link)
        if rcode or bare:
            rows, more, held = rows[:1] if bare else [], [], ()
        came = at + rtt
        if link in self.manner.dot:
            self._tunnel(at, came, link, server)
            return Fill(name, kind, held, world.zones[name].ttl, link, at, came, frozenset(), sure=False)
        seen = [world.wan_query(at, link, server, name, kind, ident, port)]
        if draw.random() < self.manner.spoofed:
            self._spoof(at, rtt, link, server, name, kind, ident, port)
        if lost:
            return None
        body = frames.response(ident, name, kind, rows, more, rcode=rcode or world.rcode(name))
        seen.append(world.wan_answer(came, link, server, port, body))
        if draw.random() < self.manner.repeated:
            rows, more, _ = world.records(name, kind, draw.choice(list(world.links)))
            again = frames.response(ident, name, kind, rows, more)
            world.wan_answer(came + draw.uniform(0.000_05, 0.05), link, server, port, again)
        if held:
            world.upstreams.append(Upstream(name, kind, link, at, came, self._group))
        fill = Fill(name, kind, held, world.zones[name].ttl, link, at, came, frozenset(seen), group=self._group)
        self.fills.append(fill)
        return fill

    def _spoof(
        self, at: float, rtt: float, link: str, server: str, name: str, kind: str, ident: int, port: int
    ) -> None:
        """Somebody beyond the router answers too, on this link or another, without knowing id, port or address."""
        draw = self.random
        where = draw.choice(list(self.world.links))
        rows, more, _ = self.world.records(name, kind, draw.choice(list(self.world.links)))
        wrong = draw.choice(("id", "port", "source"))
        ident = ident ^ 0x5A5A if wrong == "id" else ident
        port = self.world.port() if wrong == "port" else port
        server = "192.0.2.66" if wrong == "source" else server
        self.world.wan_answer(
            at + rtt * draw.uniform(0.1, 1.8), where, server, port, frames.response(ident, name, kind, rows, more)
        )

    def _tunnel(self, at: float, came: float, link: str, server: str) -> None:
        """A record of TLS there and back on a connection to port 853 that is kept."""
        world = self.world
        state = self._tunnels.get(link)
        if state is None:
            port = world.port()
            state = self._tunnels[link] = [port, self.random.getrandbits(32), self.random.getrandbits(32)]
            for n, (own, flags) in enumerate(((True, 2), (False, 18))):
                self._segment(link, server, at - 0.02 + n * 0.01, own, flags, b"", state)
                state[1 if own else 2] += 1
        for moment, own in ((at, True), (came, False)):
            body = b"\x17\x03\x03\x00\x40" + self.random.randbytes(64)
            self._segment(link, server, moment, own, 24, body, state)
            state[1 if own else 2] += len(body)

    def _segment(
        self, link: str, server: str, at: float, own: bool, flags: int, body: bytes, state: Sequence[int]
    ) -> None:
        up, (port, seq, ack) = self.world.links[link], state
        if own:
            frame = frames.tcp(up.out, up.address, port, server, 853, seq, 0 if flags == 2 else ack, flags, body)
        else:
            frame = frames.tcp(up.back, server, 853, up.address, port, ack, seq, flags, body, hops=57)
        self.world.see(link, at, frame)
