"""Addresses as people write them."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanwitness.packets.addresses import mac_text, packed, text


@given(st.ip_addresses())
def test_an_address_comes_back(address: object) -> None:
    """Text to bytes to text changes nothing but the spelling, which becomes canonical."""
    written = text(packed(str(address)))
    assert written in (str(address), str(getattr(address, "ipv4_mapped", None)))
    assert len(packed(written)) == 16


@pytest.mark.parametrize(
    ("spelt", "canonical"),
    [("2001:DB8:0:0::1", "2001:db8::1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("::192.0.2.1", "::c000:201")],
)
def test_text_is_canonical(spelt: str, canonical: str) -> None:
    """RFC 5952; only the mapped prefix is IPv4."""
    assert text(packed(spelt)) == canonical
    assert ip_address(canonical)


def test_a_hardware_address_is_six_pairs() -> None:
    """Leading zeros stay."""
    assert mac_text(0x0000_5E00_5301) == "00:00:5e:00:53:01"
