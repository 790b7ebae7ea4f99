"""`wanwitness analyze`."""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import arguments
from .output import columns, complain, deliver, on_terminal, say
from .stopped import stoppable
from .waiting import waiting

if TYPE_CHECKING:
    from wanwitness.inputs import Inputs

DAMAGED = 3
DEFAULT_OUT = Path("reports")
CASE_FILE = "case.json"


@click.command(short_help="Which link each mail session took, and resolved over.")
@arguments.captures
@arguments.lan
@arguments.wan
@click.option(
    "--site",
    shell_complete=arguments.files,
    metavar="FILE",
    help="The site file; without it, a folder's own site.toml.",
)
@click.option(
    "--out",
    shell_complete=arguments.folders,
    metavar="DIR",
    help="Where the case is written.  [default: reports/NAME of the input]",
)
@arguments.keylog
@click.option(
    "--workers", type=click.IntRange(min=1), help="Processes that read at once.  [default: the processors there are]"
)
@arguments.lang
@click.option("--force", is_flag=True, help="Write into a folder that holds other files than a case.")
@click.option("--json", "as_json", is_flag=True, help="Print case.json, and nothing else, on standard output.")
@arguments.pdf
@arguments.archives
@click.option("--rows-only", is_flag=True, help="Write case.json and tables, nothing else.")
@click.option("--dns", is_flag=True, help="Put every DNS exchange into dns.parquet, not only those of mail servers.")
@click.option("--redact", is_flag=True, help="Put other names and addresses in the place of the site's, everywhere.")
def analyze(
    captures: tuple[str, ...],
    lan: tuple[str, ...],
    wan: tuple[str, ...],
    site: str | None,
    out: str | None,
    keylog: tuple[str, ...],
    lang: str | None,
    workers: int | None,
    force: bool,
    as_json: bool,
    pdf: bool,
    archives: bool,
    rows_only: bool,
    dns: bool,
    redact: bool,
) -> int:
    """Say of each SMTP session which link it left by, which link its address came from, and how it ended.

    CAPTURE is a capture file (pcap or pcapng, plain or compressed), a folder whose captures are all read together with
    its site.toml, or - for standard input.

    Exit status: 0 analysed; 3 analysed, and something in the input was damaged, left out or contradictory; 2 could not
    be done.
    """
    with stoppable():
        # Numpy starts threads for algebra of which nothing here makes use; that takes a fifth of a small case's time.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        from wanwitness.case import EVIDENCE
        from wanwitness.inputs import gather
        from wanwitness.language import Language
        from wanwitness.pipeline import run
        from wanwitness.report import WIDTH, Forms, summarise
        from wanwitness.report.terminal import sentence

        from .sentences import sentence as of_command

        gc.disable()  # the process ends with this: to look for cycles once at the end took a tenth of the time
        language = Language.of(lang)
        inputs = gather(captures, lan, wan, site)
        name = f"{inputs.name}-redacted" if redact else inputs.name
        folder = Path(out) if out is not None else None if as_json else _free(DEFAULT_OUT / name, inputs)
        elsewhere = out is None and folder is not None and folder.name != name
    with stoppable(folder), waiting(language) as waited:
        command_line = ["wanwitness", *sys.argv[1:]]
        show = waited.show if waited is not None else None
        case = run(
            inputs,
            out=folder,
            force=force,
            rows_only=rows_only,
            keylogs=keylog,
            dns=dns,
            redact=redact,
            command_line=command_line,
            workers=workers,
            show=show,
            language=language,
            forms=Forms(pdf, archives),
        )
    if elsewhere:
        told = of_command("holds-another-case", folder=str(DEFAULT_OUT / name), place=str(folder))
        complain(language.say(told))
    for line in case.damage_in(language):
        complain(line)
    for line in [*language.tell_all(case.document, "notes"), *case.unmade]:
        complain(line)
    if as_json or not (on_terminal(sys.stdout) and on_terminal(sys.stderr)):  # else the summary's first lines tell them
        for row in case.document["answer"]["contradictions"]:
            complain(language.say(row))
    if as_json:
        deliver(case.to_json())
        return DAMAGED if case.damaged else 0
    if folder is None or rows_only:
        report = evidence = None
    else:
        report = str(folder / "report.html")
        evidence = str(carved) if (carved := folder / EVIDENCE).is_dir() else None
    say(summarise(case.document, report=report, evidence=evidence, width=columns(WIDTH), language=language))
    if folder is not None and rows_only:
        say(f"\n{language.say(sentence('rows-at', path=str(folder / CASE_FILE)))}\n")
    return DAMAGED if case.damaged else 0


def _free(folder: Path, inputs: Inputs) -> Path:
    """Return where a case goes by default: another place where the case of other captures lies there already."""
    place, number = folder, 1
    while (place / CASE_FILE).is_file() and not _of_these(place, inputs):
        number += 1
        place = folder.with_name(f"{folder.name}-{number}")
    return place


def _of_these(place: Path, inputs: Inputs) -> bool:
    """Whether a case has a capture in common with what is analysed now, or tells of none."""
    try:
        document = json.loads((place / CASE_FILE).read_text(encoding="utf-8"))
        captures = document["captures"]
        if document.get("redacted"):  # its paths lead nowhere, but the files' contents have a name
            sizes = {Path(file.path).stat().st_size for file in inputs.files if Path(file.path).is_file()}
            return any(capture["bytes"] in sizes for capture in captures)
        held = {os.path.realpath(place / capture["path"]) for capture in captures}
    except (OSError, ValueError, LookupError, TypeError):
        return True
    return not held or not held.isdisjoint(os.path.realpath(file.path) for file in inputs.files)
