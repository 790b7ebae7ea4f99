"""One captured frame with other addresses: its headers, whatever is wrapped around them, and checksums made anew.

What is not understood is blanked; a trailer, in which there may be a check sum of the frame as it was, becomes zeros.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wanwitness.packets.decode.link import ARP, IPV4, IPV6, LINK_LAYERS
from wanwitness.packets.ports import DNS_PORT

from .addresses import AddressMasks
from .dns_wire import BLANK, mask_message
from .texts import TextMasks

_ETHERNET, _IEEE802_11, _SLL, _SLL2 = 1, 105, 113, 276
_MACS = {_ETHERNET: (0, 6), _IEEE802_11: (4, 10, 16), _SLL: (6,), _SLL2: (12,)}
"""Where a link layer's header has MACs."""
_TCP, _UDP, _ICMP, _ICMP6, _GRE, _IP4, _IP6 = 6, 17, 1, 58, 47, 4, 41
_FRAGMENT = 44
_NO_NEXT = 59
_EXTENSIONS = (0, 43, 60)
"""Hop-by-hop, routing and destination options (RFC 8200)."""
_QUOTES = {_ICMP: (3, 4, 5, 11, 12), _ICMP6: (1, 2, 3, 4)}
"""Types of ICMP's errors, which quote the packet (RFC 792, RFC 4443)."""
_REDIRECT = 5
_NEIGHBOURS = {133: 8, 134: 16, 135: 24, 136: 24, 137: 40}
"""By type of neighbour discovery, where its options begin (RFC 4861)."""
_VXLAN_PORTS = (4789, 8472)
_BRIDGED = 0x6558
_DHCP_PORTS = (67, 68)
_CHECKSUM_AT = {_TCP: 16, _UDP: 6, _ICMP: 2, _ICMP6: 2}
_DEEPEST = 8
"""Headers of IP in one another."""


class TcpPayload(NamedTuple):
    """What a frame carries of a TCP connection, to be masked with what the others do."""

    flow: tuple[bytes, bytes, int, int]
    """From whom to whom: addresses and ports, as they were."""
    seq: int
    opens: bool
    """It is a SYN: sequence numbers begin anew."""
    begin: int
    end: int


class ChecksumPlace(NamedTuple):
    """Where in a frame checksums are to be made anew."""

    ip: int
    """Where its IP header begins."""
    at: int
    """Where TCP, UDP or ICMP begins."""
    end: int
    protocol: int
    whole: bool
    """Whether all of it was captured, and none of it is in another fragment."""


