"""Which capture point a packet belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import CaptureRule, Interface

from .packets import Packets

UNTAGGED = -1
"""A rule's `vlan` for frames without a tag, as `Packets` has them."""
_V4_MAPPED = bytes(10) + b"\xff\xff"


def names_interface(rule: CaptureRule, interface: Interface) -> bool:
    """Whether the rule speaks of this interface of the file: by name, by number, or by not saying."""
    return rule.interface is None or rule.interface in interface.names


def tells_packets(rule: CaptureRule) -> bool:
    """Whether what the rule says tells packets of one interface apart."""
    return rule.vlan is not None or rule.mac is not None or bool(rule.addresses)


def matching(packets: Packets, rules: Sequence[CaptureRule], interfaces: Sequence[Interface]) -> NDArray[np.int64]:
    """Return for each packet the index of the rule that holds for it, -1 where none does; shape (n,).

    Where several hold, the one that says most: an entry without keys means what the others of its file leave.
    """
    chosen = np.full(len(packets), -1, np.int64)
    for index in _precedence(rules):
        rule = rules[index]
        named = np.array([names_interface(rule, interface) for interface in interfaces], bool)
        mask = (chosen < 0) & named[packets.interface]
        if rule.vlan is not None:
            mask &= packets.vlan == rule.vlan
        if rule.mac is not None:
            mac = np.uint64(int(rule.mac.replace(":", ""), 16))
            mask &= (packets.src_mac == mac) | (packets.dst_mac == mac)
        if rule.addresses:
            mask &= _within(packets.src, rule.addresses) | _within(packets.dst, rule.addresses)
        chosen[mask] = index
    return chosen


def display_filter(rules: Sequence[CaptureRule], index: int) -> str:
    """Return a Wireshark display filter for what tells rule `index` from the others; empty where nothing need be said.

    It is for the frames of one conversation on one interface, so neither addresses nor interfaces need be repeated.
    """
    order = _precedence(rules)
    own = rules[index]
    parts = _link_layer(own)
    for other in (rules[n] for n in order[: order.index(index)]):
        elsewhere = None not in (own.interface, other.interface) and own.interface != other.interface
        contrary = None not in (own.vlan, other.vlan) and own.vlan != other.vlan
        if not elsewhere and not contrary and (told := _link_layer(other)):
            addresses = [f"ip{'v6' if ':' in text else ''}.addr == {text}" for text in other.addresses]
            told += [f"({' || '.join(addresses)})"] if addresses else []
            parts.append(f"!({' && '.join(told)})")
    return " && ".join(parts)


def _link_layer(rule: CaptureRule) -> list[str]:
    vlan = [] if rule.vlan is None else [f"(vlan.id == {rule.vlan} || ieee8021ad.id == {rule.vlan})"]
    if rule.vlan == UNTAGGED:
        vlan = ["!(vlan || ieee8021ad)"]
    return vlan + ([] if rule.mac is None else [f"eth.addr == {rule.mac}"])


def _precedence(rules: Sequence[CaptureRule]) -> list[int]:
    """The rules' indexes: who says more goes first, and of equals the first in the file."""

    def said(index: int) -> int:
        rule = rules[index]
        return sum((rule.interface is not None, rule.vlan is not None, rule.mac is not None, bool(rule.addresses)))

    return sorted(range(len(rules)), key=said, reverse=True)


def _within(column: NDArray[np.uint8], networks: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each address, 16 bytes a row, lies in one of the networks."""
    inside = np.zeros(len(column), bool)
    for text in networks:
        network = ip_network(text, strict=False)
        base, bits = network.network_address.packed, network.prefixlen
        if network.version == 4:
            base, bits = _V4_MAPPED + base, bits + 96
        mask = np.frombuffer(((1 << 128) - (1 << (128 - bits))).to_bytes(16), np.uint8)
        inside |= ((column & mask) == np.frombuffer(base, np.uint8)).all(axis=1)
    return inside
