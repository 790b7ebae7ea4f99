"""A session's connection at each capture point: is the filter's set of frames the connection, whole and alone?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .checks import Checks
from .extents import at, belongs
from .frame import ACK, FIN, RST, SYN, Frame, Pair
from .reading import FileRead, Reading
from .second_reader import SecondReader

SIDES = ("lan_stream", "wan_stream", "return_stream")
_TAG = r"(?:\(vlan\.id == \d+ \|\| ieee8021ad\.id == \d+\)|!\(vlan \|\| ieee8021ad\))"
_VLAN = re.compile(r"\bvlan\.id == (\d+)")
_FILTER = re.compile(
    r"tcp && !icmp && !icmpv6 && (ip|ipv6)\.addr == (\S+) && \1\.addr == (\S+)"
    r" && tcp\.port == (\d+) && tcp\.port == (\d+) && frame\.number >= (\d+)(?: && frame\.number <= (\d+))?"
    r"(?: && frame\.interface_id == (\d+))?(?: && frame\.section_number == (\d+))?(?: && sll\.ifindex == (\d+))?"
    rf"(?: && ({_TAG}|\({_TAG}(?: \|\| {_TAG})+\)))?"
)
"""The form of a `tshark_filter`. A filter of another form is evaluated by tshark, which takes a pass over the file."""

BOTH = 2
_HANDSHAKE = b"\x16\x03"
"""How TLS begins: the record's type, and the greater part of its version (RFC 8446 section 5.1)."""
Ends = tuple[str, int, str, int]
"""A client's address and port, and a server's."""


def ends(session: Mapping[str, Any], side: str) -> Ends | None:
    """Return the ends of a session's connection on a side; None where the case does not tell them."""
    crossing = session["crossing"]
    told = session if side == "lan_stream" or crossing is None else crossing
    if side == "return_stream":  # the server's packets came back by another link, maybe to another address
        return None
    return told["client"]["ip"], told["client"]["port"], told["server"]["ip"], told["server"]["port"]


def pairs_of(session: Mapping[str, Any]) -> set[Pair]:
    """Return the ends of a session on all sides, whichever way its packets go."""
    told = [ends(session, side) for side in SIDES if session[side] is not None]
    found = {frozenset(((e[0], e[1]), (e[2], e[3]))) for e in told if e is not None}
    back = session["return_stream"]
    match = _FILTER.fullmatch(back["tshark_filter"]) if back is not None else None
    if match is not None:
        one, two, here, there = match[2], match[3], int(match[4]), int(match[5])
        found |= {frozenset(((one, here), (two, there))), frozenset(((one, there), (two, here)))}
    return found


