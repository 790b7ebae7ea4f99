"""Background traffic in bulk: flows like HTTPS over TCP and like QUIC over UDP, on the LAN side and on a WAN side."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rows import (
    ACK,
    FIN,
    HEAD,
    PSH,
    RECORD_BYTES,
    SYN,
    TCP,
    TCP_REST,
    UDP,
    UDP_REST,
    WIDTH,
    Rows,
    blank_behind,
    overlay,
)
from .site import CLIENT_MAC, CLIENTS, FIRST_CLIENT, FIRST_SERVER, LINKS, ROUTER_LAN_MAC

CHUNK_PACKETS = 1 << 13
"""LAN packets made at once; flows do not span chunks, and memory does not grow with their number."""
MARGIN_US = 1_000
"""Kept free at both ends of a chunk, so that the router's delay moves no packet out of it."""
_SHORTEST_FLOW, _LONGEST_FLOW, _MEAN_REST = 8, 400, 28
_PORT = 443
_HEAD_TCP = RECORD_BYTES + 14 + 20 + 32
_HEAD_UDP = RECORD_BYTES + 14 + 20 + 8
_FULL_TCP, _FULL_UDP, _INITIAL_UDP, _LEAST_DATA = 1448, 1292, 1200, 32


def _client_hello() -> bytes:
    """A TLS ClientHello of 512 bytes (RFC 8446, section 4.1.2) with a server name, padded (RFC 7685)."""
    name = b"www.example.com"
    server_name = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    versions = struct.pack(">HHBH", 43, 3, 2, 0x0304)
    fixed = struct.pack(">H32sB32sHHHBB", 0x0303, bytes(range(32)), 32, bytes(32), 4, 0x1301, 0x1302, 1, 0)
    padding = 512 - 5 - 4 - len(fixed) - 2 - len(server_name) - len(versions) - 4
    extensions = server_name + versions + struct.pack(">HH", 21, padding) + bytes(padding)
    body = fixed + struct.pack(">H", len(extensions)) + extensions
    return struct.pack(">BHHBBH", 22, 0x0301, len(body) + 4, 1, 0, len(body)) + body


_HELLO = np.frombuffer(_client_hello(), np.uint8)
_QUIC_INITIAL = np.frombuffer(bytes.fromhex("c3 00000001 08 0001020304050607 00 00 4496"), np.uint8)
"""The head of a long-header Initial packet (RFC 9000, section 17.2.2)."""
_TLS_DATA = np.frombuffer(bytes.fromhex("170303"), np.uint8)


@dataclass(frozen=True, slots=True)
class _Packets:
    """What is drawn of each packet before its bytes are made; one element a packet."""

    flow: NDArray[np.int64]
    """The flow's number in the whole case."""
    place: NDArray[np.int64]
    """Position in its flow, from 0."""
    left: NDArray[np.int64]
    """Packets of the flow still to come."""
    time_us: NDArray[np.int64]
    udp: NDArray[np.bool_]
    out: NDArray[np.bool_]
    """From the client to the server."""
    payload: NDArray[np.int64]
    """Bytes."""


