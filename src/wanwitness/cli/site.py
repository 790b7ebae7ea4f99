"""`wanwitness site`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import arguments
from .analyze import DAMAGED
from .output import complain, deliver, say
from .stopped import stoppable
from .waiting import waiting

if TYPE_CHECKING:
    from wanwitness.language import Language

NEW = ".new"
"""What is added to the name of a site file that is there already."""


@click.command(short_help="Print or write the site.toml that captures show.")
@arguments.captures
@arguments.lan
@arguments.wan
@arguments.lang
@click.option("--write", is_flag=True, help="Write it into the captures' folder; a site.toml that is there stays.")
def site(captures: tuple[str, ...], lan: tuple[str, ...], wan: tuple[str, ...], lang: str | None, write: bool) -> int:
    """Print the site.toml that captures themselves show, each line with where it comes from, and what is missing.

    CAPTURE is a capture file, a folder of them, or - for standard input. A site.toml that is there already is not read.
    With --write the new one goes beside it, as site.toml.new. Not > FOLDER/site.toml: a shell empties a file that it
    sends output to, with all that was edited in it.

    Exit status: 0 printed; 3 printed, and something in the input was damaged or left out; 2 could not be done.
    """
    with stoppable():
        from wanwitness.inputs import SITE_FILE, gather
        from wanwitness.language import Language
        from wanwitness.pipeline import run
        from wanwitness.site import draft
        from wanwitness.wrong_use import wrong

        folders = [Path(capture) for capture in captures if Path(capture).is_dir()]
        if write and len(folders) != 1:
            raise wrong("write-one-folder")
        if not write:
            _refuse_to_overwrite([folder / SITE_FILE for folder in folders])
        language = Language.of(lang)
        inputs = gather(captures, lan, wan, own_site=False)
        with waiting(language) as line:
            case = run(inputs, rows_only=True, show=line.show if line is not None else None)
    for text in case.damage_in(language):
        complain(text)
    text = draft(case.document, language)
    if write:
        say(_written(folders[0] / SITE_FILE, text, language))
    else:
        deliver(text)
    return DAMAGED if case.damaged else 0


def _written(file: Path, text: str, language: Language) -> str:
    """Write a site file, or beside one that somebody may have edited; return what to say about it."""
    from wanwitness.wrong_use import wrong

    from .sentences import sentence

    new = file.with_name(file.name + NEW)
    try:
        try:
            with file.open("x", encoding="utf-8", newline="\n") as target:
                target.write(text)
        except FileExistsError:
            there = file.read_text(encoding="utf-8", errors="replace")
            if not there.strip():  # nothing to lose: what a shell left that was to send output here
                file.write_text(text, encoding="utf-8", newline="\n")
                return language.say(sentence("site-was-empty", file=str(file))) + "\n"
            if there == text:
                return language.say(sentence("site-says-so", file=str(file))) + "\n"
            new.write_text(text, encoding="utf-8", newline="\n")
            return language.say(sentence("site-stays", file=str(file), new=str(new))) + "\n"
    except OSError as error:
        raise wrong("cannot-be-written", path=file, why=error.strerror) from None
    return language.say(sentence("site-written", file=str(file))) + "\n"


def _refuse_to_overwrite(files: Sequence[Path]) -> None:
    """Refuse to print into a folder's own site file.

    A shell empties it before this program begins (`>`), or has a second document behind the first (`>>`). Who is told
    so the first time, when nothing is there yet, does not lose his edits the next time.
    """
    from wanwitness.wrong_use import wrong

    try:
        target = os.fstat(sys.stdout.fileno())
        file = next((file for file in files if os.path.samestat(file.stat(), target)), None)
    except (OSError, ValueError, AttributeError):
        return
    if file is None:
        return
    raise wrong("site-left" if target.st_size else "site-emptied", file=file)
