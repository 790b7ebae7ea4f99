"""A world before it begins: what its mechanisms chose, and how it is built of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from . import frames
from .flaws import Flaws
from .forwarder import Forwarder, Manner
from .own import RELAY
from .programs import PROGRAMS, Habits, background
from .stubs import Resolving
from .world import SEARCHED, Host, Program, Uplink, World, Zone

NAMES = ("orange", "sfr", "free")
RELAYS = ("192.0.2.25", "192.0.2.26", "192.0.2.27")
SETTINGS = ("192.0.2.225",)
"""Of the relay in the router's settings."""
SECOND = ("192.0.2.45",)
"""Of the second exchanger."""
OTHERS = ("192.0.2.125", "192.0.2.126", "192.0.2.127")
NAME = "smtp.isp.example"
TTLS = (0, 5, 30, 60, 300, 3600)


@dataclass
class Plan:
    """Everything about a world that its mechanisms may set."""

    random: Random
    links: int = 2
    lan: str = "192.168.1"
    link_addresses: tuple[str, ...] = ("203.0.113.10", "203.0.113.130", "203.0.113.200")
    resolvers: tuple[tuple[str, ...], ...] = (("198.51.100.53",), ("198.51.100.153",), ("198.51.100.203",))
    zone: Zone = field(default_factory=lambda: Zone(RELAYS[:1], 300))
    names: tuple[str, ...] = (NAME,)
    manner: Manner = field(default_factory=Manner)
    stub: str = "glibc"
    marks: str = ""
    """Added to hosts' names; stubs look for their options there."""
    kind: str = "A"
    servers: tuple[str, ...] = ("forwarder",)
    """`forwarder`, or `direct` for each ISP's resolver by its own link, `policy` by whichever."""
    deaf: float = 0.0
    late: float = 0.0
    bad: float = 0.0
    spoofed: float = 0.0
    habits: dict[str, object] = field(default_factory=dict)
    programs: tuple[str, ...] = ("mailer",)
    hosts: int = 5
    sessions: int = 60
    every: float = 45.0
    """Seconds between a program's mails, on average."""
    asks_every: float = 0.0
    """Seconds between the look-ups of each host's other programs; 0 for none."""
    sticky: bool = False
    """A host's connections all leave by one link."""
    extras: list[Callable[[World, Resolving, Plan, float], None]] = field(default_factory=list)
    """What else is set going: (world, resolving, plan, until)."""
    inner: int = 0
    """So many hosts stand behind one inner address."""
    signs: bool = True
    """Whether TTLs and time stamps show that."""
    dual: Literal["", "announced", "silent", "forged"] = ""
    """Hosts have an IPv6 address too, and show it by ARP and NDP, or not, or another host claims it as well."""
    truncated: float = 0.0
    relay: Zone | None = None
    """The relay of the router's settings."""
    flaws: Flaws = field(default_factory=Flaws)
    blind: bool = False
    overlap: float = 0.005

    def points(self) -> tuple[str, ...]:
        """The capture points."""
        return ("lan", *NAMES[: self.links])

    @property
    def until(self) -> float:
        """When the programs end, about."""
        return self.sessions * self.every / (self.hosts * len(self.programs))


