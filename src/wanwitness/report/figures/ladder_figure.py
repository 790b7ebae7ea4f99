"""One session as a ladder between computer, router, name server and mail server."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure as Canvas

from wanwitness.report.cites import file_names
from wanwitness.report.ladder import Rung, ladder
from wanwitness.report.palette import FIGURE_INCHES
from wanwitness.report.wording import Wording
from wanwitness.report.words import Session

from .style import FAINT, GRID, INK, REFUSED, SMALL, Drawn, area, label, put

_HEAD, _RUNG = 0.5, 0.44
"""Heights of the lanes' heads and of a rung, in inches."""


def ladder_figure(canvas: Canvas, session: Session, document: dict[str, Any], say: Wording) -> Drawn:
    """Draw the ladder of a session."""
    drawn = ladder(session, document["links"], say)
    files = file_names(document["captures"])
    apart = FIGURE_INCHES / len(drawn.lanes)
    places = [apart * (n + 0.5) for n in range(len(drawn.lanes))]
    height = _HEAD + _RUNG * len(drawn.rungs) + 0.15
    axes = area(canvas, FIGURE_INCHES, height)
    for x, lane in zip(places, drawn.lanes, strict=True):
        put(axes, x, 0.1, label(lane.title, int(apart * 17)), middle=True, weight="bold", size=SMALL + 0.5)
        put(axes, x, 0.28, label(lane.address, int(apart * 17)), middle=True, size=SMALL, color=FAINT)
        axes.plot([x, x], [_HEAD - 0.08, height], color=GRID, lw=1.2, zorder=0)
    for n, rung in enumerate(drawn.rungs):
        _rung(axes, _HEAD + _RUNG * (n + 0.75), places, rung, files, say)
    title = say.gettext("The connection of {when}", when=say.here(session["start"]))
    steps = (f"{drawn.lanes[r.source].title} → {drawn.lanes[r.target].title}: {r.text}" for r in drawn.rungs)
    return Drawn(title, f"{'; '.join(steps)}.")


def _rung(axes: Any, y: float, places: list[float], rung: Rung, files: list[str], say: Wording) -> None:
    begin, end = places[rung.source], places[rung.target]
    colour = REFUSED if rung.kind == "refusal" else INK
    dashes: Any = (0, (4, 2)) if rung.kind == "look-up" else "-"
    right = end >= begin
    axes.plot(
        [begin, end + (-0.06 if right else 0.06)],
        [y, y],
        color=colour,
        lw=2.0 if rung.kind == "refusal" else 1.2,
        ls=dashes,
    )
    axes.plot([end + (-0.05 if right else 0.05)], [y], marker=">" if right else "<", ms=5, color=colour)
    middle, room = (begin + end) / 2, abs(end - begin)
    weight = "bold" if rung.kind == "refusal" else "normal"
    text = label(rung.text, max(int(room * 15), 34))
    put(axes, middle, y - 0.1, text, middle=True, size=SMALL, color=colour, weight=weight, zorder=3)
    parts = [say.gettext("over {link}", link=label(rung.over, 20)) if rung.over else ""]
    parts += [say.clock(rung.at, fine=True)] if rung.at else []
    parts += [f"{files[capture]} #{number}" for capture, number in rung.frames[:1]]
    beside = label(" · ".join(filter(None, parts)), max(int(room * 18), 44))
    put(axes, middle, y + 0.085, beside, middle=True, size=6.3, color=FAINT, zorder=3)
