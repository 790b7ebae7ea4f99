"""What the figures share: colours, words, the canvas. Imported only when a figure is drawn."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import findfont, get_font

from wanwitness.model.text import printable

from .figure import Figure

OUTCOMES: Final = {
    "accepted": ("#009E73", "o"),
    "rejected": ("#D55E00", "X"),
    "deferred": ("#E69F00", "^"),
    "refused": ("#CC79A7", "v"),
    "unanswered": ("#0072B2", "s"),
    "aborted": ("#56B4E9", "D"),
    "opaque": ("#767676", "P"),
    "no-mail": ("#F0E442", "h"),
    "unknown": ("#C8C8C8", "*"),
}
"""Colour and mark of each outcome, in the order of legends. The colours are Okabe and Ito's, which people with any
colour vision tell apart, and two greys; the marks say the same again."""

INK: Final = "#1b1f24"
FAINT: Final = "#6a737d"
GRID: Final = "#d0d7de"
UNKNOWN: Final = "unknown"
"""Label of the lane, row or column for sessions whose link is not known."""

_DPI = 192


@contextmanager
def sheet(width: float, height: float) -> Iterator[Canvas]:
    """Give an empty figure of so many inches, under matplotlib's own defaults whatever the user's settings are."""
    defaults: dict[Any, Any] = {
        key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith("backend")
    }
    own: dict[Any, Any] = {"font.family": "DejaVu Sans", "font.size": 9.0, "text.color": INK, "text.parse_math": False}
    with mpl.rc_context({**defaults, **own}):
        canvas = Canvas(figsize=(width, height), facecolor="white")
        FigureCanvasAgg(canvas)
        yield canvas


def finish(canvas: Canvas, file: str, title: str, alt: str) -> Figure:
    """Turn the drawn sheet into a PNG that holds neither date nor version."""
    buffer = io.BytesIO()
    canvas.savefig(buffer, format="png", dpi=_DPI, bbox_inches="tight", pad_inches=0.1, metadata={"Software": None})
    png = buffer.getvalue()
    width, height = (int.from_bytes(png[at : at + 4]) * 96 // _DPI for at in (16, 20))
    return Figure(file, title, printable(alt, len(alt)), png, width, height)


def label(text: str | None, limit: int = 24) -> str:
    """Return a link's name fit for a figure: `unknown` for None, the middle of a long one left out.

    What the font cannot draw becomes a question mark, because matplotlib would draw boxes and warn on stderr.
    """
    if text is None:
        return UNKNOWN
    drawable = _drawable()
    text = "".join(char if ord(char) in drawable else "?" for char in printable(text))
    if len(text) <= limit:
        return text
    head = (limit - 1) * 2 // 3
    return f"{text[:head]}…{text[head + 1 - limit :]}"


@lru_cache(maxsize=1)
def _drawable() -> frozenset[int]:
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def links_in_order(names: set[str | None], document_links: list[str]) -> list[str | None]:
    """Sort link names as the document lists its links; others behind, and None, the unknown, last."""
    known = [name for name in document_links if name in names]
    return [*known, *sorted(name for name in names if name and name not in known), *([None] if None in names else [])]
