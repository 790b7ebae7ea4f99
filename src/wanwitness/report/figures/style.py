"""What the figures share: the sheet they are drawn on, marks, labels. Imported only when a figure is drawn."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import findfont, get_font

from wanwitness.model.text import printable
from wanwitness.report.palette import DOTS_PER_INCH, FONT_POINTS, LIGHT, SMALL_POINTS
from wanwitness.report.wording import Wording

from .figure import Drawing, Figure
from .inline import inlined

INK: Final = LIGHT["ink"]
FAINT: Final = LIGHT["muted"]
GRID: Final = LIGHT["line"]
CARD: Final = LIGHT["card"]
ACCEPTED: Final = LIGHT["accepted"]
REFUSED: Final = LIGHT["refused"]
OTHER: Final = LIGHT["other"]
SMALL: Final = SMALL_POINTS
_PNG: Final = {"compress_level": 4}
"""Six, the usual, takes twice the time for a twentieth of the size."""
_FILES = 4
"""Captures that a figure names as its source; of more their number."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a figure says of itself."""

    title: str
    alt: str


@contextmanager
def sheet(canvas: Canvas | None = None) -> Iterator[Canvas]:
    """Give an empty figure, or make one ready, under matplotlib's own defaults whatever the user's settings are."""
    defaults: dict[Any, Any] = {
        key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith("backend")
    }
    own: dict[Any, Any] = {
        "font.family": "DejaVu Sans",
        "font.size": FONT_POINTS,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "text.parse_math": False,
        "svg.fonttype": "none",
        "hatch.linewidth": 0.6,
    }
    with mpl.rc_context({**defaults, **own}):
        if canvas is None:
            canvas = Canvas()
            FigureCanvasAgg(canvas)
        canvas.set_facecolor(LIGHT["paper"])
        yield canvas


def area(canvas: Canvas, width: float, height: float) -> Axes:
    """Make the figure so many inches large, all of it one plot whose units are inches from the top left."""
    canvas.set_size_inches(width, height)
    axes = canvas.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return axes


def finish(
    canvas: Canvas, file: str, drawn: Drawn, document: dict[str, Any], say: Wording, *, inline: bool = True
) -> Figure:
    """Turn the drawn sheet into a PNG with its head and source, and into SVG for the page, which says these itself."""
    alt = printable(drawn.alt, len(drawn.alt))
    svg = _svg(canvas, file.removesuffix(".png"), alt) if inline else Drawing()
    png = picture(canvas, drawn, document, say)
    width, height = (int.from_bytes(png[at : at + 4]) * 96 // DOTS_PER_INCH for at in (16, 20))
    return Figure(file, drawn.title, alt, png, svg, width, height)


def _svg(canvas: Canvas, name: str, alt: str) -> Drawing:
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        bounds = canvas.get_tightbbox().padded(0.05)
        canvas.savefig(
            text, format="svg", bbox_inches=bounds, transparent=True, metadata={"Date": None, "Creator": None}
        )
    return inlined(text.getvalue(), name, alt)


def picture(canvas: Canvas, drawn: Drawn, document: dict[str, Any], say: Wording) -> bytes:
    """Return the drawn sheet as a PNG with head and source, that holds neither date nor version."""
    _head(canvas, drawn.title, document, say)
    buffer = io.BytesIO()
    # Known bounds: matplotlib's own "tight" would draw everything once more to find them.
    bounds = canvas.get_tightbbox().padded(0.15)
    canvas.savefig(
        buffer, format="png", bbox_inches=bounds, dpi=DOTS_PER_INCH, metadata={"Software": None}, pil_kwargs=_PNG
    )
    return buffer.getvalue()


def _head(canvas: Canvas, title: str, document: dict[str, Any], say: Wording) -> None:
    """Write title, site and dates above what is drawn, and the source below it."""
    bounds = canvas.get_tightbbox()
    width, height = canvas.get_size_inches()
    x, top, bottom = bounds.x0 / width, bounds.y1, bounds.y0
    canvas.text(x, (top + 0.42) / height, title, size=11, weight="bold", va="center")
    starts = [session["start"] for session in document["sessions"]]
    parts = [(document["site"] or {}).get("name")]
    days = list(dict.fromkeys(say.day(end) for end in (min(starts), max(starts)))) if starts else []
    parts += [" – ".join(days), say.gettext("times in {zone}", zone=say.zone)]
    below = " · ".join(label(part, 80) for part in parts if part)
    canvas.text(x, (top + 0.19) / height, below, size=SMALL, color=FAINT, va="center")
    files = sorted({PurePath(capture["path"]).name for capture in document["captures"]})
    named = ", ".join(label(file, 30) for file in files[:_FILES])
    if len(files) > _FILES:
        named = say.gettext("{some} and {n} more", some=named, n=say.number(len(files) - _FILES))
    tool = document["tool"]
    source = say.gettext("{name} {version}, from {files}", name=tool["name"], version=tool["version"], files=named)
    canvas.text(x, (bottom - 0.2) / height, label(source, 200), size=6.5, color=FAINT, va="center")


def put(axes: Axes, x: float, y: float, text: str, *, middle: bool = False, **how: Any) -> None:
    """Write a text, its middle at the height of `y`, and beginning at `x`; with `middle`, its middle there too."""
    axes.text(x, y, text, **{"va": "center", "ha": "center" if middle else "left", **how})


def label(text: str | None, limit: int = 26) -> str:
    """Return a text fit for a figure: the middle of a long one left out.

    What the font cannot draw becomes a question mark, because matplotlib would draw boxes and warn on stderr.
    """
    drawable = _drawable()
    text = "".join(char if ord(char) in drawable else "?" for char in printable(text or "", 4 * limit))
    if len(text) <= limit:
        return text
    head = (limit - 1) * 2 // 3
    return f"{text[:head]}…{text[head + 1 - limit :]}"


@lru_cache(maxsize=1)
def _drawable() -> frozenset[int]:
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap()) | {ord("\u202f"), ord("\xa0")}


def links_in_order(names: set[str | None], document_links: list[str]) -> list[str | None]:
    """Sort link names as the document lists its links; others behind, and None, the unknown, last."""
    known: list[str | None] = [name for name in document_links if name in names]
    return [*known, *sorted(name for name in names if name and name not in known), *([None] if None in names else [])]


def isp_names(document: dict[str, Any]) -> dict[str | None, str]:
    """Return how each link is called: by its ISP, where that is known and no other link's as well."""
    isps = [link["isp"] for link in document["links"]]
    return {
        link["name"]: link["isp"] if link["isp"] and isps.count(link["isp"]) == 1 else link["name"]
        for link in document["links"]
    }
