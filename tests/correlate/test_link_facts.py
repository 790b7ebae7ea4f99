"""What the captures show of the links, and what may be made of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRRMX
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, ICMPv6NDOptRDNSS, IPv6
from scapy.layers.l2 import Ether
from scapy.layers.ppp import PPP, PPP_IPCP, PPP_IPCP_Option_DNS1, PPP_IPCP_Option_IPAddress, PPPoE

from wanwitness import analyze
from wanwitness.model import Link

from . import wire
from .simulator import NAME, RELAY, Result, Simulator

PC, OTHER = "192.168.1.20", "198.51.100.99"
ORANGE = "203.0.113.10"


def acknowledgement(address: str, *resolvers: str, taker: int = 1, giver: str = "203.0.113.1") -> bytes:
    options: list[Any] = [
        ("message-type", "ack"),
        ("server_id", giver),
        ("router", giver),
        ("subnet_mask", "255.255.255.0"),
    ]
    message = BOOTP(op=2, yiaddr=address, chaddr=bytes((2, 0, 0, 0, 0, taker)))
    raw = bytes(message / DHCP(options=[*options, ("name_server", *resolvers), "end"]))
    return wire.udp(giver, 67, address, 68, raw)


@pytest.fixture
def site() -> Simulator:
    """Two sessions resolved over orange, by its resolver and by another; the links are not set up in the captures."""
    made = Simulator()
    made.ask(10, PC, "orange", ttl=1)
    made.session(12, PC, "orange", "orange")
    made.ask(20, PC, "orange", resolver=OTHER, ttl=1)
    made.session(22, PC, "orange", "orange")
    return made


def analyse(site: Simulator, folder: Path, toml: str | None = None) -> Result:
    if toml is None:
        return site.analyse(folder)
    folder.mkdir(exist_ok=True)
    (folder / "site.toml").write_text(toml)
    return site.analyse(folder, site_file=folder / "site.toml")


def orange(result: Result) -> Link:
    return next(link for link in result.correlated.links if link.name == "orange")


def accused(site: Simulator, folder: Path, toml: str | None = None) -> list[bool]:
    """Of each session: whether its question went to a foreign resolver."""
    result = analyse(site, folder, toml)
    link = orange(result)
    found = []
    for row in site.truth:
        resolution = result.rows[row.client, row.port][0].resolution
        assert resolution is not None and resolution.resolver_ip is not None and resolution.link == "orange"
        asked = resolution.resolver_ip
        found.append(link.names_resolvers(asked, resolution.answered_ns) and not link.owns_resolver(asked))
    return found


def test_what_was_only_used_accuses_nobody(tmp_path: Path, site: Simulator) -> None:
    """Resolvers and relays are listed with how often they were used, and own nothing."""
    link = orange(analyse(site, tmp_path))
    assert (link.source, link.addresses, link.resolvers, link.relays) == ("inferred", (ORANGE,), (), ())
    assert {(row.what, row.value, row.source, row.times) for row in link.shown} == {
        ("address", ORANGE, "inferred", 4),
        ("resolver", "198.51.100.53", "inferred", 1),
        ("resolver", OTHER, "inferred", 1),
        ("relay", NAME, "inferred", 2),
    }
    assert all(len(row.frames) == 1 for row in link.shown)
    assert accused(site, tmp_path) == [False, False]


def test_what_dhcp_gave_is_the_link_s(tmp_path: Path, site: Simulator) -> None:
    """Address, next router, network and resolvers, each with the frame; another resolver is a foreign one then."""
    site.see("orange", 1, acknowledgement(ORANGE, "198.51.100.53"))
    link = orange(analyse(site, tmp_path))
    assert (link.source, link.addresses, link.resolvers) == ("dhcp", (ORANGE,), ("198.51.100.53",))
    assert {(row.what, row.value) for row in link.shown if row.source == "dhcp"} == {
        ("address", ORANGE),
        ("gateway", "203.0.113.1"),
        ("network", "203.0.113.0/24"),
        ("resolver", "198.51.100.53"),
    }
    assert {row.frames[0].number for row in link.shown if row.source == "dhcp"} == {1}
    assert accused(site, tmp_path) == [False, True]


def test_the_accusation_shows_what_the_link_gave(tmp_path: Path, site: Simulator) -> None:
    """The finding names the resolver that the link gave, by which means, and that frame."""
    site.see("orange", 1, acknowledgement(ORANGE, "198.51.100.53"))
    site.write(tmp_path)
    case = analyze(lan=tmp_path / "lan.pcap", wan={"orange": tmp_path / "orange.pcap"}, rows_only=True)
    innocent, foreign = case.document["sessions"]
    assert "foreign-resolver" not in {finding["kind"] for finding in innocent["findings"]}
    (finding,) = (finding for finding in foreign["findings"] if finding["kind"] == "foreign-resolver")
    assert finding["text"] == (
        f"the question left by orange, to {OTHER}, which is no known resolver of this site's links; "
        "orange itself gave 198.51.100.53 (by DHCP)"
    )
    assert [1, 1] in finding["frames"] and [1, 1] in foreign["frames"]


def test_what_was_given_later_accuses_nobody_before(tmp_path: Path, site: Simulator) -> None:
    """Until then the router may have been given others."""
    site.see("orange", 30, acknowledgement(ORANGE, "198.51.100.53"))
    assert accused(site, tmp_path) == [False, False]


def test_a_neighbour_s_lease_is_not_the_site_s(tmp_path: Path, site: Simulator) -> None:
    """On a shared cable others are given resolvers too; with no address that is seen in use, nobody's is taken."""
    site.see("orange", 1, acknowledgement("203.0.113.66", "198.51.100.60", taker=6))
    site.see("orange", 2, acknowledgement(ORANGE, "198.51.100.53"))
    assert orange(analyse(site, tmp_path / "both")).resolvers == ("198.51.100.53",)
    silent = Simulator()
    silent.see("orange", 1, acknowledgement("203.0.113.66", "198.51.100.60", taker=6))
    silent.see("orange", 2, acknowledgement("203.0.113.67", "198.51.100.61", taker=7))
    silent.ask(10, PC, "sfr", ttl=1)
    assert orange(analyse(silent, tmp_path / "silent")).resolvers == ()


