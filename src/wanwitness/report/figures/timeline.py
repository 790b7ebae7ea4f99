"""When each session began, on which link, and how it ended: accepted above its link's line, refused below it.

A few sessions are marks of their own; where marks would cover each other, bars count them. Either way what was refused
has a row of its own, so that nothing accepted can hide it, nor the reverse.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import matplotlib.dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from wanwitness.report import labels
from wanwitness.report.moments import moment
from wanwitness.report.order import refused
from wanwitness.report.palette import FIGURE_INCHES, LIGHT
from wanwitness.report.wording import Wording
from wanwitness.report.words import Session, direction, judged

from .quiet_time import QuietTime, ScaledTime
from .style import (
    ACCEPTED,
    CARD,
    FAINT,
    GRID,
    INK,
    OTHER,
    REFUSED,
    SMALL,
    Drawn,
    area,
    isp_names,
    label,
    links_in_order,
    put,
)

EVENTS = 9
"""Events that are named; of more those that the site file has first."""
_NAMES, _TOP = 1.35, 0.5
"""Width of the lanes' names, and height of the room above them, in inches."""
_LANES = {True: 0.62, False: 1.0}
"""Height of a lane, in inches: with marks, and with bars."""
_ACTS = 0.24
"""Height of a row of log-ins or visits, in inches."""
_STEP = 0.085
"""From one mark to the next, in inches."""
_STACK = 3
"""Marks above each other, at most; where there would be more, bars count."""
_LEAST, _BETWEEN = 0.4, 0.06
"""Least width of a piece of time, and what lies between two, in inches."""
_BAR = 0.05
"""Width of a bar, in inches."""
_TICK = 0.95
"""Room that a tick's times need, in inches."""
_EVENT = LIGHT["event"]
_NEAR_S = 600.0
"""A log-in so near to a piece of time is drawn at its edge."""
_dates: Any = matplotlib.dates
"""matplotlib has no types for this module."""


@dataclass(frozen=True, slots=True)
class _Mark:
    colour: str
    shape: str
    hatch: str
    words: str


