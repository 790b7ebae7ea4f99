"""What an IP header tells its packet apart by: IPv4's Identification (RFC 791), IPv6's flow label (RFC 6437)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_TCP = 6
_PLAIN_IPV4 = 0x45
"""Version 4, and a header without options."""


def ident(data: NDArray[np.uint8], l4: int) -> int | None:
    """Return the Identification or flow label of the packet whose TCP header begins at `l4`; None where it is zero.

    IPv4 headers with options and IPv6 packets with extension headers are rare, and are not looked into.
    """
    four, six = data[max(0, l4 - 20) : l4].tobytes(), data[max(0, l4 - 40) : l4].tobytes()
    if len(four) == 20 and four[0] == _PLAIN_IPV4 and four[9] == _TCP:
        return int.from_bytes(four[4:6]) or None
    if len(six) == 40 and six[0] >> 4 == 6 and six[6] == _TCP:
        return (int.from_bytes(six[:4]) & 0xFFFFF) or None
    return None
