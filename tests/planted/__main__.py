"""Dialogues with planted secrets: is one in any output?

python -m tests.planted --dialogues 100000 --each 500 --seed 0
python -m tests.planted --dialogues 20000 --only chunks_of_wrong_size
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent))

from planted.plots import PLOTS


def _one(seeds: range) -> list[tuple[int, str, bytes, str]]:
    from planted.outputs import search

    with TemporaryDirectory() as folder:
        return [(*found,) for found in search(Path(folder), seeds, whole=seeds[0] % 20_000 == 0)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialogues", type=int, default=5_000)
    parser.add_argument("--each", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", choices=sorted(plot.__name__ for plot in PLOTS), help="dialogues of this kind alone")
    args = parser.parse_args()
    kinds = [plot.__name__ for plot in PLOTS]
    step = len(kinds) if args.only else 1
    start = args.seed + (kinds.index(args.only) - args.seed) % step if args.only else args.seed
    seeds = range(start, start + args.dialogues * step, step)
    jobs = [seeds[at : at + args.each] for at in range(0, len(seeds), args.each)]
    began = time.monotonic()
    leaks: Counter[str] = Counter()
    with ProcessPoolExecutor(args.workers) as pool:
        for done, found in enumerate(pool.map(_one, jobs), 1):
            for seed, plot, secret, file in found:
                leaks[plot] += 1
                if leaks[plot] <= 5:
                    print(f"seed {seed} ({plot}): {secret!r} in {file}", flush=True)
            print(f"{done * args.each} dialogues, {leaks.total()} found, {time.monotonic() - began:.0f} s", flush=True)
    print(dict(leaks))
    return bool(leaks)


if __name__ == "__main__":
    sys.exit(main())
