"""Which VLANs of an interface are capture points of their own, where nobody said.

A mirror port of a router that has one interface shows all its sides there, each in a VLAN of its own. A switch may as
well tag a conversation in one direction alone, or differently in the two: such VLANs are one place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest import Frames
from wanwitness.packets import Packets
from wanwitness.packets.decode import decode_layers
from wanwitness.packets.link import LINK_LAYERS
from wanwitness.packets.points import UNTAGGED
from wanwitness.streams import DNS_PORT, MAIL_PORTS

from .file import File

PEEK_FRAMES = 1 << 13
"""Frames that are looked at of each file; a VLAN that shows only later is a place of its own where others are."""
PEEK_BYTES = 4 << 20
_SERVICES = MAIL_PORTS | {DNS_PORT}
_CARRY = (6, 17)
"""TCP and UDP: who talks to whom is told by their ports."""

Flow = tuple[bytes, int, bytes, int]


def places_by_vlan(files: Sequence[File]) -> dict[int, int] | None:
    """Return for the VLANs seen, -1 for no tag, the VLAN that stands for the place; None where all is one place.

    Args:
        files: the files of a capture point.
    """
    if any(file.item.rules or not Path(file.item.path).is_file() for file in files):  # a pipe can be read once
        return None
    flows: dict[int, set[Flow]] = defaultdict(set)
    for file in files:
        frames = next(file.capture.windows(PEEK_FRAMES, PEEK_BYTES), None)
        if frames is None:
            continue
        kinds = np.array([interface.linktype for interface in file.capture.interfaces], np.int32)[frames.interface]
        outer = vlans(frames, kinds)
        if (outer >= 0).any():
            packets = decode_layers(frames, kinds).packets
            if (packets.vlan != outer[np.searchsorted(frames.number, packets.number)]).any():
                return None  # within a tunnel, whose frames are all of one place
            for vlan, flow in _flows(packets):
                flows[vlan].add(flow)
    place = _places(flows)
    talking: dict[int, set[Flow]] = defaultdict(set)
    for vlan, own in flows.items():
        talking[place[vlan]] |= own
    # A stray frame, or what is neither mail nor DNS, is no reason.
    return place if sum(map(_talks, talking.values())) > 1 else None


def vlans(frames: Frames, kinds: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the outermost VLAN of each frame, `UNTAGGED` where there is none; shape (n,).

    Args:
        frames: a window.
        kinds: shape (n,), the LINKTYPE_ value of each frame.
    """
    found = np.full(len(frames), UNTAGGED, np.int32)
    for linktype in set(np.unique(kinds).tolist()) & LINK_LAYERS.keys():
        rows = np.flatnonzero(kinds == linktype)
        begin = frames.offset[rows]
        found[rows] = LINK_LAYERS[linktype](frames.data, begin, begin + frames.caplen[rows]).vlan
    return found


def _flows(packets: Packets) -> Iterable[tuple[int, Flow]]:
    packets = packets.take(np.isin(packets.protocol, _CARRY))
    vlans = packets.vlan.tolist()
    for vlan, (_, _, _, _, sport, dport, *_, src, dst, _, _, _, _) in zip(vlans, packets.rows(), strict=True):
        yield vlan, (src, sport, dst, dport)


def _places(flows: dict[int, set[Flow]]) -> dict[int, int]:
    """Join the VLANs that show one half each of most of what either shows.

    Two links may do so too, where answers come back by the other: but each has conversations of its own as well.
    """
    place = {vlan: vlan for vlan in flows}
    talks = {vlan: _talks(own) for vlan, own in flows.items()}
    for one in sorted(flows):
        for two in sorted(flows):
            split = sum(_back(flow) in flows[two] for flow in flows[one] if _back(flow) not in flows[one])
            if one < two and not (talks[one] and talks[two]) and 2 * split > min(len(flows[one]), len(flows[two])):
                place = {vlan: place[one] if at == place[two] else at for vlan, at in place.items()}
    return place


def _talks(flows: set[Flow]) -> bool:
    """Whether both directions of some mail or DNS are among them."""
    return any(_back(flow) in flows for flow in flows if not _SERVICES.isdisjoint((flow[1], flow[3])))


def _back(flow: Flow) -> Flow:
    src, sport, dst, dport = flow
    return dst, dport, src, sport
