"""One world analysed by the product, in this process, and its verdicts held against the truth."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from wanwitness.correlate import correlate
from wanwitness.inputs import gather
from wanwitness.model import Judgement
from wanwitness.reading import read
from wanwitness.verdict import judge

from .flaws import Flaws, Written, write
from .mechanisms import plan_of
from .plan import build
from .truth import Row, rows_of
from .world import World

SOON = 1.0
"""Seconds after which a look-up is no more taken for a connection's own where nothing shows the host's habits."""
RIGHT = ("right flag", "right consistent")
WRONG = ("false flag", "false consistent", "chance", "refresh")
MEMORY = Path("/dev/shm")
"""Where captures are written: no disk is needed for them."""


@dataclass(frozen=True)
class Wrong:
    """One wrong verdict, and how to see it again."""

    world: str
    mechanisms: tuple[str, ...]
    what: str
    detail: str


@dataclass
class Score:
    """Counts by mechanism, and the wrong verdicts."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    wrong: list[Wrong] = field(default_factory=list)
    missed: list[Wrong] = field(default_factory=list)
    """Decidable sessions that were left undetermined, or not seen."""
    worlds: int = 0

    def add(self, other: Score) -> None:
        """Take another's counts in."""
        for name, counter in other.counts.items():
            self.counts[name].update(counter)
        self.wrong += other.wrong
        self.missed += other.missed
        self.worlds += other.worlds


def analyse(written: Written, flaws: Flaws, folder: Path) -> list[Judgement]:
    """What the product says of the captures: gather, read, correlate and judge, as the pipeline does."""
    lan = [str(path) for path in written.files.get("lan", ())]
    wan = [(link, str(path)) for link, paths in written.files.items() if link != "lan" for path in paths]
    if flaws.told == "site":
        inputs = gather([str(folder)])
    elif flaws.told == "arguments":
        inputs = gather([], lan, [f"{link}={path}" for link, path in wan])
    else:
        inputs = gather([*lan, *(path for _, path in wan)])
    readings = read(inputs.files)
    correlated = correlate(readings.points, readings.captures, inputs.site, readings.coverage)
    exchanges = [exchange for point in correlated.points for exchange in point.rows.dns]
    return judge(correlated.sessions, correlated.links, exchanges, correlated.captures, correlated.gaps)


def in_memory() -> Path | None:
    """Where captures are best written; None is wherever temporary files go."""
    return MEMORY if MEMORY.is_dir() else None


@contextmanager
def _folder(keep: Path | None, place: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    path = Path(mkdtemp(prefix="adversary-", dir=place or in_memory()))
    try:
        yield path
    finally:
        rmtree(path)


def try_world(
    seed: int,
    only: tuple[str, ...] = (),
    size: int | None = None,
    keep: Path | None = None,
    place: Path | None = None,
) -> Score:
    """Make one world and its twin, have one of them analysed, and score it.

    Args:
        seed: of the world.
        only: the mechanisms that its are drawn from.
        size: about how many sessions it has.
        keep: a folder for its captures and truth.json.
        place: where its folder is made, and removed, otherwise.
    """
    mechanisms, plan = plan_of(seed, only, size)
    hidden = seed % 2
    world = build(seed, hidden, plan)
    twin = build(seed, 1 - hidden, plan_of(seed, only, size)[1]) if world.has_secret else world
    same = world.frames == twin.frames
    with _folder(keep, place) as folder:
        written = write(world, plan.flaws, folder)
        judged = rows_of(world, written, plan.overlap)
        rows = [row for row in judged if row is not None]
        if same:
            rows = [
                replace(row, of="twin", why="another truth gives the same packets")
                if row.mismatch != told.mismatch
                else row
                for row, told in zip(judged, twin.told, strict=True)
                if row is not None
            ]
        try:
            judgements = analyse(written, plan.flaws, folder)
            crash = None if judgements or not rows else "no session found"
        except Exception as error:  # whatever it is, the worlds after it are tried, and this one is told
            judgements, crash = [], f"{type(error).__name__}: {error}"
        score = _score(seed, mechanisms, rows, judgements)
        if crash is not None:
            score.counts["all"]["crash"] += 1
            score.wrong.append(Wrong(f"{seed}:0", mechanisms, "crash", crash))
        if not same:
            score.counts["all"]["twins that differ"] += 1
        if keep is not None:
            _explain(keep, seed, mechanisms, world, rows, judgements)
    return score


def _score(seed: int, mechanisms: tuple[str, ...], rows: list[Row], judgements: list[Judgement]) -> Score:
    by_port: dict[int, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        by_port[judgement.session.client.port].append(judgement)
        by_port[judgement.session.server.port].append(judgement)
    score = Score(worlds=1)
    for row in rows:
        found = by_port[row.port] + (by_port[row.wan_port] if row.wan_port != row.port else [])
        said = {what(row, judgement) for judgement in found} or {"not seen"}
        # Of a connection that became two sessions the worse one counts.
        worst = next((w for w in WRONG if w in said), None)
        result = worst or next((s for s in RIGHT if s in said), None) or min(said)
        if worst and row.other_age is not None and row.other_age <= SOON:
            score.counts["all"][f"soon {worst}"] += 1
        for name in (*mechanisms, "all"):
            counter = score.counts[name]
            counter["sessions"] += 1
            counter[result] += 1
            counter[row.of] += 1
            counter[f"{row.of}: {result}"] += 1
            if row.of == "decidable":
                counter["true mismatch" if row.mismatch else "true consistent"] += 1
                how = "fresh" if row.looks == "own" else "kept"
                counter[f"{how} true mismatch" if row.mismatch else f"{how} true consistent"] += 1
                counter[f"{how}: {result}"] += 1
        missed = row.of == "decidable" and not worst and not result.startswith("right")
        if worst or missed:
            links = f"over {row.transport}, by {row.resolver}"
            age = "" if row.other_age is None else f", another link's answer {row.other_age:.3f} s before"
            detail = f"{row.story}; {links}{age} ({row.of}: {row.why or result}), at {row.at:.3f} s"
            kind = worst or f"missed: {result}"
            (score.missed if missed else score.wrong).append(Wrong(f"{seed}:{row.port}", mechanisms, kind, detail))
    return score


def what(row: Row, judgement: Judgement) -> str:
    """Name the outcome of one session."""
    if judgement.verdict == "undetermined":
        return str(judgement.undetermined_because)
    flag = judgement.verdict == "link-mismatch"
    if flag == row.mismatch and (row.of != "twin" or row.looks == "own"):
        return "right flag" if flag else "right consistent"
    if row.looks in ("chance", "refresh") and flag == (row.near != row.transport) and flag != row.mismatch:
        return row.looks
    return "false flag" if flag else "false consistent"


def _explain(
    folder: Path, seed: int, mechanisms: tuple[str, ...], world: World, rows: list[Row], judgements: list[Judgement]
) -> None:
    said = defaultdict(list)
    for one in judgements:
        said[one.session.client.port].append(f"{one.verdict} {one.undetermined_because or ''} {one.explanation}")
    truth = {
        "seed": seed,
        "mechanisms": mechanisms,
        "sessions": [
            {
                "port": row.port,
                "wan_port": row.wan_port,
                "at": round(row.at, 6),
                "opener": row.opener,
                "transport_link": row.transport,
                "resolver_link": row.resolver,
                "flagged": row.mismatch,
                "class": row.of,
                "why": row.why,
                "story": row.story,
                "said": said[row.port] or said[row.wan_port],
            }
            for row in rows
        ],
        "story": [f"{at:12.6f}  {text}" for at, text in sorted(world.story)],
    }
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
