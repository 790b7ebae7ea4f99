"""Frames, checksums and what could not be read, counted for the captures that they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest import Frames
from wanwitness.ingest.columns import distinct
from wanwitness.model import Capture
from wanwitness.oddities import ODD
from wanwitness.packets import Packets
from wanwitness.packets.capture_rules import tells_packets
from wanwitness.packets.checksums import TCP, UDP
from wanwitness.packets.checksums import wrong as wrong_checksums
from wanwitness.packets.decode.link import LINK_LAYERS
from wanwitness.packets.decode.linktypes import linktype_name

from .input_file import File
from .registry import Registry
from .vlans import vlans


def count_frames(registry: Registry, file: File, frames: Frames) -> None:
    """Count a window's frames for the captures that are whole interfaces, or VLANs; a new VLAN's begins here."""
    if file.places is None:
        _count_by_interface(registry, file, frames)
    else:
        linktypes = file.described.linktypes(file.capture.interfaces)
        _count_by_vlan(registry, file, frames, vlans(frames, linktypes[frames.interface]))


def count_packets(registry: Registry, file: File, captures: NDArray[np.int32], packets: Packets) -> None:
    """Count a window's packets for the captures that are some packets of an interface.

    Args:
        registry: has the captures.
        file: whose packets they are.
        captures: of each packet, -1 for none; shape (n,).
        packets: of the window.
    """
    for (_, rule), number in file.indexes.items() if file.places is None and file.by_packets else ():
        if rule >= 0 and tells_packets(file.rules[rule]):
            _count(registry[number], packets.ts_ns[captures == number])
    if file.by_packets or file.places is not None:
        file.unclaimed += int((captures < 0).sum())


def count_checksums(registry: Registry, packets: Packets, joined: Sequence[int]) -> NDArray[np.int64]:
    """Count wrong checksums, and return the numbers of the frames whose TCP checksum is wrong.

    Args:
        registry: has the captures.
        packets: which say their captures.
        joined: numbers of the frames that ended a packet that came in fragments: its IP header is not the one that
            was sent.
    """
    whole = ~np.isin(packets.number, joined) if joined else np.ones(len(packets), np.bool_)
    ip, transport = wrong_checksums(packets)
    tcp, udp = transport & (packets.protocol == TCP), transport & (packets.protocol == UDP)
    for number in distinct(packets.capture):
        sums, mine = registry[number].checksums, whole & (packets.capture == number)
        sums.checked += int(mine.sum())
        sums.ip += int((ip & mine).sum())
        sums.tcp += int((tcp & mine).sum())
        sums.udp += int((udp & mine).sum())
    wrong: NDArray[np.int64] = packets.number[tcp]
    return wrong


def _count_by_interface(registry: Registry, file: File, frames: Frames) -> None:
    cut = frames.caplen < frames.length
    for interface, rows in _by_interface(frames.interface):
        captures = file.captures_of.get(interface, ())
        for rule, number in captures:
            if rule >= 0 and tells_packets(file.rules[rule]):
                continue
            row = registry[number]
            row.snaplen_cut += int(cut[rows].sum())
            _count_not_understood(row, len(rows))
            _count(row, frames.ts_ns[rows])
        if not captures and file.rules and not file.by_packets:
            file.unclaimed += len(rows)


def _count_by_vlan(registry: Registry, file: File, frames: Frames, vlan: NDArray[np.int32]) -> None:
    seen, first = np.unique(np.c_[frames.interface, vlan], axis=0, return_index=True)
    for interface, number in seen[np.argsort(first)].tolist():  # as they came, wherever windows end
        rule = file.find_vlan(file.capture.interfaces[interface], number)
        if (interface, rule) not in file.indexes:
            registry.register(file)
        row = registry[file.indexes[interface, rule]]
        mine = (frames.interface == interface) & (vlan == number)
        row.snaplen_cut += int((mine & (frames.caplen < frames.length)).sum())
        _count_not_understood(row, int(mine.sum()))
        _count(row, frames.ts_ns[mine])


def _by_interface(interface: NDArray[np.int32]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Give each interface of a window with the places of its frames, in order."""
    if not len(interface):
        return
    if (interface == interface[0]).all():  # mostly
        yield int(interface[0]), np.arange(len(interface))
        return
    order = np.argsort(interface, kind="stable")
    indexes, begins = np.unique(interface[order], return_index=True)
    yield from zip(indexes.tolist(), np.split(order, begins[1:]), strict=True)


def _count_not_understood(row: Capture, frames: int) -> None:
    if row.linktype not in LINK_LAYERS and frames:
        reason = ODD("odd-link-type", name=linktype_name(row.linktype))
        row.left_out[reason] = row.left_out.get(reason, 0) + frames


def _count(row: Capture, times: NDArray[np.int64]) -> None:
    row.packets += len(times)
    if len(times):
        first, last = int(times.min()), int(times.max())
        row.first_ns = first if row.first_ns is None else min(row.first_ns, first)
        row.last_ns = last if row.last_ns is None else max(row.last_ns, last)
        row.begin_ns = int(times[0]) if row.begin_ns is None else row.begin_ns
        row.end_ns = int(times[-1])
