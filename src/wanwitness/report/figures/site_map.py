"""The site and its links: what was asked where, what was sent where, and where it went wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import FancyBboxPatch

from wanwitness.report.groups import hosts
from wanwitness.report.isps import RefusingRelay
from wanwitness.report.order import refused
from wanwitness.report.wording import Wording
from wanwitness.report.words import Session, direction, judged

from .style import CARD, FAINT, GRID, INK, REFUSED, SMALL, Drawn, area, isp_names, label, links_in_order, put

LINES = 5
"""Name servers and relays that are drawn of one link, those that went wrong and were used most first."""
LINKS = 6
_LINE, _HEAD, _BETWEEN = 0.4, 0.36, 0.16
"""Heights in inches: of a line, of a link's head, between links."""
_LAN, _ROUTER, _TARGETS = (0.0, 1.35), (2.05, 2.75), (5.15, 7.6)
"""From where to where they reach, in inches."""


@dataclass(frozen=True, slots=True)
class _Arrow:
    """An arrow from the router to a server of one link."""

    target: str
    words: str
    mail: bool
    wrong: bool
    count: int


def site_map(canvas: Canvas, document: dict[str, Any], say: Wording) -> Drawn | None:
    """Draw it; nothing where no link is known."""
    sessions = [session for session in document["sessions"] if judged(session)]
    names = isp_names(document)
    used = {s["transport_link"] for s in sessions} | {s["resolver_link"] for s in sessions}
    links = [link for link in links_in_order(used, list(map(str, names))) if link is not None][:LINKS]
    if not links:
        return None
    blamed = _blamed(document)
    rows = {link: _lines(link, sessions, names, blamed, say) for link in links}
    height = sum(_HEAD + _LINE * len(lines) + _BETWEEN for lines in rows.values()) - _BETWEEN
    axes = area(canvas, _TARGETS[1] + 0.05, height)
    _parties(axes, sessions, height, say)
    top, own = 0.0, {link["name"]: link["addresses"] for link in document["links"]}
    for link, lines in rows.items():
        top = _link(axes, top, label(names.get(link, link), 30), _addresses(link, sessions, own), lines, say)
    title = say.gettext("Where it went wrong") if blamed else say.gettext("What went over which link")
    return Drawn(title, _alt(rows, names, say))


def _blamed(document: dict[str, Any]) -> bool:
    """Whether the case as a whole says that it is the look-up's link that goes with the refusals.

    One session over two links that was refused is a coincidence until then, and is not drawn as a fault.
    """
    rows = document.get("hypotheses") or ()
    return any(row["id"] == "link-mismatch" and row["status"] in ("named", "tied") for row in rows)


def _lines(
    link: str, sessions: list[Session], names: dict[str | None, str], blamed: bool, say: Wording
) -> list[_Arrow]:
    asked: Counter[tuple[str, str | None]] = Counter()
    sent: dict[tuple[str, bool], Counter[str]] = {}
    for session in sessions:
        apart = session["flagged"] and refused(session)
        if session["resolver_link"] == link and session["resolution"]:
            server = session["resolution"]["resolver_ip"] or ""
            asked[server, session["transport_link"] if apart else None] += 1
        if session["transport_link"] == link:
            spoke = session.get("answered_by") or {}
            server = _called(spoke if spoke.get("ip") else {**session["server"], "banner": None}, say)
            kind = "refused" if refused(session) else "accepted" if session["outcome"] == "accepted" else "other"
            sent.setdefault((server, apart), Counter())[kind] += 1
    lines = []
    for (server, away), number in asked.items():
        words = say.ngettext("asked {n} time", "asked {n} times", number)
        if away:
            words = say.gettext("{asked}, for mail by {link}", asked=words, link=label(names.get(away, away), 14))
        target = say.gettext("name server {address}", address=server or "?")
        lines.append(_Arrow(target, words, mail=False, wrong=blamed and away is not None, count=number))
    for (server, apart), counts in sent.items():
        parts = [
            say.gettext("{n} accepted", n=say.number(counts["accepted"])) if counts["accepted"] else "",
            say.gettext("{n} refused", n=say.number(counts["refused"])) if counts["refused"] else "",
            say.gettext("{n} other", n=say.number(counts["other"])) if counts["other"] else "",
        ]
        lines.append(
            _Arrow(server, ", ".join(filter(None, parts)), mail=True, wrong=blamed and apart, count=counts.total())
        )
    lines.sort(key=lambda line: (not line.wrong, -line.count))
    return sorted(lines[:LINES], key=lambda line: (line.mail, line.wrong, line.target))


