"""All that the page tells of one session, put into words: drawn by a template for print, by the script on demand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePath
from typing import Any

from wanwitness.model.text import printable

from . import labels, palette, words
from .cites import FrameRef, cite, file_names
from .frame_roles import roles
from .ladder import Ladder, ladder
from .wording import Wording
from .words import Session

MAILS = 5
"""Mails of one session that are told of; case.json has all."""
RECIPIENTS = 5
_LONGEST = 1_000
"""Characters of one value."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line about a session."""

    label: str
    value: str
    quoted: bool = False
    """The server's own words."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What shows frames of a session in Wireshark."""

    where: str
    expression: str
    terminal: bool = False
    """A command for a terminal in the captures' folder, and no filter."""


@dataclass(frozen=True, slots=True)
class RungRow:
    """A rung as a row of a table: which columns it spans, and what stands on it."""

    first: int
    last: int
    right: bool
    """Whether it goes to the right."""
    text: str
    beside: str
    """Link, time and frames."""
    kind: str


@dataclass(frozen=True, slots=True)
class Detail:
    """One session."""

    id: str
    title: str
    kind: str
    outcome: str
    verdict: str
    links: str
    sentence: str
    lanes: tuple[tuple[str, str], ...]
    rungs: tuple[RungRow, ...]
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    filters: tuple[Filter, ...]
    evidence: str | None
    """Path of its own capture, as seen from the page."""


