"""A case's report made again, from its folder alone: the captures may be gone.

What the analysis found (the document, the tables, the evidence captures) stays as it is; what is drawn of it is drawn
anew, by the words and the styles of today: also what was lost of it, or changed. The new files take the places of the
old when all are whole, and the seal is made anew.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path, PurePosixPath

from wanwitness.case import CASE_FILE, EVIDENCE, Case, CaseFolder, opened_case, sealed
from wanwitness.errors import UsageError
from wanwitness.language import ENGLISH, Language

ROWS = (CASE_FILE, "sessions.csv", "sessions.parquet", "dns.parquet")
"""What the analysis wrote, besides the evidence captures."""


def redraw(case: str | PathLike[str], *, language: Language = ENGLISH) -> Case:
    """Draw the page and the figures of a case again, in its folder.

    Args:
        case: its folder.
        language: of page and figures.

    Raises:
        UsageError: it is no case, its findings are not as they were sealed, or it cannot be written.
    """
    from wanwitness.report import FIGURES, write

    path = Path(case)
    if not path.is_dir():
        what = "its document alone is no case; name its folder" if path.is_file() else "there is no such folder"
        raise UsageError(f"{path}: {what}")
    with CaseFolder(path, force=True, ours=(FIGURES, EVIDENCE)) as folder:
        found = sealed(path, _found)
        loaded = opened_case(path, unsealed=True)
        folder.keep(found)
        write(loaded.document, folder, evidence=_evidence(found), language=language)
        folder.finish(stay=[path / capture["path"] for capture in loaded.document["captures"]])
    return loaded


def _found(name: str) -> bool:
    """Whether a file of a case is of what the analysis found, and not drawn of it."""
    return name in ROWS or PurePosixPath(name).parent.name == EVIDENCE


def _evidence(names: dict[str, str]) -> set[str]:
    """The sessions that have an evidence capture."""
    return {PurePosixPath(name).stem for name in names if PurePosixPath(name).parent.name == EVIDENCE}
