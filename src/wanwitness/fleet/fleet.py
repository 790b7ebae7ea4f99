"""All sites analysed and compared: what `wanwitness fleet` does."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from wanwitness.errors import UsageError

from .engine import FleetEngine, cancelled, killed
from .result import Result
from .sites import SiteFolder
from .statements import Statement, statements
from .task import Task, analyse

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
        sites: no two of one name.
        out: the fleet's folder; the cases go into `sites` in it. A site whose result is there already is not analysed
            again where its captures, site file, options and the version are the same.
        engine: where the tasks run.
        rows_only: no reports, figures and evidence captures.
        tell: is told of each result.

    Raises:
        UsageError: the engine was lost; what was finished by then stays.
    """
    waiting = {engine.executor.submit(analyse, task): task for task in tasks_of(sites, out, rows_only)}
    of = len(waiting)
    results: list[Result] = []
    while waiting:
        done, _ = wait(waiting, timeout=_PATIENCE_S, return_when=FIRST_COMPLETED)
        lost = engine.lost()
        if lost is not None and not done:
            raise UsageError(f"{lost}; {_go_on(len(results), of, out)}")
        for future in done:
            result = _result(future, waiting.pop(future), engine, _go_on(len(results), of, out))
            results.append(result)
            if tell is not None:
                tell(result, len(results), of)
    results.sort(key=lambda result: result.site)
    return Fleet(tuple(results), tuple(statements([one for one in results if one.status != "failed"])))


def _go_on(done: int, of: int, out: Path) -> str:
    return f"{done} of {of} sites are done, and lie in {out / SITES}: run this again, and it goes on from there"


def _result(future: Future[Result], task: Task, engine: FleetEngine, go_on: str) -> Result:
    try:
        return future.result()
    except Exception as error:
        if cancelled(error):
            raise UsageError(f"the scheduler is gone; {go_on}") from None
        if killed(error):
            limit = f" of {engine.memory / (1 << 20):,.0f} MiB" if engine.memory is not None else ""
            why = (
                f"its worker was ended twice, as happens beyond its memory{limit}; give each worker more (--memory), "
                "and run fewer (--workers)"
            )
        else:
            why = f"{type(error).__name__}: {error}"
        return Result(site=task.site, folder=task.folder, case=task.case, status="failed", why=why)


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
