"""What a look at a file's first frames, and at its last, tells of the place where it was captured."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from itertools import islice

import numpy as np

from wanwitness.model.private import is_private
from wanwitness.packets import addresses
from wanwitness.packets.decode.layers import decode_layers
from wanwitness.packets.ports import DNS_PORT, MAIL_PORTS

from .input_file import File

FRAMES, BYTES = 1 << 6, 1 << 15
"""As much is looked at together."""
LOOKS = 4
"""Times at most, while nothing tells who asks or sends mail there."""
_SERVICES = np.array(sorted({*MAIL_PORTS, DNS_PORT}))
_MOST, _FEW = 0.9, 16
"""An address that is in this share of the packets, if there are more than a few, is taken for the one of the place
itself.
"""
_GROUP = 1 << 40
"""A MAC with this bit belongs to no single host (IEEE 802)."""
Pair = tuple[int, int]
"""The two MACs of a frame, the smaller first; 0 where the link has none."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a file shows at its begin, and when it ends."""

    begin_ns: int
    """Time of its first frame."""
    end_ns: int
    """Time of its last frame; where that is not known, of the last that was looked at."""
    whole: bool
    """Whether the end is known."""
    interfaces: frozenset[tuple[int, str]]
    """Link type and name of each interface."""
    own: frozenset[str]
    """Addresses that ask, and open connections; on a link's side the router's."""
    pairs: frozenset[Pair]
    """Who sends to whom, as far as both are single hosts."""

    @property
    def macs(self) -> frozenset[int]:
        """All of the MACs."""
        return frozenset(mac for pair in self.pairs for mac in pair)

    @property
    def versions(self) -> frozenset[int]:
        """The IP versions of the addresses."""
        return frozenset(6 if ":" in ip else 4 for ip in self.own)

    @property
    def networks(self) -> frozenset[str]:
        """The networks that its private addresses are likely to lie in: a /24 or a /64."""
        return frozenset(
            str(ip_network(f"{ip}/{64 if ':' in ip else 24}", strict=False)) for ip in self.own if is_private(ip)
        )


def glimpse(file: File) -> Glimpse | None:
    """Look at a file; None where it holds no frames."""
    times: list[int] = []
    own: set[str] = set()
    pairs: set[Pair] = set()
    read = looks = 0
    for frames in islice(file.capture.windows(FRAMES, BYTES), LOOKS):
        read, looks = read + len(frames), looks + 1
        times += (int(frames.ts_ns.min()), int(frames.ts_ns.max()))
        linktypes = np.array([interface.linktype for interface in file.capture.interfaces], np.int32)
        packets = decode_layers(frames, linktypes[frames.interface]).packets
        pairs |= _pairs(packets.src_mac.tolist(), packets.dst_mac.tolist())
        packets = packets.take((packets.protocol == 6) | (packets.protocol == 17))
        asking, answering = np.isin(packets.dport, _SERVICES), np.isin(packets.sport, _SERVICES)
        rows = np.concatenate([packets.src[asking & ~answering], packets.dst[answering & ~asking]])
        own |= {addresses.text(row.tobytes()) for row in np.unique(rows, axis=0)}
        if not own and (central := _central(np.concatenate([packets.src, packets.dst]), len(packets))) is not None:
            own.add(central)
        if own:
            break
    if not times:
        return None
    end_ns = file.capture.last_ns()
    ended = looks < LOOKS and (read < FRAMES * looks) and end_ns is None
    return Glimpse(
        begin_ns=min(times),
        end_ns=max([*times, *([] if end_ns is None else [end_ns])]),
        whole=ended or end_ns is not None,
        interfaces=frozenset((interface.linktype, interface.name or "") for interface in file.capture.interfaces),
        own=frozenset(own),
        pairs=frozenset(pairs),
    )


def _pairs(sources: list[int], targets: list[int]) -> set[Pair]:
    return {(min(pair), max(pair)) for pair in {*zip(sources, targets, strict=True)} if any(pair) and not _group(pair)}


def _group(pair: Pair) -> bool:
    return bool((pair[0] | pair[1]) & _GROUP)


def _central(ends: np.ndarray, packets: int) -> str | None:
    """The one address that nearly all packets come from or go to."""
    if packets < _FEW:
        return None
    found, counts = np.unique(ends, axis=0, return_counts=True)
    central = found[counts >= _MOST * packets]
    return addresses.text(central[0].tobytes()) if len(central) == 1 else None
