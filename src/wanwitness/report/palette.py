"""All colours and sizes of the report: the page's style sheet and the figures take them from here.

The hues are Okabe and Ito's, which people with any colour vision tell apart; accepted is the lighter and refused the
darker of the two, so that they stay apart in grey, and each has a mark of its own. The words on their papers keep the
contrast that WCAG 2.2 asks of small text (4.5 to 1), in light and in dark (a test measures it).
"""

from __future__ import annotations

from typing import Final

LIGHT: Final = {
    "paper": "#ffffff",
    "ink": "#1b1f24",
    "muted": "#57606a",
    "line": "#d0d7de",
    "card": "#f6f8fa",
    "anchor": "#0550ae",
    "accepted": "#56b4e9",
    "accepted-ink": "#0b4f79",
    "accepted-paper": "#e8f3fb",
    "refused": "#b84a00",
    "refused-ink": "#8a3500",
    "refused-paper": "#fdeee3",
    "other": "#8c959f",
    "other-ink": "#424a53",
    "other-paper": "#eceff2",
    "event": "#7a3e9d",
}
"""By what a colour is for: on white paper, in the page and in every figure."""

DARK: Final = {
    "paper": "#14181d",
    "ink": "#e6e9ec",
    "muted": "#a3acb6",
    "line": "#3d454f",
    "card": "#1d232a",
    "anchor": "#7cb8ff",
    "accepted": "#6fc3f2",
    "accepted-ink": "#9fd3f7",
    "accepted-paper": "#12324a",
    "refused": "#ff8f4a",
    "refused-ink": "#ffb689",
    "refused-paper": "#43220f",
    "other": "#7b848d",
    "other-ink": "#c3cad1",
    "other-paper": "#2b323a",
    "event": "#cfa3ea",
}
"""The same for a dark screen; what is printed is always light."""

KINDS: Final = {
    "accepted": "accepted",
    "rejected": "refused",
    "deferred": "refused",
    "refused": "refused",
}
"""By outcome, the colour it takes; every other outcome is `other`."""

ROW_REM: Final = 3.75
"""Height of a row of the table of sessions: the script must know it to draw only those that are seen."""
FIGURE_INCHES: Final = 7.6
"""Width of a figure's own area."""
FONT_POINTS: Final = 9.0
SMALL_POINTS: Final = 7.5
DOTS_PER_INCH: Final = 192
"""Of the PNGs: twice as fine as a CSS pixel."""


def kind(outcome: str) -> str:
    """Return which of `accepted`, `refused`, `other` an outcome is drawn as."""
    return KINDS.get(outcome, "other")
