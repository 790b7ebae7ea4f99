"""Which resolver's link met which transport link, and how it went there."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from wanwitness.report.words import plural

from .figure import Figure
from .style import FAINT, INK, OUTCOMES, finish, label, links_in_order, sheet

_GROUPS = {"accepted": OUTCOMES["accepted"][0], "rejected": OUTCOMES["rejected"][0], "other": OUTCOMES["opaque"][0]}
_CELL = (1.28, 0.86)
"""Width and height of a cell, in inches."""
_AGREE, _DIFFER, _UNKNOWN = ("#e8f3fb", "agree"), ("#fdeee3", "differ"), ("#f3f3f3", "unknown")

Row = dict[str, Any]
"""One element of `totals.by_links`."""


def links_matrix(document: dict[str, Any]) -> Figure:
    """Draw one cell for each pair of resolver link (row) and transport link (column)."""
    rows: list[Row] = document["totals"]["by_links"]
    listed = [link["name"] for link in document["links"]]
    known = {name for row in rows for name in (row["resolver_link"], row["transport_link"]) if name}
    down = links_in_order({*known, *(row["resolver_link"] for row in rows)}, listed)
    across = links_in_order({*known, *(row["transport_link"] for row in rows)}, listed)
    cells = {(row["resolver_link"], row["transport_link"]): row for row in rows}

    with sheet(_CELL[0] * len(across), _CELL[1] * len(down)) as canvas:
        axes = canvas.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, len(across)), ylim=(len(down), 0))
        axes.set_axis_off()
        for y, resolver in enumerate(down):
            axes.text(-0.08, y + 0.5, label(resolver), ha="right", va="center")
            for x, transport in enumerate(across):
                _cell(axes, x, y, _kind(resolver, transport), cells.get((resolver, transport)))
        names = [label(name) for name in across]
        slanted = max(map(len, names)) > 16
        for x, name in enumerate(names):
            axes.text(
                x + (0.4 if slanted else 0.5), -0.1, name, ha="left" if slanted else "center",
                va="bottom", rotation=35 if slanted else 0, rotation_mode="anchor" if slanted else None,
            )  # fmt: skip
        _captions(axes, len(down), max(len(label(name)) for name in down), max(map(len, names)) if slanted else 0)
        return finish(canvas, "links.png", "Resolver link against transport link", _alt(rows))


def _kind(resolver: str | None, transport: str | None) -> tuple[str, str]:
    if resolver is None or transport is None:
        return _UNKNOWN
    return _AGREE if resolver == transport else _DIFFER


def _cell(axes: Axes, x: int, y: int, kind: tuple[str, str], row: Row | None) -> None:
    fill, word = kind
    paler = 1.0 if row else 0.4
    axes.add_patch(Rectangle((x, y), 1, 1, facecolor=fill, edgecolor="white", linewidth=2, alpha=paler))
    if row is None:
        axes.text(x + 0.5, y + 0.5, "–", ha="center", va="center", color=FAINT)
        return
    axes.text(x + 0.06, y + 0.09, word, ha="left", va="top", size=6.5, color="#57606a")
    if kind is _DIFFER:
        axes.add_patch(Rectangle((x + 0.02, y + 0.025), 0.96, 0.95, fill=False, edgecolor=_GROUPS["rejected"], lw=1.2))
    total = sum(row[group] for group in _GROUPS) or 1
    left = x + 0.1
    for place, (group, colour) in enumerate(_GROUPS.items()):
        number = row[group]
        axes.text(
            x + 0.2 + place * 0.3, y + 0.53, _short(number), ha="center", va="center",
            color=INK if number else "#8b949e", size=9.5, weight="bold" if number else "normal",
        )  # fmt: skip
        axes.add_patch(Rectangle((x + 0.1 + place * 0.3, y + 0.66), 0.2, 0.025, facecolor=colour, lw=0))
        axes.add_patch(Rectangle((left, y + 0.77), 0.8 * number / total, 0.1, facecolor=colour, lw=0))
        left += 0.8 * number / total


def _captions(axes: Axes, rows: int, widest: int, slanted: int) -> None:
    """Name the axes and the colours, clear of the longest labels."""
    axes.text(0, -0.4 - slanted * 0.042, "SMTP left by (transport link) →", va="bottom", color=FAINT, size=8)
    axes.text(
        -0.28 - widest * 0.066, rows / 2, "name resolved over\n(resolver link) →", rotation=90,
        ha="center", va="center", color=FAINT, size=8, linespacing=1.4, rotation_mode="anchor",
    )  # fmt: skip
    for place, (group, colour) in enumerate(_GROUPS.items()):
        y = rows + 0.3 + place * 0.24
        axes.add_patch(Rectangle((0.02, y - 0.07), 0.16, 0.14, facecolor=colour, lw=0, clip_on=False))
        words = {"accepted": "accepted", "rejected": "rejected (5xx)", "other": "any other outcome"}[group]
        axes.text(0.26, y, words, va="center", size=8)


def _short(number: int) -> str:
    """Write a count in at most four characters.

    >>> _short(999), _short(12345), _short(2500000)
    ('999', '12k', '2M')
    """
    for size, unit in ((1_000_000, "M"), (10_000, "k")):
        if number >= size:
            return f"{number // (1_000_000 if unit == 'M' else 1000)}{unit}"
    return str(number)


def _alt(rows: list[Row]) -> str:
    parts = [
        f"resolver link {row['resolver_link'] or 'unknown'}, transport link {row['transport_link'] or 'unknown'}: "
        f"{row['accepted']:,} accepted, {row['rejected']:,} rejected, {row['other']:,} other"
        for row in rows
    ]
    total = sum(row[group] for row in rows for group in _GROUPS)
    differ = sum(
        row[group] for row in rows for group in _GROUPS if _kind(row["resolver_link"], row["transport_link"]) is _DIFFER
    )
    return f"Of {plural(total, 'session')}, {differ:,} had resolver and transport link differ. {'; '.join(parts)}."
