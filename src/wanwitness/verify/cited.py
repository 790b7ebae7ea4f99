"""Is there a reason for every frame that a session cites, and is every frame cited that it rests on?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from .checks import UNOPENED, Checks, Ref
from .clocks import Clocks
from .frame import ACK, SYN, Frame
from .reading import Reading
from .streams import SIDES, Streams, ending, ends, milestones, pairs_of

_NAMED = re.compile(r"(\S+) frames? (\d+(?:, \d+)*)")
"""Frames in a sentence: `wan2.pcap frames 3, 4`."""
_OF_MAIL = ("MAIL", "SEND", "SOML", "SAML", "RCPT", "DATA", "BDAT", "BURL", ".")
_LAST = re.compile(r"frame\.number <= (\d+)")


class Cited:
    """Compares the frames and times of each session.

    Args:
        reading: what tshark reads.
        clocks: the captures' clocks.
        streams: the sessions' connections.
        checks: takes down what is compared.
        sessions: all of the case's; one may have brought the report of another's mail.
        beside: frames that sentences may name beside the session's own: those of the case's contradictions.
    """

    def __init__(
        self,
        reading: Reading,
        clocks: Clocks,
        streams: Streams,
        checks: Checks,
        sessions: Sequence[Mapping[str, Any]],
        beside: Iterable[Sequence[int]] = (),
    ) -> None:
        self._reading, self._clocks, self._streams, self._checks = reading, clocks, streams, checks
        self._sessions = sessions
        self._beside = [(ref[0], ref[1]) for ref in beside]

    def check(self, session: Mapping[str, Any]) -> None:
        """Compare one session's."""
        where = f"session {session['id']}"
        self._ends(session, where)
        self._crossing(session, where)
        self._frames(session, where)
        self._findings(session, where)
        self._refused(session, where)
        self._later(session, where)
        self._sentences(session, where)

    def _ends(self, session: Mapping[str, Any], where: str) -> None:
        """When it began and ended."""
        shown = next((side for side in SIDES[:2] if self._streams.of(session, side)), None)
        expected = next((side for side in SIDES[:2] if session[side] is not None), None)
        if shown is None or shown != expected:
            self._checks.cannot(f"{where} start", "tshark has not read its connection")
            return
        frames = self._streams.everywhere(session, shown)
        firsts = [(c, f) for c, f in frames if f.flags & SYN and not f.flags & ACK] or frames[:1]
        if self._bounded(session, shown):
            firsts = firsts[:1]
        agrees = any(self._clocks.aligned(capture, frame.ts_ns).is_(session["start"]) for capture, frame in firsts)
        refs = [(capture, frame.number) for capture, frame in firsts[:1]]
        self._checks.compare("time", agrees, f"{where} start", session["start"], "another time", refs)
        sides = [side for side in SIDES[:2] if session[side] is not None]
        if not all(self._bounded(session, side) for side in sides):
            self._checks.cannot(f"{where} end", "the connection goes on in another file")
        elif not all(self._read_to_end(session, side) for side in sides):
            self._checks.cannot(f"{where} end", "tshark has not read its connection to the end")
        else:
            self._end(session, sides, f"{where} end")

    def _end(self, session: Mapping[str, Any], sides: list[str], where: str) -> None:
        """The latest time of a side, also where its frames stand in the file out of order."""
        ended = []
        for side in sides:
            seen = sorted(self._streams.everywhere(session, side), key=lambda one: one[1].number)
            last = [max(seen, key=lambda one: one[1].ts_ns), seen[-1]] if seen else []
            ended += [(self._clocks.aligned(n, f.ts_ns), (n, f.number)) for n, f in dict.fromkeys(last)]
        set_ = any(self._clocks.was_set(session[side]["capture"]) for side in sides)
        latest = max(moment.at_ns[0] for moment, _ in ended)
        agrees = any(m.is_(session["end"]) for m, _ in ended if set_ or latest - m.at_ns[0] <= m.within_ns)
        self._checks.compare("time", agrees, where, session["end"], "another time", [ref for _, ref in ended])

    @staticmethod
    def _bounded(session: Mapping[str, Any], side: str) -> bool:
        return "frame.number <=" in session[side]["tshark_filter"]

    def _read_to_end(self, session: Mapping[str, Any], side: str) -> bool:
        capture = session[side]["capture"]
        file, last = self._reading.file(capture), _LAST.search(session[side]["tshark_filter"])
        if file is None or last is None:
            return False
        if file.carved:  # of a long connection not all frames are in its evidence capture
            return int(last[1]) in file.frames
        return file.last >= int(last[1]) or not self._reading.captures[capture]["damage"]

    def _crossing(self, session: Mapping[str, Any], where: str) -> None:
        crossing = session["crossing"]
        if crossing is None:
            return
        opening = self._openings(session)
        for ref in crossing["frames"]:
            frame = self._reading.frame(ref)
            if frame is None or not frame.is_understood:
                continue
            agrees = (ref[0], ref[1]) in opening
            found = "a frame that opens neither side of it"
            self._checks.compare("frame", agrees, f"{where} crossing.frames", ref[1], found, [ref])
        agrees = len({tuple(ref) for ref in crossing["frames"]}) == len(crossing["frames"])
        self._checks.compare("frame", agrees, f"{where} crossing.frames", "different frames", "one twice")

    def _openings(self, session: Mapping[str, Any]) -> set[Ref]:
        """The frames that open a session's connections: the first SYN each way, else the first frame."""
        found: set[Ref] = set()
        for side in SIDES:
            frames = self._streams.of(session, side)
            elsewhere = [(c, f) for c, f in self._streams.everywhere(session, side)[len(frames) :] if f.flags & SYN]
            found |= {(capture, frame.number) for capture, frame in elsewhere}
            if frames:
                capture = session[side]["capture"]
                firsts: dict[int, int] = {}
                for frame in frames:
                    if frame.flags & SYN:
                        firsts.setdefault(frame.flags & ACK, frame.number)
                found |= {(capture, number) for number in (firsts.values() or [frames[0].number])}
        return found

    def _frames(self, session: Mapping[str, Any], where: str) -> None:
        refs = [(capture, number) for capture, number in session["frames"]]
        where = f"{where} frames"
        agrees = refs == sorted(set(refs))
        self._checks.compare("frame", agrees, where, "frames in order, each once", "another order, or one twice")
        told, listed = self._told(session), set(refs)
        missing = {ref for ref, must in told.items() if must} - listed
        self._checks.compare("frame", not missing, where, "every frame that it rests on", "not all", sorted(missing))
        known = self._known(session)
        for ref in refs:
            frame = self._reading.frame(ref)
            if ref in told or ref in known or frame is None or not frame.is_understood:
                continue
            agrees = self._may_be(session, ref, frame)
            self._checks.compare(
                "frame", agrees, where, ref[1], f"nothing of the session rests on it: {frame.ends}", [ref]
            )
        opening = {ref for ref in self._openings(session) if self._is_syn(ref)}
        whole = all(self._bounded(session, side) for side in SIDES if session[side] is not None)
        lacking = opening - listed if whole else set()
        self._checks.compare("frame", not lacking, where, "the frames that open it", "not all", sorted(lacking))
        ended = [ends for ends in self._ended(session) if whole and ends and ends.isdisjoint(listed)]
        cited = sorted(ref for ends in ended for ref in ends)
        self._checks.compare("frame", not ended, where, "the frames that end it", "not all", cited)

    def _ended(self, session: Mapping[str, Any]) -> Iterator[set[Ref]]:
        """The frames that may be told to end a session's connection on each side."""
        for side in SIDES:
            if session[side] is not None:
                yield {(session[side]["capture"], number) for number in ending(self._streams.of(session, side))}

    def _is_syn(self, ref: Ref) -> bool:
        frame = self._reading.frame(ref)
        return frame is not None and bool(frame.flags & SYN)

    def _told(self, session: Mapping[str, Any]) -> dict[Ref, bool]:
        """The frames that parts of a session cite, and whether its own list must have them."""
        told: dict[Ref, bool] = {}

        def add(frames: Any, *, must: bool) -> None:
            for capture, number in frames or ():
                told[capture, number] = told.get((capture, number), False) or must

        crossing, resolution, near = session["crossing"], session["resolution"], session.get("nearest")
        add(crossing["frames"] if crossing else (), must=True)
        for step in resolution["steps"] if resolution else ():
            add([ref for ref in (step["query_frame"], step["answer_frame"]) if ref is not None], must=True)
        for row in session["rejections"]:
            add([ref for ref in (row["frame"], row.get("wan_frame")) if ref is not None], must=True)
        for key in ("findings", "objections", "candidates"):
            for row in session.get(key) or ():
                add(row["frames"], must=True)
        add(near["frames"] if near else (), must=True)
        for row in session.get("bounces") or ():
            add([row["frame"]], must=True)
        if session.get("told_address"):
            add([session["told_address"]["frame"]], must=False)
        for exchange, must in _deciding(session):
            add([ref for ref in exchange["frames"] if self._is_of_server(session, ref)], must=must)
        return told

    def _is_of_server(self, session: Mapping[str, Any], ref: Sequence[int]) -> bool:
        """Whether a frame went from the server to the client, as far as it was read."""
        frame = self._reading.frame(ref)
        servers = [session["server"], *([session["crossing"]["server"]] if session["crossing"] else [])]
        ends = {(server["ip"], server["port"]) for server in servers}
        return frame is not None and any((ip, port) in ends for ip in frame.src for port in frame.sport)

    def _known(self, session: Mapping[str, Any]) -> set[Ref]:
        """What TCP and TLS do at these frames is a reason."""
        return {
            (session[side]["capture"], number)
            for side in SIDES
            if session[side] is not None
            for number in milestones(self._streams.of(session, side))
        }

    def _may_be(self, session: Mapping[str, Any], ref: Ref, frame: Frame) -> bool:
        """Whether a frame that no part of the session cites may be one of the others that it rests on.

        An ICMP error that answers it; its end, in the next file; the SYN of a connection that may be it beyond the
        router; an answer to the host that the capture has cut short.
        """
        pairs = pairs_of(session)
        if frame.is_icmp:
            return not pairs.isdisjoint(frame.pairs)
        if frame.is_tcp and not pairs.isdisjoint(frame.pairs):
            return any((ref[0], ref[1]) == (c, f.number) for s in SIDES for c, f in self._streams.elsewhere(session, s))
        if frame.is_tcp and session["crossing"] is None:
            return bool(frame.flags & SYN) or frame.number == self._first_of(ref[0], frame)
        hosts = {end for side in SIDES if (told := ends(session, side)) for end in (told[0],)}
        return "udp" in frame.protocols and 53 in (*frame.sport, *frame.dport) and not hosts.isdisjoint(frame.dst)

    def _first_of(self, capture: int, frame: Frame) -> int | None:
        file = self._reading.file(capture)
        numbers = [n for pair in frame.pairs for n in (file.by_pair.get(pair, ()) if file is not None else ())]
        return min(numbers, default=frame.number)

    def _findings(self, session: Mapping[str, Any], where: str) -> None:
        """A finding cites what it rests on: the crossing, the resolution, the mail that was tried again."""
        crossing, resolution = session["crossing"], session["resolution"]
        opening = {tuple(ref) for ref in crossing["frames"]} if crossing else None
        steps = resolution["steps"] if resolution else ()
        asked = {tuple(ref) for step in steps for ref in (step["query_frame"], step["answer_frame"]) if ref is not None}
        for index, row in enumerate(session["findings"]):
            at, cited = f"{where} findings[{index}].frames", {tuple(ref) for ref in row["frames"]}
            if row["kind"] in ("redirected", "relay-owner-mismatch") and opening is not None:
                self._checks.compare("frame", cited == opening, at, sorted(cited), sorted(opening), row["frames"])
            elif row["kind"] in ("foreign-resolver", "expired-answer"):
                must = asked | (opening or set() if row["kind"] == "expired-answer" else set())
                self._checks.compare("frame", must <= cited, at, sorted(cited), sorted(must), row["frames"])
            elif row["kind"] == "address-told-by-server" and session.get("told_address"):
                said = tuple(session["told_address"]["frame"])
                self._checks.compare("frame", said in cited, at, sorted(cited), said, row["frames"])
            elif row["kind"] == "retried-other-link":
                self._retried(session, row["frames"], at)

    def _refused(self, session: Mapping[str, Any], where: str) -> None:
        """A refusal is the same on both sides of the router."""
        for index, row in enumerate(session["rejections"]):
            refs = [row["frame"], row.get("wan_frame")]
            seen = [self._reading.frame(ref) for ref in refs]
            lan, wan = seen
            if refs[1] is None or lan is None or wan is None or not (lan.is_understood and wan.is_understood):
                continue
            beyond = {(c, f.number) for side in SIDES[1:] for c, f in self._streams.everywhere(session, side)}
            agrees = tuple(refs[1]) in beyond and lan.opened == wan.opened and lan.payload == wan.payload
            told, found = "what the LAN side has", "other words, or another connection's"
            self._checks.compare("frame", agrees, f"{where} rejections[{index}].wan_frame", told, found, refs[1:])

    def _later(self, session: Mapping[str, Any], where: str) -> None:
        """What a server said of the address that it saw, and when a bounce came."""
        told = session.get("told_address")
        frame = self._reading.frame(told["frame"]) if told else None
        if told and frame is not None and frame.is_understood:
            own, said = (
                not pairs_of(session).isdisjoint(frame.pairs),
                told["address"].encode() in (frame.payload or b""),
            )
            if frame.has_tls and not frame.opened:
                self._checks.cannot(f"{where} told_address", UNOPENED)
            elif not own and not said:
                self._checks.cannot(f"{where} told_address", "it was said in a bounce, and not in this frame alone")
            else:
                found = "its frame does not say it"
                self._checks.compare("address", said, f"{where} told_address", told["address"], found, [told["frame"]])
        for index, row in enumerate(session.get("bounces") or ()):
            frame = self._reading.frame(row["frame"])
            if frame is None or not frame.is_understood:
                self._checks.cannot(f"{where} bounces[{index}]", "tshark has not read its frame")
                continue
            at = f"{where} bounces[{index}]"
            self._checks.compare("frame", frame.is_tcp, at, "a mail that came", frame.ends, [row["frame"]])
            if row.get("at") is not None:
                brought = [one for one in self._sessions if not pairs_of(one).isdisjoint(frame.pairs)]
                fetched = self._clocks.aligned(row["frame"][0], frame.ts_ns).is_(row["at"])
                agrees = any(one["start"] == row["at"] for one in brought) if brought else fetched
                self._checks.compare("time", agrees, f"{at}.at", row["at"], "another time", [row["frame"]])
            self._status(row, frame, at)

    def _status(self, row: Mapping[str, Any], frame: Frame, where: str) -> None:
        """What a report tells of a recipient (RFC 3464 section 2.3): a group of fields, up to an empty line."""
        said = (frame.payload or b"").replace(b"\r\n", b"\n")
        begin = said.lower().find(b"final-recipient")
        if begin < 0 or (end := said.find(b"\n\n", begin)) < 0 or not said.isascii() or b"\n\n.." in said:
            self._checks.cannot(f"{where} status", "it is not all in the frame that is cited")
            return
        group = " ".join(said[begin:end].decode().split()).lower()
        for field in ("recipient", "action", "status", "text", "remote"):
            told = " ".join((row[field] or "").split()).lower()
            if not told or (field == "action" and "action:" not in group):
                continue
            agrees = told.removesuffix("…") in group
            self._checks.compare(
                "text", agrees, f"{where}.{field}", row[field], "its frame does not say it", [row["frame"]]
            )

    def _retried(self, session: Mapping[str, Any], refs: Sequence[Sequence[int]], where: str) -> None:
        frames = self._reading.frames(refs)
        if len(frames) != len(refs):
            self._checks.cannot(where, "tshark has not read all its frames")
            return
        if any(frame.has_tls and not frame.opened for _, frame in frames):
            self._checks.cannot(where, UNOPENED)
            return
        mails = [ref for ref, frame in frames if b"mail" in (frame.payload or b"").lower()]
        own = [ref for ref, frame in frames if not pairs_of(session).isdisjoint(frame.pairs)]
        split = len(refs) > 2  # a command in several frames
        agrees = (split or len(mails) == len(refs)) and 0 < len(own) < len(refs)
        found = "they are not this session's MAIL and another's"
        self._checks.compare("frame", agrees, where, "MAIL, and MAIL again", found, refs)

    def _sentences(self, session: Mapping[str, Any], where: str) -> None:
        """Every frame that a sentence names is one that the session cites."""
        captures = self._reading.captures
        named: dict[str, set[int]] = {}
        for capture, number in [*session["frames"], *self._told(session), *self._beside]:
            if 0 <= capture < len(captures):
                named.setdefault(PurePath(captures[capture]["path"]).name, set()).add(number)
        texts = [("explanation", session["explanation"])]
        texts += [(f"findings[{n}].text", row["text"]) for n, row in enumerate(session["findings"])]
        for key, text in texts:
            for file, numbers in _cited_in(text, named):
                wrong = {number for number in numbers if number not in named[file]}
                told = f"{file} {', '.join(map(str, sorted(numbers)))}"
                self._checks.compare("sentence", not wrong, f"{where} {key}", told, f"it cites no {sorted(wrong)}")