class Streams:
    """The frames of every session's connection, as its filters name them.

    Args:
        reading: what tshark reads.
        reader: evaluates filters of another form.
        checks: takes down what is compared.
    """

    def __init__(self, reading: Reading, reader: SecondReader, checks: Checks) -> None:
        self._reading, self._reader, self._checks = reading, reader, checks
        self._frames: dict[tuple[str, str], list[Frame]] = {}
        self._claimed: dict[tuple[str, int], str] = {}
        """By path and number, whose connection a frame is."""

    def check(self, sessions: list[dict[str, Any]]) -> None:
        """Evaluate all filters, then compare each with its connection."""
        for session in sessions:
            for side in SIDES:
                if session[side] is not None:
                    self._evaluate(session, side)
        for session in sessions:
            for side in SIDES:
                if session[side] is not None:
                    self._compare(session, side)

    def of(self, session: Mapping[str, Any], side: str) -> list[Frame]:
        """Return a connection's frames of the capture where it began, in order; none where they were not read."""
        ref = session[side]
        return (
            [] if ref is None else [f for f in self._named(session, side) if self._capture_of(f, ref) == ref["capture"]]
        )

    def _named(self, session: Mapping[str, Any], side: str) -> list[Frame]:
        """A connection's frames in the file where it began, of whatever tag."""
        return self._frames.get((session["id"], side), [])

    def _capture_of(self, frame: Frame, ref: Mapping[str, Any]) -> int:
        """Which capture of the file has a frame of a connection."""
        rows, paths, own = self._reading.captures, self._reading.paths, ref["capture"]
        if belongs(frame, rows[own]):
            return int(own)
        beside = (n for n, row in enumerate(rows) if paths[n] == paths[own] and belongs(frame, row))
        return next(beside, int(own))

    def elsewhere(self, session: Mapping[str, Any], side: str) -> list[tuple[int, Frame]]:
        """Return the frames of a connection in the other captures of its side, those of its file first.

        A filter without a last frame says that it goes on there: in the next file.
        """
        ref = session[side]
        if ref is None:
            return []
        own, here = self._reading.captures[ref["capture"]], self._named(session, side)
        found = [(n, frame) for frame in here if (n := self._capture_of(frame, ref)) != ref["capture"]]
        if "frame.number <=" in ref["tshark_filter"]:
            return found
        named = {frame.number for frame in here}
        for index, row in enumerate(self._reading.captures):
            file = self._reading.file(index)
            if index == ref["capture"] or file is None or (row["role"], row["link"]) != (own["role"], own["link"]):
                continue
            numbers = sorted({number for pair in pairs_of(session) for number in file.by_pair.get(pair, ())})
            if self._reading.paths[index] == self._reading.paths[ref["capture"]]:
                numbers = [number for number in numbers if number not in named]
            frames = [file.frames[number] for number in numbers]
            found += [(index, frame) for frame in frames if frame.is_tcp and belongs(frame, row)]
        return found

    def everywhere(self, session: Mapping[str, Any], side: str) -> list[tuple[int, Frame]]:
        """Return a connection's frames with their captures, those elsewhere last."""
        if session[side] is None:
            return []
        own = [(session[side]["capture"], frame) for frame in self.of(session, side)]
        return own + self.elsewhere(session, side)

    def _evaluate(self, session: Mapping[str, Any], side: str) -> None:
        ref = session[side]
        file = self._reading.file(ref["capture"])
        if file is None:
            return
        match = _FILTER.fullmatch(ref["tshark_filter"])
        numbers = self._by_tshark(file, ref["tshark_filter"]) if match is None else _matching(file, match)
        where = f"session {session['id']} {side}.tshark_filter"
        if numbers is None:
            if not file.carved:
                self._checks.compare("stream", False, where, ref["tshark_filter"], "tshark takes no such filter")
            return
        self._frames[session["id"], side] = [file.frames[n] for n in numbers if n in file.frames]
        if any(n not in file.frames for n in numbers):
            found = "frames of other connections than the session's"
            self._checks.compare("stream", False, where, ref["tshark_filter"], found)
        for number in numbers:
            self._claimed[self._reading.paths[ref["capture"]], number] = session["id"]

    def _by_tshark(self, file: FileRead, display_filter: str) -> list[int] | None:
        return self._reader.matching(file.readable, display_filter) if file.readable is not None else None

    def _compare(self, session: Mapping[str, Any], side: str) -> None:
        ref, where = session[side], f"session {session['id']} {side}"
        file = self._reading.file(ref["capture"])
        if file is None:
            self._checks.cannot(where, "tshark has not read its capture")
            return
        frames = self._named(session, side)
        if not frames:
            self._none(session, side, file)
            return
        self._addresses(session, side, frames)
        told = {frame.community_id for frame in frames} - {None}
        if told:
            self._checks.compare(
                "stream", told == {ref["community_id"]}, f"{where}.community_id", ref["community_id"], told
            )
        if not file.carved:
            self._whole(session, side, file, frames)

    def _none(self, session: Mapping[str, Any], side: str, file: FileRead) -> None:
        ref, where = session[side], f"session {session['id']} {side}"
        own = any(file.by_pair.get(pair) for pair in pairs_of(session))
        first = _FILTER.fullmatch(ref["tshark_filter"])
        beyond = first is not None and int(first[6]) > file.last and self._reading.captures[ref["capture"]]["damage"]
        if own or not (file.carved or beyond or self._opaque(session, ref["capture"])):
            told = ref["tshark_filter"]
            self._checks.compare("stream", False, f"{where}.tshark_filter", told, "no frame of the file")
        else:
            self._checks.cannot(
                where, "tshark does not get to the connection in what is wrapped around it, or before it"
            )

    def _opaque(self, session: Mapping[str, Any], capture: int) -> bool:
        """Whether the session's frames of a capture are such as tshark cannot open."""
        cited = [self._reading.frame(ref) for ref in session["frames"] if ref[0] == capture]
        return bool(cited) and all(frame is not None and not frame.is_understood for frame in cited)

    def _addresses(self, session: Mapping[str, Any], side: str, frames: list[Frame]) -> None:
        told = ends(session, side)
        if told is None:
            server = (session["crossing"] or session)["server"]["ip"]
            agrees = all(server in (*frame.src, *frame.dst) for frame in frames)
            where = f"session {session['id']} {side}"
            self._checks.compare("address", agrees, where, server, {frame.ends for frame in frames[:4]})
            return
        client_ip, client_port, server_ip, server_port = told
        there, back = (client_ip, client_port, server_ip, server_port), (server_ip, server_port, client_ip, client_port)
        wrong = [frame for frame in frames if not (frame.goes(*there) or frame.goes(*back))]
        where = f"session {session['id']} {'client and server' if side == 'lan_stream' else 'crossing'}"
        words = f"{client_ip} port {client_port} to {server_ip} port {server_port}"
        cited = [(session[side]["capture"], frame.number) for frame in wrong[:3]]
        self._checks.compare("address", not wrong, where, words, {frame.ends for frame in wrong[:3]}, cited)
        opening = next((frame for frame in frames if frame.flags & SYN and not frame.flags & ACK), None)
        if opening is not None and not wrong:
            agrees = opening.goes(*there)
            cited = [(session[side]["capture"], opening.number)]
            self._checks.compare("address", agrees, where, words, opening.ends, cited)

    def _whole(self, session: Mapping[str, Any], side: str, file: FileRead, frames: list[Frame]) -> None:
        """Whether tshark, too, holds these frames for one connection, and no others of the same place."""
        ref, path = session[side], self._reading.paths[session[side]["capture"]]
        row = self._reading.captures[ref["capture"]]
        where, numbers = f"session {session['id']} {side}.tshark_filter", {frame.number for frame in frames}
        streams = {frame.stream for frame in frames}
        places = {(frame.section, frame.interface, frame.ifindex, frame.vlans[:1]) for frame in frames}
        left = [
            number
            for pair in pairs_of(session)
            for number in file.by_pair.get(pair, ())
            if number not in numbers and (path, number) not in self._claimed
            for frame in [file.frames[number]]
            if frame.stream in streams and frame.is_tcp and at((frame.section, frame.interface, frame.ifindex), row)
            if (frame.section, frame.interface, frame.ifindex, frame.vlans[:1]) in places
        ]
        cited = [(ref["capture"], number) for number in left[:3]]
        self._checks.compare("stream", not left, where, ref["tshark_filter"], "there are more frames of it", cited)
        openings = [f for f in frames if f.flags & SYN and not f.flags & ACK]
        isns = {f.seq for f in openings}
        agrees = len(streams) == 1 or len(isns) <= 1
        self._checks.compare("stream", agrees, where, ref["tshark_filter"], f"{len(streams)} connections")


