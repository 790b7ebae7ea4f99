"""A window of frames becomes a window of packets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest import Frames

from . import link, network
from .left_out import LeftOut
from .packets import Packets
from .transport import TRANSPORTS
from .work import Work

_NETWORKS = {link.IPV4: network.ipv4, link.IPV6: network.ipv6}


def decode(frames: Frames, linktypes: NDArray[np.int32]) -> tuple[Packets, LeftOut]:
    """Decode the headers of all frames of a window at once; wrong checksums are not looked at.

    Every frame is in the packets, or has a row in what is left out, or is counted there.

    Args:
        frames: a window.
        linktypes: shape (interfaces,), the LINKTYPE_ value of each; `frames.interface` indexes it.
    """
    work = Work.begin(frames)
    at = np.zeros(len(frames), np.int64)
    ethertype = np.zeros(len(frames), np.int32)
    unknown: dict[int, int] = {}
    kinds = linktypes[frames.interface]
    for linktype in np.unique(kinds).tolist():
        rows = np.flatnonzero(kinds == linktype)
        if linktype not in link.LINK_LAYERS:
            unknown[linktype] = len(rows)
            continue
        layer = link.LINK_LAYERS[linktype](frames.data, frames.offset[rows], work.end[rows])
        at[rows], ethertype[rows] = layer.at, layer.ethertype
        work.packets.vlan[rows] = layer.vlan
        work.packets.src_mac[rows], work.packets.dst_mac[rows] = layer.src_mac, layer.dst_mac
    decoded = []
    for kind, read in _NETWORKS.items():
        rows = np.flatnonzero(ethertype == kind)
        rows = read(work, rows, at[rows])
        protocol = work.packets.protocol[rows]
        decoded += [transport(work, rows[protocol == number]) for number, transport in TRANSPORTS.items()]
    rows = np.flatnonzero(ethertype == link.ARP)
    decoded.append(network.arp(work, rows, at[rows]))
    return work.finish(np.concatenate(decoded), unknown)
