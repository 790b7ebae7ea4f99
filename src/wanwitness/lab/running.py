"""Playing scenarios on the lab that is up, and writing down what was captured and what happened."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

from wanwitness.lab.servers.dnsmasq import forget_answers

from . import lan, namespaces, programs, router, sitefile, state, story, topology, truth
from .asked import Logs
from .capture import Captures
from .delays import delayed, mend
from .dialogue import KEY_LOG
from .errors import LabError
from .priority import first_served
from .programs import path_of
from .scenarios import Scenario
from .shifting import Calendar
from .stage import Play, Stage
from .topology import LINKS
from .tracked import Tracked
from .tracking import Tracking
from .worlds import WORLDS, World


@dataclass(frozen=True, slots=True)
class Run:
    """What a run gave."""

    folder: Path
    played: list[Scenario]
    truth: list[dict[str, Any]]
    random: bool


def run(
    scenarios: Sequence[Scenario], out: Path, *, seed: int = 1, sessions: int | None = None, clients: int = 4
) -> list[Run]:
    """Play scenarios one after the other, or a random mixture of them, and write captures, site file and truth.

    Args:
        scenarios: what to play. Those that want the links built otherwise are runs of their own, each in a folder
            of `out`.
        out: the folder to write.
        seed: for the mixture and what its scenarios draw.
        sessions: how many sessions a random mixture is to have; None plays each scenario once, in order.
        clients: how many of the LAN's hosts a random mixture uses, all at once.
    """
    programs.require()
    if not state.is_whole():
        raise LabError("no lab is up: `wanwitness lab up` first")
    if state.is_captured():
        raise LabError("a run is under way, or was killed: `wanwitness lab down`, then `wanwitness lab up`")
    if not 1 <= clients <= topology.CLIENTS:
        raise LabError(f"--clients {clients}: the lab has {topology.CLIENTS} clients")
    if sessions is not None:
        scenarios = [each for each in scenarios if each.mixes]
        if not scenarios:
            raise LabError("none of these scenarios can be mixed with others")
    # A mixture is one run; a scenario that wants other links is not mixed with those that want them as they are.
    worlds = [name for name in WORLDS if any(each.world == name for each in scenarios)]
    worlds = worlds[:1] if sessions is not None else worlds
    done = []
    for name in worlds:
        chosen = [each for each in scenarios if each.world == name]
        folder = out / name if len(worlds) > 1 else out
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LabError(f"--out {folder}: cannot be written ({error.strerror})") from None
        links = max(each.links for each in chosen)
        (folder / KEY_LOG).unlink(missing_ok=True)
        stage = Stage(Random(seed), folder)  # noqa: S311
        mixture = (sessions, clients) if sessions is not None else None
        with WORLDS[name].build():
            found = _play(stage, chosen, WORLDS[name], folder, mixture)
        how = f" --seed {seed}" + (f" --sessions {sessions} --clients {clients}" if sessions is not None else "")
        _write(folder, chosen, found, WORLDS[name].site(links), how, stage.calendar)
        done.append(Run(folder, chosen, found, sessions is not None))
    return done


def _play(
    stage: Stage, scenarios: Sequence[Scenario], world: World, folder: Path, mixture: tuple[int, int] | None
) -> list[dict[str, Any]]:
    """Play scenarios of one world, capture the site meanwhile, and return the truth."""
    links = max(each.links for each in scenarios)
    tracking = Tracking()
    _fresh()
    for each in scenarios:
        if each.before is not None and mixture is None:
            each.before(stage)
    logs = Logs()
    with ExitStack() as stack:
        stack.enter_context(first_served())
        stack.enter_context(tracking)
        stack.enter_context(Captures(folder, world.interfaces(links)))
        stack.enter_context(stage.proxy)
        if mixture is None:
            for each in scenarios:
                each.play(Play(stage, each.name, 1, stage.rng))
        else:
            stack.enter_context(delayed(LINKS[:links], stage.rng))
            _mix(stage, scenarios, *mixture)
    if stage.calendar.cuts:
        stage.calendar.shift_diary(stage.diary)
        for name in world.interfaces(links):
            stage.calendar.shift_capture(folder / f"{name}.pcap")
    found = truth.rows(stage.diary, Tracked(tracking.flows(), logs.forwarders(), logs.resolvers()))
    return [truth.branded(row) for row in found] if world.branded else found


def _mix(stage: Stage, scenarios: Sequence[Scenario], sessions: int, clients: int) -> None:
    """Play scenarios drawn at random until there were enough sessions: every client one after the other."""

    def work(number: int, share: int) -> None:
        rng = Random(f"{stage.rng.random()} {number}")  # noqa: S311
        begun = 0
        while begun < share and not stop.is_set():
            drawn = rng.choice(scenarios)
            drawn.play(Play(stage, drawn.name, number, rng))
            begun += len(drawn.expected)

    stop = Event()
    with ThreadPoolExecutor(clients) as pool:
        shares = [sessions // clients + (number < sessions % clients) for number in range(clients)]
        try:
            for done in [pool.submit(work, number, share) for number, share in enumerate(shares, 1)]:
                done.result()
        finally:
            stop.set()


def _fresh() -> None:
    """Forget what an earlier run left in the router and the hosts: pins, caches and neighbours."""
    router.nft(router.forget_pins())
    forget_answers(router.NAME)
    mend()
    for name in (router.NAME, lan.INNER, *lan.hosts()):
        for family in ("-4", "-6"):
            namespaces.execute([path_of("ip"), "-n", namespaces.full_name(name), family, "neigh", "flush", "all"])


def _write(
    out: Path, played: list[Scenario], found: list[dict[str, Any]], site: str, options: str, calendar: Calendar
) -> None:
    (out / "truth.json").write_text(json.dumps(found, indent=1) + "\n")
    (out / "site.toml").write_text(site + sitefile.events_toml(calendar.events))
    how = f"wanwitness lab run {' '.join(each.name for each in played)}{options}"
    told = any(each.name == story.TOLD for each in played)
    words = story.readme(calendar, found, how) if told else sitefile.readme(played, how)
    (out / "README.md").write_text(words)