class FrameMask:
    """Masks one frame, but for what TCP carries in it.

    Args:
        frame: as it was captured; `data` is what becomes of it.
        linktype: its interface's.
        texts: masks names.
        addresses: masks addresses.
    """

    def __init__(self, frame: bytes, linktype: int, texts: TextMasks, addresses: AddressMasks) -> None:
        self.data = bytearray(frame)
        self.said: list[TcpPayload] = []
        self._segments: list[ChecksumPlace] = []
        self._texts, self._addresses = texts, addresses
        self._link(0, len(frame), linktype)

    def finish(self) -> bytes:
        """Return the frame, its checksums made anew: the innermost first, since the outer ones are over them."""
        for segment in reversed(self._segments):
            self._sum_up(segment)
        return bytes(self.data)

    def _link(self, at: int, end: int, linktype: int) -> None:
        if linktype not in LINK_LAYERS:
            self._blank(at, end)
            return
        data = np.frombuffer(bytes(self.data[at:end]), np.uint8)
        layer = LINK_LAYERS[linktype](data, np.zeros(1, np.int64), np.array([end - at], np.int64))
        network, kind = min(at + max(int(layer.at[0]), 0), end), int(layer.ethertype[0])
        for place in _MACS.get(linktype, ()):
            if at + place + 6 <= network:
                self._mac(at + place)
        self._known_macs(at, network)
        self._network(network, end, kind, 0)

    def _network(self, at: int, end: int, kind: int, depth: int) -> None:
        if kind == IPV4 and at + 20 <= end and self.data[at] >> 4 == 4 and depth < _DEEPEST:
            self._ip4(at, end, depth)
        elif kind == IPV6 and at + 40 <= end and self.data[at] >> 4 == 6 and depth < _DEEPEST:
            self._ip6(at, end, depth)
        elif kind == ARP and self.data[at + 2 : at + 6] == b"\x08\x00\x06\x04" and at + 28 <= end:
            for mac, ip in ((at + 8, at + 14), (at + 18, at + 24)):
                self._mac(mac)
                self._ip(ip, 4)
            self._zero(at + 28, end)
        else:
            self._blank(at, end)

    def _ip4(self, at: int, end: int, depth: int) -> None:
        header, length = (self.data[at] & 15) * 4, self._number(at + 2, 2)
        behind = max(min(at + (length or end - at), end), at + 20)  # a length of 0: the network card was to fill it in
        src, dst = bytes(self.data[at + 12 : at + 16]), bytes(self.data[at + 16 : at + 20])
        self._ip(at + 12, 4)
        self._ip(at + 16, 4)
        start = min(at + max(header, 20), behind)
        self._options4(at + 20, start)
        offset = self._number(at + 6, 2)
        whole = not offset & 0x3FFF and (not length or at + length <= end)
        self._segments.append(ChecksumPlace(at, start, behind, -1, start - at == header))
        self._transport(at, start, behind, self.data[at + 9], (src, dst), whole, bool(offset & 0x3FFF), depth)
        self._zero(behind, end)

    def _options4(self, at: int, end: int) -> None:
        """Routes that were recorded or asked for have addresses (RFC 791): all options but the plain ones go."""
        if any(self.data[at:end]):
            self.data[at:end] = b"\x01" * (end - at)

    def _ip6(self, at: int, end: int, depth: int) -> None:
        length, following = self._number(at + 4, 2), self.data[at + 6]
        behind = min(at + 40 + length, end) if length else end
        src, dst = bytes(self.data[at + 8 : at + 24]), bytes(self.data[at + 24 : at + 40])
        self._ip(at + 8, 16)
        self._ip(at + 24, 16)
        start, fragment = at + 40, False
        while following in (*_EXTENSIONS, _FRAGMENT) and start + 8 <= behind:
            size = 8 if following == _FRAGMENT else (self.data[start + 1] + 1) * 8
            if following == _FRAGMENT:
                fragment = fragment or bool(self._number(start + 2, 2) & 0xFFF9)
            else:
                self._blank(start + 2, min(start + size, behind))
            following, start = self.data[start], min(start + size, behind)
        whole = not fragment and at + 40 + length <= end
        self._transport(at, start, behind, following, (src, dst), whole, fragment, depth)
        self._zero(behind, end)

    def _transport(
        self,
        ip: int,
        at: int,
        end: int,
        protocol: int,
        ends: tuple[bytes, bytes],
        whole: bool,
        fragment: bool,
        depth: int,
    ) -> None:
        if fragment:  # what of a name stands in another is not known
            self._blank(at, end)
            return
        if protocol in _CHECKSUM_AT:
            self._segments.append(ChecksumPlace(ip, at, end, protocol, whole))
        if protocol == _TCP and at + 20 <= end:
            self._tcp(at, end, ends)
        elif protocol == _UDP and at + 8 <= end:
            self._udp(at, end, depth)
        elif protocol in _QUOTES and at + 8 <= end:
            self._icmp(at, end, protocol, depth)
        elif protocol in (_IP4, _IP6):
            self._network(at, end, IPV4 if protocol == _IP4 else IPV6, depth + 1)
        elif protocol == _GRE and at + 4 <= end:
            self._gre(at, end, depth)
        elif protocol != _NO_NEXT:
            self._blank(at, end)

    def _tcp(self, at: int, end: int, ends: tuple[bytes, bytes]) -> None:
        begin = min(max(at + 20, at + (self.data[at + 12] >> 4) * 4), end)
        sport, dport = self._number(at, 2), self._number(at + 2, 2)
        flow = (*ends, sport, dport)
        self.said.append(TcpPayload(flow, self._number(at + 4, 4), bool(self.data[at + 13] & 2), begin, end))

    def _udp(self, at: int, end: int, depth: int) -> None:
        ports = self._number(at, 2), self._number(at + 2, 2)
        begin = at + 8
        if DNS_PORT in ports:
            mask_message(self.data, begin, end, self._texts, self._addresses)
        elif ports[1] in _VXLAN_PORTS and begin + 8 <= end and depth < _DEEPEST:
            self._link(begin + 8, end, _ETHERNET)
        elif set(ports) <= set(_DHCP_PORTS) and begin + 240 <= end:
            self._dhcp(begin, end)
        else:
            self._blank(begin, end)

    def _dhcp(self, begin: int, end: int) -> None:
        """The fixed part stays (RFC 2131 section 2); of the options the message's type and the addresses of routers and
        resolvers (RFC 2132).
        """
        for place in (12, 16, 20, 24):
            self._ip(begin + place, 4)
        self._mac(begin + 28)
        self._zero(begin + 34, begin + 236)
        at = begin + 240
        while at + 2 <= end and self.data[at] != 255:
            if not self.data[at]:
                at += 1
                continue
            code, stop = self.data[at], min(at + 2 + self.data[at + 1], end)
            if code in (1, 3, 6, 28, 50, 54):
                for place in range(at + 2, stop - 3, 4):
                    self._ip(place, 4)
            elif code not in (51, 53, 58, 59):
                self._blank(at + 2, stop)
            at = stop

    def _icmp(self, at: int, end: int, protocol: int, depth: int) -> None:
        kind = self.data[at]
        if kind in _QUOTES[protocol]:
            if protocol == _ICMP and kind == _REDIRECT:
                self._ip(at + 4, 4)
            self._network(at + 8, end, IPV4 if protocol == _ICMP else IPV6, depth + 1)
            self.said = [said for said in self.said if said.begin < at or not self._quote(said, at, end)]
        elif protocol == _ICMP6 and kind in _NEIGHBOURS:
            self._neighbours(at, end, kind)
        else:
            self._blank(at + 8, end)

    def _quote(self, said: TcpPayload, at: int, end: int) -> bool:
        """Blank what a quoted packet carries: it is another packet's, and not to be put together with this one's."""
        quoted = at <= said.begin and said.end <= end
        if quoted:
            self._blank(said.begin, said.end)
        return quoted

    def _neighbours(self, at: int, end: int, kind: int) -> None:
        for target in range(at + 8, min(at + _NEIGHBOURS[kind], end) - 15, 16):
            if kind != 134:
                self._ip(target, 16)
        option = at + _NEIGHBOURS[kind]
        while option + 8 <= end and self.data[option + 1]:
            stop = min(option + self.data[option + 1] * 8, end)
            if self.data[option] in (1, 2) and option + 8 <= stop:
                self._mac(option + 2)
            elif self.data[option] == 3 and option + 32 <= stop:
                self._ip(option + 16, 16)
            elif self.data[option] == 25:
                for server in range(option + 8, stop - 15, 16):
                    self._ip(server, 16)
            elif self.data[option] != 5:
                self._blank(option + 2, stop)
            option = stop
        self._blank(min(option, end), end)

    def _gre(self, at: int, end: int, depth: int) -> None:
        flags, kind = self._number(at, 2), self._number(at + 2, 2)
        begin = at + 4 + sum(4 for bit in (0x8000, 0x2000, 0x1000) if flags & bit)
        if flags & 0x4007 or flags & 0x8000 or begin > end:  # routing, other versions, a checksum
            self._blank(at + 4, end)
        elif kind == _BRIDGED and depth < _DEEPEST:
            self._link(begin, end, _ETHERNET)
        else:
            self._network(begin, end, kind, depth + 1)

    def _sum_up(self, segment: ChecksumPlace) -> None:
        if segment.protocol == -1:
            if segment.whole:
                self.data[segment.ip + 10 : segment.ip + 12] = bytes(2)
                self.data[segment.ip + 10 : segment.ip + 12] = _sum(self.data[segment.ip : segment.at])
            return
        at = segment.at + _CHECKSUM_AT[segment.protocol]
        if at + 2 > segment.end:
            return
        unsummed = segment.protocol == _UDP and not any(self.data[at : at + 2])
        self.data[at : at + 2] = bytes(2)
        if not segment.whole or unsummed:
            return
        found = _sum(self._pseudo_header(segment) + self.data[segment.at : segment.end])
        self.data[at : at + 2] = b"\xff\xff" if segment.protocol == _UDP and not any(found) else found

    def _pseudo_header(self, segment: ChecksumPlace) -> bytes:
        if segment.protocol == _ICMP:
            return b""
        if self.data[segment.ip] >> 4 == 4:
            ends, size = self.data[segment.ip + 12 : segment.ip + 20], 2
        else:
            ends, size = self.data[segment.ip + 8 : segment.ip + 40], 4
        length, protocol = (segment.end - segment.at).to_bytes(size), segment.protocol.to_bytes(size)
        return bytes(ends + length + protocol)

    def _known_macs(self, begin: int, end: int) -> None:
        """MACs in headers of which nothing else is read."""
        header = bytes(self.data[begin:end])
        for mac, masked in self._addresses.macs.items():
            at = header.find(mac)
            if at >= 0:
                self.data[begin + at : begin + at + 6] = masked

    def _mac(self, at: int) -> None:
        self.data[at : at + 6] = self._addresses.mac(bytes(self.data[at : at + 6]))

    def _ip(self, at: int, size: int) -> None:
        self.data[at : at + size] = self._addresses.ip(bytes(self.data[at : at + size]))

    def _number(self, at: int, size: int) -> int:
        return int.from_bytes(self.data[at : at + size])

    def _blank(self, begin: int, end: int) -> None:
        if end > begin:
            self.data[begin:end] = BLANK * (end - begin)

    def _zero(self, begin: int, end: int) -> None:
        if end > begin:
            self.data[begin:end] = bytes(end - begin)


def _sum(data: bytes | bytearray) -> bytes:
    """The Internet checksum (RFC 1071)."""
    words = np.frombuffer(bytes(data) + bytes(len(data) % 2), ">u2").astype(np.uint64)
    total = int(words.sum())
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return (total ^ 0xFFFF).to_bytes(2)
