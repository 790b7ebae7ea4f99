"""What a full `wanwitness analyze` takes, part by part.

    python -m tests.bench.parts FOLDER [--runs N]       from the repository's root; FOLDER is a case to analyse

Wall seconds, medians; `read` works in several processes.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from wanwitness import analyze, judged, pipeline, written
from wanwitness.report import files

PARTS = (
    (pipeline, "read", "read: frames to streams, dialogues, DNS"),
    (judged, "correlate", "correlate"),
    (judged, "judge", "judge"),
    (pipeline, "hashed", "hash the captures"),
    (pipeline, "document", "case as plain values"),
    (written, "write_evidence", "evidence captures"),
    (files, "draw", "figures"),
    (files, "render", "page"),
)


def main() -> int:
    """Run, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.parts", description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    taken: defaultdict[str, list[float]] = defaultdict(list)
    for module, name, told in PARTS:
        setattr(module, name, _timed(getattr(module, name), taken[told]))
    for _ in range(arguments.runs):
        with tempfile.TemporaryDirectory(prefix="wanwitness-parts-") as scratch:
            gc.disable()  # as the command does
            begin = time.perf_counter()
            case = analyze(arguments.folder, out=Path(scratch) / "case")
            taken["all"].append(time.perf_counter() - begin)
            carved = len(list((Path(scratch) / "case" / "evidence").glob("*.pcapng")))
    print(f"{len(case.document['sessions']):,} sessions, {carved:,} evidence captures")
    for told, seconds in taken.items():
        print(f"{median(seconds):8.2f} s  {told}")
    return 0


def _timed(call: Callable[..., Any], seconds: list[float]) -> Callable[..., Any]:
    def timed(*args: Any, **options: Any) -> Any:
        begin = time.perf_counter()
        try:
            return call(*args, **options)
        finally:
            seconds.append(time.perf_counter() - begin)

    return timed


if __name__ == "__main__":
    sys.exit(main())