def _matching(file: FileRead, match: re.Match[str]) -> list[int]:
    """Evaluate a filter on what tshark told of the file's frames."""
    family, one, two, here, there, first, last, interface, section, ifindex, tags = match.groups()
    vlans = {int(vlan) for vlan in _VLAN.findall(tags or "")}
    untagged = tags is None or "!(" in tags
    candidates = {
        number
        for pair in (
            frozenset(((one, int(here)), (two, int(there)))),
            frozenset(((one, int(there)), (two, int(here)))),
        )
        for number in file.by_pair.get(pair, ())
    }
    chosen = []
    for number in sorted(candidates):
        frame = file.frames[number]
        if (
            frame.is_tcp
            and (":" in one) == (family == "ipv6")
            and number >= int(first)
            and (last is None or number <= int(last))
            and (interface is None or file.carved or frame.interface == int(interface))
            and (section is None or file.carved or frame.section == int(section))
            and (ifindex is None or frame.ifindex == int(ifindex))
            and (tags is None or not vlans.isdisjoint(frame.vlans) or (untagged and not frame.vlans))
        ):
            chosen.append(number)
    return chosen


def milestones(frames: list[Frame]) -> set[int]:
    """Return the numbers of the frames that a case cites of a connection for what TCP does in them.

    The SYN, the SYN with ACK, who ends it first, an RST, the first frame, where TLS begins.
    """
    opened = any(frame.flags & SYN for frame in frames)
    found = set() if opened or not frames else {frames[0].number}
    firsts: dict[object, int] = {}
    for frame in frames:
        if frame.flags & SYN:
            firsts.setdefault(("syn", frame.flags & ACK), frame.number)
        if frame.tls or (frame.payload or b"").startswith(_HANDSHAKE):  # over Frame Relay, tshark takes it for SMTP
            firsts.setdefault(("tls", frame.sport), frame.number)
    return found | set(firsts.values()) | ending(frames)


def ending(frames: list[Frame]) -> set[int]:
    """Return the number of the frame that ends a connection: an RST before both sides' FINs, or else the first FIN.

    A client's RST with another number than its SYN's answers an ACK of an earlier connection of the same ports, and the
    client goes on (RFC 9293 section 3.5.2).
    """
    finished: dict[tuple[int, ...], int] = {}
    opening: Frame | None = None
    for frame in frames:
        if frame.flags & SYN:
            opening = frame if not frame.flags & ACK else None
        of_earlier = opening is not None and frame.sport == opening.sport and (frame.seq - opening.seq) & 0xFFFFFFFF > 1
        if frame.flags & RST and len(finished) < BOTH and not of_earlier:
            return {frame.number}
        if frame.flags & FIN:
            finished.setdefault(frame.sport, frame.number)
    return {min(finished.values())} if finished else set()