class Background:
    """Draws flows, chunk by chunk."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._noise = np.lib.stride_tricks.sliding_window_view(rng.integers(0, 256, 1 << 18, np.uint8), WIDTH)
        self.flows = 0
        """How many were made."""

    def chunk(self, packets: int, begin_us: int, end_us: int) -> tuple[Rows, ...]:
        """Return the rows of each capture file, LAN first, in no order; `packets` on the LAN side."""
        drawn = self._draw(packets, begin_us + MARGIN_US, end_us - MARGIN_US)
        lan = self._lan(drawn)
        link = drawn.flow * 7919 % 5 < 2  # two flows in five leave by the second link
        delay = self._rng.integers(60, 200, packets)
        return lan, *(
            _behind_nat(lan, np.flatnonzero(link == bool(index)), drawn, delay, index) for index in range(len(LINKS))
        )

    def _draw(self, packets: int, begin_us: int, end_us: int) -> _Packets:
        rng = self._rng
        sizes = _SHORTEST_FLOW + rng.geometric(1 / _MEAN_REST, packets // _SHORTEST_FLOW + 1).clip(max=_LONGEST_FLOW)
        ends = sizes.cumsum()
        flows = int(np.searchsorted(ends, packets)) + 1
        sizes, ends = sizes[:flows], ends[:flows].clip(max=packets)
        sizes[-1] -= int(sizes.sum()) - packets
        starts = ends - sizes
        flow = np.repeat(np.arange(flows), sizes)
        place = np.arange(packets) - starts[flow]
        begin = begin_us + rng.random(flows) * (end_us - begin_us) / 2
        duration = rng.random(flows) * (end_us - begin)
        passed = rng.exponential(1.0, packets).cumsum()
        passed -= passed[starts][flow]
        whole = passed[ends - 1].clip(min=1e-9)
        time_us = (begin[flow] + duration[flow] * passed / whole[flow]).astype(np.int64)
        udp = (rng.random(flows) < 0.25)[flow]
        dice = rng.random(packets)
        heavy = dice < 0.35
        out = ~heavy
        left = ends[flow] - 1 - np.arange(packets)
        opening = place < 5
        out[opening] = np.array([True, False, True, True, False])[place[opening]]
        out[left == 2], out[left == 1], out[left == 0] = True, False, True
        full = np.where(udp, _FULL_UDP, _FULL_TCP)
        some = _LEAST_DATA + 2 * rng.integers(0, (full - _LEAST_DATA) // 2)
        payload = np.where(heavy, np.where(rng.random(packets) < 0.7, full, some), 0)
        payload = np.where(out & (udp | (dice > 0.9)), _LEAST_DATA + 2 * rng.integers(0, 40, packets), payload)
        payload[udp & (payload == 0)] = _LEAST_DATA
        payload[udp & (place == 0)] = _INITIAL_UDP
        payload[~udp & (opening | (left <= 2))] = 0
        payload[~udp & (place == 3)] = len(_HELLO)
        earlier, self.flows = self.flows, self.flows + flows
        return _Packets(flow + earlier, place, left, time_us, udp, out, payload)

    def _lan(self, p: _Packets) -> Rows:
        rows = self._noise[self._rng.integers(0, len(self._noise), len(p.flow))]
        length = p.payload + np.where(p.udp, _HEAD_UDP, _HEAD_TCP) - RECORD_BYTES
        blank_behind(rows, length)
        head = overlay(rows, 0, HEAD)
        client = FIRST_CLIENT + p.flow % CLIENTS
        server = FIRST_SERVER + p.flow * 40503 % (1 << 17)
        port = 10_000 + p.flow // CLIENTS % 50_000
        macs = np.array([ROUTER_LAN_MAC, CLIENT_MAC], "V6")
        head["smac"], head["dmac"] = macs[p.out.astype(int)], macs[(~p.out).astype(int)]
        head["ethertype"], head["version"], head["tos"], head["fragment"] = 0x0800, 0x45, 0, 0x4000
        head["total"] = length - 14
        head["ttl"] = np.where(p.out, 64, 53)
        head["protocol"] = np.where(p.udp, UDP, TCP)
        head["src"], head["dst"] = np.where(p.out, client, server), np.where(p.out, server, client)
        head["sport"], head["dport"] = np.where(p.out, port, _PORT), np.where(p.out, _PORT, port)
        _fill_udp(rows, p)
        _fill_tcp(rows, p)
        return Rows(p.time_us, length, rows)


def _fill_udp(rows: NDArray[np.uint8], p: _Packets) -> None:
    at = np.flatnonzero(p.udp)
    part = rows[at, : _HEAD_UDP + len(_QUIC_INITIAL)]
    overlay(part, _HEAD_UDP - UDP_REST.itemsize, UDP_REST)["length"] = p.payload[at] + 8
    part[:, _HEAD_UDP] = part[:, _HEAD_UDP] & 0x3F | 0x40  # a short header, RFC 9000 section 17.3.1
    part[p.place[at] == 0, _HEAD_UDP:] = _QUIC_INITIAL
    rows[at, : part.shape[1]] = part


def _fill_tcp(rows: NDArray[np.uint8], p: _Packets) -> None:
    at = np.flatnonzero(~p.udp)
    out, place, left, payload = p.out[at], p.place[at], p.left[at], p.payload[at]
    syn, fin = place < 2, (left == 2) | (left == 1)
    sent = payload + syn + fin
    first = at - place  # each flow is contiguous, so this is where it begins
    begin = np.searchsorted(at, first)
    before = {}
    for direction in (True, False):
        counted = np.where(out == direction, sent, 0)
        passed = counted.cumsum() - counted
        before[direction] = passed - passed[begin] + p.flow[at] * (48271 if direction else 69621) % (1 << 32)
    part = rows[at, :_HEAD_TCP]
    tcp = overlay(part, _HEAD_TCP - TCP_REST.itemsize, TCP_REST)
    tcp["seq"] = np.where(out, before[True], before[False]) % (1 << 32)
    tcp["ack"] = np.where(place == 0, 0, np.where(out, before[False], before[True]) % (1 << 32))
    tcp["offset"], tcp["window"], tcp["urgent"] = 0x80, 0x2000, 0
    flags = np.where(place == 0, SYN, np.where(place == 1, SYN | ACK, ACK))
    tcp["flags"] = flags | np.where(payload > 0, PSH, 0) | np.where(fin & ~syn, FIN, 0)
    tcp["option"], tcp["tsval"], tcp["tsecr"] = 0x0101080A, p.time_us[at] // 1000 % (1 << 32), 0
    rows[at, :_HEAD_TCP] = part
    hello = at[place == 3]
    rows[hello, _HEAD_TCP : _HEAD_TCP + len(_HELLO)] = _HELLO
    data = at[(payload > 0) & (place != 3)]
    rows[data, _HEAD_TCP : _HEAD_TCP + 3] = _TLS_DATA
    record = (p.payload[data] - 5).astype(">u2")
    rows[data, _HEAD_TCP + 3 : _HEAD_TCP + 5] = record.view(np.uint8).reshape(-1, 2)


def _behind_nat(lan: Rows, at: NDArray[np.int64], p: _Packets, delay: NDArray[np.int64], index: int) -> Rows:
    """The same packets on a link's side: source rewritten, one hop further, the router's delay later or earlier."""
    link, out = LINKS[index], p.out[at]
    rows = Rows(lan.time_us[at] + np.where(out, delay[at], -delay[at]), lan.length[at], lan.bytes[at])
    head = rows.head()
    port = 1024 + p.flow[at] % 64_000
    macs = np.array([link.isp_mac, link.router_mac], "V6")
    head["smac"], head["dmac"] = macs[out.astype(int)], macs[(~out).astype(int)]
    head["ttl"] = np.where(out, 63, 54)
    head["src"], head["dst"] = np.where(out, link.address, head["src"]), np.where(out, head["dst"], link.address)
    head["sport"], head["dport"] = np.where(out, port, head["sport"]), np.where(out, head["dport"], port)
    return rows