def _called(spoke: dict[str, Any], say: Wording) -> str:
    name = RefusingRelay(spoke["ip"], spoke["port"], spoke.get("banner"), 0).name
    return f"{spoke['ip']} {name}" if name else say.gettext("mail server {address}", address=spoke["ip"])


def _addresses(link: str, sessions: list[Session], own: dict[str, list[str]]) -> list[str]:
    seen = Counter(s["crossing"]["client"]["ip"] for s in sessions if s["crossing"] and s["transport_link"] == link)
    return [address for address, _ in seen.most_common(2)] or own.get(link, [])[:1]


def _parties(axes: Axes, sessions: list[Session], height: float, say: Wording) -> None:
    inner = [session["client"]["ip"] for session in sessions if direction(session) != "router"]
    _box(axes, *_ROUTER, 0, height)
    put(axes, sum(_ROUTER) / 2, height / 2, say.gettext("router"), middle=True, rotation=90)
    if not inner:
        return
    middle = height / 2
    _box(axes, *_LAN, middle - 0.4, middle + 0.4)
    number = len(set(inner))
    title = say.ngettext("{n} computer", "{n} computers", number)
    put(axes, sum(_LAN) / 2, middle - 0.12, title, middle=True)
    put(axes, sum(_LAN) / 2, middle + 0.14, label(hosts(inner, say.language), 24), middle=True, size=6.5, color=FAINT)
    _arrow(axes, _LAN[1], _ROUTER[0], middle, INK, "-", 1.2)


def _link(axes: Axes, top: float, name: str, addresses: list[str], lines: list[_Arrow], say: Wording) -> float:
    bottom = top + _HEAD + _LINE * len(lines)
    _box(axes, _ROUTER[1], _TARGETS[1], top, bottom, face=CARD)
    put(axes, _ROUTER[1] + 0.12, top + 0.19, name, weight="bold")
    if addresses:
        text = say.gettext("our address {address}", address=label(", ".join(addresses), 40))
        put(axes, _TARGETS[1] - 0.08, top + 0.19, text, ha="right", size=SMALL, color=FAINT)
    for n, line in enumerate(lines):
        y = top + _HEAD + _LINE * n + 0.21
        colour = REFUSED if line.wrong else INK
        _arrow(axes, _ROUTER[1], _TARGETS[0], y, colour, "-" if line.mail else (0, (4, 2)), 2.2 if line.wrong else 1.1)
        _box(axes, *_TARGETS, y - 0.13, y + 0.13, edge=colour, inset=0.08)
        put(axes, _TARGETS[0] + 0.1, y, label(line.target, 38), size=SMALL)
        weight = "bold" if line.wrong else "normal"
        put(
            axes,
            _ROUTER[1] + 0.12,
            y - 0.045,
            label(line.words, 36 if line.wrong else 42),
            va="bottom",
            size=SMALL,
            color=colour,
            weight=weight,
        )
    return bottom + _BETWEEN


def _box(
    axes: Axes,
    left: float,
    right: float,
    top: float,
    bottom: float,
    *,
    face: str = "#ffffff",
    edge: str = GRID,
    inset: float = 0,
) -> None:
    style = "round,pad=0,rounding_size=0.06"
    box = FancyBboxPatch(
        (left, top), right - left - inset, bottom - top, boxstyle=style, facecolor=face, edgecolor=edge, clip_on=False
    )
    axes.add_patch(box)


def _arrow(axes: Axes, left: float, right: float, y: float, colour: str, dashes: Any, width: float) -> None:
    axes.plot([left, right - 0.08], [y, y], color=colour, lw=width, ls=dashes, solid_capstyle="butt")
    axes.plot([right - 0.06], [y], marker=">", color=colour, ms=5)


def _of_arrow(line: _Arrow, say: Wording) -> str:
    return say.gettext("{what}: {state}", what=line.target, state=line.words)


def _alt(rows: dict[str, list[_Arrow]], names: dict[str | None, str], say: Wording) -> str:
    parts = [
        say.gettext(
            "{link}: {what}.",
            link=names.get(link, link),
            what=say.listed([_of_arrow(line, say) for line in lines], "semicolon"),
        )
        for link, lines in rows.items()
    ]
    return " ".join(parts)
