"""By how much each capture's clock differs from the reference, and how surely that is known."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure as Canvas

from wanwitness.report.cites import file_names
from wanwitness.report.wording import Wording

from .style import FAINT, GRID, INK, SMALL, Drawn, area, label, put

CAPTURES = 12
_NAMES, _SCALE, _ROW = 2.0, 3.6, 0.32
"""Widths of names and scale, and height of a row, in inches."""


def clocks(canvas: Canvas, document: dict[str, Any], say: Wording) -> Drawn | None:
    """Draw it; nothing where no clock was set against another."""
    captures = zip(file_names(document["captures"]), document["captures"], strict=True)
    rows = [(name, capture["clock"]) for name, capture in captures if capture["clock"]][:CAPTURES]
    if not any(clock["pairs"] for _, clock in rows):
        return None
    reach = max(abs(clock["offset_s"]) + (clock["uncertainty_s"] or 0) for _, clock in rows) * 1.2 or 1e-6
    reach = _rounded(reach)
    axes = area(canvas, _NAMES + _SCALE + 2.0, _ROW * len(rows) + 0.4)
    bottom = _ROW * len(rows)

    def place(offset: float) -> float:
        return _NAMES + _SCALE * (0.5 + offset / reach / 2)

    axes.plot([place(0)] * 2, [0, bottom], color=INK, lw=0.9, zorder=0)
    axes.plot([_NAMES, _NAMES + _SCALE], [bottom, bottom], color=GRID, lw=0.8)
    for end in (-reach, reach):
        put(
            axes,
            place(end),
            bottom + 0.14,
            ("+" if end > 0 else "−") + say.fine(abs(end)),
            middle=True,
            size=SMALL,
            color=FAINT,
        )
    put(axes, place(0), bottom + 0.14, say.gettext("reference"), middle=True, size=SMALL, color=FAINT)
    told = []
    for n, (name, clock) in enumerate(rows):
        y, offset, give = _ROW * (n + 0.5), clock["offset_s"], clock["uncertainty_s"] or 0
        put(axes, _NAMES - 0.1, y, label(name, 28), ha="right", size=SMALL)
        axes.plot([place(offset - give), place(offset + give)], [y, y], color=INK, lw=2.2, solid_capstyle="butt")
        axes.plot([place(offset)], [y], marker="o", ms=5, color=INK)
        words = _words(clock, say)
        put(axes, _NAMES + _SCALE + 0.15, y, words, size=SMALL)
        told.append(f"{name}: {words}")
    return Drawn(say.gettext("Clocks against the reference"), f"{'; '.join(told)}.")


def _words(clock: dict[str, Any], say: Wording) -> str:
    if not clock["pairs"] and not clock["offset_s"]:
        return say.gettext("the reference")
    offset, give = clock["offset_s"], clock["uncertainty_s"] or 0
    about = say.fine(give)
    if abs(offset) <= give:
        return say.gettext("no difference seen, ± {give}", give=about)
    sign = "+" if offset >= 0 else "−"
    return f"{sign}{say.fine(abs(offset)) if abs(offset) < 1 else say.seconds(abs(offset))} ± {about}"


def _rounded(value: float) -> float:
    """Keep two digits: an uncertainty has no more."""
    return float(f"{value:.2g}")
