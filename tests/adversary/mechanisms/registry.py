"""The list of mechanisms, and the plan of a world that has one or two of them."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatch
from random import Random

from adversary.forwarder import Manner
from adversary.plan import RELAYS, TTLS, Plan, noise
from adversary.world import Zone

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