def test_what_the_router_gives_others_is_not_the_link_s(tmp_path: Path, site: Simulator) -> None:
    """A DHCP server at the router's own address."""
    site.see("orange", 1, acknowledgement("203.0.113.66", "203.0.113.10", giver=ORANGE))
    assert orange(analyse(site, tmp_path)).resolvers == ()


def test_resolvers_of_the_other_ip_version_accuse_nobody(tmp_path: Path, site: Simulator) -> None:
    """What was given for IPv6 says nothing of the link's IPv4 resolvers."""
    body = (
        ICMPv6ND_RA()
        / ICMPv6NDOptPrefixInfo(prefix="2001:db8:100::")
        / ICMPv6NDOptRDNSS(dns=["2001:db8::53"], lifetime=9)
    )
    site.see("orange", 1, bytes(Ether(src="02:00:00:00:00:09") / IPv6(src="fe80::1", dst="ff02::1", hlim=255) / body))
    link = orange(analyse(site, tmp_path))
    assert (link.source, link.resolvers) == ("ra", ("2001:db8::53",))
    assert ("network", "2001:db8:100::/64") in {(row.what, row.value) for row in link.shown}
    assert accused(site, tmp_path) == [False, False]


def test_a_box_that_gives_itself_does_not_tell_the_provider_s_resolvers(tmp_path: Path, site: Simulator) -> None:
    """The router may have been given those by hand."""
    site.see("orange", 1, acknowledgement(ORANGE, "192.168.0.1"))
    assert orange(analyse(site, tmp_path)).resolvers == ("192.168.0.1",)
    assert accused(site, tmp_path) == [False, False]


def test_what_ppp_gave_is_the_link_s(tmp_path: Path, site: Simulator) -> None:
    """IPCP inside PPPoE."""
    options = [PPP_IPCP_Option_IPAddress(data=ORANGE), PPP_IPCP_Option_DNS1(data="198.51.100.53")]
    head = Ether(src="02:00:00:00:00:09", dst="02:00:00:00:00:01") / PPPoE(sessionid=3) / PPP()
    site.see("orange", 1, bytes(head / PPP_IPCP(code=2, options=options)))
    link = orange(analyse(site, tmp_path))
    assert (link.source, link.addresses, link.resolvers) == ("ipcp", (ORANGE,), ("198.51.100.53",))
    assert accused(site, tmp_path) == [False, True]


def test_what_the_user_says_stands(tmp_path: Path, site: Simulator) -> None:
    """Only what he left out is filled in; what DHCP gave is told beside it."""
    site.see("orange", 1, acknowledgement(ORANGE, "198.51.100.53"))
    names = '[[link]]\nname = "sfr"\n[[link]]\nname = "orange"\n'
    link = orange(analyse(site, tmp_path, names))
    assert (link.source, link.addresses, link.resolvers) == ("configured", (ORANGE,), ("198.51.100.53",))
    assert accused(site, tmp_path, names) == [False, True]
    said = names + f'resolvers = ["{OTHER}"]\naddresses = ["192.0.2.7"]\n'
    link = orange(analyse(site, tmp_path, said))
    assert (link.source, link.addresses, link.resolvers) == ("configured", ("192.0.2.7",), (OTHER,))
    assert ("resolver", "198.51.100.53", "dhcp") in {(row.what, row.value, row.source) for row in link.shown}
    assert accused(site, tmp_path, said) == [True, False]


def test_hosts_without_nat_are_no_addresses_of_the_router(tmp_path: Path) -> None:
    """An IPv6 host has its own address on both sides."""
    site = Simulator()
    host, relay = "2001:db8:1::20", "2001:db8:fe::25"
    site.links["orange"] = replace(site.links["orange"], address6=host)
    site.ask(1, host, "orange", relay, qtype="AAAA", server="2001:db8:1::1", ttl=1)
    site.connect(2, host, "orange", relay)
    assert orange(analyse(site, tmp_path)).addresses == (ORANGE,)


def test_a_recipient_s_exchanger_is_no_relay(tmp_path: Path, site: Simulator) -> None:
    """Mail that goes straight to where an MX record leads."""
    site.ask(30, PC, "orange", RELAY, name="mx.far.example", ttl=1)
    site.session(32, PC, "orange", "orange")
    assert {row.value for row in orange(analyse(site, tmp_path)).shown if row.what == "relay"} == {
        NAME,
        "mx.far.example",
    }
    question, answer = DNSQR(qname="far.example", qtype="MX"), DNSRRMX(rrname="far.example", exchange="mx.far.example")
    site.see("orange", 29, wire.udp("198.51.100.53", 53, ORANGE, 4000, bytes(DNS(qr=1, qd=question, an=answer))))
    assert {row.value for row in orange(analyse(site, tmp_path)).shown if row.what == "relay"} == {NAME}
