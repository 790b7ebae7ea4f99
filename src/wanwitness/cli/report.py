"""`wanwitness report`."""

from __future__ import annotations

from pathlib import Path

import click

from . import arguments
from .output import complain, say
from .stopped import stoppable


@click.command(short_help="Draw a case's report again, without the captures.")
@arguments.case
@arguments.lang
@arguments.pdf
@arguments.archives
@click.option("--redact", is_flag=True, help="Write a copy without the site's names and addresses.")
@click.option(
    "--out", shell_complete=arguments.folders, metavar="DIR", help="The copy's folder.  [default: CASE-redacted]"
)
@click.option("--force", is_flag=True, help="Write the copy into a folder that holds other files than a case.")
def report(case: str, lang: str | None, pdf: bool, archives: bool, redact: bool, out: str | None, force: bool) -> int:
    """Draw page, figures and letters of CASE again, in its folder. The captures are not needed.

    What the analysis found stays as it is: case.json, the tables, the evidence captures. With --redact a copy is
    written, in which other names and addresses stand for those of the site, everywhere; CASE stays as it is.

    Exit status: 0 drawn; 2 could not be done.
    """
    from wanwitness.wrong_use import wrong

    if not redact and (out is not None or force):
        raise wrong("redact-only")
    with stoppable(Path(out) if out is not None else None if redact else Path(case)):
        from wanwitness.language import Language
        from wanwitness.redraw import redacted, redraw
        from wanwitness.report import REPORT, Forms
        from wanwitness.report.terminal import sentence

        language = Language.of(lang)
        forms = Forms(pdf, archives)
        if redact:
            drawn = redacted(case, out, force=force, language=language, forms=forms)
        else:
            drawn = redraw(case, language=language, forms=forms)
    assert drawn.folder is not None
    for line in drawn.unmade:
        complain(line)
    say(f"{language.say(sentence('report-at', path=str(drawn.folder / REPORT)))}\n")
    return 0
