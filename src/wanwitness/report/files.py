"""Everything that a person reads of a case, written beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from wanwitness.case import EVIDENCE, CaseFolder
from wanwitness.language import ENGLISH, Language

from .bundle import archive
from .figures import draw
from .forms import USUAL, Forms
from .isps import Isp, isps
from .letter import as_html, as_text, letter
from .moments import zone_of
from .page import render
from .printing import NotPrintedError, printed
from .wording import Wording

FIGURES = "figures"
REPORT = "report.html"
PDF = "report.pdf"
ARCHIVE = "report.zip"


def write(
    document: dict[str, Any],
    folder: CaseFolder,
    *,
    evidence: Collection[str] = (),
    language: Language = ENGLISH,
    forms: Forms = USUAL,
) -> list[str]:
    """Draw the page, the figures and the letters of a case document, and write them into its folder.

    The document alone is asked: the captures may be gone.

    Args:
        document: a case document.
        folder: where the case is being written.
        evidence: the ids of the sessions that have an evidence capture there.
        language: of all of these.
        forms: what else is wanted.

    Returns:
        What could not be made, a line each.
    """
    say = Wording(language, zone_of(document))
    concerned = isps(document)
    figures = {f"{FIGURES}/{figure.file}": figure for figure in draw(document, None, say)}
    letters = {isp.stem: _letters(isp, document, say) for isp in concerned}
    page = render(document, list(figures.values()), evidence, say=say, letters=letters.keys())
    folder.write(REPORT, page)
    for name, figure in figures.items():
        folder.write(name, figure.png)
    for files in letters.values():
        for name, text in files.items():
            folder.write(name, text)
    if forms.archives:
        pictures = {name: figure.png for name, figure in figures.items()}
        each_or_all: list[Isp | None] = [*concerned] or [None]
        for isp in each_or_all:
            own = {session["id"] for session in (isp.sessions if isp else ())} & set(evidence)
            told = letters[isp.stem] if isp else {}
            alone = render(document, list(figures.values()), own, say=say, letters=[isp.stem] if isp else ())
            texts = {REPORT: alone.encode(), **pictures, **{name: text.encode() for name, text in told.items()}}
            captures = {name: folder.place(name) for name in (f"{EVIDENCE}/{each}.pcapng" for each in own)}
            folder.write(_archive_name(isp, concerned), archive(texts, captures))
    return list(_printed(folder, say)) if forms.pdf else []


def _letters(isp: Isp, document: dict[str, Any], say: Wording) -> Mapping[str, str]:
    written = letter(isp, document, say)
    return {f"letter-{isp.stem}.txt": as_text(written), f"letter-{isp.stem}.html": as_html(written, say)}


def _archive_name(isp: Isp | None, concerned: Collection[Isp]) -> str:
    """One ISP's archive is the report's; of several each has its own."""
    return ARCHIVE if isp is None or len(concerned) == 1 else f"report-{isp.stem}.zip"


def _printed(folder: CaseFolder, say: Wording) -> Iterator[str]:
    try:
        folder.write(PDF, printed(folder.place(REPORT), say))
    except NotPrintedError as error:
        yield str(error)
