"""What a scenario is, and how its file adds it to the list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wanwitness.lab.errors import LabError
from wanwitness.lab.stage import Play, Stage

Script = Callable[[Play], None]
Before = Callable[[Stage], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named thing that can happen at the site."""

    name: str
    summary: str
    expected: tuple[str, ...]
    """Of each session, in order: verdict, or the reason why there is none, and outcome; ` | ` between what may be."""
    play: Script
    hosts: int = 1
    """How many of the LAN's hosts it uses."""
    links: int = 2
    """How many of the links."""
    mixes: bool = True
    """Whether a random run may play it among others."""
    before: Before | None = None
    """What happens before anything is captured."""
    world: str = "office"
    """How the links are built (see `worlds`)."""


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    name: str,
    *expected: str,
    hosts: int = 1,
    links: int = 2,
    mixes: bool = True,
    before: Before | None = None,
    world: str = "office",
) -> Callable[[Script], Script]:
    """Put a function into the list of scenarios; its docstring says what happens."""

    def add(play: Script) -> Script:
        summary = " ".join((play.__doc__ or "").split())
        assert summary and expected and name not in SCENARIOS
        SCENARIOS[name] = Scenario(name, summary, expected, play, hosts, links, mixes, before, world)
        return play

    return add


def chosen(names: tuple[str, ...]) -> list[Scenario]:
    """Return the scenarios of these names; `all` stands for every one.

    Raises:
        LabError: there is no such scenario.
    """
    if not names or names == ("all",):
        return list(SCENARIOS.values())
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        raise LabError(f"no scenario {unknown[0]!r}: `wanwitness lab list` names them")
    return [SCENARIOS[name] for name in dict.fromkeys(names)]
