"""How hosts look names up: each stub's habits, as generators that return the answer that the program is given."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

from . import frames
from .forwarder import Forwarder
from .world import Answer, Host, World

Lookup = Generator[float, None, Answer | None]


class Resolving:
    """What hosts can ask: the router's forwarder, and resolvers beyond the router."""

    def __init__(self, world: World, forwarder: Forwarder, deaf: float = 0.0) -> None:
        self.world, self.forwarder = world, forwarder
        self.deaf = deaf
        """How often a server does not answer at all."""
        self.late = 0.0
        """How often it answers only after the client has asked elsewhere."""
        self.bad = 0.0
        """How often it says SERVFAIL first."""
        self.truncated = 0.0
        """How often its answer comes truncated first."""
        self.spoofed = 0.0
        """How often somebody on the LAN answers too."""

    def put(
        self, host: Host, which: int, name: str, kind: str, ident: int, port: int, rtt: float | None = None
    ) -> Answer | None:
        """Ask one of a host's servers now."""
        server, link = host.servers[which % len(host.servers)]
        draw, world = host.random, self.world
        deaf = draw.random() < self.deaf
        if draw.random() < self.spoofed:
            self._spoof(host, server, name, kind, ident, port)
        if link is None:
            if deaf:
                world.lan_query(
                    world.now, host, world.router_ip6 if host.asks_by_6 else server, name, kind, ident, port
                )
                return None
            return self.forwarder.serve(host, name, kind, ident, port, world.router_ip6 if host.asks_by_6 else server)
        by_either = link == "policy"
        if by_either:
            link = draw.choice(list(world.links))
        if deaf and draw.random() < self.late:
            rtt = 5.0 + draw.uniform(0.1, 2.0)
            deaf = False
        if draw.random() < self.truncated:
            short = world.direct(world.now, host, server, link, name, kind, ident, port, truncated=True)
            assert short is not None
            again = draw.choice(list(world.links)) if by_either else link
            return world.direct_by_tcp(short.came + 0.000_1, host, server, again, name, kind)
        rcode = 2 if draw.random() < self.bad else 0
        return world.direct(world.now, host, server, link, name, kind, ident, port, rtt=rtt, rcode=rcode, lost=deaf)

    def _spoof(self, host: Host, server: str, name: str, kind: str, ident: int, port: int) -> None:
        draw = host.random
        link = draw.choice(list(self.world.links))
        rows, more, _ = self.world.records(name, kind, link)
        wrong = draw.choice(("id", "port", "source"))
        ident = ident ^ 0x5A5A if wrong == "id" else ident
        port = self.world.port() if wrong == "port" else port
        server = f"{self.world.lan}.66" if wrong == "source" else server
        body = frames.response(ident, name, kind, rows, more)
        self.world.lan_answer(self.world.now + draw.uniform(0.000_1, 0.03), host, server, port, body)


def _usable(answer: Answer | None, until: float) -> bool:
    return answer is not None and bool(answer.addresses) and answer.came <= until


def glibc(ask: Resolving, host: Host, name: str, kind: str = "A") -> Lookup:
    """A and AAAA from one socket; the next server after 5 s, or at once where it says SERVFAIL (resolv.conf(5))."""
    draw, start = host.random, host.rotation if "rotate" in host.name else 0
    host.rotation += 1
    both = ask.world.zones[name].by(next(iter(ask.world.links)))
    six = any(":" in address for address in both) or draw.random() < 0.3
    for attempt in range(2 * len(host.servers)):
        ident, ident6, port = draw.getrandbits(16), draw.getrandbits(16), ask.world.port()
        at = ask.world.now
        answer = ask.put(host, start + attempt, name, kind, ident, port)
        if six and kind == "A":
            ask.put(host, start + attempt, name, "AAAA", ident6, port)
        if _usable(answer, at + 5):
            assert answer is not None
            yield answer.came
            return answer
        failed = answer is not None and answer.came <= at + 5
        yield answer.came if failed and answer is not None else at + 5
    return None


