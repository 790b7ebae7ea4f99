"""How mail ended, by the link its server's name was looked up over and the link it took."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from wanwitness.report.palette import FIGURE_INCHES
from wanwitness.report.wording import Wording

from .style import ACCEPTED, FAINT, INK, OTHER, REFUSED, SMALL, Drawn, area, isp_names, label, put

PAIRS = 12
"""Pairs of links that are drawn, those with most sessions first."""
_NAMES, _ROW = 2.75, 0.5
"""Width of the names and height of a row, in inches."""
_KINDS = (("rejected", REFUSED, "//"), ("accepted", ACCEPTED, ""), ("other", OTHER, ".."))
"""Outcomes in order, with colour and a pattern for grey prints."""


def by_links(canvas: Canvas, document: dict[str, Any], say: Wording) -> Drawn | None:
    """Draw it; nothing where no link is known of any session."""
    rows = [r for r in document["totals"]["by_links"] if r["resolver_link"] or r["transport_link"]]
    rows = sorted(rows, key=lambda row: -sum(row[kind] for kind, _, _ in _KINDS))[:PAIRS]
    rows.sort(key=lambda row: not _differ(row))
    if not rows:
        return None
    names = isp_names(document)
    axes = area(canvas, FIGURE_INCHES, _ROW * len(rows) + 0.3)
    most = max(sum(row[kind] for kind, _, _ in _KINDS) for row in rows)
    scale = (FIGURE_INCHES - _NAMES - 1.9) / most
    for n, row in enumerate(rows):
        y = n * _ROW + 0.05
        first, second, colour = _names(row, names, say)
        put(axes, _NAMES - 0.12, y + 0.12, first, ha="right", size=SMALL, color=colour)
        put(axes, _NAMES - 0.12, y + 0.28, second, ha="right", size=SMALL, color=colour)
        left = _NAMES
        for kind, face, hatch in _KINDS:
            if row[kind]:
                width = max(row[kind] * scale, 0.02)  # never nothing: one refusal among thousands is to be seen
                axes.add_patch(Rectangle((left, y), width, 0.4, facecolor=face, edgecolor="white", hatch=hatch, lw=0.6))
                left += width
        put(axes, left + 0.08, y + 0.2, _counts(row, say), size=SMALL, color=INK)
    _legend(axes, _ROW * len(rows) + 0.15, say)
    return Drawn(say.gettext("How mail ended, by link"), _alt(rows, names, say))


def _differ(row: dict[str, Any]) -> bool:
    return bool(row["resolver_link"] and row["transport_link"] and row["resolver_link"] != row["transport_link"])


def _names(row: dict[str, Any], names: dict[str | None, str], say: Wording) -> tuple[str, str, str]:
    unknown = say.gettext("not known")
    over, by = (names.get(row[key], row[key]) or unknown for key in ("resolver_link", "transport_link"))
    first = say.gettext("looked up over {link}", link=label(over, 24))
    return first, say.gettext("sent over {link}", link=label(by, 24)), REFUSED if _differ(row) else INK


def _counts(row: dict[str, Any], say: Wording) -> str:
    parts = (
        say.gettext("{n} refused", n=say.number(row["rejected"])) if row["rejected"] else "",
        say.gettext("{n} accepted", n=say.number(row["accepted"])) if row["accepted"] else "",
        say.gettext("{n} other", n=say.number(row["other"])) if row["other"] else "",
    )
    return ", ".join(filter(None, parts))


def _legend(axes: Any, y: float, say: Wording) -> None:
    told = {
        "rejected": say.gettext("refused"),
        "accepted": say.gettext("accepted"),
        "other": say.gettext("anything else"),
    }
    x = _NAMES
    for kind, face, hatch in _KINDS:
        axes.add_patch(Rectangle((x, y - 0.06), 0.2, 0.12, facecolor=face, edgecolor="white", hatch=hatch, lw=0.6))
        put(axes, x + 0.27, y, told[kind], size=SMALL, color=FAINT)
        x += 0.55 + 0.075 * len(told[kind])


def _alt(rows: list[dict[str, Any]], names: dict[str | None, str], say: Wording) -> str:
    parts = (f"{', '.join(_names(row, names, say)[:2])}: {_counts(row, say)}" for row in rows)
    return f"{'; '.join(part[:1].upper() + part[1:] for part in parts)}."
