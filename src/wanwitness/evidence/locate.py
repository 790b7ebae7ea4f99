"""Where a session's frames are: those it cites, and all of its connections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from wanwitness.ingest import CaptureFile, Frames
from wanwitness.model import Direction, Endpoint
from wanwitness.packets import Decoder, Packets, Sieve
from wanwitness.packets.addresses import packed
from wanwitness.packets.flow import flow_keys
from wanwitness.packets.ports import DNS_PORT

from .masks import Masks, Range

TCP = 6
ALL: tuple[Range, ...] = ((34, 1 << 32),)
"""Of a fragment's frame: no header that says where it belongs is shorter (Ethernet's and IPv4's)."""


class Flow(NamedTuple):
    """A session's connection in one file."""

    session: int
    orig: tuple[bytes, int]
    resp: tuple[bytes, int]
    begin_ns: int
    end_ns: int
    """By the file's own clock."""
    masks: Masks

    @property
    def key(self) -> int:
        """As `flow_keys` gives it."""
        (src, sport), (dst, dport) = self.orig, self.resp
        one, two = (np.frombuffer(address, np.uint8).reshape(1, 16) for address in (src, dst))
        return int(flow_keys(one, two, np.array([sport]), np.array([dport]))[0])


def end(endpoint: Endpoint) -> tuple[bytes, int]:
    """An end of a connection as packets have it."""
    return packed(endpoint.ip), endpoint.port


Located = dict[int, dict[int, tuple[Range, ...]]]
"""By session, by frame number: what of the frame's bytes is to be hidden."""


class Locator:
    """Finds sessions' frames in one file.

    Args:
        file: it is read to its end.
        cited: frame number to the sessions that cite it.
        flows: the connections that are looked for.
    """

    def __init__(self, file: CaptureFile, cited: Mapping[int, Iterable[int]], flows: Iterable[Flow]) -> None:
        self._file = file
        self._cited = cited
        self._numbers = np.array(sorted(cited), np.int64)
        self._flows: dict[int, list[Flow]] = defaultdict(list)
        spoken = np.zeros(1 << 16, np.bool_)
        for flow in flows:
            self._flows[flow.key].append(flow)
            spoken[flow.resp[1]] = True
        self._keys = np.array(sorted(self._flows), np.uint64)
        self._sieve = Sieve(spoken)
        self._found: Located = defaultdict(dict)

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
        for number, sessions in self._cited.items():  # those that are no packet
            for session in sessions:
                self._found[session].setdefault(number, ())
        return self._found

    def _take(self, packets: Packets, frames: Frames | None, joined: Mapping[int, tuple[int, ...]]) -> None:
        tcp = packets.protocol == TCP
        keys = flow_keys(packets.src, packets.dst, packets.sport, packets.dport)
        own = tcp & np.isin(keys, self._keys)
        picked = np.flatnonzero(own | np.isin(packets.number, self._numbers))
        some = packets.take(picked)
        begins = some.payload
        if frames is not None and len(frames):
            begins = (
                some.payload - frames.offset[np.minimum(np.searchsorted(frames.number, some.number), len(frames) - 1)]
            )
        for row, key, mine, begin in zip(
            some.rows(), keys[picked].tolist(), own[picked].tolist(), begins.tolist(), strict=True
        ):
            (_, number, ts_ns, protocol, sport, dport, *_, src, _, start, length, _, _) = row
            payload = some.data[start : start + length].tobytes()
            others = joined.get(number)
            for flow in self._flows[key] if mine else ():
                if flow.begin_ns <= ts_ns <= flow.end_ns:
                    direction: Direction = "orig" if (src, sport) == flow.orig else "resp"
                    hidden = flow.masks.hidden(direction, payload)
                    self._note(flow.session, number, begin, hidden, others)
            for session in self._cited.get(number, ()):
                if number not in self._found[session]:
                    secret = protocol == TCP and DNS_PORT not in (sport, dport)
                    self._note(session, number, begin, [(0, length)] if secret and length else [], others)

    def _note(self, session: int, number: int, begin: int, hidden: list[Range], others: tuple[int, ...] | None) -> None:
        mine = self._found[session]
        if others is None:
            mine[number] = tuple((begin + one, begin + two) for one, two in hidden)
            return
        for fragment in (number, *others):
            mine[fragment] = ALL if hidden else ()
