"""DNS over TLS (RFC 7858), QUIC (RFC 9250) and HTTPS (RFC 8484), recognised but not read.

A resolver that was tried and did not answer gives no address; hosts that would like to ask so fall back to plain DNS
then. Over TCP it has answered when either side sends payload, over QUIC when the server does. DNS over HTTPS is told by
the server's name in the ClientHello, or its address.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import EncryptedDns, FrameRef, Oddity
from wanwitness.model.encrypted import Envelope
from wanwitness.model.private import is_private
from wanwitness.oddities import LetGo
from wanwitness.packets import Packets, addresses
from wanwitness.packets.header_fields import ACK, SYN
from wanwitness.packets.select.client_hello import server_names
from wanwitness.packets.select.public_resolvers import ADDRESSES, is_resolver

from .unkept_uses import UnkeptUses

_TCP, _UDP = 6, 17
_HTTPS_PORT, _TLS_PORT = 443, 853
SELDOM_NS = 1_000_000_000
"""Of the same two hosts' traffic one packet in this time is noted."""
_MOST_PAIRS = 1 << 14
MOST_ROWS = 100_000
"""Rows kept, 0.3 kB each, and twice as many while they are collected: strangers can make up any number of clients."""
_MINUTE_NS = 60 * SELDOM_NS

Use = tuple[Envelope, bytes, bytes, bool, str | None]
"""Envelope, client, server, whether it is answered, server's name."""


class EncryptedDnsWatch:
    """Notes when each host at one capture point used such DNS."""

    def __init__(self) -> None:
        self.rows: list[EncryptedDns] = []
        self.unkept = UnkeptUses()
        self._noted: dict[tuple[str, bytes, bytes, bool], int] = {}
        self._lost = LetGo("odd-encrypted")

    def feed(self, packets: Packets) -> NDArray[np.bool_]:
        """Take the next window; return which packets were a ClientHello to a resolver, and nothing else."""
        hello = np.zeros(len(packets), np.bool_)
        ours = np.isin(packets.protocol, (_TCP, _UDP)) & (
            (packets.payload_length > 0) | (packets.flags & (SYN | ACK) == SYN)
        )
        ours &= np.isin(packets.sport, (_HTTPS_PORT, _TLS_PORT)) | np.isin(packets.dport, (_HTTPS_PORT, _TLS_PORT))
        asking = np.flatnonzero(ours & (packets.protocol == _TCP) & (packets.dport == _HTTPS_PORT))
        names = dict(zip(asking.tolist(), server_names(packets, asking), strict=True)) if len(asking) else {}
        for row in np.flatnonzero(ours).tolist():
            use = _use(packets, row, names.get(row))
            if use is not None:
                hello[row] = use[0] == "DNS over HTTPS" and packets.protocol[row] == _TCP
                self._note(use, FrameRef(int(packets.capture[row]), int(packets.number[row])), int(packets.ts_ns[row]))
        return hello

    def forget(self, before_ns: int) -> None:
        """Let go of what was noted before a time, but for the last that was of each two hosts."""
        last = {(row.envelope, row.client, row.server, row.answered): row.frame for row in self.rows}
        kept = set(last.values())
        self.rows[:] = [row for row in self.rows if row.ts_ns >= before_ns or row.frame in kept]

    def _note(self, use: Use, frame: FrameRef, ts_ns: int) -> None:
        envelope, client, server, answered, name = use
        pair = use[:4]
        last = self._noted.get(pair)
        if last is not None and abs(ts_ns - last) < SELDOM_NS and name is None:
            return
        self._noted[pair] = ts_ns
        if len(self._noted) > _MOST_PAIRS:
            del self._noted[next(iter(self._noted))]
        ends = addresses.text(client), addresses.text(server)
        self.rows.append(EncryptedDns(envelope, *ends, frame, ts_ns, answered, name))
        if len(self.rows) >= 2 * MOST_ROWS:
            self._bound()

    def _bound(self) -> None:
        """Keep what the site's own hosts did, of the same two hosts one row a minute first."""
        turns: list[tuple[bool, bool, int]] = []
        seen: set[tuple[str, str, str, bool, int]] = set()
        for place, row in enumerate(self.rows):
            minute = (row.envelope, row.client, row.server, row.answered, row.ts_ns // _MINUTE_NS)
            turns.append((not is_private(row.client), minute in seen, place))
            seen.add(minute)
        turns.sort()
        places = sorted(place for _, _, place in turns[:MOST_ROWS])
        lost = sorted(place for _, _, place in turns[MOST_ROWS:])
        self._lost.add(self.rows[lost[0]].frame, len(lost))
        for place in lost:
            self.unkept.add(self.rows[place])
        self.rows[:] = [self.rows[place] for place in places]

    def oddities(self) -> list[Oddity]:
        """Tell how many rows are not kept."""
        return self._lost.rows()


def _use(packets: Packets, row: int, name: str | None) -> Use | None:
    """What a packet with payload, or a SYN, from or to one of the ports shows; `name` is a ClientHello's."""
    sport, dport, tcp = int(packets.sport[row]), int(packets.dport[row]), packets.protocol[row] == _TCP
    src, dst = packets.src[row].tobytes(), packets.dst[row].tobytes()
    if sport == _TLS_PORT:
        return "DNS over TLS" if tcp else "DNS over QUIC", dst, src, True, None
    if dport == _TLS_PORT:
        answered = tcp and bool(packets.payload_length[row])
        return "DNS over TLS" if tcp else "DNS over QUIC", src, dst, answered, None
    if sport == _HTTPS_PORT and not tcp and src in ADDRESSES:
        return "DNS over HTTPS", dst, src, True, None
    if dport == _HTTPS_PORT and tcp and name is not None and (dst in ADDRESSES or is_resolver(name)):
        return "DNS over HTTPS", src, dst, True, name if is_resolver(name) else None
    return None
