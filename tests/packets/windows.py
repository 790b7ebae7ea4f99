"""Windows of frames without a file, and packets by scapy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wanwitness.ingest import Frames
from wanwitness.packets import LeftOut, Packets
from wanwitness.packets.decode import decode

ETHERNET = 1


def frames(
    captured: Sequence[Any], cut: int | None = None, interfaces: Sequence[int] | None = None, first: int = 1
) -> Frames:
    """A window of these packets (bytes, or scapy's), each cut to `cut` bytes, with rubbish between and behind them."""
    whole = [bytes(packet) for packet in captured]
    kept = [packet[:cut] for packet in whole]
    filling = b"\xa5" * 5
    data = b"".join(packet + filling for packet in kept)
    caplen = np.array([len(packet) for packet in kept], np.int64)
    offset = np.cumsum(caplen + len(filling)) - caplen - len(filling)
    n = len(kept)
    number = np.arange(first, first + n)
    return Frames(
        data=np.frombuffer(data, np.uint8),
        offset=offset,
        caplen=caplen,
        length=np.array([len(packet) for packet in whole], np.int64),
        ts_ns=number * 1_000_000,
        number=number,
        interface=np.array(interfaces if interfaces is not None else [0] * n, np.int32),
        record=offset - 16,
    )


def decoded(captured: Sequence[Any], linktype: int = ETHERNET, cut: int | None = None) -> tuple[Packets, LeftOut]:
    """Decode these packets, all of one link type."""
    return decode(frames(captured, cut), np.array([linktype], np.int32))


def payload(packets: Packets, row: int = 0) -> bytes:
    """The captured payload bytes of one packet."""
    at = packets.payload[row]
    return packets.data[at : at + packets.payload_length[row]].tobytes()