def timeline(canvas: Canvas, document: dict[str, Any], say: Wording) -> Drawn | None:
    """Draw it; nothing where there is no session."""
    sessions: list[Session] = sorted(document["sessions"], key=lambda session: str(session["start"]))
    if not sessions:
        return None
    events = _events(document)
    starts = [moment(session["start"]).timestamp() for session in sessions]
    span = (starts[0], starts[-1])
    margin = max((span[1] - span[0]) * 0.05, 60.0)
    events = [event for event in events if span[0] - margin <= event[0] <= span[1] + margin][:EVENTS]
    times = [*starts, *(at for at, _ in events)]
    scale = QuietTime(times, FIGURE_INCHES - 0.1, least=_LEAST, between=_BETWEEN)
    names = isp_names(document)
    lanes = [_lane(session, names, say) for session in sessions]
    order = _in_order(document, sessions, lanes, names, say)
    marks = _marks(say)
    placed = list(zip(sessions, starts, lanes, strict=True))
    dots = _as_dots(placed, scale)
    lane, bottom = _LANES[dots], _TOP + _LANES[dots] * len(order)
    acts = _acts(document, say)
    bottom += _ACTS * len(acts)
    axes = area(canvas, _NAMES + FIGURE_INCHES, bottom + 0.75)
    _pieces(axes, scale, bottom, document, say)
    counts = Counter((lane, _kind(session)) for session, _, lane in placed)
    for n, name in enumerate(order):
        middle = _TOP + lane * (n + 0.5)
        here = [(session, at) for session, at, on in placed if on == name]
        put(axes, _NAMES - 0.12, middle, label(name, 17), ha="right")
        axes.plot([_NAMES, _NAMES + scale.pieces[-1].right], [middle, middle], color=GRID, lw=0.8, zorder=1)
        (_dots if dots else _bars)(axes, here, scale, middle, marks, say)
    _acts_drawn(axes, acts, scale, bottom - _ACTS * len(acts))
    _events_drawn(axes, events, scale, bottom)
    kinds = {_kind(session) for session in sessions}
    _legend(axes, kinds, marks, bottom, dots)
    below = bottom + 0.55 + 0.2 * -(-len(kinds) // 3)
    for n, (at, what) in enumerate(events, 1):
        when = say.here(_iso(at))
        put(axes, _NAMES, below + 0.17 * n, f"{n}  {when}  {label(what, 90)}", size=SMALL, color=_EVENT)
    return Drawn(say.gettext("When mail was sent, and how it ended"), _alt(order, counts, sessions, marks, say))


def _events(document: dict[str, Any]) -> list[tuple[float, str]]:
    rows = (document["site"] or {}).get("events") or ()
    return sorted((moment(event["at"]).timestamp(), str(event["what"])) for event in rows)


def _acts(document: dict[str, Any], say: Wording) -> dict[str, list[float]]:
    """When the captures show log-ins to mailboxes and visits to webmails, by what they are called."""
    names = {"mail-login": say.gettext("mailbox log-ins"), "webmail": say.gettext("webmail visits")}
    rows: dict[str, list[float]] = {}
    for act in document.get("acts") or ():
        rows.setdefault(names[act["kind"]], []).append(moment(act["at"]).timestamp())
    return rows


def _acts_drawn(axes: Axes, acts: dict[str, list[float]], scale: QuietTime, top: float) -> None:
    """Draw a stroke for each; those in a time that is cut out are left out."""
    for n, (name, times) in enumerate(acts.items()):
        y = top + _ACTS * (n + 0.5)
        put(axes, _NAMES - 0.12, y, label(name, 22), ha="right", size=SMALL, color=_EVENT)
        shown = [_NAMES + scale.place(at) for at in times if scale.shows(at, _NEAR_S)]
        axes.plot(shown, [y] * len(shown), ls="", marker="|", ms=7, mew=1.0, color=_EVENT, zorder=3)


def _lane(session: Session, names: dict[str | None, str], say: Wording) -> str:
    link = session["transport_link"]
    name = names.get(link, link) or say.gettext("link not known")
    if judged(session):
        return name
    way = say.gettext(labels.WAYS[direction(session)])
    return say.gettext("{way} by {link}", way=way, link=name) if link and direction(session) == "inbound" else way


def _in_order(
    document: dict[str, Any], sessions: list[Session], lanes: list[str], names: dict[str | None, str], say: Wording
) -> list[str]:
    used = {session["transport_link"] for session in sessions if judged(session)}
    links = links_in_order(used, [link["name"] for link in document["links"]])
    known = [names.get(link, link) or say.gettext("link not known") for link in links]
    return [*known, *sorted(set(lanes) - set(known))]


def _kind(session: Session) -> str:
    if refused(session) or session["outcome"] in ("rejected", "refused"):
        return "differ" if session["flagged"] else "refused"
    if session["outcome"] == "accepted":
        return "accepted-differ" if session["flagged"] else "accepted"
    return "other"


def _marks(say: Wording) -> dict[str, _Mark]:
    return {
        "accepted": _Mark(ACCEPTED, "o", "", say.gettext("accepted")),
        "accepted-differ": _Mark(ACCEPTED, "D", "xx", say.gettext("accepted, name looked up over another link")),
        "differ": _Mark(REFUSED, "X", "", say.gettext("refused, name looked up over another link")),
        "refused": _Mark(REFUSED, "v", "//", say.gettext("refused")),
        "other": _Mark(OTHER, "s", "..", say.gettext("neither")),
    }


def _above(kind: str) -> bool:
    return kind not in ("refused", "differ")


def _as_dots(placed: list[tuple[Session, float, str]], scale: QuietTime) -> bool:
    """Whether each session may have a mark of its own without a stack too high."""
    stacks = Counter((lane, _above(_kind(s)), int(scale.place(at) / _STEP)) for s, at, lane in placed)
    return max(stacks.values()) <= _STACK


def _dots(
    axes: Axes,
    here: list[tuple[Session, float]],
    scale: QuietTime,
    middle: float,
    marks: dict[str, _Mark],
    say: Wording,
) -> None:
    stacks: Counter[tuple[bool, int]] = Counter()
    places: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for session, at in here:
        kind = _kind(session)
        column = int(scale.place(at) / _STEP)
        stacks[_above(kind), column] += 1
        height = _STEP * (stacks[_above(kind), column] - 0.3)
        places[kind].append((_NAMES + (column + 0.5) * _STEP, middle - height if _above(kind) else middle + height))
    for kind, ends in places.items():
        mark = marks[kind]
        xs, ys = zip(*ends, strict=True)
        axes.plot(xs, ys, ls="", marker=mark.shape, color=mark.colour, ms=5.2, mec=INK, mew=0.5, zorder=3)


def _bars(
    axes: Axes,
    here: list[tuple[Session, float]],
    scale: QuietTime,
    middle: float,
    marks: dict[str, _Mark],
    say: Wording,
) -> None:
    counts = Counter((int(scale.place(at) / _BAR), _kind(session)) for session, at in here)
    totals: Counter[tuple[int, bool]] = Counter()
    for (column, kind), number in counts.items():
        totals[column, _above(kind)] += number
    most = max(totals.values(), default=1)
    height = (_LANES[False] / 2 - 0.08) / most
    for column in {column for column, _ in counts}:
        for kinds, way in ((("accepted", "accepted-differ", "other"), -1), (("differ", "refused"), 1)):
            y = middle
            for kind in kinds:
                if number := counts[column, kind]:
                    size = max(number * height, 0.03) * way  # one among thousands is to be seen
                    mark = marks[kind]
                    box = Rectangle(
                        (_NAMES + column * _BAR, y),
                        _BAR * 0.94,
                        size,
                        facecolor=mark.colour,
                        edgecolor=INK,
                        lw=0.15,
                        hatch=mark.hatch,
                        zorder=3,
                    )
                    axes.add_patch(box)
                    y += size
    for way in (-1, 1):
        y = middle + way * (_LANES[False] / 2 - 0.08)
        put(axes, _NAMES + FIGURE_INCHES - 0.05, y, say.number(most), size=6, color=FAINT)


def _pieces(axes: Axes, scale: QuietTime, bottom: float, document: dict[str, Any], say: Wording) -> None:
    """Draw the pieces of time, how long what lies between them is, and when each begins."""
    last_day, free = "", 0.0
    for n, piece in enumerate(scale.pieces):
        left, right = _NAMES + piece.left, _NAMES + piece.right
        axes.add_patch(Rectangle((left, _TOP), right - left, bottom - _TOP, facecolor=CARD, edgecolor="none", zorder=0))
        if n:
            gap = piece.begin - scale.pieces[n - 1].end
            put(axes, left - _BETWEEN / 2, bottom + 0.06, "⋯", middle=True, size=SMALL, color=FAINT)
            put(axes, left - _BETWEEN / 2, _TOP - 0.08, _length(gap, say), middle=True, size=5.6, color=FAINT)
        for at, x in _ticks(piece, say):
            if x < free:
                continue
            when = say.at(_iso(at))
            day = say.short_day(when)
            axes.plot([_NAMES + x] * 2, [bottom, bottom + 0.04], color=FAINT, lw=0.7)
            put(
                axes,
                _NAMES + x,
                bottom + 0.15,
                day if day != last_day else "",
                middle=True,
                size=6.6,
                weight="bold",
            )
            put(axes, _NAMES + x, bottom + 0.27, f"{when:%H:%M}", middle=True, size=6.6)
            if say.local is not None:
                utc = when - (when.utcoffset() or timedelta())
                put(axes, _NAMES + x, bottom + 0.39, f"{utc:%H:%M}", middle=True, size=6, color=FAINT)
            last_day, free = day, x + 0.36
    put(axes, _NAMES - 0.2, bottom + 0.27, label(say.zone, 20), ha="right", size=6.3)
    if say.local is not None:
        put(axes, _NAMES - 0.2, bottom + 0.39, "UTC", ha="right", size=6, color=FAINT)
    _gaps(axes, scale, bottom, document, say)


def _gaps(axes: Axes, scale: QuietTime, bottom: float, document: dict[str, Any], say: Wording) -> None:
    """Hatch what a capture says it did not see."""
    for row in document.get("coverage") or ():
        if row["kind"] == "seen" or not row["from"] or not row["to"]:
            continue
        begin, end = (moment(row[key]).timestamp() for key in ("from", "to"))
        if not any(begin <= piece.end and end >= piece.begin for piece in scale.pieces):
            continue  # in a time that is cut out, or before the first session or behind the last
        left, right = scale.place(begin), scale.place(end)
        box = Rectangle(
            (_NAMES + left, _TOP),
            max(right - left, 0.02),
            bottom - _TOP,
            facecolor="none",
            edgecolor=OTHER,
            hatch="////",
            lw=0,
            zorder=0.5,
        )
        axes.add_patch(box)


def _ticks(piece: ScaledTime, say: Wording) -> list[tuple[float, float]]:
    """Return times and places of a piece's ticks: its begin, and where there is room rounder times within."""
    room = piece.right - piece.left
    begin, end = say.at(_iso(piece.begin)), say.at(_iso(piece.end))
    if room < 2 * _TICK or end - begin < timedelta(minutes=2):
        return [(piece.begin, (piece.left + piece.right) / 2)]
    locator = _dates.AutoDateLocator(
        tz=say.at(_iso(piece.begin)).tzinfo, minticks=2, maxticks=max(2, int(room / _TICK * 1.4))
    )
    found = [when.timestamp() for when in _dates.num2date(locator.tick_values(begin, end))]
    return [(at, piece.place(at)) for at in found if piece.begin <= at <= piece.end]


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, tz=UTC).isoformat()


