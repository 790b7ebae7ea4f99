"""The command line of the adversary, and its table."""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from .mechanisms import MECHANISMS
from .scoring import RIGHT, SOON, WRONG, Score, in_memory, try_world

UNDETERMINED = (
    "ambiguous-answer",
    "no-dns-seen",
    "resolver-link-unknown",
    "clock-uncertain",
    "transport-link-unknown",
    "not seen",
)
COLUMNS = (
    ("sessions", 9),
    ("r.flag", 8),
    ("r.cons", 8),
    ("ambig.", 8),
    ("no-dns", 8),
    ("res.unk", 8),
    ("clock", 8),
    ("transp", 8),
    ("unseen", 8),
    ("F.FLAG", 8),
    ("F.CONS", 8),
    ("chance", 7),
    ("refresh", 8),
    ("decidable", 10),
    ("flagged", 9),
    ("decided", 9),
    ("twins", 7),
    ("undecided", 10),
)
"""Of the table: right flags and right consistents, undetermined by reason, false ones; how many sessions are decidable,
which share of their true mismatches is flagged, which share of them is decided; twins, and how many of them are not.
"""
Task = tuple[int, tuple[str, ...], int | None, Path]
"""Seed, mechanisms, size, and where captures are written."""
MAX_FALSE_CONSISTENT = 1e-5
MIN_FLAGGED, MIN_DECIDED = 0.90, 0.95


def main(text: str) -> int:
    """Run worlds and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.adversary", description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, default=20_000, help="so many at least [%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="of the first world [%(default)s]")
    parser.add_argument("--only", nargs="+", default=[], metavar="MECHANISM")
    parser.add_argument("--size", type=int, metavar="N", help="sessions a world has, about [20 to 100, by chance]")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where --world writes its files")
    parser.add_argument("--world", metavar="SEED[:PORT]", help="one world, as a wrong verdict names it")
    parser.add_argument("--told", type=int, default=40, metavar="N", help="wrong verdicts listed [%(default)s]")
    parser.add_argument("--missed", action="store_true", help="list decidable sessions that were left undetermined")
    parser.add_argument("--list", action="store_true", help="name the mechanisms")
    arguments = parser.parse_args()
    only = tuple(arguments.only)
    if arguments.list:
        print("\n".join(MECHANISMS))
        return 0
    if arguments.world:
        seed = int(arguments.world.split(":")[0])
        score = try_world(seed, only, arguments.size, arguments.keep)
    else:
        began = time.monotonic()
        score = run(arguments.sessions, arguments.seed, only, arguments.workers, arguments.size)
        took = time.monotonic() - began
        print(f"{score.counts['all']['sessions']:,} sessions, {score.worlds:,} worlds, {took:.0f} s")
        print()
    print(table(score))
    print()
    print(summary(score))
    print(told(score, arguments.told, only, arguments.size, missed=arguments.missed))
    return 1 if broken(score) else 0


def run(sessions: int, seed: int = 1, only: tuple[str, ...] = (), workers: int = 1, size: int | None = None) -> Score:
    """Try worlds, from one seed on, until they had so many sessions."""
    total = Score()
    with ExitStack() as stack:
        # One folder for all: workers that are stopped in the middle of a world leave theirs behind.
        place = stack.enter_context(TemporaryDirectory(prefix="adversary-", dir=in_memory()))
        tasks = ((one, only, size, Path(place)) for one in count(seed))
        scores: Iterator[Score] = (_try(task) for task in tasks)
        if workers > 1:
            # They come in the seeds' order, so that the table does not depend on the number of workers.
            pool = stack.enter_context(multiprocessing.get_context("fork").Pool(workers, initializer=_begin))
            scores = (score for batch in _batched(tasks, 64 * workers) for score in pool.imap(_try, batch, chunksize=8))
        for score in scores:
            total.add(score)
            if total.counts["all"]["sessions"] >= sessions:
                break
    return total


def _batched(tasks: Iterable[Task], size: int) -> Iterator[list[Task]]:
    """Tasks in batches: a pool would take all of an endless row at once."""
    rest = iter(tasks)
    while batch := list(islice(rest, size)):
        yield batch


def _begin() -> None:
    """Let Python's collector of cycles rest for longer, as the pipeline does: worlds are few, and their rows many."""
    gc.freeze()
    gc.set_threshold(500_000, 20, 20)


def _try(task: Task) -> Score:
    seed, only, size, place = task
    return try_world(seed, only, size, place=place)


