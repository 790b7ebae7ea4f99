"""What packet filters hand to a capture: OpenBSD's pf and IPsec, Linux's netfilter."""

from __future__ import annotations

import numpy as np

from wanwitness.ingest.columns import whole_headers

from . import layouts
from .steps import FAMILIES, IPV4, IPV6, Bytes, NetworkStart, Offsets, translate

_PAYLOAD = 9
"""NFULA_PAYLOAD: the packet itself."""
_MOST_VALUES = 32
"""Values before the packet; the kernel has about 20 kinds."""


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
    swapped = (value["length"] < layouts.NFLOG_VALUE.itemsize) | (at + value["length"] > end)
    found = np.zeros(len(at), np.bool_)
    for _ in range(_MOST_VALUES):
        value = whole_headers(data, at, end, layouts.NFLOG_VALUE)
        length, kind = (np.where(swapped, value[n].byteswap(), value[n]).astype(np.int64) for n in ("length", "type"))
        found |= kind & 0x7FFF == _PAYLOAD
        if found.all():
            break
        at = at + np.where(found, 0, np.maximum(length + (-length) % 4, layouts.NFLOG_VALUE.itemsize))
    at = at + layouts.NFLOG_VALUE.itemsize
    version = whole_headers(data, at, end, np.dtype("u1")) >> 4
    return NetworkStart.plain(at, np.where(found, translate(version, {4: IPV4, 6: IPV6}), 0))
