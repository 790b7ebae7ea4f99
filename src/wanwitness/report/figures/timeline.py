"""When each session began, on which link, and how it ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

import matplotlib.dates
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from wanwitness.report.moments import moment, to_milliseconds, zone_of
from wanwitness.report.order import refused
from wanwitness.report.words import DIRECTIONS, Session, direction, judged, plural
from wanwitness.report.words import OUTCOMES as LABELS

from .figure import Figure
from .style import FAINT, GRID, INK, OUTCOMES, finish, label, links_in_order, sheet

_dates: Any = matplotlib.dates
"""matplotlib has no types for this module."""

_WIDTH = 7.6
"""Of the plot's own area, in inches."""
_MANY = 400
"""Sessions from which on the marks are small."""

_TICKS = ["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%H:%M:%S.%f"]
"""How ticks of years, months, days, hours, minutes and seconds read; zeros at the end of seconds are cut."""


class _Scale(NamedTuple):
    mark: float
    """Diameter of a mark, in points."""
    ring: float
    """Diameter of a flag's ring, in points."""
    offsets: tuple[float, ...]
    """Where marks may stand in their lane, in lanes from its middle, in the order of use."""


_ROOMY = _Scale(6.5, 11.5, (0, 0.17, -0.17, 0.34, -0.34))
_DENSE = _Scale(3.8, 6.6, (0, 0.1, -0.1, 0.2, -0.2, 0.3, -0.3, 0.4, -0.4))


def timeline(document: dict[str, Any]) -> Figure:
    """Draw each session as a mark at its start on its transport link's lane; a ring says flagged.

    What came in, or stayed within the site, has lanes of its own.
    """
    sessions: list[Session] = document["sessions"]
    starts = {session["id"]: moment(session["start"]) for session in sessions}
    first, last = min(starts.values()), max(starts.values())
    margin = max((last - first) * 0.04, timedelta(seconds=1))
    names = {_lane(session) for session in sessions if judged(session)}
    lanes = links_in_order(names, [link["name"] for link in document["links"]])
    lanes += sorted({lane for s in sessions if not judged(s) and (lane := _lane(s)) is not None and lane not in lanes})

    with sheet(_WIDTH, 0.75 * len(lanes)) as canvas:
        axes = canvas.add_axes((0, 0, 1, 1))
        axes.set(xlim=(_dates.date2num(first - margin), _dates.date2num(last + margin)), ylim=(len(lanes) - 0.5, -0.5))
        axes.set_yticks(range(len(lanes)), [label(lane) for lane in lanes])
        axes.tick_params(length=0, axis="y")
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(GRID)
        for y in range(len(lanes)):
            axes.axhline(y, color=GRID, lw=0.8, zorder=0)
        scale = _ROOMY if len(sessions) < _MANY else _DENSE
        points_a_second = _WIDTH * 72 / (last - first + 2 * margin).total_seconds()
        _marks(axes, sessions, _places(sessions, starts, lanes, points_a_second, scale), scale)
        named = zone_of(document)
        _time_axis(axes, named or UTC, label(str(named)) if named else "UTC", first, last)
        if named:
            above = axes.twiny()
            above.set_xlim(axes.get_xlim())
            above.xaxis.set_ticks_position("top")
            above.xaxis.set_label_position("top")
            above.spines[["bottom", "right", "left"]].set_visible(False)
            above.spines["top"].set_color(GRID)
            _time_axis(above, UTC, "UTC", first, last)
        _legend(axes, sessions, len(lanes))
        return finish(canvas, "timeline.png", "Sessions over time", _alt(sessions, lanes, first, last))


def _lane(session: Session) -> str | None:
    link: str | None = session["transport_link"]
    if judged(session):
        return link
    way = DIRECTIONS[direction(session)]
    return f"{way} by {link}" if link and direction(session) == "inbound" else way