class Details:
    """Makes details of a case's sessions."""

    def __init__(self, document: dict[str, Any], evidence: Collection[str], say: Wording) -> None:
        self._captures: list[dict[str, Any]] = document["captures"]
        self._files = file_names(self._captures)
        self._links: list[dict[str, Any]] = document["links"]
        self._isps = {link["name"]: link["isp"] or link["name"] for link in self._links}
        self._evidence, self._say = evidence, say

    def of(self, session: Session) -> Detail:
        """Return what is told of a session."""
        say = self._say
        drawn = ladder(session, self._links, say)
        ends = f"{session['client']['ip']} → {session['asked_name'] or session['server']['ip']}"
        has_capture = session["id"] in self._evidence
        return Detail(
            id=session["id"],
            title=f"{say.here(session['start'])} · {ends}",
            kind=palette.kind(session["outcome"]),
            outcome=labels.outcome(session, say),
            verdict=session["verdict"] if words.judged(session) else "undetermined",
            links=labels.links(session, say),
            sentence=say.tell(session, "explanation"),
            lanes=tuple((lane.title, lane.address) for lane in drawn.lanes),
            rungs=tuple(self._rungs(drawn, session)),
            facts=tuple(self._facts(session)),
            notes=tuple(self._notes(session)),
            filters=tuple(self._filters(session)),
            evidence=f"evidence/{session['id']}.pcapng" if has_capture else None,
        )

    def _rungs(self, drawn: Ladder, session: Session) -> Iterator[RungRow]:
        for rung in drawn.rungs:
            over = self._say.gettext("over {link}", link=rung.over) if rung.over else ""
            at = self._moment(rung.at, session) if rung.at else ""
            beside = " · ".join(filter(None, (over, at, self._cited(rung.frames))))
            first, last = sorted((rung.source, rung.target))
            yield RungRow(first, last, rung.source <= rung.target, rung.text, beside, rung.kind)

    def _moment(self, at: str, session: Session) -> str:
        """A time of day; of a look-up how long before the connection."""
        clock = self._say.clock(at, fine=True)
        resolution = session["resolution"]
        if resolution and at == resolution["answered_at"] and at != session["start"]:
            return self._say.gettext("{clock}, {age} before", clock=clock, age=self._say.seconds(resolution["age_s"]))
        return clock

    # Facts

    def _facts(self, session: Session) -> Iterator[Fact]:
        say, crossing = self._say, session["crossing"]
        yield Fact(say.gettext("When"), say.both(session["start"], fine=True))
        yield Fact(say.gettext("Asked for"), words.dialled(session))
        if answered := labels.answering(session, say):
            yield Fact(say.gettext("Answered by"), answered)
        yield from self._ways(session)
        if session["rejection"]:
            yield Fact(say.gettext("Server's answer"), words.reply(session["rejection"]), quoted=True)
            yield Fact(say.gettext("It answered"), self._refused_command(session["rejection"]))
        if crossing:
            yield Fact(say.gettext("Seen on both sides"), labels.certainty(crossing, say))
        yield Fact(say.gettext("Greeting and security"), self._security(session))
        for number, mail in enumerate(session["transactions"][:MAILS], 1):
            label = say.gettext("Mail") if len(session["transactions"]) == 1 else say.gettext("Mail {n}", n=number)
            yield Fact(label, self._mail(mail))
        if len(session["transactions"]) > MAILS:
            more = say.ngettext(
                "{n} more, in case.json", "{n} more, in case.json", len(session["transactions"]) - MAILS
            )
            yield Fact(say.gettext("Further mails"), more)
        yield from self._frames(session)

    def _frames(self, session: Session) -> Iterator[Fact]:
        """By file, what each frame of the proof is."""
        shown: dict[str, list[str]] = {}
        for (capture, what), frames in groupby(roles(session, self._say).items(), lambda each: (each[0][0], each[1])):
            numbers = ", ".join(f"#{number}" for (_, number), _ in frames)
            shown.setdefault(self._files[capture], []).append(f"{numbers} {what}")
        for file, lines in shown.items():
            yield Fact(self._say.gettext("Frames of {file}", file=file), self._say.listed(lines, "semicolon"))

    def _ways(self, session: Session) -> Iterator[Fact]:
        say, crossing, resolution = self._say, session["crossing"], session["resolution"]
        unknown = say.gettext("not known")
        if words.direction(session) == "inbound":
            yield Fact(say.gettext("Came in by"), self._isp(session["transport_link"]) or unknown)
            return
        if not words.judged(session):
            return
        sent = self._isp(session["transport_link"])
        if sent and crossing:
            sent = say.gettext("{link}, from our address {address}", link=sent, address=crossing["client"]["ip"])
        yield Fact(say.gettext("Mail left by"), sent or unknown)
        looked = self._isp(session["resolver_link"])
        if resolution and looked:
            by = say.gettext("the router") if resolution["asked_by"] == "router" else say.gettext("the computer")
            looked = say.gettext(
                "{link}, at {server}, for {who}: {address}, {age} before, good for {ttl}",
                link=looked,
                server=resolution["resolver_ip"] or unknown,
                who=by,
                address=resolution["address"],
                age=say.seconds(resolution["age_s"]),
                ttl=say.seconds(resolution["ttl_s"]),
            )
            if resolution["expired"]:
                looked = say.gettext("{look_up}; used after that time", look_up=looked)
        yield Fact(say.gettext("Name looked up over"), looked or labels.because(session, say) or unknown)

    def _refused_command(self, rejection: dict[str, Any]) -> str:
        command = rejection["command"]
        frame = self._cited([rejection["frame"]])
        if command in (None, "connect"):
            return self._say.gettext("the connection itself ({frame})", frame=frame)
        return self._say.gettext("the command {command} ({frame})", command=command, frame=frame)

    def _security(self, session: Session) -> str:
        say, tls, auth = self._say, session["tls"], session["auth"]
        parts = [session["helo"] or say.gettext("no greeting seen")]
        if tls["implicit"]:
            parts.append(say.gettext("encrypted from the start"))
        else:
            parts.append(say.gettext("encrypted later on") if tls["starttls"] else say.gettext("not encrypted"))
        if auth["mechanism"]:
            ended = {
                True: say.gettext("logged in with {how}", how=auth["mechanism"]),
                False: say.gettext("log-in with {how} failed", how=auth["mechanism"]),
            }
            parts.append(ended.get(auth["succeeded"], say.gettext("log-in with {how}", how=auth["mechanism"])))
        else:
            parts.append(say.gettext("no log-in tried"))
        return ", ".join(parts)

    def _mail(self, mail: dict[str, Any]) -> str:
        say, shown = self._say, mail["rcpt_to"][:RECIPIENTS]
        to = ", ".join(shown)
        if len(mail["rcpt_to"]) > RECIPIENTS:
            to = say.gettext("{some} and {n} more", some=to, n=say.number(len(mail["rcpt_to"]) - RECIPIENTS))
        ended = {True: say.gettext("accepted"), False: say.gettext("not accepted")}
        state = ended.get(mail["accepted"], say.gettext("not decided in the capture"))
        ends = f"<{mail['mail_from'] or ''}> → {to or '–'}"
        return say.gettext("{what}: {state}", what=ends, state=state)

    # What else bears on it

    def _notes(self, session: Session) -> Iterator[str]:
        say = self._say
        for candidate in session.get("candidates") or ():
            yield self._with(
                say.gettext("It may have been: {what}", what=say.tell(candidate, "why")), candidate["frames"]
            )
        for objection in session.get("objections") or ():
            yield self._with(say.gettext("But {what}", what=say.tell(objection)), objection["frames"])
        nearest = session.get("nearest")
        if nearest and nearest["what"]:
            yield self._with(say.gettext("Nearest: {what}", what=say.tell(nearest, "what")), nearest["frames"])
        if nearest and nearest["decide"]:
            yield say.gettext("What would decide: {what}", what=say.tell(nearest, "decide"))
        for finding in session["findings"]:
            text = say.tell(finding)
            yield self._with(text[:1].upper() + text[1:], finding["frames"])

    def _with(self, text: str, frames: Iterable[FrameRef]) -> str:
        cited = self._cited(frames)
        return f"{text} ({cited})" if cited else text

    def _cited(self, frames: Iterable[FrameRef | tuple[int, int]]) -> str:
        shown: dict[int, list[int]] = {}
        for capture, number in frames:
            shown.setdefault(capture, []).append(number)
        places = [f"{self._files[capture]} #{', #'.join(map(str, numbers))}" for capture, numbers in shown.items()]
        return self._say.listed(places, "semicolon")

    def _filters(self, session: Session) -> Iterator[Filter]:
        """One filter that shows the session in any of its captures; then exactly what each file shows of it."""
        say = self._say
        yield Filter(say.gettext("In any of the files"), one_filter(session))
        for citation in cite(self._captures, session["frames"]):
            where = say.gettext("The frames that prove it, in {file}", file=PurePath(citation.path).name)
            yield Filter(where, citation.display_filter)
            yield Filter(say.gettext("The same in a terminal"), citation.command, terminal=True)
        for stream in (session["lan_stream"], session["wan_stream"], session["return_stream"]):
            if stream is not None:
                file = self._files[stream["capture"]]
                shown = printable(stream["tshark_filter"], _LONGEST)
                yield Filter(say.gettext("All of the connection, in {file}", file=file), shown)

    def _isp(self, link: str | None) -> str | None:
        return None if link is None else self._isps.get(link, link)


def one_filter(session: Session) -> str:
    """Return a display filter for the connection on both sides of the router and its look-ups, good in every file.

    Frame numbers differ from file to file, so addresses, ports and the look-ups' ids tell the session instead.
    """
    pairs = [(session["client"], session["server"])]
    if crossing := session["crossing"]:
        pairs.append((crossing["client"], crossing["server"]))
    parts = [
        f"({_address(a['ip'])} && {_address(b['ip'])} && tcp.port == {a['port']} && tcp.port == {b['port']})"
        for a, b in pairs
    ]
    parts += [
        f"(dns.id == {step['id']:#06x} && {_address(step['server']['ip'])})"
        for step in (session["resolution"] or {}).get("steps") or ()
    ]
    return " || ".join(dict.fromkeys(parts))


def _address(ip: str) -> str:
    return f"ipv6.addr == {ip}" if ":" in ip else f"ip.addr == {ip}"
