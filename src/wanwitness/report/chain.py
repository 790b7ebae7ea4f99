"""The chain of one session for a terminal: who asked whom, over which link, what came back, what was sent where."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from difflib import get_close_matches
from typing import Any

from wanwitness.errors import UsageError
from wanwitness.model.text import printable

from . import words
from .cites import FrameRef, cite, file_names
from .moments import told, zone_of
from .words import Session

WIDTH = 80
_LONGEST = 400
"""Characters of one command or reply that are shown; case.json has all."""
_FEW = 4
_SHORTEST = 4
"""Characters of an id that are enough to name a session, where no other begins so."""


def named(document: dict[str, Any], name: str) -> Session:
    """Return the session that somebody names by its id, the id's beginning, or the client's address and port.

    Raises:
        UsageError: there is none, or several; the message names those that come nearest.
    """
    sessions: list[Session] = document["sessions"]
    wanted = name.strip().lower()
    found = [row for row in sessions if row["id"] == wanted]
    found = found or [row for row in sessions if wanted in _ends(row)]
    if not found and len(wanted) >= _SHORTEST:
        found = [row for row in sessions if row["id"].startswith(wanted)]
    if len(found) == 1:
        return found[0]
    shown = printable(name, 60)
    if found:
        several = ", ".join(f"{row['id']} ({row['start'][:19]}Z)" for row in found[:_FEW])
        more = f" and {len(found) - _FEW} more" if len(found) > _FEW else ""
        raise UsageError(f"{shown}: {len(found)} sessions are so called: {several}{more}; name one by its id")
    if not sessions:
        raise UsageError(f"{shown}: the case has no session at all")
    raise UsageError(f"{shown}: no such session; the nearest: {', '.join(_nearest(sessions, wanted))}")


def _ends(session: Session) -> set[str]:
    """What a session's client is called on any side."""
    clients = [session["client"], *([session["crossing"]["client"]] if session["crossing"] else [])]
    return {form for end in clients for form in (words.endpoint(end).lower(), f"{end['ip']}:{end['port']}".lower())}


def _nearest(sessions: Sequence[Session], wanted: str) -> list[str]:
    names: dict[str, str] = {}
    for row in sessions:
        names |= dict.fromkeys([row["id"], *sorted(_ends(row))], row["id"])
    near = get_close_matches(wanted, names, n=3, cutoff=0.0)
    return [one if one == names[one] else f"{one} ({names[one]})" for one in near]


def chain(document: dict[str, Any], session: Session, *, width: int = WIDTH) -> str:
    """Return the steps of a session as lines of text, each step with its frames and a filter for Wireshark.

    Args:
        document: a case document.
        session: a row of its sessions.
        width: the terminal's columns; a filter alone may be longer, since it is there to be copied.
    """
    return "\n".join(_Chain(document, session, width).lines()) + "\n"


