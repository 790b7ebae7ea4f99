"""IEEE 802.11: the network layer within Wi-Fi's data frames, as far as they are not encrypted."""

from __future__ import annotations

import numpy as np

from wanwitness.ingest.columns import whole_headers

from . import layouts
from .steps import Bytes, NetworkStart, Offsets, llc, steps

_DATA = 0x08
"""Frame control's first byte: version 0, type 2, whose subtype is in the upper half (IEEE 802.11, section 9.2.4.1)."""
_NO_DATA, _QOS = 0x40, 0x80
"""Of the subtype: a frame without a body; one with a QoS field."""
_TO_DS, _FROM_DS, _PROTECTED, _ORDER = 0x01, 0x02, 0x40, 0x80
"""Of frame control's second byte."""
_AGGREGATED = 0x80
"""Of the QoS field (section 9.2.4.5): several packets in one frame."""
_PRISM_LENGTH = 144
_AVS_COOKIE = 0x80211
"""What an AVS header begins with, but for its version."""


def ieee80211(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """A frame without anything before it."""
    header = whole_headers(data, at, end, layouts.IEEE80211)
    control, flags = header["control"], header["flags"]
    plain = (control & 0x0F == _DATA) & (control & _NO_DATA == 0) & (flags & _PROTECTED == 0)
    relayed = flags & (_TO_DS | _FROM_DS) == _TO_DS | _FROM_DS
    qos = control & _QOS != 0
    fourth = whole_headers(data, at + layouts.IEEE80211.itemsize, end, layouts.MAC)
    size = layouts.IEEE80211.itemsize + np.where(relayed, 6, 0)
    aggregated = qos & (whole_headers(data, at + size, end, np.dtype("u1")) & _AGGREGATED != 0)
    size = size + np.where(qos, 2, 0) + np.where(qos & (flags & _ORDER != 0), 4, 0)
    first, second, third = (header[name] >> np.uint64(16) for name in ("first", "second", "third"))
    behind, ethertype = llc(data, at + size, end)
    # Some cards leave two bytes between the header and the body, so that this begins at a multiple of four.
    padded = llc(data, at + size + (-size) % 4, end)
    behind, ethertype = np.where(ethertype != 0, behind, padded[0]), np.where(ethertype != 0, ethertype, padded[1])
    link = NetworkStart.plain(behind, np.where(plain, ethertype, 0))
    link.dst_mac = np.where(flags & _TO_DS != 0, third, first)
    link.src_mac = np.where(relayed, fourth >> np.uint64(16), np.where(flags & _FROM_DS != 0, third, second))
    link.src_mac[~plain] = link.dst_mac[~plain] = 0
    parted = np.flatnonzero(plain & aggregated)
    if len(parted):
        link.ethertype[parted] = 0
        link.several = _aggregated(data, (at + size)[parted], end, parted)
    return steps(data, link, end)


def _aggregated(data: Bytes, at: Offsets, end: Offsets, rows: Offsets) -> list[tuple[Offsets, Offsets]]:
    """Find the packets of frames that hold several (section 9.3.2.2): each is both addresses, a length, LLC."""
    found = []
    while len(rows):
        here = np.flatnonzero(at + layouts.ETHERNET.itemsize < end[rows])
        at, rows = at[here], rows[here]
        length = whole_headers(data, at, end[rows], layouts.ETHERNET)["type"].astype(np.int64)
        here = np.flatnonzero(length > 0)
        at, rows, length = at[here], rows[here], length[here]
        found.append((rows, at))
        at = at + (layouts.ETHERNET.itemsize + length + 3) // 4 * 4
    return found


def radiotap(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """Behind what the radio says (radiotap.org)."""
    return ieee80211(data, at + whole_headers(data, at, end, layouts.RADIOTAP)["length"], end)


def avs(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """Behind AVS's header, which tells its length."""
    return ieee80211(data, at + whole_headers(data, at, end, layouts.AVS)["length"].astype(np.int64), end)


def prism(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """Behind Prism's header, in whose place AVS's may stand."""
    header = whole_headers(data, at, end, layouts.AVS)
    told = header["cookie"] >> 12 == _AVS_COOKIE
    return ieee80211(data, at + np.where(told, header["length"], _PRISM_LENGTH).astype(np.int64), end)
