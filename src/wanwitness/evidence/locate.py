"""Where a session's frames are: those it cites, and all of its connections."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest import CaptureFile, Frames
from wanwitness.model import Direction, Endpoint
from wanwitness.packets import Packets
from wanwitness.packets.addresses import packed
from wanwitness.packets.decode import Decoder
from wanwitness.packets.decode.link import IPV4, IPV6, LINK_LAYERS
from wanwitness.packets.flow_key import flow_keys
from wanwitness.packets.header_fields import ACK, FIN, RST, SYN
from wanwitness.packets.ports import DNS_PORT
from wanwitness.packets.select import Prefilter

from .masks import Masks, Piece, Range, union

TCP = 6
_QUOTES = {1: 4 + 20 + 20, 58: 4 + 40 + 20}
"""By protocol, ICMP's and ICMPv6's: how much an error of it has of its own, behind the checksum, and of the headers of
the packet that it quotes (RFC 792; RFC 4443 section 3.1). What follows may be a message."""
_FRAGMENT = 44
_CHECK = 4
"""Bytes of Ethernet's frame check sequence."""

Hidden = tuple[Range, ...] | None
"""What of a frame's bytes is to be hidden; None: all that its IP header carries (`behind_ip`)."""


class LocatedFlow(NamedTuple):
    """A session's connection in one file."""

    session: int
    orig: tuple[bytes, int]
    resp: tuple[bytes, int]
    begin_ns: int
    end_ns: int
    """By the file's own clock."""
    first: int | None
    """Number of its first frame, where that is in this file: clocks are set back, numbers are not."""
    last: int | None
    tls: frozenset[int]
    """Numbers of the frames that a direction's TLS begins in."""
    masks: Masks

    @property
    def key(self) -> int:
        """As `flow_keys` gives it."""
        (src, sport), (dst, dport) = self.orig, self.resp
        one, two = (np.frombuffer(address, np.uint8).reshape(1, 16) for address in (src, dst))
        return int(flow_keys(one, two, np.array([sport]), np.array([dport]))[0])

    def spans(self, number: int, ts_ns: int) -> bool:
        """Whether a frame is not of an earlier or a later connection of the same ports."""
        begun = self.begin_ns <= ts_ns if self.first is None else self.first <= number
        return begun and (ts_ns <= self.end_ns if self.last is None else number <= self.last)


def end(endpoint: Endpoint) -> tuple[bytes, int]:
    """An end of a connection as packets have it."""
    return packed(endpoint.ip), endpoint.port


CARRIED = 1 << 18
"""Bytes of a direction that are shown though the case cites no frame of them: what a mail carries is `*` anyway, and
what a TLS connection does nobody can read."""


class Omitted(NamedTuple):
    """What of a session is not shown, since there is too much of it."""

    frames: int
    payload: int
    """Bytes in them."""


Located = dict[int, dict[int, Hidden]]
"""By session, by frame number."""
Told = dict[int, dict[int, str]]
"""By session, by frame number: what a packet of its connection does, by its headers."""


def behind_ip(frame: bytes, linktype: int) -> int:
    """Where in a frame what its IP header carries begins; where it has none, what its link layer carries.

    It is for fragments and broken packets: of options, which may be anything, nothing is shown.
    """
    if linktype not in LINK_LAYERS or not frame:
        return 0
    data = np.frombuffer(frame, np.uint8)
    link = LINK_LAYERS[linktype](data, np.zeros(1, np.int64), np.array([len(frame)], np.int64))
    at, kind = int(link.at[0]), int(link.ethertype[0])
    if kind == IPV6:
        return at + (48 if frame[at + 6 : at + 7] == bytes((_FRAGMENT,)) else 40)
    return at + 20 if kind == IPV4 else at


class _PayloadPlace(NamedTuple):
    """Where a packet is."""

    number: int
    begin: int
    """Where in its frame its payload begins; of no meaning where it came in fragments."""
    fragments: tuple[int, ...] | None
    """The other frames it came in; None where it is whole."""