class _Chain:
    def __init__(self, document: dict[str, Any], session: Session, width: int) -> None:
        self._captures: list[dict[str, Any]] = document["captures"]
        self._files = file_names(self._captures)
        self._session, self._width = session, width
        self._zone: tzinfo | None = zone_of(document)
        self._number = 0

    def lines(self) -> Iterator[str]:
        session = self._session
        what = ", ".join(
            part for part in (words.verdict(session), words.outcome(session), words.likely(session)) if part
        )
        yield from self._wrap(f"Session {session['id']}: {what}", "", "  ")
        yield from self._wrap(f"{self._time(session['start'])}", "  ", "  ")
        yield from self._wrap(f"{words.endpoint(session['client'])} to {words.dialled(session)}", "  ", "  ")
        yield ""
        yield from self._look_up()
        yield from self._connection()
        yield from self._dialogue()
        yield from self._end()
        yield from self._judgement()

    # How the address was come by

    def _look_up(self) -> Iterator[str]:
        resolution = self._session["resolution"]
        if resolution is None:
            yield from self._step("No look-up that gave the server's address is known.", ())
            return
        steps = list(resolution["steps"])
        if resolution["from_cache"] and len(steps) > 1:
            for step in steps[1:]:
                yield from self._asks(step, resolution, "Before: ")
                yield from self._answers(step, resolution, None)
            yield from self._asks(steps[0], resolution, "")
            yield from self._answers(steps[0], resolution, resolution["answered_at"], " from its cache")
            return
        for step in steps:
            yield from self._asks(step, resolution, "")
        for step in reversed(steps):
            at = resolution["answered_at"] if step is steps[0] else None
            yield from self._answers(step, resolution, at)

    def _asks(self, step: dict[str, Any], resolution: dict[str, Any], before: str) -> Iterator[str]:
        who = step["client"]["ip"]
        if step["point"] != "lan" and (resolution["asked_by"] == "router" or len(resolution["steps"]) > 1):
            who = f"the router ({who})"
        text = f"{before}{who} asks {step['server']['ip']} {_where(step['point'])} for {resolution['name']}"
        asked = "" if step["query_frame"] else "; the question was not captured"
        yield from self._step(f"{text} ({resolution['type']}){asked}", [step["query_frame"]])

    def _answers(
        self, step: dict[str, Any], resolution: dict[str, Any], at: str | None, how: str = ""
    ) -> Iterator[str]:
        if step["answer_frame"] is None:
            yield from self._step(f"the answer of {step['server']['ip']} was not captured", ())
            return
        text = f"{step['server']['ip']} answers{how}: {resolution['address']}"
        if step is resolution["steps"][0]:
            expired = ", and was used after that" if resolution["expired"] else ""
            text += f", good for {resolution['ttl_s']} s{expired}"
        yield from self._step(text, [step["answer_frame"]], at)

    # The connection

    def _connection(self) -> Iterator[str]:
        session, crossing = self._session, self._session["crossing"]
        opening = crossing["frames"] if crossing else session["frames"]
        if session["lan_stream"] is not None:
            capture = session["lan_stream"]["capture"]
            frames = [ref for ref in opening if ref[0] == capture] if crossing else ()
            text = f"{words.endpoint(session['client'])} connects to {words.endpoint(session['server'])} on the LAN"
            yield from self._step(text, frames, session["start"], session["lan_stream"]["tshark_filter"])
        if crossing is not None and session["wan_stream"] is not None:
            capture = session["wan_stream"]["capture"]
            frames = [ref for ref in opening if ref[0] == capture]
            ends = f"{words.endpoint(crossing['client'])} to {words.endpoint(crossing['server'])}"
            way = "comes in by" if words.direction(session) == "inbound" else "leaves by"
            at = session["start"] if session["lan_stream"] is None else None
            text = f"the connection {way} {crossing['link']}, {ends}"
            yield from self._step(text, frames, at, session["wan_stream"]["tshark_filter"])
        elif words.judged(session):
            yield from self._step("which link it left by is not known", ())
        if session["return_stream"] is not None:
            text = "the server's packets come back by another link"
            yield from self._step(text, (), None, session["return_stream"]["tshark_filter"], session["return_stream"])

    # What was said

    def _dialogue(self) -> Iterator[str]:
        for exchange in self._session["commands"]:
            command, reply = exchange["command"], exchange["reply"]
            if command not in (None, "connect"):
                said = {".": "the end of the message", "?": "a line that is no known command"}.get(command, command)
                said = "a secret" if command == "AUTH-RESPONSE" else said
                yield from self._step(f"client: {printable(said, _LONGEST)}", exchange["frames"] if not reply else ())
            if reply is not None:
                yield from self._step(f"server: {printable(words.reply(reply), _LONGEST)}", exchange["frames"])
        if self._session["outcome"] == "opaque":
            yield from self._step("the rest is encrypted with TLS", ())

    def _end(self) -> Iterator[str]:
        for bounce in self._session.get("bounces") or ():
            text = " ".join(str(bounce[key]) for key in ("status", "diagnostic", "text") if bounce.get(key))
            yield from self._step(f"later it bounced: {printable(text, _LONGEST)}", bounce.get("frames") or ())
        yield from self._step("the connection ends", (), self._session["end"])

    # What follows

    def _judgement(self) -> Iterator[str]:
        session = self._session
        yield ""
        if words.judged(session):
            links = f"resolved over {session['resolver_link'] or 'an unknown link'}"
            links += f", sent over {session['transport_link'] or 'an unknown link'}"
            because = words.BECAUSE.get(session["undetermined_because"] or "", "")
            yield from self._wrap(f"Links: {links}{f' ({because})' if because else ''}", "", "  ")
        for index, candidate in enumerate(session.get("candidates") or ()):
            lead = "It may have been: " if not index else "or: "
            yield from self._wrap(f"{lead}{candidate['why']}{self._in(candidate['frames'])}", "  ", "    ")
        for objection in session.get("objections") or ():
            yield from self._wrap(f"But {objection['text']}{self._in(objection['frames'])}", "  ", "    ")
        near = session.get("nearest")
        if near and near["what"]:
            yield from self._wrap(f"Nearest: {near['what']}{self._in(near['frames'])}", "  ", "    ")
        if near and near["decide"]:
            yield from self._wrap(f"What would decide: {near['decide']}", "  ", "    ")
        for finding in session["findings"]:
            yield from self._wrap(f"{finding['kind']}: {finding['text']}{self._in(finding['frames'])}", "  ", "    ")
        yield from self._wrap(session["explanation"], "", "  ")

    # Lines

    def _step(
        self,
        text: str,
        frames: Iterable[FrameRef | None],
        at: str | None = None,
        display_filter: str | None = None,
        stream: dict[str, Any] | None = None,
    ) -> Iterator[str]:
        self._number += 1
        yield from self._wrap(text[:1].upper() + text[1:], f"{self._number:>3}. ", "     ")
        if at is not None:
            yield from self._wrap(self._time(at), "     at ", "        ")
        refs = [frame for frame in frames if frame is not None]
        names = dict(zip((capture["path"] for capture in self._captures), self._files, strict=True))
        cited = list(cite(self._captures, refs))
        for citation in cited:
            numbers = ", ".join(map(str, citation.frames))
            noun = "frames" if len(citation.frames) > 1 else "frame"
            where = f"{names.get(citation.path, citation.path)} {noun} {numbers}"
            line = f"     {where}: {citation.display_filter}"
            if len(line) <= self._width or not citation.display_filter:
                yield line
            else:
                yield from self._wrap(where, "     ", "       ")
                yield f"       {citation.display_filter}"
        if display_filter is not None:
            if not cited and stream is not None:
                yield f"     {self._files[stream['capture']]}:"
            yield f"     all of it: {printable(display_filter)}"

    def _time(self, text: str) -> str:
        return told(text, self._zone, fine=True)

    def _in(self, frames: Iterable[FrameRef]) -> str:
        """Frames behind a sentence."""
        shown: dict[int, list[int]] = {}
        for capture, number in frames:
            shown.setdefault(capture, []).append(number)
        parts = [f"{self._files[capture]} {', '.join(map(str, numbers))}" for capture, numbers in shown.items()]
        return f" ({'; '.join(parts)})" if parts else ""

    def _wrap(self, text: str, first: str, further: str) -> list[str]:
        return textwrap.wrap(
            printable(text, 1 << 16),
            self._width,
            initial_indent=first,
            subsequent_indent=further,
            break_on_hyphens=False,
        )


def _where(point: str) -> str:
    return "on the LAN" if point == "lan" else f"over {point}"