def _deciding(session: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """The exchanges that decided a session's mails, and whether each surely is one.

    Of each mail it is the last reply up to the next MAIL that is the one told; where commands were not captured, any
    that says the same may be it.
    """
    mails: list[list[Mapping[str, Any]]] = []
    for exchange in session["commands"]:
        if (exchange["command"] or "").partition(" ")[0] in ("MAIL", "SEND", "SOML", "SAML"):
            mails.append([])
        if mails:
            mails[-1].append(exchange)
    told = [transaction["final_reply"] for transaction in session["transactions"]]
    if len(mails) != len(told) or any(exchange["command"] is None for exchange in session["commands"]):
        yield from ((one, False) for one in session["commands"] if one["reply"] is not None and one["reply"] in told)
        return
    for exchanges, reply in zip(mails, told, strict=True):
        same = [one for one in exchanges if reply is not None and one["reply"] == reply]
        same = [one for one in same if (one["command"] or "").partition(" ")[0] in _OF_MAIL] or same
        yield from ((one, True) for one in same[-1:])


def _cited_in(text: str, named: Mapping[str, set[int]]) -> Iterator[tuple[str, set[int]]]:
    for match in _NAMED.finditer(text):
        file = match[1].lstrip("(")
        if file in named:
            yield file, {int(number) for number in match[2].split(", ")}
