"""All sites analysed and compared: what `wanwitness fleet` does."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from wanwitness.errors import UsageError
from wanwitness.model import Sentence, printable

from .catalogue import SAY
from .engine import FleetEngine, cancelled, killed
from .result import Result, failed
from .sites import SiteFolder
from .statements import Statement, statements
from .task import Task, analyse
from .wrong import WRONG, wrong

SITES = "sites"
"""The folder of the cases, within the fleet's."""
_PATIENCE_S = 0.5
"""So often it is looked whether the engine is still there."""
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")
_LONGEST = 48

Tell = Callable[[Result, int, int], None]
"""Is told of each result as it comes, with how many there are by now, and of how many."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """All sites, and what they have in common."""

    results: tuple[Result, ...]
    """In order of the sites' names."""
    statements: tuple[Statement, ...]

    @property
    def whole(self) -> bool:
        """Whether every site could be analysed, and nothing of it was damaged or left out."""
        return all(result.status == "analysed" for result in self.results)


def analyse_fleet(
    sites: Sequence[SiteFolder], out: Path, engine: FleetEngine, *, rows_only: bool = False, tell: Tell | None = None
) -> Fleet:
    """Analyse every site, each by one task, and compare them.

    Args:
        sites: those that something is wrong with are told, and not analysed.
        out: the fleet's folder; the cases go into `sites` in it. A site whose result is there already is not analysed
            again where its captures, site file, options and the version are the same.
        engine: where the tasks run.
        rows_only: no reports, figures and evidence captures.
        tell: is told of each result.

    Raises:
        UsageError: the engine was lost; what was finished by then stays.
    """
    results: list[Result] = []

    def take(result: Result) -> None:
        results.append(result)
        if tell is not None:
            tell(result, len(results), len(sites))

    def stopped(lost: Sentence) -> UsageError:
        return wrong("fleet-stopped", lost=lost, done=len(results), of=len(sites), folder=out / SITES)

    for site in sites:
        if site.wrong is not None:
            take(failed(site.name, str(site.folder), "", site.wrong))
    tasks = tasks_of([site for site in sites if site.wrong is None], out, rows_only)
    left = iter(sorted(tasks, key=_size, reverse=True))  # a large one that began last would be waited for alone
    waiting: dict[Future[Result], Task] = {}
    while len(results) < len(sites):
        free = engine.at_once - len(waiting) if engine.at_once is not None else None
        waiting |= {engine.executor.submit(analyse, task): task for task in islice(left, free)}
        done, _ = wait(waiting, timeout=_PATIENCE_S, return_when=FIRST_COMPLETED)
        lost = engine.lost()
        if lost is not None and not done:
            raise stopped(lost)
        for future in done:
            take(_result(future, waiting.pop(future), stopped))
    results.sort(key=lambda result: (result.site, result.folder))
    return Fleet(tuple(results), tuple(statements([one for one in results if one.status != "failed"])))


def _result(future: Future[Result], task: Task, stopped: Callable[[Sentence], UsageError]) -> Result:
    try:
        return future.result()
    except Exception as error:
        if cancelled(error):
            raise stopped(WRONG("scheduler-gone-unnamed")) from None
        if isinstance(error, MemoryError):
            why = SAY("fleet-no-memory")
        elif killed(error):
            why = SAY("fleet-worker-ended")
        else:
            why = SAY("fleet-not-back", error=printable(f"{type(error).__name__}: {error}"))
        return failed(task.site, task.folder, task.case, why)


def _size(task: Task) -> int:
    """About how much there is to read."""
    try:
        with os.scandir(task.folder) as entries:
            return sum(entry.stat().st_size for entry in entries if entry.is_file())
    except OSError:  # which the task will tell
        return 0


def tasks_of(sites: Sequence[SiteFolder], out: Path, rows_only: bool = False) -> list[Task]:
    """Return a task for each site; the name of its case's folder is made of its own, whatever that holds."""
    used: set[str] = set()
    tasks = []
    for site in sites:
        name = _NOT_IN_NAMES.sub("-", site.name).strip("-").lower()[:_LONGEST]
        if name != site.name or name in used:
            name = f"{name}-{hashlib.sha256(site.name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}".lstrip("-")
        used.add(name)
        tasks.append(
            Task(
                site=site.name,
                folder=str(site.folder.resolve()),
                out=str((out / SITES).resolve()),
                case=name,
                rows_only=rows_only,
                version=version("wanwitness"),
            )
        )
    return tasks
