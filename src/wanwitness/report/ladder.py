"""A session as a ladder: who asked whom, over which link, what came back, what was sent where.

The rungs go between lanes: the computer that sends, the router, the resolver that was asked, the server that spoke.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from . import words
from .cites import FrameRef
from .wording import Wording
from .words import Session

RUNGS = 14
"""Commands and replies that are drawn, at most; case.json has all."""
_UNTOLD = ("EHLO", "HELO", "RSET", "NOOP")
"""Commands that say nothing of why mail is refused, as long as they are answered well."""
_LONGEST = 160
"""Characters of a command or reply on a rung."""

Kind = Literal["look-up", "connection", "said", "refusal"]


@dataclass(frozen=True, slots=True)
class Lane:
    """One party."""

    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One step, from a lane to another."""

    source: int
    target: int
    text: str
    kind: Kind
    over: str | None = None
    """The ISP, or link, that it went through; None within the site, or where that stands on another rung."""
    at: str | None = None
    """When, as case.json writes it."""
    frames: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Ladder:
    """Lanes from left to right, and the rungs from the top down."""

    lanes: tuple[Lane, ...]
    rungs: tuple[Rung, ...]


def ladder(session: Session, links: list[dict[str, Any]], say: Wording) -> Ladder:
    """Return the ladder of a session.

    Args:
        session: a row of the case's sessions.
        links: the case's.
        say: the language.
    """
    return _Builder(session, {link["name"]: link["isp"] or link["name"] for link in links}, say).ladder()


