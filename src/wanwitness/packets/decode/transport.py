"""Transport layers: TCP, UDP, ICMP. Each takes rows whose IP header names it, and returns those that it understood."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import headers
from wanwitness.packets.left_out import BAD_TCP_OFFSET, BAD_UDP_LENGTH
from wanwitness.packets.ports import DNS_PORT, L2TP_PORT

from . import layouts
from .tunnels import PORTS, l2tp
from .work import Rows, Work

_TUNNEL = np.isin(np.arange(1 << 16), list(PORTS))


def _payload(work: Work, rows: Rows, at: NDArray[np.int64], stop: NDArray[np.int64]) -> None:
    """Write where the payload is, given where it begins and ends on the wire."""
    packets = work.packets
    end = np.minimum(work.end[rows], stop)
    begin = np.minimum(at, end)  # options may be cut off
    packets.payload[rows] = begin
    packets.payload_length[rows] = end - begin
    packets.payload_missing[rows] = stop - at - (end - begin)


def tcp(work: Work, rows: Rows) -> Rows:
    """Decode TCP headers (RFC 9293); a header cut off behind its first 20 bytes is understood."""
    packets = work.packets
    rows = rows[work.with_header(rows, packets.l4[rows], layouts.TCP.itemsize)]
    at, stop = packets.l4[rows], work.stop[rows]
    header = headers(work.frames.data, at, layouts.TCP)
    payload = at + (header["offset"] >> 4).astype(np.int64) * 4
    good = (header["offset"] >= 0x50) & (payload <= stop)
    if not good.all():
        rows, header, payload, stop = work.check(rows, good, BAD_TCP_OFFSET), header[good], payload[good], stop[good]
    for column in ("sport", "dport", "seq", "ack", "flags"):
        getattr(packets, column)[rows] = header[column]
    _payload(work, rows, payload, stop)
    return rows


def udp(work: Work, rows: Rows) -> Rows:
    """Decode UDP headers (RFC 768)."""
    packets = work.packets
    rows = rows[work.with_header(rows, packets.l4[rows], layouts.UDP.itemsize)]
    header = headers(work.frames.data, packets.l4[rows], layouts.UDP)
    length = header["length"].astype(np.int64)
    good = (length >= layouts.UDP.itemsize) | (length == 0)  # 0 is a jumbogram's (RFC 2675, section 4)
    if not good.all():
        rows, header, length = work.check(rows, good, BAD_UDP_LENGTH), header[good], length[good]
    at, stop = packets.l4[rows], work.stop[rows]
    packets.sport[rows] = header["sport"]
    packets.dport[rows] = header["dport"]
    _payload(work, rows, at + layouts.UDP.itemsize, np.where(length == 0, stop, np.minimum(stop, at + length)))
    tunnel = _TUNNEL[header["dport"]]
    if tunnel.any():
        tunnel &= header["sport"] != DNS_PORT  # an answer to a client whose port happens to be a tunnel's
        for port, read in PORTS.items():
            asked = np.flatnonzero(tunnel & (header["dport"] == port))
            tunnel[asked] = work.carry(rows[asked], packets.payload, read)
        rows, header = rows[~tunnel], header[~tunnel]
    # An L2TP server answers from its port to any (RFC 2661, section 8.1).
    back = np.flatnonzero((header["sport"] == L2TP_PORT) & (header["dport"] != L2TP_PORT) & (header["dport"] >= 1024))
    if len(back):
        rows = np.delete(rows, back[work.carry(rows[back], packets.payload, l2tp)])
    return rows


def icmp(work: Work, rows: Rows) -> Rows:
    """Decode what all ICMP (RFC 792) and ICMPv6 (RFC 4443) messages begin with."""
    packets = work.packets
    rows = rows[work.with_header(rows, packets.l4[rows], layouts.ICMP.itemsize)]
    at = packets.l4[rows]
    header = headers(work.frames.data, at, layouts.ICMP)
    packets.sport[rows] = header["type"]
    packets.dport[rows] = header["code"]
    _payload(work, rows, at + layouts.ICMP.itemsize, work.stop[rows])
    return rows


TRANSPORTS: dict[int, Callable[[Work, Rows], Rows]] = {1: icmp, 6: tcp, 17: udp, 58: icmp}
"""By IP protocol number; packets of others are not looked at."""
