"""Everything that a person reads of a case, written beside it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from wanwitness.case import CaseFolder
from wanwitness.language import ENGLISH, Language

from .figures import draw
from .moments import zone_of
from .page import render
from .wording import Wording

FIGURES = "figures"
REPORT = "report.html"


def write(
    document: dict[str, Any], folder: CaseFolder, *, evidence: Collection[str] = (), language: Language = ENGLISH
) -> None:
    """Draw the page and the figures of a case document, and write them into its folder.

    The document alone is asked: the captures may be gone.

    Args:
        document: a case document.
        folder: where the case is being written.
        evidence: the ids of the sessions that have an evidence capture there.
        language: of page and figures.
    """
    say = Wording(language, zone_of(document))
    figures = draw(document, None, say)
    for figure in figures:
        folder.write(f"{FIGURES}/{figure.file}", figure.png)
    folder.write(REPORT, render(document, figures, evidence, say=say))
