"""Which VLANs of an interface are capture points of their own, where nobody said.

A mirror port of a router that has one interface shows all its sides there, each in a VLAN of its own. A switch may as
well tag a conversation in one direction alone, or differently in the two: such VLANs are one place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest import Frames
from wanwitness.packets import Packets
from wanwitness.packets.capture_rules import UNTAGGED
from wanwitness.packets.decode.layers import decode_layers
from wanwitness.packets.decode.link import LINK_LAYERS
from wanwitness.packets.ports import DNS_PORT, MAIL_PORTS
from wanwitness.packets.select import Prefilter

from .input_file import File

PEEK_FRAMES = 1 << 13
"""Frames that are looked at of each file whole. Where some are tagged, the rest is looked at too, as far as it may be
mail or DNS; a tag that shows only later is a place of its own where others are."""
PEEK_BYTES = 4 << 20
_AT_ONCE = 1 << 16
"""Frames of the rest."""
_FLOWS = 1 << 12
"""As many conversations of a VLAN tell what it is."""
_JOINED = 64
"""VLANs at most, the busiest, that are compared with each other."""
_SERVICES = MAIL_PORTS | {DNS_PORT}
_CARRY = (6, 17)
"""TCP and UDP: who talks to whom is told by their ports."""

Flow = tuple[bytes, int, bytes, int]
Window = tuple[Frames, NDArray[np.int32]]
"""Frames, and the LINKTYPE_ value of each."""


def places_by_vlan(files: Sequence[File]) -> dict[int, int] | None:
    """Return for the VLANs seen, -1 for no tag, the VLAN that stands for the place; None where all is one place.

    Args:
        files: the files of a capture point.
    """
    if any(file.item.rules or not Path(file.item.path).is_file() for file in files):  # a pipe can be read once
        return None
    if not any((vlans(*window) >= 0).any() for file in files for window in _peek(file)):
        return None
    flows: dict[int, set[Flow]] = defaultdict(set)
    for window in chain(chain.from_iterable(map(_peek, files)), _rest(files, flows)):
        if not _take(flows, *window):
            return None
    return _places(flows) if _several(flows) else None


def _peek(file: File) -> Iterator[Window]:
    """The first frames of a file, if there are any."""
    for frames in islice(file.capture.windows(PEEK_FRAMES, PEEK_BYTES), 1):
        yield frames, _linktypes(file)[frames.interface]


def _rest(files: Sequence[File], flows: Mapping[int, set[Flow]]) -> Iterator[Window]:
    """The frames that may be mail or DNS, of VLANs not yet known well enough, until there are several places."""
    for file in files:
        sieve = Prefilter(np.zeros(1 << 16, np.bool_))
        for frames in file.capture.windows(_AT_ONCE):
            if _several(flows):
                return
            linktypes = _linktypes(file)
            known = [vlan for vlan, own in flows.items() if len(own) >= _FLOWS or _talks(own)]
            frames = frames.take(np.flatnonzero(~np.isin(vlans(frames, linktypes[frames.interface]), known)))
            frames = sieve.sift(frames, linktypes)
            yield frames, linktypes[frames.interface]


def _linktypes(file: File) -> NDArray[np.int32]:
    return np.array([interface.linktype for interface in file.capture.interfaces], np.int32)


def _take(flows: dict[int, set[Flow]], frames: Frames, kinds: NDArray[np.int32]) -> bool:
    """Add who talks to whom in each VLAN; False where the tags are within a tunnel, all of one place."""
    outer = vlans(frames, kinds)
    packets = decode_layers(frames, kinds).packets
    if (packets.vlan != outer[np.searchsorted(frames.number, packets.number)]).any():
        return False
    for vlan, flow in _flows(packets):
        flows[vlan].add(flow)
    return True


def _several(flows: Mapping[int, set[Flow]]) -> bool:
    """Whether there are several places; a stray frame, or what is neither mail nor DNS, is no reason."""
    place = _places(flows)
    talking: dict[int, set[Flow]] = defaultdict(set)
    for vlan, own in flows.items():
        talking[place[vlan]] |= own
    return sum(map(_talks, talking.values())) > 1


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


def _places(flows: Mapping[int, set[Flow]]) -> dict[int, int]:
    """Join the VLANs that show one half each of most of what either shows.

    Two links may do so too, where answers come back by the other: but each has conversations of its own as well.
    """
    place = {vlan: vlan for vlan in flows}
    talks = {vlan: _talks(own) for vlan, own in flows.items()}
    busiest = sorted(flows, key=lambda vlan: (-len(flows[vlan]), vlan))[:_JOINED]
    seen: dict[Flow, list[int]] = defaultdict(list)
    for vlan in busiest:
        for flow in flows[vlan]:
            seen[flow].append(vlan)
    halves = ((one, _back(flow)) for one in busiest for flow in flows[one] if _back(flow) not in flows[one])
    split = Counter((one, two) for one, back in halves for two in seen.get(back, ()) if one < two)
    for (one, two), count in sorted(split.items()):
        if not (talks[one] and talks[two]) and 2 * count > min(len(flows[one]), len(flows[two])):
            place = {vlan: place[one] if at == place[two] else at for vlan, at in place.items()}
    return place


def _talks(flows: Collection[Flow]) -> bool:
    """Whether both directions of some mail or DNS are among them."""
    return any(_back(flow) in flows for flow in flows if not _SERVICES.isdisjoint((flow[1], flow[3])))


def _back(flow: Flow) -> Flow:
    src, sport, dst, dport = flow
    return dst, dport, src, sport
