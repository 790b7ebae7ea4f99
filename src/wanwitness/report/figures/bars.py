"""How the sessions ended, for each verdict."""

from __future__ import annotations

from collections import Counter
from typing import Any

from matplotlib.patches import Patch

from wanwitness.report.words import OUTCOMES as LABELS
from wanwitness.report.words import VERDICTS, Session, judged, plural, verdict

from .figure import Figure
from .style import FAINT, GRID, INK, OUTCOMES, finish, sheet

_ORDER = ("link-mismatch", "consistent", "undetermined")
_DARK = ("#D55E00", "#0072B2", "#767676")
"""Fills on which white is easier to read than black."""


def outcomes_by_verdict(document: dict[str, Any]) -> Figure:
    """Draw one bar a verdict, stacked by outcome; what did not leave the site has bars of its own.

    Where no links could be compared, no bar says that none differ.
    """
    sessions: list[Session] = document["sessions"]
    counts = Counter((verdict(session), session["outcome"]) for session in sessions)
    bars = [*(VERDICTS[key] for key in _ORDER), *sorted({verdict(s) for s in sessions if not judged(s)})]
    totals = {bar: sum(n for (of, _), n in counts.items() if of == bar) for bar in bars}
    if not totals[bars[0]] + totals[bars[1]]:
        bars, totals = bars[2:], {bar: totals[bar] for bar in bars[2:]}
    longest = max(totals.values())
    present = [outcome for outcome in OUTCOMES if any(counts[bar, outcome] for bar in bars)]

    with sheet(7.6, max(1.0, 0.5 * len(bars))) as canvas:
        axes = canvas.add_axes((0, 0, 1, 1))
        for y, bar in enumerate(bars):
            left = 0
            for outcome in present:
                number, colour = counts[bar, outcome], OUTCOMES[outcome][0]
                axes.barh(y, number, left=left, height=0.62, color=colour, edgecolor="white", linewidth=0.8)
                if number / longest > 0.011 * len(f"{number:,}") + 0.01:
                    ink = "white" if colour in _DARK else INK
                    axes.text(left + number / 2, y, f"{number:,}", ha="center", va="center", size=8.5, color=ink)
                left += number
            axes.text(left + longest * 0.012, y, f"{left:,}", va="center", size=8.5, color=FAINT)
        axes.set(xlim=(0, longest * 1.08), ylim=(len(bars) - 0.5, -0.5), xticks=[])
        axes.set_yticks(range(len(bars)), bars)
        axes.tick_params(length=0)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.spines["left"].set_color(GRID)
        handles = [Patch(facecolor=OUTCOMES[o][0], edgecolor="white", label=LABELS.get(o, o)) for o in present]
        axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, 0), ncols=6, frameon=False, fontsize=8)
        return finish(canvas, "outcomes.png", "Outcome by verdict", _alt(counts, totals))


def _alt(counts: Counter[tuple[str, str]], totals: dict[str, int]) -> str:
    parts = []
    for words in totals:
        outcomes = ", ".join(f"{counts[words, o]:,} {LABELS.get(o, o)}" for o in OUTCOMES if counts[words, o])
        parts.append(f"{words}: {plural(totals[words], 'session')}{f' ({outcomes})' if outcomes else ''}")
    return f"How the sessions ended, for each verdict. {'; '.join(parts)}."
