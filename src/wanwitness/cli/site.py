"""`wanwitness site`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from . import arguments
from .analyze import DAMAGED
from .output import complain, deliver, say
from .stopped import stoppable
from .waiting import waiting

NEW = ".new"
"""What is added to the name of a site file that is there already."""


@click.command()
@arguments.captures
@arguments.lan
@arguments.wan
@click.option("--write", is_flag=True, help="Write it into the captures' folder; a site.toml that is there stays.")
def site(captures: tuple[str, ...], lan: tuple[str, ...], wan: tuple[str, ...], write: bool) -> int:
    """Print the site.toml that captures themselves show, each line with where it comes from, and what is missing.

    CAPTURE is a capture file, a folder of them, or - for standard input. A site.toml that is there already is not read.
    With --write the new one goes beside it, as site.toml.new.

    Exit status: 0 printed; 3 printed, and something in the input was damaged or left out; 2 could not be done.
    """
    with stoppable():
        from wanwitness.errors import UsageError
        from wanwitness.inputs import SITE_FILE, gather
        from wanwitness.pipeline import run
        from wanwitness.site import draft

        folders = [Path(capture) for capture in captures if Path(capture).is_dir()]
        if write and len(folders) != 1:
            raise UsageError("--write: name the one folder of the captures, where the site.toml belongs")
        inputs = gather(captures, lan, wan, own_site=False)
        with waiting() as line:
            case = run(inputs, rows_only=True, show=line.show if line is not None else None)
    for text in case.damage:
        complain(text)
    text = draft(case.document)
    if write:
        say(_written(folders[0] / SITE_FILE, text))
    else:
        _warn_of_loss([folder / SITE_FILE for folder in folders])
        deliver(text)
    return DAMAGED if case.damaged else 0


def _written(file: Path, text: str) -> str:
    """Write a site file, or beside one that somebody may have edited; return what to say about it."""
    from wanwitness.errors import UsageError

    new = file.with_name(file.name + NEW)
    try:
        try:
            with file.open("x", encoding="utf-8", newline="\n") as target:
                target.write(text)
        except FileExistsError:
            if file.read_text(encoding="utf-8") == text:
                return f"{file} says already what the captures show\n"
            new.write_text(text, encoding="utf-8", newline="\n")
            return f"{file} is there already, and stays as it is; what the captures show is in {new}\n"
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: cannot be written ({error})") from None
    return f"{file} is written: look it over, and complete it\n"


def _warn_of_loss(files: Sequence[Path]) -> None:
    """Say what a shell does with `> FOLDER/site.toml`: it empties the file before this program begins."""
    try:
        target = os.fstat(sys.stdout.fileno())
        lost = next((file for file in files if os.path.samestat(file.stat(), target)), None)
    except (OSError, ValueError):
        return
    if lost is not None:
        complain(f"> {lost}: if a site.toml was there, the shell has emptied it; with --write it would have stayed")
