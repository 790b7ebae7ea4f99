"""Addresses that stand for others."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanwitness.redaction.addresses import AddressMasks
from wanwitness.redaction.pseudonyms import Pseudonyms

PRIVATE4 = st.builds(lambda n: str(IPv4Address(0xC0A80000 + n)), st.integers(0, 0xFFFF)) | st.builds(
    lambda n: str(IPv4Address(0x0A000000 + n)), st.integers(0, 0xFFFFFF)
)
PRIVATE6 = st.builds(lambda n: str(IPv6Address((0xFD << 120) + n)), st.integers(0, (1 << 120) - 1)) | st.builds(
    lambda low: f"fd00:{low:x}::{low:x}", st.integers(1, 0xFFFF)
)


@given(st.lists(PRIVATE4 | PRIVATE6, unique=True, max_size=30))
def test_each_has_another_that_is_as_long(addresses: list[str]) -> None:
    """No two share one, the same comes again, and none of those that the case tells of is given."""
    masks = AddressMasks((), addresses)
    masked = [masks.text(address) for address in addresses]
    assert [len(one) for one in masked] == [len(one) for one in addresses]
    assert [ip_address(one).version for one in masked] == [ip_address(one).version for one in addresses]
    assert len(set(masked)) == len(masked)
    assert [masks.text(address) for address in addresses] == masked
    assert not set(masked) & set(addresses)


def test_a_network_stays_together() -> None:
    """Its hosts, its own address and the broadcast."""
    masks = AddressMasks(())
    one, two, net, everybody = (masks.text(f"192.168.7.{n}") for n in (20, 31, 0, 255))
    assert len({ip_network(f"{address}/24", strict=False) for address in (one, two, net, everybody)}) == 1
    assert (net.rpartition(".")[2], everybody.rpartition(".")[2]) == ("0", "255")


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "203.0.113.5", "2001:db8::1", "127.0.0.1", "224.0.0.251", "ff02::fb", "::", "::1", "0.0.0.0",
     "255.255.255.255", "no address", "1.2.3", ""],
)  # fmt: skip
def test_the_rest_stays(address: str) -> None:
    assert AddressMasks(()).text(address) == address


def test_public_addresses_of_the_lan_are_masked() -> None:
    masks = AddressMasks([ip_network("2001:db8:7::/64"), ip_network("203.0.113.16/28")])
    assert masks.text("2001:db8:7::20").startswith("fd")
    assert masks.text("203.0.113.17").startswith("10.")
    assert masks.text("203.0.113.33") == "203.0.113.33"


@pytest.mark.parametrize("spelling", ["FD42:0:0:1::20", "fd42:0000::1:0:0:0:20", "fd42::1:0:0:0.0.0.32"])
def test_a_spelling_is_kept_and_means_the_same(spelling: str) -> None:
    masks = AddressMasks(())
    masked = masks.text(spelling)
    assert len(masked) == len(spelling)
    assert ip_address(masked).packed[:8] == ip_address(masks.text("fd42:0:0:1::20")).packed[:8]
    if "." not in spelling:
        assert ip_address(masked) == ip_address(masks.text("fd42:0:0:1::20"))


def test_reversed_names_keep_their_labels_sizes() -> None:
    masks = AddressMasks(())
    four = masks.reversed([b"27", b"1", b"168", b"192", b"in-addr", b"arpa"])
    assert four is not None
    assert [len(label) for label in four] == [2, 1, 3, 3, 7, 4]
    assert four[:4] != [b"27", b"1", b"168", b"192"]
    six = masks.reversed(
        [*(bytes((digit,)) for digit in ip_address("fd42::7").packed.hex()[::-1].encode()), b"ip6", b"arpa"]
    )
    assert six is not None
    assert bytes.fromhex(b"".join(six[:32][::-1]).decode()) == ip_address(masks.text("fd42::7")).packed
    assert masks.reversed([b"300", b"1", b"168", b"192", b"in-addr", b"arpa"]) is None
    assert masks.reversed([b"x", b"in-addr", b"arpa"]) is None


def test_macs() -> None:
    """Everybody's stay; what an IPv6 address's end is in does not."""
    masks = AddressMasks(())
    assert masks.mac(b"\xff" * 6) == b"\xff" * 6
    assert masks.mac(bytes(6)) == bytes(6)
    assert masks.mac(b"\x01\x00\x5e\x00\x00\xfb") == b"\x01\x00\x5e\x00\x00\xfb"
    solicited = masks.mac(bytes.fromhex("3333ff31c7aa"))
    assert solicited[:3] == bytes.fromhex("3333ff") and solicited[3:] != bytes.fromhex("31c7aa")
    one, two = masks.mac(b"\x00\x16\x3e\x00\x00\x01"), masks.mac(b"\x00\x16\x3e\x00\x00\x02")
    assert one != two and masks.mac(b"\x00\x16\x3e\x00\x00\x01") == one
    assert one[0] & 3 == 2


@given(st.lists(st.tuples(st.sampled_from(("user", "host")), st.binary(min_size=3, max_size=64)), max_size=60))
def test_names_have_another_that_is_as_long(names: list[tuple[str, bytes]]) -> None:
    """Of three bytes and more no two share one; capitals make no other name."""
    given_ = Pseudonyms([b"user-1", b"h01"])
    masked = {(kind, name.lower()): given_.of(kind, name) for kind, name in names}  # type: ignore[arg-type]
    assert all(len(name) == len(mask) for (_, name), mask in masked.items())
    assert len(set(masked.values())) == len(masked)
    assert not {b"user-1", b"h01"} & set(masked.values())
