"""The lab as a whole: up, run, down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from . import internet, namespaces, programs, router, sitefile, state, topology, truth
from .asked import Logs
from .capture import Captures
from .errors import LabError
from .programs import path_of
from .scenarios import Scenario
from .servers.dnsmasq import forget_answers
from .stage import Play, Stage
from .topology import LINKS
from .tracked import Tracked
from .tracking import Tracking


@dataclass(frozen=True, slots=True)
class Run:
    """What a run gave."""

    folder: Path
    played: list[Scenario]
    truth: list[dict[str, Any]]
    random: bool


def up() -> None:
    """Build the small Internet and start its servers.

    Raises:
        LabError: it cannot be built here, is there already, or a server did not start; then nothing is left behind.
    """
    programs.require()
    state.begin()
    try:
        internet.build()
        internet.start_servers()
        state.finished()
    except BaseException:
        state.clean()
        raise


def down() -> None:
    """Remove all of the lab, also what a kill left; nothing to remove is fine."""
    programs.require_root()
    state.clean()


def run(
    scenarios: Sequence[Scenario], out: Path, *, seed: int = 1, sessions: int | None = None, clients: int = 4
) -> Run:
    """Play scenarios one after the other, or a random mixture of them, and write captures, site file and truth.

    Args:
        scenarios: what to play.
        out: the folder to write.
        seed: for the ports, and for the mixture.
        sessions: how many sessions a random mixture is to have; None plays each scenario once, in order.
        clients: how many of the LAN's hosts a random mixture uses, all at once.
    """
    programs.require()
    if not state.is_whole():
        raise LabError("no lab is up: `wanwitness lab up` first")
    if not 1 <= clients <= topology.CLIENTS:
        raise LabError(f"--clients {clients}: the lab has {topology.CLIENTS} clients")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(f"--out {out}: cannot be written ({error.strerror})") from None
    links = max((each.links for each in scenarios), default=2)
    stage = Stage(Random(seed))  # noqa: S311
    tracking = Tracking()
    _fresh()
    for each in scenarios:
        if each.before is not None and sessions is None:
            each.before(stage)
    logs = Logs()
    with ExitStack() as stack:
        stack.enter_context(tracking)
        stack.enter_context(Captures(out, ["lan0", *(link.interface for link in LINKS[:links])]))
        stack.enter_context(stage.proxy)
        if sessions is None:
            for each in scenarios:
                each.play(Play(stage, each.name, 1, stage.rng))
        else:
            _mix(stage, [each for each in scenarios if each.mixes], sessions, clients)
    tracked = Tracked(tracking.flows(), logs.forwarders(), logs.resolvers())
    return _write(out, list(scenarios), truth.rows(stage.diary, tracked), links, sessions is not None)


def _mix(stage: Stage, scenarios: Sequence[Scenario], sessions: int, clients: int) -> None:
    """Play scenarios drawn at random until there were enough sessions: every client one after the other."""
    if not scenarios:
        raise LabError("none of these scenarios can be mixed with others")

    def work(number: int, share: int) -> None:
        rng = Random(f"{stage.rng.random()} {number}")  # noqa: S311
        begun = 0
        while begun < share:
            drawn = rng.choice(scenarios)
            drawn.play(Play(stage, drawn.name, number, rng))
            begun += len(drawn.expected)

    with ThreadPoolExecutor(clients) as pool:
        shares = [sessions // clients + (number < sessions % clients) for number in range(clients)]
        for done in [pool.submit(work, number, share) for number, share in enumerate(shares, 1)]:
            done.result()


def _fresh() -> None:
    """Forget what an earlier run left in the router and the hosts: pins, caches and neighbours."""
    router.nft(router.forget_pins())
    forget_answers(router.NAME)
    for name in (router.NAME, *internet.clients()):
        for family in ("-4", "-6"):
            namespaces.execute([path_of("ip"), "-n", namespaces.full_name(name), family, "neigh", "flush", "all"])


def _write(out: Path, played: list[Scenario], found: list[dict[str, Any]], links: int, random: bool) -> Run:
    (out / "truth.json").write_text(json.dumps(found, indent=1) + "\n")
    (out / "site.toml").write_text(sitefile.site_toml(links))
    command = f"wanwitness lab run {' '.join(each.name for each in played)}"
    (out / "README.md").write_text(sitefile.readme(played, command))
    return Run(out, played, found, random)
