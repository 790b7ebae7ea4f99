"""Which addresses are one host."""

from __future__ import annotations

import pytest

from wanwitness.correlate.points.hosts import Hosts
from wanwitness.model import FrameRef
from wanwitness.reading.point import PointRows

OLD, OTHER, NEW, NEWER, LOCAL = "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "fe80::1"
ONE, TWO = 0x020000000001, 0x020000000002


def rows(*macs: tuple[int, tuple[str, ...]], answered: tuple[str, ...] = (), **senders: set[int]) -> PointRows:
    """A point where these MACs claim these addresses, all but those `answered` unasked; senders by name."""
    found = PointRows()
    for number, addresses in macs:
        for address in addresses:
            found.macs.setdefault(address, {})[number] = FrameRef(0, 1)
            if ":" not in address and address not in answered:
                found.announced[address] = found.announced.get(address, frozenset()) | {number}
    names = {"old": OLD, "other": OTHER, "new": NEW, "local": LOCAL, "newer": NEWER}
    found.senders = {names[name]: frozenset(sent) for name, sent in senders.items()}
    return found


def hosts(**macs: tuple[str, ...]) -> Hosts:
    return Hosts([rows(*enumerate(macs.values(), 1))])


def test_an_address_is_its_own_host() -> None:
    assert hosts().addresses(OLD) == {OLD}


def test_both_families_of_one_mac_are_one_host() -> None:
    found = hosts(mac=(OLD, NEW, LOCAL))
    assert found.addresses(OLD) == found.addresses(NEW) == found.addresses(LOCAL) == {OLD, NEW, LOCAL}


def test_a_mac_that_tells_two_ipv4_addresses_joins_nothing() -> None:
    """A host with an alias looks like a repeater: it is not known which IPv6 address is whose."""
    found = hosts(mac=(OLD, OTHER, NEW, LOCAL))
    assert all(found.addresses(address) == {address} for address in (OLD, OTHER, LOCAL))


@pytest.mark.parametrize("answered", [OTHER, OLD])
def test_of_several_ipv4_addresses_only_the_one_told_unasked_is_joined(answered: str) -> None:
    """Who only answers for an address may be its proxy."""
    own = OLD if answered == OTHER else OTHER
    found = Hosts([rows((ONE, (OLD, OTHER, NEW)), answered=(answered,), old={ONE}, other={ONE})])
    assert found.addresses(own) == found.addresses(NEW) == {own, NEW}
    assert found.addresses(answered) == {answered}


def test_a_proxy_s_answers_alone_join_nothing() -> None:
    found = Hosts([rows((ONE, (OLD, OTHER, NEW)), answered=(OLD, OTHER))])
    assert found.addresses(OLD) == {OLD}
    assert found.addresses(NEW) == {NEW}


def test_one_that_only_answers_is_joined() -> None:
    """A host need not have asked while it was captured."""
    assert Hosts([rows((ONE, (OLD, NEW)), answered=(OLD,))]).addresses(OLD) == {OLD, NEW}


def test_two_ipv6_addresses_of_one_mac_without_ipv4_stay_two_hosts() -> None:
    assert hosts(mac=(NEW, LOCAL)).addresses(NEW) == {NEW}


def test_an_address_that_two_macs_claim_joins_nothing() -> None:
    found = hosts(one=(OLD, NEW), two=(OLD, LOCAL))
    assert found.addresses(OLD) == {OLD}
    assert found.addresses(NEW) == {NEW}


def test_packets_from_the_claimed_mac_join() -> None:
    assert Hosts([rows((ONE, (OLD, NEW)), old={ONE}, new={ONE})]).addresses(OLD) == {OLD, NEW}


@pytest.mark.parametrize("sent", [{TWO}, {ONE, TWO}])
def test_a_packet_from_another_mac_speaks_against_a_claim(sent: set[int]) -> None:
    """A forged advertisement or ARP reply claims an address whose own packets come from elsewhere."""
    for found in (
        Hosts([rows((ONE, (OLD, NEW)), old={ONE}, new=sent)]),
        Hosts([rows((ONE, (OLD, NEW)), old=sent, new={ONE})]),
    ):
        assert found.addresses(OLD) == {OLD}
        assert found.addresses(NEW) == {NEW}


def test_beyond_another_router_nothing_speaks_against_a_claim() -> None:
    """At a capture point that saw no claim, packets come from the router between."""
    assert Hosts([rows((ONE, (OLD, NEW)), old={ONE}), rows(old={TWO})]).addresses(OLD) == {OLD, NEW}


