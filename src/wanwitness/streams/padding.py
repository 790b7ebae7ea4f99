"""Ethernet's padding taken for payload: NULs that some stacks and capturing cards count as the packet's.

A frame has at least 46 bytes behind its header (IEEE 802.3, section 3.2.7), an ACK or a FIN without options 40, so the
padding is 6 bytes at most. A sender that means bytes of its stream puts PSH on the last of them (RFC 9293 section
3.9.1.2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wanwitness.packets import Packets
from wanwitness.packets.header_fields import PSH, RST

from .packet import Packet

MOST = 6
"""Bytes."""


def may_be_padding(packet: Packet) -> bool:
    """Whether a packet's payload looks like it."""
    length = packet.length
    return 0 < length <= MOST and not packet.flags & (PSH | RST) and packet.payload == bytes(length)


def maybe_padded(packets: Packets, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which of these rows have a payload that looks like it."""
    length = packets.payload_length[rows]
    maybe: NDArray[np.bool_] = (length > 0) & (length <= MOST) & (packets.flags[rows] & (PSH | RST) == 0)
    for place in np.flatnonzero(maybe).tolist():
        start = int(packets.payload[rows[place]])
        maybe[place] = not packets.data[start : start + int(length[place])].any()
    return maybe
