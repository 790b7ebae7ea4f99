"""What DHCP, PPP and router advertisements give, against scapy, and whatever bytes come instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import (
    DUID_LL,
    DHCP6_Reply,
    DHCP6_Solicit,
    DHCP6OptClientId,
    DHCP6OptDNSServers,
    DHCP6OptIA_NA,
    DHCP6OptIA_PD,
    DHCP6OptIAAddress,
    DHCP6OptIAPrefix,
)
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptMTU, ICMPv6NDOptPrefixInfo, ICMPv6NDOptRDNSS
from scapy.layers.ppp import PPP_IPCP, PPP_IPCP_Option_DNS1, PPP_IPCP_Option_DNS2, PPP_IPCP_Option_IPAddress

from english import all_english
from wanwitness.model import FrameRef, Provision
from wanwitness.protocols.provisions import Provisions

MAC = 0x020000000001
CHADDR = bytes.fromhex("020000000001")
FRAME = FrameRef(0, 7)
ROUTER = "fe80::1"
Feed = Callable[[Provisions, bytes], None]


def dhcp(provisions: Provisions, message: bytes) -> None:
    provisions.dhcp(message, 0, FRAME, 5)


def dhcpv6(provisions: Provisions, message: bytes) -> None:
    provisions.dhcpv6(message, ROUTER, 0, FRAME, 5)


def ipcp(provisions: Provisions, message: bytes) -> None:
    provisions.ipcp(message, MAC, 0, FRAME, 5)


def advertisement(provisions: Provisions, message: bytes) -> None:
    provisions.advertisement(message, 255, b"\xfe\x80" + bytes(14), ROUTER, 0, FRAME, 5)


def only(feed: Feed, *messages: Any) -> Provision:
    """What these messages give: one provision, and nothing odd."""
    provisions = Provisions()
    for message in messages:
        feed(provisions, bytes(message))
    (row,) = provisions.rows
    assert provisions.oddities() == []
    return row


def nothing(feed: Feed, *messages: Any) -> list[str]:
    """That these messages give nothing; returns what is odd about them."""
    provisions = Provisions()
    for message in messages:
        feed(provisions, bytes(message))
    assert provisions.rows == []
    return all_english(oddity.reason for oddity in provisions.oddities())


def acknowledgement(*options: Any, kind: str = "ack", **fields: Any) -> Any:
    fields = {"op": 2, "yiaddr": "203.0.113.40", "chaddr": CHADDR, "xid": 1, **fields}
    return BOOTP(**fields) / DHCP(options=[("message-type", kind), *options, "end"])


class TestDhcp:
    def test_an_acknowledgement_gives_address_router_and_resolvers(self) -> None:
        """Options 1, 3, 6 and 54 (RFC 2132) and yiaddr (RFC 2131)."""
        message = acknowledgement(
            ("server_id", "203.0.113.2"),
            ("subnet_mask", "255.255.255.0"),
            ("router", "203.0.113.1"),
            ("name_server", "198.51.100.53", "198.51.100.54"),
        )
        assert only(dhcp, message) == Provision(
            "dhcp",
            FRAME,
            5,
            giver="203.0.113.2",
            taker="020000000001",
            addresses=("203.0.113.40",),
            networks=("203.0.113.0/24",),
            gateways=("203.0.113.1",),
            resolvers=("198.51.100.53", "198.51.100.54"),
        )

    def test_the_answer_to_inform_gives_no_address(self) -> None:
        """RFC 2131 section 4.3.5: yiaddr is 0 then."""
        row = only(dhcp, acknowledgement(("name_server", "198.51.100.53"), yiaddr="0.0.0.0"))
        assert (row.addresses, row.resolvers) == ((), ("198.51.100.53",))

    @pytest.mark.parametrize("kind", ["discover", "offer", "request", "nak", "release"])
    def test_other_messages_give_nothing(self, kind: str) -> None:
        """An offer need not be taken."""
        assert nothing(dhcp, acknowledgement(("name_server", "198.51.100.53"), kind=kind)) == []

    def test_a_long_option_in_parts_is_one(self) -> None:
        """RFC 3396: the parts are joined, wherever they are cut."""
        raw = bytes(acknowledgement())[:-1] + b"\x06\x03\xc6\x33\x64\x06\x05\x35\xc6\x33\x64\x36\xff"
        assert only(dhcp, raw).resolvers == ("198.51.100.53", "198.51.100.54")

    def test_options_in_the_file_field_count(self) -> None:
        """Option 52 (RFC 2132, section 9.3)."""
        message = acknowledgement(("dhcp-option-overload", 1), file=b"\x06\x04\xc6\x33\x64\x35\xff".ljust(128, b"\0"))
        assert only(dhcp, message).resolvers == ("198.51.100.53",)

    def test_bootp_is_no_dhcp(self) -> None:
        """Without the cookie there are no options that DHCP knows."""
        assert nothing(dhcp, bytes(BOOTP(op=2, yiaddr="203.0.113.40")) + bytes(64)) == []

    @pytest.mark.parametrize(
        ("options", "why"),
        [
            (b"\x06\x08\xc6\x33\x64\x35", "DHCP: option 6 runs over the message's end"),
            (b"\x06", "DHCP: option 6 runs over the message's end"),
            (b"\x06\x03\xc6\x33\x64", "DHCP: a list of addresses of 3 bytes"),
            (b"\x01\x04\xff\x00\xff\x00", "DHCP: 255.0.255.0 is no subnet mask"),
        ],
    )
    def test_what_contradicts_itself_is_odd(self, options: bytes, why: str) -> None:
        """Nothing of such a message is used."""
        assert nothing(dhcp, bytes(acknowledgement())[:-1] + options) == [why]

    def test_the_same_again_is_kept_once(self) -> None:
        """A lease is renewed all the time."""
        assert only(dhcp, *[acknowledgement(("name_server", "198.51.100.53"), xid=xid) for xid in (1, 2, 3)])


class TestDhcpv6:
    def test_a_reply_gives_addresses_prefixes_and_resolvers(self) -> None:
        """IA_NA, IA_PD (RFC 8415) and option 23 (RFC 3646)."""
        message = (
            DHCP6_Reply(trid=1)
            / DHCP6OptClientId(duid=DUID_LL(lladdr="02:00:00:00:00:01"))
            / DHCP6OptIA_NA(ianaopts=[DHCP6OptIAAddress(addr="2001:db8:100::40", preflft=300, validlft=600)])
            / DHCP6OptIA_PD(iapdopt=[DHCP6OptIAPrefix(prefix="2001:db8:100:8000::", plen=56, validlft=600)])
            / DHCP6OptDNSServers(dnsservers=["2001:db8:1::53", "2001:db8:1::54"])
        )
        assert only(dhcpv6, message) == Provision(
            "dhcp",
            FRAME,
            5,
            giver=ROUTER,
            taker="00030001020000000001",
            addresses=("2001:db8:100::40",),
            networks=("2001:db8:100:8000::/56",),
            resolvers=("2001:db8:1::53", "2001:db8:1::54"),
        )

    def test_what_is_taken_back_is_not_given(self) -> None:
        """A valid lifetime of 0 (RFC 8415, section 18.2.10.1)."""
        message = DHCP6_Reply() / DHCP6OptIA_NA(ianaopts=[DHCP6OptIAAddress(addr="2001:db8::1", validlft=0)])
        assert only(dhcpv6, message).addresses == ()

    def test_other_messages_give_nothing(self) -> None:
        """A client's among them."""
        assert nothing(dhcpv6, DHCP6_Solicit() / DHCP6OptDNSServers(dnsservers=["2001:db8:1::53"])) == []

    @pytest.mark.parametrize(
        ("options", "why"),
        [
            (b"\x00\x17\x00\x20" + bytes(16), "DHCPv6: option 23 runs over the message's end"),
            (b"\x00\x17\x00\x01\x00", "DHCPv6: a list of addresses of 1 bytes"),
            (b"\x00\x19\x00\x29" + bytes(12) + b"\x00\x1a\x00\x19" + b"\1" * 8 + b"\x81" + bytes(16), "of 129 bits"),
        ],
    )
    def test_what_contradicts_itself_is_odd(self, options: bytes, why: str) -> None:
        """Nothing of such a message is used."""
        (reason,) = nothing(dhcpv6, b"\x07\x00\x00\x01" + options)
        assert why in reason


