"""`wanwitness demo`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from . import arguments
from .output import columns, complain, say
from .stopped import stoppable
from .waiting import waiting

DEFAULT_OUT = Path("wanwitness-demo")
CASE = "case"


@click.command(short_help="Analyse the incident it all began with, and open its report.")
@click.option(
    "--out",
    shell_complete=arguments.folders,
    metavar="DIR",
    help=f"Where its captures and its case go.  [default: {DEFAULT_OUT}]",
)
@arguments.lang
@click.option("--no-browser", is_flag=True, help="Only say where the report is.")
def demo(out: str | None, lang: str | None, no_browser: bool) -> int:
    """Analyse seven weeks of an office with two links, whose mail was refused now and then, and open the report.

    The captures come with this program. They are copied beside the case, so that each frame that the report names can
    be opened in Wireshark; README.md there tells the story.

    Exit status: 0 analysed; 2 could not be done.
    """
    folder = Path(out) if out is not None else DEFAULT_OUT
    with stoppable(folder / CASE):
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `analyze` does
        from wanwitness.case import EVIDENCE
        from wanwitness.demo import lay_out
        from wanwitness.inputs import gather
        from wanwitness.language import Language
        from wanwitness.pipeline import run
        from wanwitness.report import REPORT, WIDTH, summarise

        from .sentences import sentence

        language = Language.of(lang)
        captures = lay_out(folder)
        inputs = gather((str(captures),), (), (), None)
        command_line = ["wanwitness", *sys.argv[1:]]
    with stoppable(folder / CASE), waiting(language) as waited:
        show = waited.show if waited is not None else None
        case = run(inputs, out=folder / CASE, command_line=command_line, show=show, language=language)
    page = folder / CASE / REPORT
    evidence = str(folder / CASE / EVIDENCE)
    say(summarise(case.document, report=str(page), evidence=evidence, width=columns(WIDTH), language=language))
    say(f"{language.say(sentence('demo-captures', path=str(captures)))}\n")
    if not no_browser and not _opened(page):
        complain(language.say(sentence("demo-no-browser", page=str(page))))
    return 0


def _opened(page: Path) -> bool:
    """Whether a browser shows a page: one with windows, since one for the terminal would take that over."""
    import webbrowser

    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        return webbrowser.open(page.resolve().as_uri())
    except (webbrowser.Error, OSError):
        return False
