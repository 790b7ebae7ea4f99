"""The programs of a host that send mail, and those that only ask for the same name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .mail import End, connect, elsewhere
from .stubs import STUBS, Lookup, Resolving
from .world import SEARCHED, Answer, Host, Program, World


@dataclass
class Habits:
    """What the programs of one world do."""

    name: str
    """The relay's name, as the settings have it."""
    stub: str = "glibc"
    kind: str = "A"
    slow: tuple[float, float] = (0.001, 0.04)
    """Seconds from answer to SYN."""
    ends: dict[End, float] = field(default_factory=lambda: {"refused": 0.5, "accepted": 0.5})
    """How connections end, with weights."""
    keep: float = 0.0
    """Seconds for which the program keeps an answer whatever its TTL (Java's networkaddress.cache.ttl)."""
    several: float = 0.0
    """How often it opens two or three connections with one answer."""
    first_lost_on: tuple[str, ...] = ()
    """The sides whose capture may lack a first SYN that gets no answer."""
    pause: float = 0.0
    rewrites: bool = False
    typed: bool = False
    searches: bool = False
    """It asks for the name with the site's domain behind it first."""
    elsewhere: float = 0.0
    """How often other programs that ask go on to another port of the same server."""


def lookup(ask: Resolving, host: Host, habits: Habits) -> Lookup:
    """Look the relay up as the host does."""
    if habits.searches:
        ident, port = host.random.getrandbits(16), ask.world.port()
        refused = ask.put(host, 0, habits.name + SEARCHED, habits.kind, ident, port)
        yield ask.world.now if refused is None else refused.came
    return (yield from STUBS[habits.stub](ask, host, habits.name, habits.kind))


def _end(host: Host, habits: Habits) -> End:
    ends = list(habits.ends)
    return host.random.choices(ends, [habits.ends[end] for end in ends])[0]


def mailer(ask: Resolving, host: Host, habits: Habits, until: float, every: float) -> Program:
    """A program that looks the relay up for every mail (or keeps the answer), and goes to the next address, by the same
    answer, where one fails: after the time-out, a reset, or a reply that says later (RFC 5321 section 5.1).
    """
    world, draw = ask.world, host.random
    kept: Answer | None = None
    told = 0.0  # when it was: answers of one look-up that came at other times are kept for as long
    while True:
        yield world.now + draw.expovariate(1 / every)
        if world.now > until:
            return
        story = "by a fresh look-up"
        if kept is None or world.now >= told + habits.keep:
            answer = yield from lookup(ask, host, habits)
            kept, told = answer if habits.keep and answer is not None else None, world.now
        else:
            answer, story = kept, f"by an answer that the program has kept for {world.now - told:.1f} s"
        if answer is None or not answer.addresses:
            continue
        yield world.now + draw.uniform(*habits.slow)
        tries = list(answer.addresses)
        for n, address in enumerate(tries):
            end = _end(host, habits)
            lost = draw.choice((*habits.first_lost_on, None)) if habits.first_lost_on else None
            opened = connect(
                world,
                host,
                address,
                answer,
                end=end,
                first_lost_on=lost,
                pause=draw.random() * habits.pause,
                rewrites=habits.rewrites,
                typed=habits.typed,
                story=story if n == 0 else "its next address, by the same answer",
            )
            if end in ("refused", "accepted", "reused"):
                break
            yield opened.over + draw.uniform(0.001, 0.05)
        if draw.random() < habits.several:
            for _ in range(draw.choice((1, 2))):
                yield world.now + draw.uniform(0.05, 3.0)
                connect(world, host, answer.addresses[0], answer, end="accepted", story="again, by the same look-up")