GIVEN = [PPP_IPCP_Option_IPAddress(data="198.51.100.30"), PPP_IPCP_Option_DNS1(data="198.18.1.53")]


class TestIpcp:
    def test_an_acknowledgement_to_who_asked_for_resolvers(self) -> None:
        """Options 3, 129 and 131 (RFC 1332, RFC 1877)."""
        options = [*GIVEN, PPP_IPCP_Option_DNS2(data="198.18.1.54")]
        assert only(ipcp, PPP_IPCP(code=3, id=9, options=GIVEN), PPP_IPCP(code=2, id=10, options=options)) == Provision(
            "ipcp",
            FRAME,
            5,
            giver="",
            taker="020000000001",
            addresses=("198.51.100.30",),
            resolvers=("198.18.1.53", "198.18.1.54"),
        )

    def test_the_provider_s_own_address_is_not_the_router_s(self) -> None:
        """Who got its address without a Nak, and asked for no resolver, did not dial."""
        assert nothing(ipcp, PPP_IPCP(code=2, options=[PPP_IPCP_Option_IPAddress(data="198.51.100.1")])) == []

    def test_who_got_its_address_by_a_nak_dialled(self) -> None:
        """Also where it asked for no resolver."""
        option = [PPP_IPCP_Option_IPAddress(data="198.51.100.30")]
        row = only(ipcp, PPP_IPCP(code=3, options=option), PPP_IPCP(code=2, options=option))
        assert (row.addresses, row.resolvers) == (("198.51.100.30",), ())

    def test_a_request_or_a_nak_alone_gives_nothing(self) -> None:
        """Nobody has said yes."""
        assert nothing(ipcp, PPP_IPCP(code=1, options=GIVEN), PPP_IPCP(code=3, options=GIVEN)) == []

    @pytest.mark.parametrize("packet", [b"\x02\x01\x00\x20\x03\x06\xc6\x33\x64\x1e", b"\x02\x01\x00\x06\x03\x00"])
    def test_what_contradicts_itself_is_odd(self, packet: bytes) -> None:
        """Lengths beyond the packet's end, or of nothing."""
        assert len(nothing(ipcp, packet)) == 1

    def test_padding_behind_the_packet_is_not_read(self) -> None:
        """Ethernet fills short frames up."""
        assert only(ipcp, bytes(PPP_IPCP(code=2, options=GIVEN)) + bytes(20)).resolvers == ("198.18.1.53",)


