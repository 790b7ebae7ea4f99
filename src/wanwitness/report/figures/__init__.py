"""The report's figures: which links met, when, and how it went.

Drawn with matplotlib's object interface on the Agg canvas, never with pyplot: no window system, no figure kept alive
behind the caller's back. The same document gives the same bytes (no dates in the PNGs, the user's matplotlibrc is not
read). matplotlib is loaded by `draw`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wanwitness.case.files import whole_file

from .figure import Figure

__all__ = ["Figure", "draw"]


def draw(document: dict[str, Any], folder: str | Path | None) -> list[Figure]:
    """Draw every figure that has something to show, and write each as a PNG into `folder`.

    Args:
        document: a case document.
        folder: made if it is missing; None draws without writing.
    """
    if not document["sessions"]:
        return []
    from .bars import outcomes_by_verdict
    from .matrix import links_matrix
    from .timeline import timeline

    known = any(row["resolver_link"] or row["transport_link"] for row in document["totals"]["by_links"])
    matrix = [links_matrix(document)] if known else []
    figures = [*matrix, timeline(document), outcomes_by_verdict(document)]
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for figure in figures:
            with whole_file(Path(folder) / figure.file) as out:
                out.write(figure.png)
    return figures
