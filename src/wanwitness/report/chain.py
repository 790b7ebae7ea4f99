"""The chain of one session for a terminal: who asked whom, over which link, what came back, what was sent where."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from wanwitness.language import ENGLISH, Language
from wanwitness.model import Argument, Sentence
from wanwitness.model.text import printable
from wanwitness.verdict.sentences import sentence as of_session
from wanwitness.wrong_use import wrong

from . import words
from .cites import FrameRef, cite, file_names
from .moments import zone_of
from .terminal import sentence, state
from .words import Session

WIDTH = 80
_LONGEST = 400
"""Characters of one command or reply that are shown; case.json has all."""
_FEW = 4
_UNSPOKEN = {".": "chain-end-of-message", "?": "chain-no-command", "AUTH-RESPONSE": "chain-secret"}
"""What is told in place of a command that is no command."""
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
        some = tuple(f"{row['id']} ({row['start'][:19]}Z)" for row in found[:_FEW])
        if len(found) > _FEW:
            more = len(found) - _FEW
            raise wrong("several-sessions-more", name=shown, number=len(found), some=some, more=more)
        raise wrong("several-sessions", name=shown, number=len(found), some=some)
    if not sessions:
        raise wrong("no-session-at-all", name=shown)
    raise wrong("no-such-session", name=shown, some=tuple(_nearest(sessions, wanted)))


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


def chain(document: dict[str, Any], session: Session, *, width: int = WIDTH, language: Language = ENGLISH) -> str:
    """Return the steps of a session as lines of text, each step with its frames and a filter for Wireshark.

    Args:
        document: a case document.
        session: a row of its sessions.
        width: the terminal's columns; a filter alone may be longer, since it is there to be copied.
        language: of all but what hosts and servers said.
    """
    return "\n".join(_Chain(document, session, width, language).lines()) + "\n"


class _Chain:
    def __init__(self, document: dict[str, Any], session: Session, width: int, language: Language) -> None:
        self._captures: list[dict[str, Any]] = document["captures"]
        self._files = file_names(self._captures)
        self._session, self._width = session, width
        self._language = language.at(zone_of(document))
        self._say = self._language.say
        self._number = 0

    def lines(self) -> Iterator[str]:
        session = self._session
        yield from self._wrap(self._say(sentence("chain-head", id=session["id"], what=state(session))), "", "  ")
        yield from self._wrap(f"{self._time(session['start'])}", "  ", "  ")
        ends = sentence("chain-ends", client=words.endpoint(session["client"]), server=words.dialled(session))
        yield from self._wrap(self._say(ends), "  ", "  ")
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
            yield from self._step(sentence("chain-no-look-up"), ())
            return
        steps = list(resolution["steps"])
        if resolution["from_cache"] and len(steps) > 1:
            for step in steps[1:]:
                yield from self._asks(step, resolution, before=True)
                yield from self._answers(step, resolution, None)
            yield from self._asks(steps[0], resolution)
            yield from self._answers(steps[0], resolution, resolution["answered_at"], cached=True)
            return
        for step in steps:
            yield from self._asks(step, resolution)
        for step in reversed(steps):
            at = resolution["answered_at"] if step is steps[0] else None
            yield from self._answers(step, resolution, at)

    def _asks(self, step: dict[str, Any], resolution: dict[str, Any], *, before: bool = False) -> Iterator[str]:
        who: Argument = step["client"]["ip"]
        if step["point"] != "lan" and (resolution["asked_by"] == "router" or len(resolution["steps"]) > 1):
            who = sentence("chain-the-router", address=who)
        on_lan = step["point"] == "lan"
        what = sentence(
            "chain-asks" if step["query_frame"] else "chain-asks-uncaptured",
            who=who,
            server=step["server"]["ip"],
            where=sentence("chain-on-lan") if on_lan else sentence("chain-over", link=step["point"]),
            name=resolution["name"],
            type=resolution["type"],
        )
        yield from self._step(sentence("chain-before", what=what) if before else what, [step["query_frame"]])

    def _answers(
        self, step: dict[str, Any], resolution: dict[str, Any], at: str | None, *, cached: bool = False
    ) -> Iterator[str]:
        server = step["server"]["ip"]
        if step["answer_frame"] is None:
            yield from self._step(sentence("chain-answer-uncaptured", server=server), ())
            return
        answer: dict[str, Argument] = {"server": server, "address": resolution["address"]}
        if step is resolution["steps"][0]:
            kind = f"chain-{'cache' if cached else 'answers'}-{'spent' if resolution['expired'] else 'good'}"
            told = sentence(kind, ttl=resolution["ttl_s"], **answer)
        else:
            told = sentence("chain-answers", **answer)
        yield from self._step(told, [step["answer_frame"]], at)

    # The connection

    def _connection(self) -> Iterator[str]:
        session, crossing = self._session, self._session["crossing"]
        opening = crossing["frames"] if crossing else session["frames"]
        if session["lan_stream"] is not None:
            capture = session["lan_stream"]["capture"]
            frames = [ref for ref in opening if ref[0] == capture] if crossing else ()
            client, server = words.endpoint(session["client"]), words.endpoint(session["server"])
            text = sentence("chain-connects", client=client, server=server)
            yield from self._step(text, frames, session["start"], session["lan_stream"]["tshark_filter"])
        if crossing is not None and session["wan_stream"] is not None:
            capture = session["wan_stream"]["capture"]
            frames = [ref for ref in opening if ref[0] == capture]
            kind = "chain-comes-in" if words.direction(session) == "inbound" else "chain-leaves"
            client, server = words.endpoint(crossing["client"]), words.endpoint(crossing["server"])
            at = session["start"] if session["lan_stream"] is None else None
            text = sentence(kind, link=crossing["link"], client=client, server=server)
            yield from self._step(text, frames, at, session["wan_stream"]["tshark_filter"])
        elif words.judged(session):
            yield from self._step(sentence("chain-link-unknown"), ())
        if session["return_stream"] is not None:
            back = session["return_stream"]
            yield from self._step(sentence("chain-comes-back"), (), None, back["tshark_filter"], back)

    # What was said

    def _dialogue(self) -> Iterator[str]:
        for exchange in self._session["commands"]:
            command, reply = exchange["command"], exchange["reply"]
            if command not in (None, "connect"):
                kind = _UNSPOKEN.get(command)
                said: Argument = sentence(kind) if kind else printable(command, _LONGEST)
                yield from self._step(sentence("chain-client", said=said), exchange["frames"] if not reply else ())
            if reply is not None:
                said = printable(words.reply(reply), _LONGEST)
                yield from self._step(sentence("chain-server", said=said), exchange["frames"])
        if self._session["outcome"] == "opaque":
            yield from self._step(sentence("chain-encrypted"), ())

    def _end(self) -> Iterator[str]:
        for bounce in self._session.get("bounces") or ():
            text = " ".join(str(bounce[key]) for key in ("status", "diagnostic", "text") if bounce.get(key))
            bounced = sentence("chain-bounced", said=printable(text, _LONGEST))
            yield from self._step(bounced, [bounce["frame"]] if bounce.get("frame") else ())
        yield from self._step(sentence("chain-ended"), (), self._session["end"])

    # What follows

    def _judgement(self) -> Iterator[str]:
        session = self._session
        yield ""
        if words.judged(session):
            unknown = sentence("chain-unknown-link")
            links: dict[str, Argument] = {
                "resolver": session["resolver_link"] or unknown,
                "transport": session["transport_link"] or unknown,
            }
            because = f"because-{session['undetermined_because']}"
            if because in of_session:
                told = sentence("chain-links-since", why=of_session(because), **links)
            else:
                told = sentence("chain-links", **links)
            yield from self._wrap(self._say(told), "", "  ")
        for index, candidate in enumerate(session.get("candidates") or ()):
            yield from self._follows("chain-or" if index else "chain-may-have-been", candidate, "why")
        for objection in session.get("objections") or ():
            yield from self._follows("chain-but", objection, "text")
        near = session.get("nearest")
        if near and near["what"]:
            yield from self._follows("chain-nearest", near, "what")
        if near and near["decide"]:
            yield from self._follows("chain-decide", near, "decide", cited=False)
        for finding in session["findings"]:
            yield from self._follows("chain-finding", finding, "text", kind=finding["kind"])
        yield from self._wrap(self._language.tell(session, "explanation"), "", "  ")

    def _follows(
        self, lead: str, row: dict[str, Any], field: str, *, cited: bool = True, **args: Argument
    ) -> Iterator[str]:
        """Yield a sentence of the case behind its lead, with its frames."""
        told = self._say(sentence(lead, what=self._language.tell(row, field), **args))
        yield from self._wrap(f"{told}{self._in(row['frames']) if cited else ''}", "  ", "    ")

    # Lines

    def _step(
        self,
        told: Sentence,
        frames: Iterable[FrameRef | None],
        at: str | None = None,
        display_filter: str | None = None,
        stream: dict[str, Any] | None = None,
    ) -> Iterator[str]:
        self._number += 1
        text = self._say(told)
        yield from self._wrap(text[:1].upper() + text[1:], f"{self._number:>3}. ", "     ")
        if at is not None:
            yield from self._wrap(self._say(sentence("chain-at", time=self._time(at))), "     ", "        ")
        refs = [frame for frame in frames if frame is not None]
        names = dict(zip((capture["path"] for capture in self._captures), self._files, strict=True))
        cited = list(cite(self._captures, refs))
        for citation in cited:
            numbers = ", ".join(map(str, citation.frames))
            file = names.get(citation.path, citation.path)
            where = self._say(sentence("chain-frames", file=file, n=len(citation.frames), numbers=numbers))
            line = f"     {where}: {citation.display_filter}"
            if len(line) <= self._width or not citation.display_filter:
                yield line
            else:
                yield from self._wrap(where, "     ", "       ")
                yield f"       {citation.display_filter}"
        if display_filter is not None:
            if not cited and stream is not None:
                yield f"     {self._files[stream['capture']]}:"
            yield f"     {self._say(sentence('chain-all', filter=display_filter))}"

    def _time(self, text: str) -> str:
        return self._language.moment(text, fine=True)

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