class Locator:
    """Finds sessions' frames in one file.

    Args:
        file: it is read to its end.
        cited: frame number to the sessions that cite it.
        flows: the connections that are looked for.
    """

    def __init__(self, file: CaptureFile, cited: Mapping[int, Iterable[int]], flows: Iterable[LocatedFlow]) -> None:
        self._file = file
        self._cited = cited
        self._numbers = np.array(sorted(cited), np.int64)
        self._flows: dict[int, list[LocatedFlow]] = defaultdict(list)
        spoken = np.zeros(1 << 16, np.bool_)
        for flow in flows:
            self._flows[flow.key].append(flow)
            spoken[[flow.orig[1], flow.resp[1]]] = True
        self._keys = np.array(sorted(self._flows), np.uint64)
        self._sieve = Prefilter(spoken)
        self._found: Located = defaultdict(dict)
        self.told: Told = defaultdict(dict)
        self.left_out: dict[int, Omitted] = {}
        """By session."""
        self._carried: Counter[tuple[int, Direction]] = Counter()
        """By flow (its masks' `id`) and direction, bytes that the case does not cite."""
        self._taken: list[tuple[LocatedFlow, _PayloadPlace, Piece]] = []
        """Packets of the connections; what of them is hidden is told when all have come."""

    def locate(self) -> Located:
        """Read the file."""
        decoder = Decoder()
        for frames in self._file.windows():
            linktypes = np.array([interface.linktype for interface in self._file.interfaces], np.int32)
            sifted = np.searchsorted(frames.number, self._sieve.sift(frames, linktypes).number)
            rows = np.union1d(np.flatnonzero(np.isin(frames.number, self._numbers)), sifted)
            some = frames.take(rows)
            if len(some):
                for window in decoder.decode(some, linktypes):
                    self._take(window.packets, some, {j.frame.number: j.others for j in window.joined})
        for window in decoder.finish():
            self._take(window.packets, None, {j.frame.number: j.others for j in window.joined})
        for flow, place, piece in self._taken:
            self._note(flow.session, place, flow.masks.hidden(piece), secret=bool(piece.payload))
        self._taken.clear()
        for number, sessions in self._cited.items():  # those that are no packet by what is in this file alone
            for session in sessions:
                self._found[session].setdefault(number, None)
        return self._found

    def _take(self, packets: Packets, frames: Frames | None, joined: Mapping[int, tuple[int, ...]]) -> None:
        keys = flow_keys(packets.src, packets.dst, packets.sport, packets.dport)
        own = (packets.protocol == TCP) & np.isin(keys, self._keys)
        picked = np.flatnonzero(own | np.isin(packets.number, self._numbers))
        some = packets.take(picked)
        begins = ends = np.zeros(len(some), np.int64)
        if frames is not None and len(frames):
            at = np.minimum(np.searchsorted(frames.number, some.number), len(frames) - 1)
            begins, ends = frames.offset[at], frames.offset[at] + frames.caplen[at]
        for row, key, mine, begin, stop in zip(
            some.rows(), keys[picked].tolist(), own[picked].tolist(), begins.tolist(), ends.tolist(), strict=True
        ):
            (_, number, ts_ns, protocol, sport, dport, seq, _, flags, _, src, _, start, length, _, _) = row
            place = _PayloadPlace(number, start - begin, joined.get(number))
            padding = [] if place.fragments is not None else _padding(some.data[start + length : stop], length)
            for flow in self._flows[key] if mine else ():
                if flow.spans(number, ts_ns):
                    direction: Direction = "orig" if (src, sport) == flow.orig else "resp"
                    opens, begins_tls = bool(flags & SYN), number in flow.tls
                    if self._is_too_much(flow, direction, number, length, flags):
                        flow.masks.take(direction, b"", seq, opens=opens)  # for its place in the stream alone
                        continue
                    payload = some.data[start : start + length].tobytes()
                    piece = flow.masks.take(direction, payload, seq, opens=opens, begins_tls=begins_tls)
                    self._taken.append((flow, place, piece))
                    self.told[flow.session].setdefault(number, _does(direction, flags, length))
                    self._note(flow.session, place, padding, secret=length > 0)
            for session in self._cited.get(number, ()):
                if number not in self._found[session]:
                    spoken = protocol == TCP and DNS_PORT not in (sport, dport)
                    shown = 0 if spoken else min(_QUOTES.get(protocol, length), length)
                    hidden = [(shown, length)] if shown < length else []
                    self._note(session, place, hidden + padding, secret=bool(hidden))

    def _is_too_much(self, flow: LocatedFlow, direction: Direction, number: int, length: int, flags: int) -> bool:
        """Whether a packet is left out: of what a connection carries beyond a bound, and of what acknowledges that,
        only what the case cites is shown.
        """
        if flow.session in self._cited.get(number, ()) or flags & (SYN | FIN | RST):
            return False
        if length:
            self._carried[id(flow.masks), direction] += length
        sender: Direction = direction if length else "resp" if direction == "orig" else "orig"
        if self._carried[id(flow.masks), sender] <= CARRIED:
            return False
        before = self.left_out.get(flow.session, Omitted(0, 0))
        self.left_out[flow.session] = Omitted(before.frames + 1, before.payload + length)
        return True

    def _note(self, session: int, place: _PayloadPlace, hidden: list[Range], *, secret: bool) -> None:
        """Note what of a packet is hidden: of one that came in fragments, where it is `secret`, all.

        Fragments may have other bytes than those that count.
        """
        mine, begin = self._found[session], place.begin
        if place.fragments is not None:
            for fragment in (place.number, *place.fragments):
                mine[fragment] = None if secret else mine.get(fragment, ())
        elif (before := mine.get(place.number, ())) is not None:
            mine[place.number] = union(before, ((begin + one, begin + two) for one, two in hidden))


def _does(direction: Direction, flags: int, length: int) -> str:
    """What a packet does, in words."""
    who = "the client" if direction == "orig" else "the server"
    if flags & RST:
        return f"{who} resets the connection"
    if flags & SYN:
        return f"{who} takes the connection" if flags & ACK else f"{who} opens the connection"
    if flags & FIN:
        return f"{who} ends its side of the connection"
    return f"{who} sends {count_of(length, 'byte')}" if length else f"{who} acknowledges what it has"


def count_of(number: int, noun: str) -> str:
    """A number of things.

    >>> count_of(1, "byte"), count_of(2, "byte")
    ('1 byte', '2 bytes')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _padding(behind: NDArray[np.uint8], at: int) -> list[Range]:
    """What of the bytes behind a packet is to be hidden: drivers pad with whatever was in their memory before.

    Zeros say nothing, and the last bytes may be the frame's check sequence (CVE-2003-0001 is about the others).
    """
    return [(at, at + len(behind) - _CHECK)] if len(behind) > _CHECK and behind[:-_CHECK].any() else []
