"""How far a fleet is, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from wanwitness.fleet import Result
    from wanwitness.fleet.fleet import Tell


@contextmanager
def bar(sites: int, line: Callable[[Result, int, int], str]) -> Iterator[Tell]:
    """Draw a bar on standard error, with what is told of the latest site above it."""
    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=sites)

        def tell(result: Result, done: int, of: int) -> None:
            if result.status != "analysed" or result.flagged:
                progress.console.print(escape(line(result, done, of)), highlight=False)
            progress.update(task, completed=done)

        yield tell