class TestAdvertisement:
    def body(self, *options: Any, **fields: Any) -> bytes:
        message = ICMPv6ND_RA(**fields)
        for option in options:
            message = message / option
        return bytes(message)[4:]

    def test_it_gives_networks_and_resolvers(self) -> None:
        """Prefix information (RFC 4861) and RDNSS (RFC 8106)."""
        options = (
            ICMPv6NDOptMTU(),
            ICMPv6NDOptPrefixInfo(prefix="2001:db8:100::", prefixlen=64),
            ICMPv6NDOptRDNSS(dns=["2001:db8:1::53", "2001:db8:1::54"], lifetime=600),
        )
        assert only(advertisement, self.body(*options)) == Provision(
            "ra",
            FRAME,
            5,
            giver=ROUTER,
            taker="",
            networks=("2001:db8:100::/64",),
            gateways=(ROUTER,),
            resolvers=("2001:db8:1::53", "2001:db8:1::54"),
        )

    def test_what_is_taken_back_is_not_given(self) -> None:
        """A lifetime of 0, for resolvers (RFC 8106, section 5.1) and networks."""
        options = (
            ICMPv6NDOptPrefixInfo(prefix="2001:db8::", validlifetime=0),
            ICMPv6NDOptRDNSS(dns=["::1"], lifetime=0),
        )
        assert nothing(advertisement, self.body(*options)) == []

    def test_it_must_come_from_the_link_itself(self) -> None:
        """Hop limit 255 and a link-local source (RFC 4861, section 6.1.2)."""
        provisions, body = Provisions(), self.body(ICMPv6NDOptRDNSS(dns=["2001:db8::1"], lifetime=9))
        provisions.advertisement(body, 254, b"\xfe\x80" + bytes(14), ROUTER, 0, FRAME, 5)
        provisions.advertisement(body, 255, b"\x20\x01" + bytes(14), "2001::", 0, FRAME, 5)
        assert provisions.rows == []

    @pytest.mark.parametrize("options", [b"\x19\x00" + bytes(6), b"\x19\x03" + bytes(6), b"\x19"])
    def test_what_contradicts_itself_is_odd(self, options: bytes) -> None:
        """RFC 4861, section 4.6: a length of 0 must be discarded."""
        assert len(nothing(advertisement, self.body() + options)) == 1


FEEDS: tuple[Feed, ...] = (dhcp, dhcpv6, ipcp, advertisement)
SOUND = (
    bytes(acknowledgement(("name_server", "198.51.100.53"), ("router", "203.0.113.1"))),
    bytes(DHCP6_Reply() / DHCP6OptIA_NA(ianaopts=[DHCP6OptIAAddress(addr="2001:db8::1", validlft=9)])),
    bytes(PPP_IPCP(code=2, options=GIVEN)),
    TestAdvertisement().body(ICMPv6NDOptRDNSS(dns=["2001:db8::1"], lifetime=9), ICMPv6NDOptPrefixInfo()),
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_comes_is_a_row_or_an_oddity(data: st.DataObject) -> None:
    """Sound messages cut, spliced and changed, and any bytes: no exception, and at most one row or remark a message."""
    which = data.draw(st.sampled_from(range(len(FEEDS))))
    raw = bytearray(data.draw(st.one_of(st.just(SOUND[which]), st.binary(max_size=400))))
    for _ in range(data.draw(st.integers(0, 4))):
        if raw:
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(raw[: data.draw(st.integers(0, len(raw)))])
    provisions = Provisions()
    FEEDS[which](provisions, cut)
    assert len(provisions.rows) + len(provisions.oddities()) <= 1


def test_a_message_cut_by_the_snap_length_says_so() -> None:
    """It is not the sender that broke it."""
    provisions = Provisions()
    provisions.dhcp(bytes(acknowledgement())[:-1] + b"\x06\x08\xc6", 6, FRAME, 5)
    assert all_english(oddity.reason for oddity in provisions.oddities()) == ["DHCP: cut off by the snap length"]