class _Builder:
    def __init__(self, session: Session, isps: dict[str, str], say: Wording) -> None:
        self._session, self._isps, self._say = session, isps, say
        self._lanes: dict[str, Lane] = {}
        self._rungs: list[tuple[str, str, Rung]] = []
        crossing = session["crossing"]
        spoke = session.get("answered_by") or {}
        dialled = session["server"]
        reached = crossing["server"] if crossing else spoke if spoke.get("ip") else dialled
        self._server = f"server {reached['ip']}"
        self._reached = reached
        inside = crossing["client"]["ip"] if crossing else session["client"]["ip"]
        self._routed = (bool(crossing) and inside != session["client"]["ip"]) or words.direction(session) == "router"

    def ladder(self) -> Ladder:
        session, say = self._session, self._say
        if words.direction(session) != "router":
            self._lane("client", say.gettext("computer"), session["client"]["ip"])
        if self._routed:
            own = (session["crossing"] or {}).get("client") or session["client"]
            self._lane("router", say.gettext("router"), own["ip"])
        self._look_up()
        self._lane(self._server, say.gettext("mail server"), self._reached["ip"])
        self._connection()
        self._dialogue()
        names = list(self._lanes)
        rungs = tuple(
            Rung(names.index(a), names.index(b), rung.text, rung.kind, rung.over, rung.at, rung.frames)
            for a, b, rung in self._rungs
        )
        return Ladder(tuple(self._lanes.values()), rungs)

    def _lane(self, key: str, title: str, address: str) -> str:
        self._lanes.setdefault(key, Lane(title, address))
        return key

    def _over(self, link: str | None) -> str | None:
        return None if link is None else self._isps.get(link, link)

    def _rung(self, source: str, target: str, text: str, kind: Kind, *frames: FrameRef | None, **facts: Any) -> None:
        refs = tuple((frame[0], frame[1]) for frame in frames if frame is not None)
        self._rungs.append((source, target, Rung(0, 0, text, kind, frames=refs, **facts)))

    def _look_up(self) -> None:
        resolution = self._session["resolution"]
        if resolution is None:
            return
        steps = list(resolution["steps"])
        served_from_cache = resolution["from_cache"] and len(steps) > 1
        order = [*steps[1:], steps[0]] if served_from_cache else steps
        ends = [(self._asker(step), self._asked(step, steps)) for step in order]
        name = resolution["name"]
        for step, (asker, asked) in zip(order, ends, strict=True):
            text = self._say.gettext("asks for {name}", name=name)
            self._rung(asker, asked, text, "look-up", step["query_frame"], over=self._way(step))
            if served_from_cache:
                self._answer(step, asker, asked, step is steps[0])
        if not served_from_cache:
            for step, (asker, asked) in reversed(list(zip(order, ends, strict=True))):
                self._answer(step, asker, asked, step is steps[0])

    def _answer(self, step: dict[str, Any], asker: str, asked: str, last: bool) -> None:
        resolution = self._session["resolution"]
        if step["answer_frame"] is None:
            text = self._say.gettext("answer not captured")
        else:
            text = self._say.gettext("answers {address}", address=resolution["address"])
        at = resolution["answered_at"] if last and step["answer_frame"] else None
        self._rung(asked, asker, text, "look-up", step["answer_frame"], at=at, over=self._way(step))

    def _way(self, step: dict[str, Any]) -> str | None:
        return None if step["point"] == "lan" else self._over(step["point"])

    def _asker(self, step: dict[str, Any]) -> str:
        ip, client = step["client"]["ip"], self._session["client"]["ip"]
        if ip == client and words.direction(self._session) != "router":
            return "client"
        if step["point"] != "lan":
            return self._lane("router", self._say.gettext("router"), ip)
        return self._lane(f"host {ip}", self._say.gettext("computer"), ip)

    def _asked(self, step: dict[str, Any], steps: list[dict[str, Any]]) -> str:
        """The resolver; on the LAN's side it is the router itself, unless the same server was asked beyond it."""
        ip = step["server"]["ip"]
        beyond = {one["server"]["ip"] for one in steps if one["point"] != "lan"}
        if step["point"] == "lan" and beyond and ip not in beyond:
            return self._lane("router", self._say.gettext("router"), ip)
        owner = self._over(self._session["resolution"]["resolver_owner"]) if step["point"] != "lan" else None
        title = self._say.gettext("name server of {isp}", isp=owner) if owner else self._say.gettext("name server")
        return self._lane(f"resolver {ip}", title, ip)

    def _connection(self) -> None:
        session, crossing, say = self._session, self._session["crossing"], self._say
        inbound = words.direction(session) == "inbound"
        opening = (crossing or {}).get("frames") or []
        first = "router" if "client" not in self._lanes else "client"
        if not self._routed or crossing is None or inbound:
            text = say.gettext(
                "connects to {address}, port {port}", address=self._reached["ip"], port=self._reached["port"]
            )
            over = self._over(session["transport_link"])
            self._rung(first, self._server, text, "connection", *opening[:1], at=session["start"], over=over)
            return
        lan = (session["lan_stream"] or {}).get("capture")
        dialled = session["server"]
        if first == "client":
            text = say.gettext("connects to {address}, port {port}", address=dialled["ip"], port=dialled["port"])
            frames = [frame for frame in opening if frame[0] == lan][:1]
            self._rung("client", "router", text, "connection", *frames, at=session["start"])
        led = (dialled["ip"], dialled["port"]) != (self._reached["ip"], self._reached["port"])
        reached = {"address": self._reached["ip"], "port": self._reached["port"]}
        if led:
            text = say.gettext("leads it to {address}, port {port}", **reached)
        else:
            text = say.gettext("passes it on to {address}, port {port}", **reached)
        frames = [frame for frame in opening if frame[0] != lan][:1]
        self._rung("router", self._server, text, "connection", *frames, over=self._over(crossing["link"]))

    def _dialogue(self) -> None:
        first = "router" if "client" not in self._lanes else "client"
        rejection = (self._session["rejection"] or {}).get("frame")
        told = [row for row in self._session.get("commands") or () if not _dull(row)]
        for row in islice(told, RUNGS):
            command, reply, frames = row["command"], row["reply"], row["frames"]
            if command not in (None, "connect"):
                said = {
                    ".": self._say.gettext("the end of the message"),
                    "AUTH-RESPONSE": self._say.gettext("a secret"),
                }
                self._rung(first, self._server, _cut(said.get(command, command)), "said", *frames[:1])
            if reply is not None:
                refusal = rejection is not None and list(rejection) in [list(frame) for frame in frames[-1:]]
                kind: Kind = "refusal" if refusal else "said"
                self._rung(self._server, first, _cut(words.reply(reply)), kind, *frames[-1:])
        if len(told) > RUNGS:
            more = self._say.ngettext("and {n} further command", "and {n} further commands", len(told) - RUNGS)
            self._rung(first, self._server, more, "said")


def _dull(row: dict[str, Any]) -> bool:
    command, code = row["command"] or "", (row["reply"] or {}).get("code") or 0
    return command.split(" ", 1)[0].upper() in _UNTOLD and code < 400


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
