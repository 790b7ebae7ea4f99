"""Network layers: IPv4, IPv6, ARP, IPCP. Each takes rows that the link layer says are it, and returns those that it
understood.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import headers, whole_headers
from wanwitness.packets.left_out import BAD_IHL, BAD_TOTAL_LENGTH, BAD_VERSION, EXTENSIONS
from wanwitness.packets.packets import ARP, IPCP

from . import layouts
from .transport import TRANSPORTS
from .tunnels import PROTOCOLS
from .work import Rows, Work

_MAPPED = np.frombuffer(b"\x00\x00\xff\xff", "u4")[0]
"""The third word of ::ffff:a.b.c.d, as it stands in memory."""
_OFFSET, _MORE = 0x1FFF, 0x2000
"""IPv4's fragment word (RFC 791, section 3.1): offset in 8 bytes, more fragments."""
_OFFSET6, _MORE6 = 0xFFF8, 0x0001
"""The same of IPv6 (RFC 8200, section 4.5)."""
_MOST_EXTENSIONS = 8
"""Extension headers followed; RFC 8200, section 4.1 has each at most once, and seven kinds of them."""
_FRAGMENT, _AUTHENTICATION = 44, 51
_EXTENSION = np.isin(np.arange(256), (0, 43, 60, _FRAGMENT, _AUTHENTICATION))
"""Next-header values that are followed: hop-by-hop, routing, destination options, fragment, AH (RFC 4302)."""
_AH_WORD = 4
"""AH counts its length in words of so many bytes, less two (RFC 4302, section 2.2)."""
_OURS = np.isin(np.arange(256), [*TRANSPORTS, *PROTOCOLS])
_TUNNEL = np.isin(np.arange(256), list(PROTOCOLS))


def _write_ipv4(column: NDArray[np.uint8], rows: Rows, address: NDArray[np.uint32]) -> None:
    words = column.view("u4")
    words[rows, 2] = _MAPPED
    words[rows, 3] = address


def _narrow(work: Work, rows: Rows, stop: NDArray[np.int64]) -> None:
    """Let the rows end where the IP header says: what follows is the link layer's padding."""
    work.stop[rows] = stop
    work.end[rows] = np.minimum(work.end[rows], stop)


def ipv4(work: Work, rows: Rows, at: NDArray[np.int64]) -> Rows:
    """Decode IPv4 headers (RFC 791) at the offsets `at`, parallel to `rows`; other protocols than ours drop out."""
    whole = work.with_header(rows, at, layouts.IPV4.itemsize)
    rows, at = rows[whole], at[whole]
    header = headers(work.frames.data, at, layouts.IPV4)
    size = (header["version_ihl"] & 0x0F).astype(np.int64) * 4
    length = header["length"].astype(np.int64)
    # A total length of 0 is what segmentation offload leaves in packets captured before the card cut them.
    stop = np.where(length == 0, work.stop[rows], at + length)
    protocol = header["protocol"]
    if (protocol == _AUTHENTICATION).any():
        protocol, size = _behind_authentication(work, rows, at, header, size)
    good = np.ones(len(rows), np.bool_)
    for fault, reason in (
        (header["version_ihl"] >> 4 != 4, BAD_VERSION),
        (size < layouts.IPV4.itemsize, BAD_IHL),
        (at + size > stop, BAD_TOTAL_LENGTH),
    ):
        work.note(rows[fault & good], reason)
        good &= ~fault
    good &= _OURS[protocol]
    part = (header["fragment"] & (_OFFSET | _MORE) != 0) & good
    if part.any():
        work.set_apart(rows[part], at[part], at[part] + size[part], stop[part])
        good &= ~part
    if not good.all():
        rows, at, header, size, stop, protocol = (column[good] for column in (rows, at, header, size, stop, protocol))
    _narrow(work, rows, stop)
    packets = work.packets
    packets.version[rows] = 4
    packets.protocol[rows] = protocol
    packets.ttl[rows] = header["ttl"]
    packets.l4[rows] = at + size
    _write_ipv4(packets.src, rows, header["src"])
    _write_ipv4(packets.dst, rows, header["dst"])
    return _without_tunnels(work, rows)


