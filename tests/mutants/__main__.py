"""Mutants that know fields, in windows of several sizes: does any break, hang, or say something else?

python -m tests.mutants --count 20000 --half real --first 0
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent))

EACH = 100


def _some(job: tuple[int, int, str]) -> list[tuple[int, str]]:
    from mutants.mutant import check

    first, count, half = job
    with TemporaryDirectory() as folder:
        found = ((number, check(Path(folder) / "case", number, half)) for number in range(first, first + count))
        return [(number, what) for number, what in found if what is not None]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--half", choices=("own", "real"), default="own")
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    jobs = [
        (at, min(EACH, args.first + args.count - at), args.half)
        for at in range(args.first, args.first + args.count, EACH)
    ]
    began, wrong, done = time.monotonic(), 0, 0
    with ProcessPoolExecutor(args.workers) as pool:
        answers: Iterable[list[tuple[int, str]]] = pool.map(_some, jobs)
        for job, found in zip(jobs, answers, strict=True):
            done += job[1]
            wrong += len(found)
            for number, what in found:
                print(f"{args.half} {number}: {what}", flush=True)
            if done % (10 * EACH) == 0:
                print(
                    f"{done} mutants of {args.half} from {args.first}, {wrong} wrong, {time.monotonic() - began:.0f} s",
                    flush=True,
                )
    seeds = f"seeds {args.first} to {args.first + done - 1}"
    print(f"{done} mutants of {args.half}, {seeds}, {wrong} wrong, {time.monotonic() - began:.0f} s")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
