"""The explanations as a forest plot: by how much each goes with the refusals, and how surely."""

from __future__ import annotations

import math
import textwrap
from typing import Any

from matplotlib.figure import Figure as Canvas

from wanwitness.report.explanations import Explanation, explanations
from wanwitness.report.wording import Wording

from .style import FAINT, GRID, INK, REFUSED, SMALL, Drawn, area, label, put

_NAMES, _SCALE, _RATES, _ROW = 3.3, 2.7, 1.75, 0.29
"""Widths of names, scale and rates, and height of a row, in inches."""
_LINE = 46
"""Characters of a line of a name; a longer one has two."""
_LEAST, _MOST = 0.01, 1000.0
"""Ends of the scale: odds beyond are drawn as arrows."""


def forest(canvas: Canvas, document: dict[str, Any], say: Wording) -> Drawn | None:
    """Draw it; nothing where no explanation could be compared."""
    rows = [one for one in explanations(document.get("hypotheses") or (), say) if one.compared]
    if not rows:
        return None
    height = _ROW * len(rows) + 0.75
    axes = area(canvas, _NAMES + _SCALE + _RATES, height)
    bottom = 0.35 + _ROW * len(rows)
    for odds in (0.01, 0.1, 1, 10, 100, 1000):
        x = _place(odds)
        axes.plot([x, x], [0.3, bottom], color=INK if odds == 1 else GRID, lw=1.0 if odds == 1 else 0.7, zorder=0)
        put(axes, x, bottom + 0.13, f"×{say.number(odds)}", middle=True, size=SMALL, color=FAINT)
    put(
        axes,
        _place(1),
        bottom + 0.32,
        say.gettext("odds of a refusal, 95 % interval; ×1: no difference"),
        middle=True,
        size=SMALL,
        color=FAINT,
    )
    put(axes, _NAMES + _SCALE + 0.15, 0.13, say.gettext("refused with it / without"), size=SMALL, color=FAINT)
    for n, one in enumerate(rows):
        _row(axes, 0.35 + _ROW * (n + 0.5), one, say)
    return Drawn(say.gettext("Which explanation goes with the refusals"), _alt(rows, say))


def _place(odds: float) -> float:
    """Where odds stand on the scale, in inches."""
    share = math.log(min(max(odds, _LEAST), _MOST) / _LEAST) / math.log(_MOST / _LEAST)
    return _NAMES + 0.1 + share * (_SCALE - 0.2)


def _row(axes: Any, y: float, one: Explanation, say: Wording) -> None:
    colour, weight = (REFUSED, "bold") if one.telling else (INK, "normal")
    put(
        axes,
        _NAMES - 0.1,
        y,
        textwrap.fill(label(one.name, 2 * _LINE - 4), _LINE),
        ha="right",
        size=SMALL,
        color=colour,
        weight=weight,
    )
    low, high = one.low or 0.0, math.inf if one.high is None else one.high
    left, right = _place(low), _place(high)
    width = 2.2 if one.telling else 1.2
    axes.plot([left, right], [y, y], color=colour, lw=width, solid_capstyle="butt")
    if low < _LEAST:
        axes.plot([left], [y], marker="<", ms=4.5, color=colour)
    if high > _MOST:
        axes.plot([right], [y], marker=">", ms=4.5, color=colour)
    if one.odds is not None and _LEAST <= one.odds <= _MOST:
        axes.plot([_place(one.odds)], [y], marker="s", ms=5, color=colour)
    rates = [
        say.gettext("{some} of {all}", some=say.number(a), all=say.number(b))
        for a, b in filter(None, (one.held, one.elsewhere))
    ]
    put(axes, _NAMES + _SCALE + 0.15, y, " / ".join(rates), size=SMALL, color=colour, weight=weight)


def _alt(rows: list[Explanation], say: Wording) -> str:
    parts = []
    for one in rows:
        held, elsewhere = one.held or (0, 0), one.elsewhere or (0, 0)
        facts = {"a": held[0], "b": held[1], "c": elsewhere[0], "d": elsewhere[1]}
        parts.append(
            say.gettext(
                "{name}: {status}, refused {a} of {b} with it and {c} of {d} without",
                name=one.name,
                status=one.status_words,
                **facts,
            )
        )
    return f"{'; '.join(parts)}."
