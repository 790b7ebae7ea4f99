"""Single fields of headers, read where few packets are asked for them: TCP's flags and options, IP's identification."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
"""TCP's flags as they stand in the header (RFC 9293 section 3.1)."""
_END, _NO_OPERATION, _TIMESTAMPS = 0, 1, 8
HEADER = 20
"""Bytes of TCP's header before its options."""
_TCP = 6
_PLAIN_IPV4 = 0x45
"""Version 4, and a header without options."""


def tsval(data: NDArray[np.uint8], start: int, end: int) -> int | None:
    """The TSval of a timestamp option (RFC 7323 section 3) among the options from `start` to `end`."""
    options = data[start:end].tobytes()
    at = 0
    while at < len(options) and options[at] != _END:
        if options[at] == _NO_OPERATION:
            at += 1
            continue
        size = options[at + 1] if at + 1 < len(options) else 0
        if size < 2:
            return None
        if options[at] == _TIMESTAMPS and size == 10 and at + 6 <= len(options):
            return int.from_bytes(options[at + 2 : at + 6])
        at += size
    return None


def ident(data: NDArray[np.uint8], l4: int) -> int | None:
    """Return a packet's Identification (RFC 791) or flow label (RFC 6437), its TCP header being at `l4`; None for zero.

    IPv4 headers with options and IPv6 packets with extension headers are rare, and are not looked into.
    """
    four, six = data[max(0, l4 - 20) : l4].tobytes(), data[max(0, l4 - 40) : l4].tobytes()
    if len(four) == 20 and four[0] == _PLAIN_IPV4 and four[9] == _TCP:
        return int.from_bytes(four[4:6]) or None
    if len(six) == 40 and six[0] >> 4 == 6 and six[6] == _TCP:
        return (int.from_bytes(six[:4]) & 0xFFFFF) or None
    return None