def shares(counter: Counter[str], how: str = "") -> tuple[float, float]:
    """Of the decidable sessions: which share of the true mismatches is flagged, and which share of all is decided.

    Args:
        counter: a mechanism's counts.
        how: `fresh` or `kept`, for those sessions alone whose look-up ended just before the SYN, or long before.
    """
    before = f"{how} " if how else ""
    mismatches = counter[f"{before}true mismatch"]
    all_ = mismatches + counter[f"{before}true consistent"]
    named = f"{how or 'decidable'}: "
    decided = sum(counter[named + result] for result in (*RIGHT, *WRONG))
    return counter[named + "right flag"] / mismatches if mismatches else 1.0, decided / all_ if all_ else 1.0


def summary(score: Score) -> str:
    """What the table's first row hides: fresh and kept answers apart, and what the wrong verdicts were of."""
    counter, rows = score.counts["all"], []
    for how, what in (
        ("fresh", "look-up just before the SYN"),
        ("kept", "an older answer, the only link's that reached"),
    ):
        flagged, decided = shares(counter, how)
        count = counter[f"{how} true mismatch"] + counter[f"{how} true consistent"]
        rows.append(f"decidable, {how} ({what}): {count:,}, {flagged:.1%} flagged, {decided:.1%} decided")
    for of in ("decidable", "twin", "unknowable"):
        wrong = ", ".join(f"{counter[f'{of}: {result}']} {result}" for result in WRONG)
        right = sum(counter[f"{of}: {result}"] for result in RIGHT)
        rows.append(f"{of}: {counter[of]:,}, {right:,} right, wrong: {wrong}")
    soon = ", ".join(f"{counter[f'soon {result}']} {result}" for result in WRONG[:2])
    rows.append(f"of these, another link's answer had come within {SOON:.0f} s before the SYN: {soon}")
    return "\n".join(rows)


def broken(score: Score) -> list[str]:
    """The bounds that do not hold, in words."""
    counter = score.counts["all"]
    flagged, decided = shares(counter)
    rows = []
    if counter["crash"]:
        rows.append(f"{counter['crash']} worlds not analysed")
    if counter["twins that differ"]:
        rows.append(f"{counter['twins that differ']} pairs of worlds whose packets differ")
    if counter["false flag"]:
        rows.append(f"{counter['false flag']} false flags")
    if counter["false consistent"] > max(1, MAX_FALSE_CONSISTENT * counter["sessions"]):
        rows.append(f"{counter['false consistent']} false consistent")
    if flagged < MIN_FLAGGED:
        rows.append(f"{flagged:.1%} of true mismatches flagged")
    if decided < MIN_DECIDED:
        rows.append(f"{decided:.1%} decided")
    return rows


def table(score: Score) -> str:
    """The table by mechanism."""
    head = f"{'mechanism':42}" + "".join(f"{title:>{width}}" for title, width in COLUMNS)
    rows = [head]
    for name in ("all", *MECHANISMS):
        c = score.counts.get(name)
        if not c or not c["sessions"]:
            continue
        flagged, decided = shares(c)
        wrong = c["twin: false flag"] + c["twin: false consistent"]
        rows.append(
            f"{name:42}{c['sessions']:9}{c['right flag']:8}{c['right consistent']:8}"
            + "".join(f"{c[reason]:8}" for reason in UNDETERMINED)
            + f"{c['false flag']:8}{c['false consistent']:8}{c['chance']:7}{c['refresh']:8}{c['decidable']:10}"
            + f"{flagged:9.1%}{decided:9.1%}{c['twin']:7}{(1 - wrong / c['twin']) if c['twin'] else 1:10.1%}"
        )
    return "\n".join(rows)


def told(score: Score, most: int, only: tuple[str, ...], size: int | None, *, missed: bool = False) -> str:
    """The wrong verdicts, the first of each kind and pair of mechanisms, and the command that makes them again."""
    rows = [f"\n{'; '.join(broken(score)) or 'all bounds hold'}"]
    again = (f" --only {' '.join(map(repr, only))}" if only else "") + (f" --size {size}" if size else "")
    listed = score.wrong + (score.missed if missed else [])
    if listed:
        rows.append(f"again: python -m tests.adversary{again} --world SEED:PORT --keep DIR\n")
    counts = Counter((wrong.what, wrong.mechanisms) for wrong in listed)
    for wrong in listed:
        count = counts.pop((wrong.what, wrong.mechanisms), 0)
        if count and most > 0:
            most -= 1
            rows.append(f"{wrong.what:24}{wrong.world:14}×{count:<5}{' + '.join(wrong.mechanisms)}\n    {wrong.detail}")
    return "\n".join(rows)
