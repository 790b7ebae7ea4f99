"""What packet filters hand to a capture: OpenBSD's pf and IPsec, Linux's netfilter."""

from __future__ import annotations

from typing import Literal

import numpy as np

from wanwitness.ingest.columns import whole_headers

from . import layouts
from .steps import FAMILIES, IPV4, IPV6, Bytes, NetworkStart, Offsets, translate

_PAYLOAD = 9
"""NFULA_PAYLOAD: the packet itself."""
_KINDS = 0x3F
"""Types are small numbers, and none is 0; the two bits at the other end are flags."""
_TOGETHER = 32
"""Values of all frames are stepped over together, so many times; the kernel has about 20 kinds. A frame that has more
before its packet is read alone, since it may be made to have thousands."""


def pflog(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """The header begins with its length, which is rounded up to words, and the address family."""
    header = whole_headers(data, at, end, layouts.PFLOG)
    length = header["length"].astype(np.int64)
    return NetworkStart.plain(at + length + (-length) % 4, translate(header["family"], FAMILIES))


def enc(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """IPsec's interface `enc` of OpenBSD and FreeBSD: family, SPI and flags, in one byte order or the other."""
    family = whole_headers(data, at, end, layouts.ENC)["family"]
    family = np.where(family < 0x10000, family, family.byteswap())
    return NetworkStart.plain(at + layouts.ENC.itemsize, translate(family, FAMILIES))


def nflog(data: Bytes, at: Offsets, end: Offsets) -> NetworkStart:
    """Values of a length and a type, in the capturing host's byte order; one of them is the packet."""
    at = at + layouts.NFLOG.itemsize
    value = whole_headers(data, at, end, layouts.NFLOG_VALUE)
    swapped = value["type"] & _KINDS == 0
    found = np.zeros(len(at), np.bool_)
    for _ in range(_TOGETHER):
        value = whole_headers(data, at, end, layouts.NFLOG_VALUE)
        length, kind = (np.where(swapped, value[n].byteswap(), value[n]).astype(np.int64) for n in ("length", "type"))
        found |= kind & 0x7FFF == _PAYLOAD
        if found.all():
            break
        at = at + np.where(found, 0, np.maximum(length + (-length) % 4, layouts.NFLOG_VALUE.itemsize))
    for row in np.flatnonzero(~found).tolist():
        behind = _before_payload(data[at[row] : end[row]].tobytes(), "big" if swapped[row] else "little")
        found[row] = behind is not None
        at[row] += behind or 0
    at = at + layouts.NFLOG_VALUE.itemsize
    version = whole_headers(data, at, end, np.dtype("u1")) >> 4
    return NetworkStart.plain(at, np.where(found, translate(version, {4: IPV4, 6: IPV6}), 0))


def _before_payload(values: bytes, order: Literal["big", "little"]) -> int | None:
    """Return where the value that is the packet begins; None where there is none."""
    at, header = 0, layouts.NFLOG_VALUE.itemsize
    while at + header <= len(values):
        length, kind = (int.from_bytes(values[begin : begin + 2], order) for begin in (at, at + 2))
        if kind & 0x7FFF == _PAYLOAD:
            return at
        at += max(length + -length % 4, header)
    return None
