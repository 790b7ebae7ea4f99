"""A case written into its folder, or masked where it stays in memory: its findings, its evidence, its report."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from wanwitness.case import EVIDENCE, Case, CaseFolder, write_found
from wanwitness.case.sentences import sentence
from wanwitness.evidence import Sides, write_evidence
from wanwitness.judged import Judged
from wanwitness.language import Language, told
from wanwitness.model import Argument, Capture, Judgement
from wanwitness.redaction import Redaction
from wanwitness.report import FIGURES, Forms, detailed, write


def deliver(
    case: Case,
    folder: CaseFolder | None,
    judged: Judged,
    captures: Sequence[Capture],
    language: Language,
    forms: Forms,
    *,
    rows_only: bool,
    redact: bool,
) -> None:
    """Write a case into its folder, if it has one; mask it, if that is wanted.

    Args:
        case: it, as it was found.
        folder: where it goes; None: it stays in memory.
        judged: what it tells of.
        captures: with their hashes.
        language: of page and figures.
        forms: what else is wanted of the report.
        rows_only: no report, figures or evidence.
        redact: put other names and addresses in the place of the site's.
    """
    redaction = Redaction(case.document) if redact else None
    if folder is not None:
        carve = partial(_carve, case, folder, judged.judgements, _sides(judged, captures), redaction)
        _write(case, folder, language, forms, None if rows_only else carve, redaction)
        case.exchanges = None  # its file has them, and need not fill the memory
    elif redaction is not None:
        dns = case.exchanges() if case.exchanges is not None else None
        case.document = redaction.document()
        case.exchanges = None if dns is None else partial(redaction.dns, dns)


def _sides(judged: Judged, captures: Sequence[Capture]) -> Sides:
    points = judged.correlated.points
    return Sides(
        captures,
        [point.captures for point in points],
        {mail.stream: mail.dialogue for point in points for mail in point.rows.mail},
        judged.correlated.timeline.aligned,
    )


def _write(
    case: Case,
    folder: CaseFolder,
    language: Language,
    forms: Forms,
    carve: Callable[[], set[str]] | None,
    redaction: Redaction | None,
) -> None:
    """Write the case: its document behind the evidence captures, of which it may have to tell something.

    Args:
        case: it.
        folder: where it goes.
        language: of page and figures.
        forms: of the report.
        carve: writes the evidence captures, and returns whose there are; None: only the rows are wanted.
        redaction: masks what is written, where that is wanted.
    """
    places = [folder.path / capture["path"] for capture in case.document["captures"]]
    own = any(_within(capture["path"], folder) for capture in case.document["captures"])
    evidence = carve() if carve is not None and not own else set()
    if carve is not None and own:
        _note(case, sentence("holds-analysed", folder=str(folder.path / EVIDENCE)))
    dns = case.exchanges() if case.exchanges is not None else None
    if redaction is not None:
        case.document, dns = redaction.document(), redaction.dns(dns) if dns is not None else None
    write_found(case, folder, dns)
    if carve is not None:
        case.unmade += write(case.document, folder, evidence=evidence, language=language, forms=forms)
    folder.finish(
        stay=places,
        leave=(EVIDENCE,) if own and carve is not None else (),
        without=(FIGURES, EVIDENCE) if carve is None else (),
    )


def _within(path: str, folder: CaseFolder) -> bool:
    """Whether a capture, named as a case does, is one of those that are this folder's evidence."""
    own = os.path.realpath(folder.path / EVIDENCE)
    return Path(os.path.realpath(folder.path / path)).parent == Path(own)


def _carve(
    case: Case, folder: CaseFolder, judgements: Sequence[Judgement], sides: Sides, redaction: Redaction | None
) -> set[str]:
    """Write the evidence captures of the sessions that the report tells of in detail; return whose there are.

    Where a capture is there no more, a note of the case says so.
    """
    wanted = {row["id"] for row in detailed(case.document["sessions"])}
    written, gone = write_evidence([one for one in judgements if one.session.id in wanted], sides, folder, redaction)
    if gone is not None:
        _note(case, gone)
    return written


def _note(case: Case, why: Argument) -> None:
    """Say in the case why there are no evidence captures, or not all."""
    for field, value in told("notes", sentence("no-evidence", why=why)).items():
        case.document[field].append(value)
