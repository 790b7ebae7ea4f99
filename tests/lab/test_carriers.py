"""What carries a link's packets where the kernel cannot: VLAN programs, PPPoE packets."""

from __future__ import annotations

import struct
import sys

import pytest

from wanwitness.lab import pppoe, vlan


@pytest.mark.skipif(sys.byteorder != "little", reason="the expected bytes are little-endian")
def test_a_vlan_program_calls_the_kernels_helper() -> None:
    """r2 = 802.1Q in network order, r3 = the VLAN; call skb_vlan_push; return 0."""
    code = vlan.push_program(835)
    assert list(struct.iter_unpack("<BBhi", code)) == [
        (0xB7, 2, 0, 0x0081),
        (0xB7, 3, 0, 835),
        (0x85, 0, 0, 18),
        (0xB7, 0, 0, 0),
        (0x95, 0, 0, 0),
    ]
    assert len(vlan.pop_program()) == 24


def test_pppoe_packets_are_as_the_rfcs_have_them() -> None:
    """A discovery tag (RFC 2516), an IPCP option (RFC 1877) and a control packet (RFC 1661)."""
    assert pppoe.tag(0x0103, b"lab") == bytes.fromhex("010300036c6162")
    assert pppoe.option(129, bytes((198, 18, 1, 53))) == bytes.fromhex("8106c6120135")
    assert pppoe.control(pppoe.REQUEST, 1, b"\x01\x04\x05\xd4") == bytes.fromhex("01010008010405d4")
