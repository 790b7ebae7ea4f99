"""`wanwitness report`."""

from __future__ import annotations

from pathlib import Path

import click

from . import arguments
from .output import say
from .stopped import stoppable


@click.command(short_help="Draw a case's report again, without the captures.")
@arguments.case
@arguments.lang
def report(case: str, lang: str | None) -> int:
    """Draw the page and the figures of CASE again, in its folder. The captures are not needed.

    What the analysis found stays as it is: case.json, the tables, the evidence captures.

    Exit status: 0 drawn; 2 could not be done.
    """
    with stoppable(Path(case)):
        from wanwitness.language import Language
        from wanwitness.redraw import redraw
        from wanwitness.report import REPORT
        from wanwitness.report.terminal import sentence

        language = Language.of(lang)
        drawn = redraw(case, language=language)
    assert drawn.folder is not None
    say(f"{language.say(sentence('report-at', path=str(drawn.folder / REPORT)))}\n")
    return 0
