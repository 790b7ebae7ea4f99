"""The report's figures: where it went wrong, when, how it ended by link, what explains it, each flagged session.

Drawn with matplotlib's object interface on the Agg canvas, never with pyplot: no window system, no figure kept alive
behind the caller's back. The same document gives the same bytes (no dates in the PNGs, the user's matplotlibrc is not
read). matplotlib is loaded by `draw`. Each figure draws on a sheet that it is given: a notebook can have it too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wanwitness.case.files import whole_file
from wanwitness.report.order import worst_first
from wanwitness.report.wording import Wording

from .figure import Drawing, Figure

__all__ = ["LADDERS", "Drawing", "Figure", "draw"]

LADDERS = 6
"""Flagged sessions, the worst first, that have a ladder of their own as a PNG; the page draws every one it tells of."""


def draw(document: dict[str, Any], folder: str | Path | None, say: Wording) -> list[Figure]:
    """Draw every figure that has something to show, and write each as a PNG into `folder`.

    Args:
        document: a case document.
        folder: made if it is missing; None draws without writing.
        say: the language.
    """
    if not document["sessions"]:
        return []
    from .by_links import by_links
    from .clocks import clocks
    from .forest import forest
    from .ladder_figure import ladder_figure
    from .site_map import site_map
    from .style import finish, sheet
    from .timeline import timeline

    figures = []
    plots = {
        "site-map": site_map,
        "timeline": timeline,
        "links": by_links,
        "explanations": forest,
        "clocks": clocks,
    }
    for name, plot in plots.items():
        with sheet() as canvas:
            drawn = plot(canvas, document, say)
            if drawn is not None:
                figures.append(finish(canvas, f"{name}.png", drawn, document, say))
    for session in worst_first([s for s in document["sessions"] if s["flagged"]])[:LADDERS]:
        with sheet() as canvas:
            told = ladder_figure(canvas, session, document, say)
            figures.append(finish(canvas, f"ladder-{session['id']}.png", told, document, say, inline=False))
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for figure in figures:
            with whole_file(Path(folder) / figure.file) as out:
                out.write(figure.png)
    return figures
