"""The mechanisms, each of which sets something in a world's plan; a world has one or two of them.

Their groups: `stub` (how hosts look up), `program` (what sends mail, and when), `forwarder`, `direct`, `relay` (names,
addresses, views, TTLs), `own` (what the router does for itself), `host` (inner NAT, dual stack), `links` (that look
alike), `connection`, `capture` (what is wrong with it), `unasked` (spoofed, late, truncated, refused answers).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatch
from random import Random
from typing import Literal

from .flaws import PATTERNS
from .forwarder import Manner
from .own import RELAY, Keeps, Redirector, checking
from .plan import NAME, NAMES, OTHERS, RELAYS, SETTINGS, TTLS, Plan, noise
from .programs import background
from .stubs import Resolving
from .world import World, Zone

Mechanism = Callable[[Plan], None]
MECHANISMS: dict[str, Mechanism] = {}


def mechanism(name: str) -> Callable[[Mechanism], Mechanism]:
    """Enter a mechanism into the list under a name."""

    def enter(function: Mechanism) -> Mechanism:
        MECHANISMS[name] = function
        return function

    return enter


def named(only: tuple[str, ...]) -> list[str]:
    """The mechanisms that are called so exactly, or else begin so or fit the pattern; all of them where none is asked
    for.

    Raises:
        KeyError: a name fits none.
    """
    found: dict[str, None] = {}
    for pattern in only or ("*",):
        fitting = [pattern] if pattern in MECHANISMS else [n for n in MECHANISMS if fnmatch(n, f"{pattern}*")]
        if not fitting:
            raise KeyError(f"no mechanism is called {pattern}; --list names them")
        found.update(dict.fromkeys(fitting))
    return list(found)


def plan_of(seed: int, only: tuple[str, ...] = (), size: int | None = None) -> tuple[tuple[str, ...], Plan]:
    """The plan of a world, with the names of its mechanisms: a function of the seed and of what is wanted.

    Args:
        only: the mechanisms to choose from.
        size: about how many sessions the world has; else chance says.
    """
    draw = Random(seed)
    names = named(only)
    first = draw.choice(names)
    group = first.split(":")[0]
    others = [name for name in (names if only else MECHANISMS) if name.split(":")[0] != group]
    chosen = (first, draw.choice(others)) if others and draw.random() < 0.6 else (first,)
    plan = Plan(draw)
    plan.sessions = size or draw.choice((20, 40, 60, 100))
    plan.links = 3 if draw.random() < 0.15 else 2
    plan.manner = Manner(cache=draw.random() < 0.6, keep_id=draw.random() < 0.3)
    plan.zone = Zone(RELAYS[: draw.choice((1, 1, 2, 3))], draw.choice(TTLS[1:]))
    plan.flaws.told = draw.choice(("site", "arguments"))
    plan.sticky = draw.random() < 0.3
    if draw.random() < 0.5:
        plan.asks_every = draw.choice((60.0, 200.0, 600.0))
    if draw.random() < 0.5:
        plan.extras.append(noise)
    for name in sorted(chosen, key=list(MECHANISMS).index):
        MECHANISMS[name](plan)
    return chosen, plan


# How hosts look up


def _many_servers(plan: Plan) -> None:
    plan.servers = plan.random.choice((("direct",), ("direct",), ("forwarder", "direct"), ("policy",)))


@mechanism("stub: glibc")
def _glibc(plan: Plan) -> None:
    plan.stub, plan.deaf, plan.late = "glibc", 0.1, 0.4
    _many_servers(plan)


@mechanism("stub: glibc rotate")
def _rotate(plan: Plan) -> None:
    _glibc(plan)
    plan.marks = "-rotate"


@mechanism("stub: musl")
def _musl(plan: Plan) -> None:
    plan.stub, plan.deaf = "musl", 0.05
    plan.servers = ("direct",)


@mechanism("stub: windows")
def _windows(plan: Plan) -> None:
    plan.stub, plan.deaf = "windows", 0.1
    plan.servers = plan.random.choice((("direct",), ("forwarder", "direct")))


@mechanism("stub: windows adapters at once")
def _adapters(plan: Plan) -> None:
    _windows(plan)
    plan.marks = "-adapters"


@mechanism("stub: systemd-resolved")
def _resolved(plan: Plan) -> None:
    plan.stub, plan.deaf = "resolved", 0.05
    _many_servers(plan)


@mechanism("stub: dnsmasq")
def _dnsmasq(plan: Plan) -> None:
    plan.stub = "dnsmasq"
    _many_servers(plan)


@mechanism("stub: unbound")
def _unbound(plan: Plan) -> None:
    plan.stub = "unbound"
    plan.zone = replace(plan.zone, ttl=plan.random.choice((5, 30, 60)))
    _many_servers(plan)


# What sends mail


@mechanism("program: java 30 s")
def _java(plan: Plan) -> None:
    plan.habits["keep"] = 30.0
    plan.asks_every = plan.asks_every or 120.0
    plan.every = 15.0


@mechanism("program: java for ever")
def _java_for_ever(plan: Plan) -> None:
    plan.habits["keep"] = 1e9
    plan.asks_every = plan.asks_every or 120.0


@mechanism("program: postfix")
def _postfix(plan: Plan) -> None:
    plan.zone = replace(plan.zone, addresses=RELAYS[: plan.random.choice((2, 3))])
    plan.habits["ends"] = {
        "refused": 0.4,
        "accepted": 0.3,
        "silent": 0.1,
        "rst": 0.07,
        "try-later": 0.07,
        "deferred": 0.06,
    }
    plan.kind = plan.random.choice(("A", "MX"))


@mechanism("program: slow")
def _slow(plan: Plan) -> None:
    plan.habits["slow"] = plan.random.choice(((0.05, 0.3), (0.3, 1.0), (0.05, 3.0), (1.0, 3.0)))


@mechanism("program: several connections of one look-up")
def _several(plan: Plan) -> None:
    plan.habits["several"] = 0.5


@mechanism("program: others ask")
def _others(plan: Plan) -> None:
    plan.asks_every = plan.random.choice((10.0, 30.0, 60.0))


@mechanism("program: kept or own")
def _kept_or_own(plan: Plan) -> None:
    plan.programs = ("kept-or-own",)
    plan.manner = replace(plan.manner, cache=False)


@mechanism("program: two keepers")
def _two_keepers(plan: Plan) -> None:
    plan.programs = ("two-keepers",)
    plan.manner = replace(plan.manner, cache=False)


@mechanism("program: telnet by hand")
def _telnet(plan: Plan) -> None:
    plan.habits["typed"] = True
    plan.sessions = 20


@mechanism("program: others go elsewhere")
def _elsewhere(plan: Plan) -> None:
    plan.asks_every = plan.random.choice((20.0, 60.0))
    plan.habits["elsewhere"] = 0.7


@mechanism("program: happy eyeballs")
def _happy(plan: Plan) -> None:
    plan.programs = ("happy",)
    plan.dual = plan.random.choice(("announced", "silent"))
    plan.servers = ("forwarder",)
    plan.zone = replace(plan.zone, addresses=(*plan.zone.addresses, "2001:db8:25::25"))


@mechanism("program: two mailers")
def _two_mailers(plan: Plan) -> None:
    plan.programs = ("mailer", "mailer")


# Forwarders


def _forwarder(name: str, **choice: object) -> None:
    def enter(plan: Plan) -> None:
        plan.servers = ("forwarder",)
        plan.manner = replace(plan.manner, **choice)  # type: ignore[arg-type]

    MECHANISMS[f"forwarder: {name}"] = enter


_forwarder("cache", cache=True)
_forwarder("no cache", cache=False)
_forwarder("own TTLs", cache=True, own_ttl=(20, 120))
_forwarder("prefetch", cache=True, prefetch=True)
_forwarder("race", mode="race")
_forwarder("all servers", mode="all")
_forwarder("rotate", mode="rotate")
_forwarder("retry by another link", mode="retry")
_forwarder("serve stale", cache=True, stale=True)
_forwarder("DoT on one link", dot=NAMES[:1])
_forwarder("DoT on all links", dot=NAMES)
_forwarder("bad first", bad_first=0.3)
_forwarder("ids kept", keep_id=True)


@mechanism("forwarder: CNAMEs in turn")
def _in_turn(plan: Plan) -> None:
    plan.servers = ("forwarder",)
    plan.manner = replace(plan.manner, in_turn=True)
    plan.zone = replace(plan.zone, alias="relay7.isp.example")


@mechanism("direct: each resolver by its own link")
def _direct(plan: Plan) -> None:
    plan.servers = ("direct",)


@mechanism("direct: resolvers by either link")
def _policy(plan: Plan) -> None:
    plan.servers = ("policy",)


@mechanism("direct: several resolvers of a provider")
def _several_resolvers(plan: Plan) -> None:
    plan.servers = ("direct",)
    plan.resolvers = (
        ("198.51.100.53", "198.51.100.54"),
        ("198.51.100.153", "198.51.100.154"),
        ("198.51.100.203", "198.51.100.204"),
    )


# What the router does for itself


def _own(
    name: str,
    keeps: Keeps,
    *,
    parallel: bool = False,
    checks: tuple[bool, ...] = (),
    shares: bool = False,
    clients_ask: bool = False,
) -> None:
    """Enter a way of forwarding port 25; `checks` are health checks, with a connection or without."""

    def enter(plan: Plan) -> None:
        plan.relay = Zone(SETTINGS, plan.random.choice(TTLS[1:]))
        proxy, every = plan.random.random() < 0.5, plan.random.choice((20.0, 60.0, 300.0))

        def begin(world: World, ask: Resolving, plan: Plan, until: float) -> None:
            redirector = Redirector(world, ask.forwarder, keeps, proxy, parallel, shares)
            world.redirect = redirector
            if keeps in ("renewed", "early"):
                world.spawn(0.5, redirector.renewing(until))
            for connects in checks:
                world.spawn(0.7, checking(redirector, until, every, connects))
            if clients_ask:
                askers = [host for host in world.hosts if host.servers[0][1] is None] or world.hosts
                world.spawn(0.8, background(ask, askers, RELAY, until))

        plan.extras.append(begin)

    MECHANISMS[f"own: {name}"] = enter


_own("looked up on demand", "nothing")
_own("kept for its TTL", "its TTL")
_own("renewed", "renewed")
_own("renewed early", "early")
_own("a fixed address", "settings", checks=(False,))
_own("a fixed address, and checks that connect", "settings", checks=(True,))
_own("from the forwarder's cache", "forwarder", clients_ask=True)
_own("on demand, and clients ask too", "nothing", clients_ask=True)
_own("on demand, and health checks", "nothing", checks=(False,))
_own("on demand, and checks that connect", "nothing", checks=(True, False))
_own("kept, and checks whose answers may be shared", "its TTL", checks=(False,), shares=True)
_own("renewed, and checks whose answers may be shared", "renewed", checks=(True,), shares=True)
_own("asked by all links at once", "nothing", parallel=True)


# Hosts that are not what they seem


@mechanism("host: several behind one address")
def _inner(plan: Plan) -> None:
    plan.inner, plan.signs = 3, True
    plan.habits["keep"] = plan.random.choice((0.0, 30.0))


@mechanism("host: several behind one address, without a sign")
def _inner_unseen(plan: Plan) -> None:
    plan.inner, plan.signs = 3, False
    plan.habits["keep"] = plan.random.choice((0.0, 30.0))


def _dual(name: str, dual: Literal["announced", "silent", "forged"]) -> None:
    def enter(plan: Plan) -> None:
        plan.dual = dual
        plan.servers = ("forwarder",)

    MECHANISMS[f"host: dual stack, {name}"] = enter


_dual("with ARP and NDP", "announced")
_dual("without", "silent")
_dual("with forged NDP", "forged")


# Links that look alike


@mechanism("links: two boxes, one private address")
def _boxes(plan: Plan) -> None:
    plan.lan = "192.168.10"
    plan.link_addresses = ("192.168.1.2",) * 3
    plan.resolvers = (("192.168.1.1",),) * 3


@mechanism("links: one public resolver for all")
def _one_resolver(plan: Plan) -> None:
    plan.resolvers = (("198.51.100.8",),) * 3


# Relays


@mechanism("relay: several names of one address")
def _names(plan: Plan) -> None:
    plan.names = (NAME, "mail.isp.example", "relay.isp.example")
    plan.kind = "A"


@mechanism("relay: several addresses")
def _addresses(plan: Plan) -> None:
    plan.zone = replace(plan.zone, addresses=RELAYS)


@mechanism("relay: views differ")
def _views(plan: Plan) -> None:
    plan.zone = replace(plan.zone, views={"sfr": OTHERS[:1], "free": OTHERS[1:2]})


@mechanism("relay: alias")
def _alias(plan: Plan) -> None:
    plan.zone = replace(plan.zone, alias="relay7.isp.example")


@mechanism("relay: MX with additional addresses")
def _mx(plan: Plan) -> None:
    plan.kind = "MX"


@mechanism("relay: TTL 0")
def _ttl0(plan: Plan) -> None:
    plan.zone = replace(plan.zone, ttl=0)


@mechanism("relay: TTL 5")
def _ttl5(plan: Plan) -> None:
    plan.zone = replace(plan.zone, ttl=5)


@mechanism("relay: TTL 3600")
def _ttl3600(plan: Plan) -> None:
    plan.zone = replace(plan.zone, ttl=3600)


# Connections


@mechanism("connection: retries")
def _retries(plan: Plan) -> None:
    plan.zone = replace(plan.zone, addresses=RELAYS[: plan.random.choice((1, 2, 3))])
    plan.habits["ends"] = {"refused": 0.5, "silent": 0.2, "rst": 0.15, "try-later": 0.15}


@mechanism("connection: first SYN lost on one side")
def _first_lost(plan: Plan) -> None:
    plan.habits["first_lost_on"] = ("lan", "wan")


@mechanism("connection: long")
def _long(plan: Plan) -> None:
    plan.habits["pause"] = 60.0


@mechanism("connection: reused")
def _reused(plan: Plan) -> None:
    plan.habits["ends"] = {"reused": 0.6, "refused": 0.2, "accepted": 0.2}
    plan.habits["pause"] = 100.0


@mechanism("connection: ports rewritten")
def _rewritten(plan: Plan) -> None:
    plan.habits["rewrites"] = True


# Unasked and unusable answers


@mechanism("unasked: spoofed from the WAN")
def _spoofed(plan: Plan) -> None:
    plan.manner = replace(plan.manner, spoofed=0.4)


@mechanism("unasked: spoofed from the LAN")
def _spoofed_lan(plan: Plan) -> None:
    plan.spoofed = 0.4


@mechanism("unasked: SERVFAIL first")
def _servfail(plan: Plan) -> None:
    plan.servers, plan.bad = ("direct",), 0.2


@mechanism("unasked: late answers")
def _late(plan: Plan) -> None:
    plan.servers, plan.deaf, plan.late = ("direct",), 0.3, 0.9


@mechanism("unasked: a second answer to one question")
def _second(plan: Plan) -> None:
    plan.manner = replace(plan.manner, repeated=0.5)
    views: dict[str, tuple[str, ...]] = {"sfr": OTHERS[:1]} if plan.random.random() < 0.5 else {}
    plan.zone = replace(plan.zone, views=views)


@mechanism("unasked: truncated first")
def _truncated(plan: Plan) -> None:
    plan.servers, plan.truncated = plan.random.choice((("direct",), ("policy",))), 0.5


# Captures


def _some(plan: Plan) -> tuple[str, ...]:
    points = plan.points()
    return plan.random.choice((points, ("lan",), (plan.random.choice(points[1:]),)))


@mechanism("capture: loss")
def _loss(plan: Plan) -> None:
    share = plan.random.choice((0.001, 0.003, 0.01, 0.03))
    plan.flaws.loss = dict.fromkeys(_some(plan), share)
    plan.blind = True


@mechanism("capture: bursts of loss")
def _bursts(plan: Plan) -> None:
    for point in _some(plan):
        starts = [plan.random.uniform(0, plan.until) for _ in range(10)]
        plan.flaws.bursts[point] = [(start, start + plan.random.uniform(0.1, 5)) for start in starts]
    plan.blind = True


@mechanism("capture: late start")
def _late_start(plan: Plan) -> None:
    start = plan.until * plan.random.uniform(0.05, 0.6)
    plan.flaws.begins = {point: start + plan.random.uniform(0, plan.until / 10) for point in _some(plan)}
    plan.habits["pause"] = plan.random.choice((0.0, 30.0))
    plan.blind = True


@mechanism("capture: late start, with kept answers")
def _late_start_kept(plan: Plan) -> None:
    _late_start(plan)
    plan.habits["keep"] = plan.random.choice((60.0, 1e9))
    plan.asks_every = plan.random.choice((60.0, 200.0))


@mechanism("capture: early end")
def _early_end(plan: Plan) -> None:
    end = plan.until * plan.random.uniform(0.4, 0.95)
    plan.flaws.ends = {point: end + plan.random.uniform(0, plan.until / 20) for point in _some(plan)}
    plan.habits["pause"] = plan.random.choice((0.0, 30.0))


@mechanism("capture: a link is missing")
def _missing(plan: Plan) -> None:
    plan.flaws.missing = {plan.random.choice(plan.points()[1:])}
    plan.blind = True


@mechanism("capture: skew")
def _skew(plan: Plan) -> None:
    size = plan.random.choice((0.002, 0.05, 1.0, 60.0, 3600.0, 200_000.0))
    plan.flaws.skew = {point: (plan.random.uniform(-size, size), 0.0) for point in plan.points()}
    plan.overlap = 0.05


@mechanism("capture: drift")
def _drift(plan: Plan) -> None:
    plan.flaws.skew = {point: (plan.random.uniform(-1, 1), plan.random.uniform(-50, 50)) for point in plan.points()}
    plan.overlap = 0.1


@mechanism("capture: duplicates")
def _doubled(plan: Plan) -> None:
    plan.flaws.doubled = dict.fromkeys(_some(plan), 0.1)


@mechanism("capture: reordering")
def _reordered(plan: Plan) -> None:
    plan.flaws.reordered = dict.fromkeys(_some(plan), 0.2)


@mechanism("capture: snap length")
def _snaplen(plan: Plan) -> None:
    plan.flaws.snaplen = dict.fromkeys(_some(plan), plan.random.choice((96, 128, 200)))
    plan.blind = True


@mechanism("capture: rotated")
def _rotated(plan: Plan) -> None:
    plan.flaws.rotated = dict.fromkeys(_some(plan), plan.random.choice((2, 3, 5)))
    plan.flaws.pattern = plan.random.randrange(len(PATTERNS))


@mechanism("capture: rotated, roles not told")
def _rotated_alone(plan: Plan) -> None:
    _rotated(plan)
    plan.flaws.told = "nothing"


@mechanism("capture: DNS and mail apart")
def _apart(plan: Plan) -> None:
    plan.flaws.by_protocol = set(_some(plan))
    plan.flaws.told = plan.random.choice(("site", "arguments", "nothing", "nothing"))


@mechanism("capture: no LAN side")
def _no_lan(plan: Plan) -> None:
    plan.flaws.missing = {"lan"}
    plan.blind = True


@mechanism("capture: a file twice")
def _twice(plan: Plan) -> None:
    plan.flaws.twice = dict.fromkeys(_some(plan), plan.random.choice((0.0, 0.0, 0.3)))
    plan.flaws.told = plan.random.choice(("arguments", "nothing", "nothing"))


@mechanism("capture: roles not told")
def _not_told(plan: Plan) -> None:
    plan.flaws.told = "nothing"
