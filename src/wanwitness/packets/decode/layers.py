"""A window of frames becomes a window of packets."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest import Frames
from wanwitness.ingest.columns import distinct
from wanwitness.packets.left_out import TOO_DEEP, TOO_MANY_TAGS, LeftOut
from wanwitness.packets.packets import Packets

from . import link, network
from .transport import TRANSPORTS
from .tunnels import DEEPEST, ETHERNET
from .work import Work

_NETWORKS = {link.IPV4: network.ipv4, link.IPV6: network.ipv6}


class Decoded(NamedTuple):
    """What a window's frames are. Every frame is in the packets, or has a row in what is left out, or is counted there,
    or is a fragment in one of the works.
    """

    packets: Packets
    left_out: LeftOut
    works: list[Work]
    """Where fragments were set apart."""


def decode_layers(frames: Frames, kinds: NDArray[np.int32], depth: int = 0) -> Decoded:
    """Decode the headers of all frames of a window at once; wrong checksums are not looked at.

    Args:
        frames: a window.
        kinds: shape (n,), the LINKTYPE_ value of each frame.
        depth: tunnels around these frames.
    """
    work = Work.begin(frames)
    at = np.zeros(len(frames), np.int64)
    ethertype = np.zeros(len(frames), np.int32)
    unknown: dict[int, int] = {}
    for linktype in distinct(kinds):
        rows = np.flatnonzero(kinds == linktype)
        if linktype not in link.LINK_LAYERS:
            unknown[linktype] = len(rows)
            continue
        layer = link.LINK_LAYERS[linktype](frames.data, frames.offset[rows], work.end[rows])
        at[rows], ethertype[rows] = layer.at, layer.ethertype
        work.packets.vlan[rows] = layer.vlan
        work.packets.src_mac[rows], work.packets.dst_mac[rows] = layer.src_mac, layer.dst_mac
        for some, begin in layer.several:
            work.carried.append((rows[some], begin, np.full(len(some), ETHERNET, np.int32)))
    decoded = []
    for kind, read in _NETWORKS.items():
        rows = np.flatnonzero(ethertype == kind)
        rows = read(work, rows, at[rows])
        protocol = work.packets.protocol[rows]
        decoded += [transport(work, rows[protocol == number]) for number, transport in TRANSPORTS.items()]
    rows = np.flatnonzero(ethertype == link.ARP)
    decoded.append(network.arp(work, rows, at[rows]))
    rows = np.flatnonzero(ethertype == link.IPCP)
    decoded.append(network.ipcp(work, rows, at[rows]))
    work.note(np.flatnonzero(ethertype == link.BEYOND), TOO_MANY_TAGS)
    if depth == DEEPEST:
        for rows, _, _ in work.carried:
            work.note(rows, TOO_DEEP)
        work.carried.clear()
    packets, left_out = work.finish(np.concatenate(decoded), unknown)
    works = [work] if work.apart else []
    for rows, begin, linktypes in work.carried:
        inner = decode_layers(_inner(work, rows, begin), linktypes, depth + 1)
        packets = together(packets, _as_outside(inner.packets, work))
        left_out = left_out.joined(inner.left_out)
        works += inner.works
    return Decoded(packets, left_out, works)


def _inner(work: Work, rows: NDArray[np.int64], begin: NDArray[np.int64]) -> Frames:
    """Return what tunnel packets carry as frames of the same numbers."""
    return replace(
        work.frames.take(rows),
        offset=begin,
        caplen=work.end[rows] - begin,
        length=np.maximum(work.stop[rows], work.end[rows]) - begin,
    )


def _as_outside(inner: Packets, work: Work) -> Packets:
    """Give the packets out of tunnels the outer link layer's tag and addresses where they have none of their own."""
    outer = work.packets
    rows = np.searchsorted(outer.number, inner.number)
    bare = (inner.src_mac == 0) & (inner.dst_mac == 0)
    return replace(
        inner,
        vlan=np.where(inner.vlan < 0, outer.vlan[rows], inner.vlan),
        src_mac=np.where(bare, outer.src_mac[rows], inner.src_mac),
        dst_mac=np.where(bare, outer.dst_mac[rows], inner.dst_mac),
    )


def together(packets: Packets, others: Packets) -> Packets:
    """Return both in file order."""
    if not len(others):
        return packets
    number = np.concatenate([packets.number, others.number])
    return Packets.joined([packets, others]).take(np.argsort(number, kind="stable"))