def test_a_mac_that_forwards_for_an_ipv4_address_joins_nothing() -> None:
    """Packets of another IPv4 address come from it, which it does not claim."""
    found = Hosts([rows((ONE, (OLD, NEW)), old={ONE}, other={ONE})])
    assert found.addresses(OLD) == {OLD}
    assert found.addresses(NEW) == {NEW}


@pytest.mark.parametrize(
    "mac", [0x00005E000105, 0x00005E000205, 0x00000C07AC01, 0x00000C9FF123, 0x000573A00FFF, 0x0007B4000102]
)
def test_a_mac_that_routers_take_over_from_each_other_joins_nothing(mac: int) -> None:
    """VRRP, HSRP and GLBP."""
    assert Hosts([rows((mac, (OLD, NEW)))]).addresses(OLD) == {OLD}
    assert Hosts([rows((mac ^ 1 << 41, (OLD, NEW)))]).addresses(OLD) == {OLD, NEW}


def test_a_mac_with_an_address_made_of_another_joins_nothing() -> None:
    """A repeater that puts its own MAC into frames cannot put it into addresses (RFC 4291, appendix A)."""
    made_of_one, made_of_two = "2001:db8::ff:fe00:1", "2001:db8::ff:fe00:2"
    assert Hosts([rows((ONE, (OLD, made_of_one, NEW)))]).addresses(OLD) == {OLD, made_of_one, NEW}
    found = Hosts([rows((ONE, (OLD, made_of_one, made_of_two, NEW)))])
    assert all(found.addresses(address) == {address} for address in (OLD, NEW, made_of_two))


class TestPerhaps:
    def test_one_mac(self) -> None:
        """No ARP or neighbour discovery was captured, but packets of both versions came from one MAC."""
        found = Hosts([rows(old={ONE}, new={ONE}, other={TWO}, local={TWO})])
        assert found.addresses(OLD) == {OLD}
        assert found.perhaps(OLD) == {NEW}
        assert found.perhaps(NEW) == {OLD}
        assert found.perhaps(OTHER) == {LOCAL}
        assert found.perhaps("192.0.2.99") == {NEW, LOCAL}

    def test_no_mac(self) -> None:
        """A capture without MACs tells no address of the other version apart."""
        found = Hosts([rows(old=set(), other=set(), new=set())])
        assert found.perhaps(OLD) == {NEW}
        assert found.perhaps(NEW) == {OLD, OTHER}

    def test_a_forwarder(self) -> None:
        """A MAC that packets of several IPv4 addresses come from forwards, though it claims one of them."""
        found = Hosts([rows(old={ONE}, other={ONE}, new={ONE})])
        assert not found.perhaps(OLD) and not found.perhaps(NEW)
        found = Hosts([rows((ONE, (OTHER,)), old={ONE}, new={ONE})])
        assert not found.perhaps(OLD) and not found.perhaps(NEW)

    def test_what_is_known(self) -> None:
        """What is one host is not only perhaps; another MAC's is another host, whoever claims it."""
        found = Hosts([rows((ONE, (OLD, NEW)), old={ONE}, new={ONE}, newer={ONE})])
        assert found.addresses(OLD) == {OLD, NEW}
        assert found.perhaps(OLD) == {NEWER}
        forged = Hosts([rows((ONE, (OLD, NEW)), old={ONE}, new={TWO})])
        assert not forged.perhaps(OLD)

    def test_another_s(self) -> None:
        """An IPv6 address that is known to be another IPv4 address's is not this one's, of which nothing is known."""
        found = Hosts([rows((ONE, (OTHER, NEW)), old=set(), new={ONE}, newer={TWO})])
        assert found.perhaps(OLD) == {NEWER}

    def test_a_claim_where_no_packet_came(self) -> None:
        """A claim tells the MAC of one whose own packets were not captured."""
        found = Hosts([rows((ONE, (OLD,)), new={ONE}, newer={TWO})])
        assert found.perhaps(OLD) == {NEW}


def test_where_more_was_claimed_than_is_kept_nothing_is_joined() -> None:
    """One of the claims that are not may speak against any."""
    found = rows((ONE, (OLD, NEW)), old={ONE}, new={ONE})
    assert Hosts([found]).addresses(OLD) == {OLD, NEW}
    found.claims_lost = 1
    lost = Hosts([found, rows((TWO, (OTHER, NEWER)))])
    assert all(lost.addresses(address) == {address} for address in (OLD, NEW, OTHER, NEWER))
    assert lost.perhaps(OLD) == {NEW}