def _behind_authentication(
    work: Work, rows: Rows, at: NDArray[np.int64], header: NDArray[np.void], size: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the protocol and the headers' length with AH (RFC 4302) stepped over, where it is not in fragments."""
    signed = (header["protocol"] == _AUTHENTICATION) & (header["fragment"] & (_OFFSET | _MORE) == 0)
    extension = whole_headers(work.frames.data, at + size, work.end[rows], layouts.EXTENSION)
    more = (extension["length"].astype(np.int64) + 2) * _AH_WORD
    return np.where(signed, extension["next"], header["protocol"]), np.where(signed, size + more, size)


def _without_tunnels(work: Work, rows: Rows) -> Rows:
    """Return the rows that are no tunnel's, and have what the others carry looked at later."""
    protocol = work.packets.protocol[rows]
    tunnel = _TUNNEL[protocol]
    if tunnel.any():
        for number, read in PROTOCOLS.items():
            work.carry(rows[protocol == number], work.packets.l4, read)
        rows = rows[~tunnel]
    return rows


def ipv6(work: Work, rows: Rows, at: NDArray[np.int64]) -> Rows:
    """Decode IPv6 headers (RFC 8200) and step over extension headers; other protocols than ours drop out."""
    whole = work.with_header(rows, at, layouts.IPV6.itemsize)
    rows, at = rows[whole], at[whole]
    header = headers(work.frames.data, at, layouts.IPV6)
    good = header["version"] >> 4 == 6
    if not good.all():
        work.note(rows[~good], BAD_VERSION)
        rows, at, header = rows[good], at[good], header[good]
    length = header["length"].astype(np.int64)
    l4 = at + layouts.IPV6.itemsize
    # A payload length of 0 is a jumbogram's (RFC 2675), or left by segmentation offload.
    _narrow(work, rows, np.where(length == 0, work.stop[rows], l4 + length))
    packets = work.packets
    packets.version[rows] = 6
    packets.protocol[rows] = header["next"]
    packets.ttl[rows] = header["hop_limit"]
    packets.l4[rows] = l4
    for column, side in ((packets.src, "src"), (packets.dst, "dst")):
        column.view("V16")[rows, 0] = header[side]
    if _EXTENSION[header["next"]].any():
        rows = _extensions(work, rows, l4 - layouts.IPV6.itemsize)
    return _without_tunnels(work, rows[_OURS[packets.protocol[rows]]])


def _extensions(work: Work, rows: Rows, ip: NDArray[np.int64]) -> Rows:
    """Step over extension headers, one a round; the IPv6 headers of the rows begin at `ip`."""
    packets = work.packets
    begin = np.zeros(len(work.frames), np.int64)
    begin[rows] = ip
    done = []
    for _ in range(_MOST_EXTENSIONS):
        extended = _EXTENSION[packets.protocol[rows]]
        done.append(rows[~extended])
        rows = rows[extended]
        at = packets.l4[rows]
        whole = work.with_header(rows, at, layouts.EXTENSION.itemsize)
        rows, at = rows[whole], at[whole]
        header = headers(work.frames.data, at, layouts.EXTENSION)
        kind = packets.protocol[rows]
        cut = (kind == _FRAGMENT) & (header["fragment"] & (_OFFSET6 | _MORE6) != 0)
        if cut.any():
            ours = _OURS[header["next"][cut]] | _EXTENSION[header["next"][cut]]
            apart = rows[cut][ours]
            work.set_apart(apart, begin[apart], at[cut][ours] + layouts.EXTENSION.itemsize, work.stop[apart])
            rows, at, header, kind = rows[~cut], at[~cut], header[~cut], kind[~cut]
        words = header["length"].astype(np.int64)
        size = np.where(kind == _AUTHENTICATION, (words + 2) * 4, (words + 1) * 8)
        size[kind == _FRAGMENT] = layouts.EXTENSION.itemsize
        packets.l4[rows] = at + size
        packets.protocol[rows] = header["next"]
    extended = _EXTENSION[packets.protocol[rows]]
    work.note(rows[extended], EXTENSIONS)
    return np.sort(np.concatenate([*done, rows[~extended]]))


def arp(work: Work, rows: Rows, at: NDArray[np.int64]) -> Rows:
    """Decode ARP (RFC 826) of Ethernet and IPv4; other kinds drop out. There is no layer above, so this is all."""
    whole = work.with_header(rows, at, layouts.ARP_HEADER.itemsize)
    rows, at = rows[whole], at[whole]
    header = headers(work.frames.data, at, layouts.ARP_HEADER)
    good = (header["hardware"] == 1) & (header["type"] == 0x0800) & (header["sizes"] == 0x0604)
    rows, at, header = rows[good], at[good], header[good]
    packets = work.packets
    packets.version[rows] = 4
    packets.protocol[rows] = ARP
    packets.sport[rows] = header["operation"]
    packets.src_mac[rows] = header["sender_mac"] >> np.uint64(16)
    packets.l4[rows] = at
    packets.payload[rows] = at + layouts.ARP_HEADER.itemsize
    _write_ipv4(packets.src, rows, header["sender"])
    _write_ipv4(packets.dst, rows, header["target"])
    return rows


def ipcp(work: Work, rows: Rows, at: NDArray[np.int64]) -> Rows:
    """Find PPP's IPCP packets (RFC 1332); the payload is all of the packet, from the code on."""
    whole = work.with_header(rows, at, layouts.IPCP.itemsize)
    rows, at = rows[whole], at[whole]
    packets = work.packets
    packets.version[rows] = 4
    packets.protocol[rows] = IPCP
    packets.sport[rows] = headers(work.frames.data, at, layouts.IPCP)["code"]
    packets.l4[rows] = packets.payload[rows] = at
    packets.payload_length[rows] = work.end[rows] - at
    return rows