def _length(seconds: float, say: Wording) -> str:
    for unit, size in ((say.gettext("{n} d"), 86_400), (say.gettext("{n} h"), 3_600), (say.gettext("{n} min"), 60)):
        if seconds >= size:
            return unit.replace("{n}", say.number(round(seconds / size)))
    return ""


def _events_drawn(axes: Axes, events: list[tuple[float, str]], scale: QuietTime, bottom: float) -> None:
    last = -1.0
    for n, (at, _) in enumerate(events, 1):
        x = _NAMES + scale.place(at)
        axes.plot([x, x], [_TOP - 0.015, bottom], color=_EVENT, lw=0.9, ls=(0, (2, 2)), zorder=2)
        last = max(x, last + 0.15)
        put(axes, last, _TOP - 0.3, str(n), middle=True, size=SMALL, color=_EVENT, weight="bold")


def _legend(axes: Axes, kinds: set[str], marks: dict[str, _Mark], bottom: float, dots: bool) -> None:
    handles: list[Any] = []
    for kind, mark in marks.items():
        if kind in kinds and dots:
            handles.append(
                Line2D([], [], ls="", marker=mark.shape, color=mark.colour, mec=INK, mew=0.5, ms=6, label=mark.words)
            )
        elif kind in kinds:
            handles.append(Patch(facecolor=mark.colour, edgecolor=INK, lw=0.3, hatch=mark.hatch, label=mark.words))
    axes.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(_NAMES - 0.1, bottom + 0.48), bbox_transform=axes.transData,
        ncols=3,
        frameon=False, fontsize=SMALL, borderaxespad=0, handletextpad=0.3, columnspacing=1.2,
    )  # fmt: skip


def _alt(
    order: list[str], counts: Counter[tuple[str, str]], sessions: list[Session], marks: dict[str, _Mark], say: Wording
) -> str:
    parts = []
    for lane in order:
        told = [f"{say.number(counts[lane, kind])} {mark.words}" for kind, mark in marks.items() if counts[lane, kind]]
        parts.append(f"{lane}: {', '.join(told)}")
    span = say.both(sessions[0]["start"], until=sessions[-1]["start"])
    return f"{span}. {'; '.join(parts)}."
