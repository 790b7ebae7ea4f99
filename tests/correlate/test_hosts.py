"""Which addresses are one host."""

from __future__ import annotations

from wanwitness.correlate.hosts import Hosts
from wanwitness.model import FrameRef

OLD, OTHER, NEW, LOCAL = "192.0.2.1", "192.0.2.2", "2001:db8::1", "fe80::1"


def hosts(**macs: tuple[str, ...]) -> Hosts:
    claims: dict[str, dict[int, FrameRef]] = {}
    for number, addresses in enumerate(macs.values()):
        for address in addresses:
            claims.setdefault(address, {})[number] = FrameRef(0, 1)
    return Hosts([claims])


def test_an_address_is_its_own_host() -> None:
    assert hosts().addresses(OLD) == {OLD}


def test_both_families_of_one_mac_are_one_host() -> None:
    found = hosts(mac=(OLD, NEW, LOCAL))
    assert found.addresses(OLD) == found.addresses(NEW) == found.addresses(LOCAL) == {OLD, NEW, LOCAL}


def test_two_ipv4_addresses_of_one_mac_stay_two_hosts() -> None:
    found = hosts(mac=(OLD, OTHER, NEW, LOCAL))
    assert found.addresses(OLD) == {OLD, NEW, LOCAL}
    assert found.addresses(NEW) == {OLD, OTHER, NEW}


def test_two_ipv6_addresses_of_one_mac_without_ipv4_stay_two_hosts() -> None:
    assert hosts(mac=(NEW, LOCAL)).addresses(NEW) == {NEW}


def test_an_address_that_two_macs_claim_joins_nothing() -> None:
    found = hosts(one=(OLD, NEW), two=(OLD, LOCAL))
    assert found.addresses(OLD) == {OLD}
    assert found.addresses(NEW) == {NEW}
