"""A case's report made again, from its folder alone: the captures may be gone.

What the analysis found (the document, the tables, the evidence captures) stays as it is; what is drawn of it is drawn
anew, by the words and the styles of today: also what was lost of it, or changed. The new files take the places of the
old when all are whole, and the seal is made anew.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path, PurePosixPath

from wanwitness.case import (
    CASE_FILE,
    DNS_FILE,
    EVIDENCE,
    TABLES,
    Case,
    CaseFolder,
    opened_case,
    read_parquet,
    sealed,
    write_found,
)
from wanwitness.language import ENGLISH, Language
from wanwitness.redaction import Redaction
from wanwitness.report import FIGURES, USUAL, Forms, write
from wanwitness.wrong_use import wrong

AnyPath = str | PathLike[str]


def redraw(case: AnyPath, *, language: Language = ENGLISH, forms: Forms = USUAL) -> Case:
    """Draw the page and the figures of a case again, in its folder.

    Args:
        case: its folder.
        language: of page and figures.
        forms: what else is wanted of the report.

    Raises:
        UsageError: it is no case, its findings are not as they were sealed, or it cannot be written.
    """
    path = _folder(case)
    with CaseFolder(path, force=True, ours=(FIGURES, EVIDENCE)) as folder:
        found = sealed(path, _is_found)
        loaded = opened_case(path, unsealed=True)
        folder.keep(found)
        loaded.unmade += write(loaded.document, folder, evidence=_evidence(found), language=language, forms=forms)
        folder.finish(stay=[path / capture["path"] for capture in loaded.document["captures"]])
    return loaded


def redacted(
    case: AnyPath,
    out: AnyPath | None = None,
    *,
    force: bool = False,
    language: Language = ENGLISH,
    forms: Forms = USUAL,
) -> Case:
    """Write a copy of a case with other names and addresses in the place of the site's; the case itself stays as it is.

    Args:
        case: its folder.
        out: the copy's folder; None: beside the case, with `-redacted` behind its name.
        force: write into a folder that holds other files than a case.
        language: of page and figures.
        forms: what else is wanted of the report.

    Returns:
        The copy.

    Raises:
        UsageError: it is no case, is a redacted one already, is not as it was sealed, or the copy cannot be written.
    """
    path = _folder(case)
    place = Path(out) if out is not None else path.with_name(f"{path.resolve().name}-redacted")
    if place.exists() and place.samefile(path):
        raise wrong("out-is-the-case", folder=place)
    found = sealed(path, _is_found)
    loaded = opened_case(path, unsealed=True)
    if loaded.redacted:
        raise wrong("case-redacted", case=path)
    redaction = Redaction(loaded.document)
    copy = Case(redaction.document(), place)
    with CaseFolder(place, force=force, ours=(FIGURES, EVIDENCE)) as folder:
        evidence = {name: f"{EVIDENCE}/{redaction.session(name)}.pcapng" for name in _evidence(found)}
        for name, new in evidence.items():
            folder.write(new, redaction.capture((path / EVIDENCE / f"{name}.pcapng").read_bytes()))
        dns = redaction.dns(read_parquet(path / DNS_FILE)) if DNS_FILE in found else None
        write_found(copy, folder, dns)
        sessions = {redaction.session(name) for name in evidence}
        copy.unmade += write(copy.document, folder, evidence=sessions, language=language, forms=forms)
        folder.finish()
    return copy


def _folder(case: AnyPath) -> Path:
    path = Path(case)
    if path.exists() and not path.is_dir():
        raise wrong("case-is-file", case=path)
    if not path.exists():
        raise wrong("case-not-there", case=path)
    return path


def _is_found(name: str) -> bool:
    """Whether a file of a case is of what the analysis found, and not drawn of it."""
    return name in (CASE_FILE, *TABLES) or PurePosixPath(name).parent.name == EVIDENCE


def _evidence(names: dict[str, str]) -> set[str]:
    """The sessions that have an evidence capture."""
    return {PurePosixPath(name).stem for name in names if PurePosixPath(name).parent.name == EVIDENCE}
