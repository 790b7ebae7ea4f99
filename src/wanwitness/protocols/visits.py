"""Which web servers hosts asked for: by TLS (SNI), by QUIC, whose first packets anybody can open, by HTTP."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import FrameRef, Oddity
from wanwitness.model.visit import Visit
from wanwitness.oddities import LetGo
from wanwitness.packets import Packets, addresses
from wanwitness.packets.ports import HTTP_PORTS, HTTPS_PORT
from wanwitness.packets.select.client_hello import server_names
from wanwitness.protocols.http import host
from wanwitness.protocols.quic import LONGEST, Handshake, crypto_frames
from wanwitness.protocols.tls import server_name

_TCP, _UDP = 6, 17
_SELDOM_NS = 60_000_000_000
"""A page is fetched by many connections: of the same host's to the same server one in this time is noted."""
_MOST = 1 << 16
"""Pairs of hosts, and visits, that are kept; beyond, the oldest pairs make room, and visits are only counted."""
_MOST_OPEN = 256
"""QUIC handshakes of which only some packets have come."""

By = Literal["TLS", "QUIC", "HTTP"]


class VisitWatch:
    """Notes the visits at one capture point."""

    def __init__(self) -> None:
        self.rows: list[Visit] = []
        self._lost = LetGo("odd-visits")
        self._given_up = LetGo("odd-quic-open", most=_MOST_OPEN)
        self._long = LetGo("odd-quic-long", most=LONGEST)
        self._unnamed = LetGo("odd-hello-parts")
        self._noted: dict[tuple[bytes, str, bytes], int] = {}
        self._open: dict[tuple[bytes, bytes], Handshake] = {}
        """By client and connection id."""

    def feed(self, packets: Packets) -> NDArray[np.bool_]:
        """Take the next window; return which packets ask a web server, and are nobody else's business."""
        tcp = (packets.protocol == _TCP) & (packets.payload_length > 0)
        tls = np.flatnonzero(tcp & (packets.dport == HTTPS_PORT))
        quic = np.flatnonzero(
            (packets.protocol == _UDP) & (packets.dport == HTTPS_PORT) & (packets.payload_length >= 64)
        )
        http = np.flatnonzero(tcp & np.isin(packets.dport, HTTP_PORTS))
        ours = np.zeros(len(packets), np.bool_)
        if len(tls):
            for row, name in zip(tls.tolist(), server_names(packets, tls), strict=True):
                if name is not None:
                    ours[row] = True
                    self._note(packets, row, name, "TLS")
                    if not name and _goes_on(_payload(packets, row)):
                        self._unnamed.add(_frame(packets, row))
        for row in quic.tolist():
            ours[row] = True
            name = self._of_quic(packets, row)
            if name is not None:
                self._note(packets, row, name, "QUIC")
        for row in http.tolist():
            name = host(_payload(packets, row))
            if name is not None:
                ours[row] = True
                self._note(packets, row, name, "HTTP")
        return ours

    def oddities(self) -> list[Oddity]:
        """Tell how many visits are not kept, and how many handshakes were not followed to their end."""
        return self._lost.rows() + self._given_up.rows() + self._long.rows() + self._unnamed.rows()

    def _of_quic(self, packets: Packets, row: int) -> str | None:
        """Return the name in a ClientHello, which may come in several packets and in any order."""
        initial = crypto_frames(_payload(packets, row))
        if initial is None or not initial.pieces:
            return None
        key = (packets.src[row].tobytes(), initial.connection)
        handshake = self._open.setdefault(key, Handshake())
        if len(self._open) > _MOST_OPEN:
            del self._open[next(iter(self._open))]
            self._given_up.add(_frame(packets, row))
        beyond = handshake.beyond
        hello = handshake.add(initial.pieces)
        self._long.add(_frame(packets, row), handshake.beyond - beyond)
        name = server_name(hello) if hello is not None else None
        if name is not None:
            self._open.pop(key, None)
        return name

    def _note(self, packets: Packets, row: int, name: str, by: By) -> None:
        client, server = packets.src[row].tobytes(), packets.dst[row].tobytes()
        key = (client, name, b"" if name else server)
        ts_ns = int(packets.ts_ns[row])
        last = self._noted.get(key)
        if last is not None and abs(ts_ns - last) < _SELDOM_NS:
            return
        self._noted[key] = ts_ns
        if len(self._noted) > _MOST:
            del self._noted[next(iter(self._noted))]
        frame = _frame(packets, row)
        if len(self.rows) >= _MOST:
            self._lost.add(frame)
            return
        self.rows.append(Visit(name, addresses.text(client), addresses.text(server), ts_ns, frame, by))


def _frame(packets: Packets, row: int) -> FrameRef:
    return FrameRef(int(packets.capture[row]), int(packets.number[row]))


def _goes_on(record: bytes) -> bool:
    """Whether a TLS record (RFC 8446, section 5.1) does not end in its packet."""
    return len(record) < 5 + int.from_bytes(record[3:5])


def _payload(packets: Packets, row: int) -> bytes:
    begin = int(packets.payload[row])
    return packets.data[begin : begin + int(packets.payload_length[row])].tobytes()
