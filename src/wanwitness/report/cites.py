"""Frames as a person finds them: file, number, and the filter that shows them in Wireshark."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePath
from typing import Any

from wanwitness.model.text import printable

FrameRef = list[int]
"""`[capture, number]`, as in case.json."""


@dataclass(frozen=True, slots=True)
class CitedFrames:
    """Frames of one file, and how to see them."""

    path: str
    """Relative to the case's folder, as in case.json."""
    frames: tuple[int, ...]
    display_filter: str
    """For Wireshark's filter bar."""
    command: str
    """For a shell in the folder of the captures, wherever its reader has put them."""


def cite(captures: list[dict[str, Any]], frames: Iterable[FrameRef]) -> list[CitedFrames]:
    """Group frames by file (several capture points may be in one) and say how to see each group."""
    by_path: dict[str, set[int]] = {}
    for capture, number in frames:
        by_path.setdefault(captures[capture]["path"], set()).add(number)
    names = dict(zip((capture["path"] for capture in captures), file_names(captures), strict=True))
    return [_citation(path, names[path], tuple(sorted(numbers))) for path, numbers in by_path.items()]


def _citation(path: str, name: str, numbers: tuple[int, ...]) -> CitedFrames:
    display_filter = f"frame.number in {{{', '.join(_runs(numbers))}}}"
    return CitedFrames(printable(path), numbers, display_filter, tshark(name, display_filter))


def tshark(path: str, display_filter: str) -> str:
    """Return the shell command that prints the frames of `path` that match."""
    return f"tshark -r {shlex.quote(printable(path))} -Y {shlex.quote(printable(display_filter))}"


def _runs(numbers: tuple[int, ...]) -> list[str]:
    """Write sorted numbers as tshark's set elements: `7`, or `7..9` where three or more follow each other.

    >>> _runs((1, 2, 7, 8, 9))
    ['1', '2', '7..9']
    """
    runs: list[str] = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [str(number) for _, number in group]
        runs += [f"{run[0]}..{run[-1]}"] if len(run) > 2 else run
    return runs


def file_names(captures: list[dict[str, Any]]) -> list[str]:
    """Return a short name for each capture's file: its last part, and of its folders those that tell it apart."""
    paths = {capture["path"]: PurePath(capture["path"]).parts for capture in captures}
    return [printable(_short(paths[capture["path"]], paths.values()) or capture["path"]) for capture in captures]


def _short(path: tuple[str, ...], others: Collection[tuple[str, ...]]) -> str | None:
    """Return the shortest end of a path that no other path has; None where it has none."""
    for length in range(1, len(path)):
        if sum(other[-length:] == path[-length:] for other in others) == 1:
            return "/".join(path[-length:])
    return None