def asker(ask: Resolving, host: Host, habits: Habits, until: float, every: float) -> Program:
    """Another program of the host (a browser, a monitor) that asks for the same name and does not connect."""
    world = ask.world
    while True:
        yield world.now + host.random.expovariate(1 / every)
        if world.now > until:
            return
        answer = yield from lookup(ask, host, habits)
        world.tell(f"another program of {host.name} had asked" + ("" if answer else " in vain"))
        if answer is not None and answer.addresses and host.random.random() < habits.elsewhere:
            yield world.now + host.random.uniform(0.001, 0.03)
            elsewhere(world, host, answer.addresses[0])


def happy(ask: Resolving, host: Host, habits: Habits, until: float, every: float) -> Program:
    """Happy eyeballs (RFC 8305): AAAA and A at once, IPv6 first, IPv4 250 ms later if that keeps silent."""
    world, draw = ask.world, host.random
    while True:
        yield world.now + draw.expovariate(1 / every)
        if world.now > until:
            return
        six = ask.put(host, 0, habits.name, "AAAA", draw.getrandbits(16), world.port())
        four = ask.put(host, 0, habits.name, "A", draw.getrandbits(16), world.port())
        yield max([world.now, *(answer.came for answer in (six, four) if answer is not None)])
        yield world.now + draw.uniform(*habits.slow)
        if six is not None and six.addresses:
            works = draw.random() < 0.6
            end = _end(host, habits) if works else "cancelled"
            connect(world, host, six.addresses[0], six, end=end, story="IPv6 first")
            if works:
                continue
            yield world.now + 0.25
        if four is not None and four.addresses:
            connect(world, host, four.addresses[0], four, end=_end(host, habits), story="IPv4, as IPv6 kept silent")


def kept_or_own(ask: Resolving, host: Host, habits: Habits, until: float, every: float) -> Program:
    """One of two programs looks the name up, long after the first did; then the first connects. Hidden is which of them
    looked up: if another, the first used what it had kept.
    """
    world, draw = ask.world, host.random
    while True:
        yield world.now + draw.expovariate(1 / every)
        if world.now > until:
            return
        first = yield from lookup(ask, host, habits)
        if first is None or not first.addresses:
            continue
        yield world.now + draw.uniform(*habits.slow)
        connect(world, host, first.addresses[0], first, end=_end(host, habits), story="by a fresh look-up")
        yield world.now + draw.expovariate(1 / 40)
        second = yield from lookup(ask, host, habits)
        yield world.now + draw.expovariate(1 / 20)
        used, story = first, "by what it had kept, while another program had asked"
        if second is not None and second.addresses and world.hidden((first, second)) is second:
            used, story = second, "by the look-up that it made itself, slowly"
        connect(world, host, used.addresses[0], used, end=_end(host, habits), story=story)


def two_keepers(ask: Resolving, host: Host, habits: Habits, until: float, every: float) -> Program:
    """Two programs keep an answer each, and one of them connects; hidden is which."""
    world, draw = ask.world, host.random
    while True:
        yield world.now + draw.expovariate(1 / every)
        if world.now > until:
            return
        held = []
        for _ in range(2):
            answer = yield from lookup(ask, host, habits)
            if answer is not None and answer.addresses:
                held.append(answer)
                yield world.now + draw.expovariate(1 / 10)
        for _ in range(draw.choice((1, 2))):
            yield world.now + draw.expovariate(1 / 15)
            if held:
                used = world.hidden(held)
                connect(
                    world, host, used.addresses[0], used, end=_end(host, habits), story="by one of two kept answers"
                )


PROGRAMS: dict[str, Callable[[Resolving, Host, Habits, float, float], Program]] = {
    "mailer": mailer,
    "asker": asker,
    "happy": happy,
    "kept-or-own": kept_or_own,
    "two-keepers": two_keepers,
}


def background(ask: Resolving, hosts: list[Host], name: str, until: float) -> Program:
    """Other hosts' look-ups of the same name."""
    world: World = ask.world
    while True:
        yield world.now + world.random.expovariate(1 / 60)
        if world.now > until:
            return
        host = world.random.choice(hosts)
        ask.put(host, 0, name, "A", host.random.getrandbits(16), world.port())