def build(seed: int, variant: int, plan: Plan) -> World:
    """Make the world and run it to its end."""
    uplinks = [Uplink(NAMES[n], plan.link_addresses[n], plan.resolvers[n], 0x100 + 2 * n) for n in range(plan.links)]
    world = World(seed, variant, uplinks, plan.lan)
    world.blind = plan.blind
    for name in plan.names:
        world.zones[name] = plan.zone
        world.zones[name + SEARCHED] = Zone(())
    if plan.zone.alias is not None:
        world.zones[plan.zone.alias] = Zone(plan.zone.addresses, plan.zone.ttl, views=plan.zone.views)
    if plan.kind == "MX":
        world.zones["mx2.isp.example"] = Zone(SECOND, plan.zone.ttl)
        world.zones["isp.example"] = Zone((), plan.zone.ttl, exchangers=(plan.names[0], "mx2.isp.example"))
        world.zones["isp.example" + SEARCHED] = Zone((), exchangers=())
    forwarder = Forwarder(world, plan.manner, Random(seed + 2))
    ask = Resolving(world, forwarder, plan.deaf)
    ask.late, ask.bad, ask.spoofed, ask.truncated = plan.late, plan.bad, plan.spoofed, plan.truncated
    if plan.relay is not None:
        world.zones[RELAY] = plan.relay
    until = plan.until
    for n in range(plan.hosts):
        world.hosts.append(_host(world, plan, n))
    _share(world, plan)
    _announce(world, plan)
    for host in world.hosts:
        if plan.sticky:
            host.rotation = host.random.randrange(plan.links)
        for program in plan.programs:
            habits = Habits(
                "isp.example" if plan.kind == "MX" else host.random.choice(plan.names), plan.stub, plan.kind
            )
            for key, value in plan.habits.items():
                setattr(habits, key, value)
            world.spawn(1.0, PROGRAMS[program](ask, host, habits, until, plan.every))
            if plan.asks_every:
                world.spawn(1.0, PROGRAMS["asker"](ask, host, habits, until, plan.asks_every))
    if plan.sticky:
        fixed = {host.name: world.random.choice(list(world.links)) for host in world.hosts}
        world.transport = lambda host: fixed.get(host.name) or world.random.choice(list(world.links))
    for extra in plan.extras:
        extra(world, ask, plan, until)
    world.run()
    return world


def _host(world: World, plan: Plan, n: int) -> Host:
    servers: list[tuple[str, str | None]] = []
    for what in plan.servers:
        if what == "forwarder":
            servers.append((world.router_ip, None))
        else:
            for link in world.links.values():
                servers += [(resolver, link.name if what == "direct" else "policy") for resolver in link.resolvers]
    draw = Random(world.seed * 1000 + n)
    stamp = draw.getrandbits(31) if draw.random() < 0.5 else None
    return Host(f"pc{n}{plan.marks}", f"{world.lan}.{20 + n}", 0x20 + n, draw, tuple(servers), stamp=stamp)


def _share(world: World, plan: Plan) -> None:
    """Put hosts behind an inner router that gives them one address."""
    for host in world.hosts[1 : plan.inner]:
        host.ip, host.mac = world.hosts[0].ip, world.hosts[0].mac
    for n, host in enumerate(world.hosts[: plan.inner]):
        host.hops, host.stamp = (63, host.random.getrandbits(31)) if plan.signs else (63, None)
        if plan.signs and n % 2:
            host.hops, host.stamp = 127, None


def _announce(world: World, plan: Plan) -> None:
    """Let hosts show their addresses by ARP and neighbour discovery."""
    for host in world.hosts:
        world.see("lan", 0.0, frames.arp(host.ip, host.mac))
        if not plan.dual:
            continue
        host.ip6 = f"2001:db8:1::{host.ip.rpartition('.')[2]}"
        host.asks_by_6 = all(link is None for _, link in host.servers) and host.random.random() < 0.5
        host.joined = plan.dual == "announced"
        if plan.dual != "silent":
            world.see("lan", 0.001, frames.neighbour(host.ip6, host.mac))
    if plan.dual == "forged":
        for n, host in enumerate(world.hosts):
            thief = world.hosts[(n + 1) % len(world.hosts)]
            world.see("lan", 0.002 + host.random.uniform(0, 60), frames.neighbour(host.ip6, thief.mac))


def noise(world: World, ask: Resolving, plan: Plan, until: float) -> None:
    """Hosts that only ask."""
    others = [_host(world, plan, 100 + n) for n in range(3)]
    world.spawn(1.0, background(ask, others, plan.names[0], until))


__all__ = ["NAME", "OTHERS", "RELAYS", "SETTINGS", "TTLS", "Plan", "Program", "build", "noise"]
