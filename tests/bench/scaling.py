"""How correlation grows with the number of sessions in one case.

    python -m tests.bench.scaling                          12,500 to 100,000 sessions; some minutes
    python -m tests.bench.scaling --sessions 1000 2000     others

One case of each size is generated, without background, and analysed whole (with --rows-only). `correlate` is the
processor time of that stage, `whole` that of the run, of all its processes; `us/session` is correlation's, `n log n`
what it would be by the first row's if it grew so. The verdicts are compared with the generator's; exit status 1 where
any differs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from math import log
from pathlib import Path
from typing import Any
from unittest.mock import patch

from wanwitness import analyze, correlate, judged

from .case import Size, generate

SIZES = (12_500, 25_000, 50_000, 100_000)


def main() -> int:
    """Generate, analyse, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scaling", description="Time correlation by size.")
    parser.add_argument("--sessions", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--seed", type=int, default=1, help="[%(default)s]")
    arguments = parser.parse_args()
    print(f"{'sessions':>9}{'whole':>10}{'correlate':>11}{'share':>7}{'us/session':>12}{'n log n':>9}{'wrong':>7}")
    first: tuple[int, float] | None = None
    differences = 0
    for sessions in arguments.sessions:
        whole, correlation, wrong = measure(sessions, arguments.seed)
        first = first or (sessions, correlation / sessions)
        each, expected = correlation / sessions, first[1] * log(sessions) / log(first[0])
        print(
            f"{sessions:9,}{whole:9.1f}s{correlation:10.2f}s{correlation / whole:7.0%}{each * 1e6:12.0f}"
            f"{expected * 1e6:9.0f}{wrong:7}",
            flush=True,
        )
        differences += wrong
    return 1 if differences else 0


def measure(sessions: int, seed: int) -> tuple[float, float, int]:
    """Return how long a case took as a whole and to be correlated, s, and how many sessions were judged wrongly."""
    with tempfile.TemporaryDirectory(prefix="wanwitness-bench-") as scratch:
        case = generate(Path(scratch), Size(packets=0, sessions=sessions, names=0, seed=seed))
        correlation: list[float] = []
        with patch.object(judged, "correlate", _timed(correlate.correlate, correlation)):
            begin = _spent()
            told = analyze(Path(scratch), rows_only=True).document["sessions"]
            whole = _spent() - begin
    true = [(session["verdict"], session["transport_link"], session["resolver_link"]) for session in case.sessions]
    found = [(session["verdict"], session["transport_link"], session["resolver_link"]) for session in told]
    return whole, sum(correlation), sum(one != two for one, two in zip(true, found, strict=True))


def _spent() -> float:
    """Return the processor time of this process and of those that it waited for, s."""
    return sum(os.times()[:4])


def _timed(stage: Callable[..., Any], taken: list[float]) -> Callable[..., Any]:
    def timed(*arguments: Any) -> Any:
        begin = _spent()
        result = stage(*arguments)
        taken.append(_spent() - begin)
        return result

    return timed


if __name__ == "__main__":
    sys.exit(main())
