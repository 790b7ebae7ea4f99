"""Whose relay a server is, by the answers that its names got."""

from __future__ import annotations

from wanwitness.model import AddressRecord, DnsExchange, Endpoint, Link, MxRecord, SrvRecord
from wanwitness.verdict.relays import Relays

ADDRESS, OTHER = "192.0.2.25", "192.0.2.26"
LINK = Link("orange", relays=("smtp.orange.example",))


def exchange(name: str, qtype: str) -> DnsExchange:
    return DnsExchange(Endpoint("192.168.1.10", 5353), Endpoint("192.168.1.1", 53), "udp", 7, name, name, qtype)


def mx(*along: AddressRecord) -> DnsExchange:
    row = exchange("example.net", "MX")
    row.mx, row.additional = (MxRecord("example.net", "mx.example.net", 10, 60),), along
    return row


def srv(target: str, address: str) -> DnsExchange:
    row = exchange("_submission._tcp.example.net", "SRV")
    row.srv = (SrvRecord(row.name, target, 587, 0, 1, 60),)
    row.additional = (AddressRecord(target, address, 60),)
    return row


def test_an_address_that_comes_along_is_its_owners() -> None:
    """It has the exchange's name, not the domain's, and an MX's is no customers' relay."""
    relays = Relays((), [mx(AddressRecord("mx.example.net", ADDRESS, 60))])
    assert relays.names(ADDRESS) == ["mx.example.net"]
    assert not relays.is_relay(ADDRESS, None)
    assert relays.is_relay(OTHER, None)


def test_a_service_s_host_is_no_mx() -> None:
    """An SRV record leads to a submission server, unless the same host is an exchange too."""
    assert Relays((), [srv("mail.example.net", ADDRESS)]).is_relay(ADDRESS, None)
    assert not Relays((), [srv("mx.example.net", ADDRESS), mx()]).is_relay(ADDRESS, None)


def test_a_relay_s_name_that_comes_along_tells_its_owner() -> None:
    relays = Relays((LINK,), [srv("smtp.orange.example", ADDRESS)])
    assert relays.owner(ADDRESS, None) == "orange"
    assert relays.owner(OTHER, None) is None
