"""What the router does for itself."""

from __future__ import annotations

from adversary.own import RELAY, Keeps, Redirector, checking
from adversary.plan import SETTINGS, TTLS, Plan
from adversary.programs import background
from adversary.stubs import Resolving
from adversary.world import World, Zone

from .registry import MECHANISMS


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