Place = tuple[float, float]
"""Where a mark stands: matplotlib's date number, and lane."""


def _places(
    sessions: list[Session], starts: dict[str, datetime], lanes: list[str | None], points_a_second: float, scale: _Scale
) -> dict[str, Place]:
    """Give each session its place; those that would cover each other stand above and below their lane's middle."""
    free_from: dict[tuple[str | None, float], float] = {}
    places: dict[str, Place] = {}
    for session in sorted(sessions, key=lambda session: starts[session["id"]]):
        lane, start = _lane(session), starts[session["id"]]
        x = start.timestamp() * points_a_second
        waits = [max(free_from.get((lane, offset), x) - x, 0) for offset in scale.offsets]
        offset = scale.offsets[waits.index(min(waits))]
        free_from[lane, offset] = x + (scale.ring if session["flagged"] else scale.mark) + 1
        places[session["id"]] = (_dates.date2num(start), lanes.index(lane) + offset)
    return places


def _marks(axes: Axes, sessions: list[Session], places: dict[str, Place], scale: _Scale) -> None:
    """Draw the marks, the worst on top."""
    groups: dict[tuple[bool, bool, str], list[Place]] = defaultdict(list)
    for session in sessions:
        outcome = session["outcome"] if session["outcome"] in OUTCOMES else "unknown"
        groups[session["flagged"], refused(session), outcome].append(places[session["id"]])
    for (flagged, _, outcome), group in sorted(groups.items()):
        colour, mark = OUTCOMES[outcome]
        xs, ys = zip(*group, strict=True)
        axes.plot(xs, ys, mark, color=colour, ms=scale.mark, mec=INK, mew=0.4, clip_on=False)
        if flagged:
            axes.plot(xs, ys, "o", mfc="none", mec=INK, mew=scale.ring / 9, ms=scale.ring, clip_on=False)


def _time_axis(axes: Axes, zone: tzinfo, name: str, first: datetime, last: datetime) -> None:
    locator = _dates.AutoDateLocator(tz=zone, minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        _dates.ConciseDateFormatter(locator, zone, _TICKS, zero_formats=_TICKS, show_offset=False)
    )
    axes.tick_params(axis="x", labelsize=8, color=GRID)
    span = [to_milliseconds(when.astimezone(zone))[:-4] for when in (first, last)]
    text = f"{name}: {span[0]}" if first == last else f"{name}: {span[0]} to {span[1]}"
    axes.set_xlabel(text, size=8, color=FAINT, labelpad=6)


def _legend(axes: Axes, sessions: list[Session], lanes: int) -> None:
    present = {session["outcome"] for session in sessions}
    handles = [
        Line2D([], [], ls="", marker=mark, color=colour, mec=INK, mew=0.4, ms=6.5, label=LABELS.get(outcome, outcome))
        for outcome, (colour, mark) in OUTCOMES.items()
        if outcome in present
    ]
    if any(session["flagged"] for session in sessions):
        words = "flagged: links differ"
        handles.append(Line2D([], [], ls="", marker="o", mfc="none", mec=INK, mew=1.3, ms=11, label=words))
    place = (0, -0.62 / (0.75 * lanes))
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=place, ncols=6, frameon=False, fontsize=8)


def _alt(sessions: list[Session], lanes: Iterable[str | None], first: datetime, last: datetime) -> str:
    parts = []
    for lane in lanes:
        here = [session for session in sessions if _lane(session) == lane]
        rejected = sum(session["outcome"] == "rejected" for session in here)
        flagged = sum(session["flagged"] for session in here)
        parts.append(
            f"{lane or 'unknown link'}: {plural(len(here), 'session')}, {rejected:,} rejected, {flagged:,} flagged"
        )
    span = f"from {to_milliseconds(first)} to {to_milliseconds(last)} UTC"
    return f"Starts of {plural(len(sessions), 'session')} by transport link, {span}. {'; '.join(parts)}."