def musl(ask: Resolving, host: Host, name: str, kind: str = "A") -> Lookup:
    """All servers at once, from one socket with one id; the first usable answer is taken."""
    draw, at = host.random, ask.world.now
    for _ in range(2):
        ident, port = draw.getrandbits(16), ask.world.port()
        answers = [ask.put(host, n, name, kind, ident, port) for n in range(len(host.servers))]
        come = sorted((a for a in answers if a is not None and a.addresses), key=lambda answer: answer.came)
        come = [answer for answer in come if answer.came <= at + 5]
        if come:
            clear = all(other.came - come[0].came > 0.000_3 for other in come[1:] if other.link != come[0].link)
            yield come[0].came
            return come[0] if clear else _replaced(host, come[0], sure=False)
        yield at + 5
        at = ask.world.now
    return None


def windows(ask: Resolving, host: Host, name: str, kind: str = "A") -> Lookup:
    """The resolvers of all adapters, each from its own socket with its own id, the later ones 1 s later unless the
    first has answered; the first answer is taken, or the preferred adapter's, which no packet shows.
    """
    draw, at = host.random, ask.world.now
    answers: list[Answer] = []
    at_once = "adapters" in host.name
    for n in range(len(host.servers)):
        answer = ask.put(host, n, name, kind, draw.getrandbits(16), ask.world.port())
        if answer is not None and answer.addresses:
            answers.append(answer)
        if not at_once:
            yield min([at + n + 1.0, *(a.came for a in answers)])
            if any(a.came <= ask.world.now for a in answers):
                break
    if not answers:
        yield at + 5
        return None
    answers.sort(key=lambda answer: answer.came)
    if not at_once:
        yield answers[0].came
        return answers[0]
    yield answers[-1].came
    return ask.world.hidden(answers)


def _replaced(host: Host, answer: Answer, *, sure: bool | None = None, refresh: bool = False) -> Answer:
    """The same answer, of which more is known: captures cannot tell that it came first, or a cache had asked for it."""
    other = replace(answer, sure=answer.sure if sure is None else sure, refresh=refresh)
    host.reached[host.reached.index(answer)] = other
    return other


def _kept(ask: Resolving, host: Host, key: str) -> Answer | None:
    """What the host's own cache holds by now."""
    return next((answer for answer in reversed(host.cache.get(key, [])) if answer.came <= ask.world.now), None)


def resolved(ask: Resolving, host: Host, name: str, kind: str = "A") -> Lookup:
    """systemd-resolved: a cache of the host, and another server after a time-out; it stays with that one."""
    kept = _kept(ask, host, name + kind)
    if kept is not None and ask.world.now < kept.expires:
        return kept
    at = ask.world.now
    for _ in range(3):
        answer = ask.put(host, host.rotation, name, kind, host.random.getrandbits(16), ask.world.port())
        if _usable(answer, at + 5):
            assert answer is not None
            host.cache.setdefault(name + kind, []).append(answer)
            yield answer.came
            return answer
        host.rotation += 1
        yield at + 5
        at = ask.world.now
    return kept


def dnsmasq(ask: Resolving, host: Host, name: str, kind: str = "A") -> Lookup:
    """dnsmasq on the host: a cache; all servers at once with one id, the first answer is taken."""
    kept = _kept(ask, host, name + kind)
    if kept is not None and ask.world.now < kept.expires:
        return kept
    answer = yield from musl(ask, host, name, kind)
    if answer is not None:
        host.cache.setdefault(name + kind, []).append(answer)
    return answer


def unbound(ask: Resolving, host: Host, name: str, kind: str = "A") -> Lookup:
    """unbound on the host: it serves what it keeps, in the TTL's last tenth and after it too, and asks meanwhile."""
    kept = _kept(ask, host, name + kind)
    now = ask.world.now
    if kept is not None and now < kept.expires + 3600:
        if now > kept.expires - kept.ttl / 10:
            fresh = ask.put(host, host.random.randrange(8), name, kind, host.random.getrandbits(16), ask.world.port())
            if fresh is not None and fresh.addresses:
                fresh = _replaced(host, fresh, refresh=True)
                host.cache.setdefault(name + kind, []).append(fresh)
        return kept
    answer = ask.put(host, host.random.randrange(8), name, kind, host.random.getrandbits(16), ask.world.port())
    if _usable(answer, now + 5):
        assert answer is not None
        host.cache.setdefault(name + kind, []).append(answer)
        yield answer.came
        return answer
    yield now + 5
    return None


STUBS: dict[str, Callable[[Resolving, Host, str, str], Lookup]] = {
    "glibc": glibc,
    "musl": musl,
    "windows": windows,
    "resolved": resolved,
    "dnsmasq": dnsmasq,
    "unbound": unbound,
}
