"""Clients without IPv4 behind NAT64 and DNS64 (RFC 6146, RFC 6147)."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest

from .simulator import NAME, RELAY, RELAY2, ROUTER6, Simulator

HOST, HOST2 = "2001:db8:1::20", "2001:db8:1::21"
WELL_KNOWN, OWN = "64:ff9b::", "2001:db8:64::"


def inside(prefix: str, address: str) -> str:
    return str(ip_address(int(ip_address(prefix)) + int(ip_address(address))))


def ask(
    site: Simulator, at: float, client: str, link: str | None, prefix: str, address: str = RELAY, ttl: int = 300
) -> None:
    """A client asks for AAAA: the router asks for that in vain, and for A then; or it has the answer in its cache."""
    hop = 0.000_2
    now = at + hop
    if link is not None:
        up = site.links[link]
        site.question(link, now, now + 0.01, up.address, up.resolver, NAME, [], qtype="AAAA")
        now = site.upstream(now + 0.01 + hop, link, address, ttl=ttl)
    made = [inside(prefix, address)]
    site.question("lan", at, now + hop, client, ROUTER6, NAME, made, qtype="AAAA", ttl=ttl)


@pytest.mark.parametrize("prefix", [WELL_KNOWN, OWN])
@pytest.mark.parametrize("modulated", [False, True])
def test_the_look_up_of_the_a_record_gave_the_address(tmp_path: Path, prefix: str, modulated: bool) -> None:
    site = Simulator()
    ask(site, 0, HOST, "sfr", prefix)
    port = site.connect(1, HOST, "orange", inside(prefix, RELAY), to=RELAY, modulated=modulated)
    result = site.analyse(tmp_path)
    assert result.links(HOST, port) == ("orange", "sfr", None)
    found = result.rows[HOST, port][1].resolution
    assert found is not None and found.qtype == "AAAA" and found.resolver_ip == site.links["sfr"].resolver
    assert [step.point for step in found.steps] == ["lan", "sfr"]


def test_an_answer_from_the_cache_is_traced_to_what_filled_it(tmp_path: Path) -> None:
    site = Simulator()
    ask(site, 0, HOST, "sfr", WELL_KNOWN)
    ask(site, 50, HOST2, None, WELL_KNOWN, ttl=250)
    port = site.connect(51, HOST2, "orange", inside(WELL_KNOWN, RELAY), to=RELAY)
    result = site.analyse(tmp_path)
    assert result.links(HOST2, port) == ("orange", "sfr", None)


def test_of_two_names_servers_each_has_its_own(tmp_path: Path) -> None:
    site = Simulator()
    ask(site, 0, HOST, "sfr", WELL_KNOWN, RELAY)
    ask(site, 10, HOST2, "orange", WELL_KNOWN, RELAY2, ttl=5)
    one = site.connect(1, HOST, "orange", inside(WELL_KNOWN, RELAY), to=RELAY)
    two = site.connect(11, HOST2, "orange", inside(WELL_KNOWN, RELAY2), to=RELAY2)
    result = site.analyse(tmp_path)
    assert result.links(HOST, one)[1] == "sfr" and result.links(HOST2, two)[1] == "orange"


def test_what_a_client_without_ipv4_made_the_router_ask_is_not_the_routers_own(tmp_path: Path) -> None:
    site = Simulator()
    site.announce(-1, HOST, 7)
    ask(site, 0, HOST, "sfr", WELL_KNOWN)
    port = site.connect(1, "192.168.1.30", "orange", RELAY2, to=RELAY, wan_port=50_001, proxy=True)
    assert site.analyse(tmp_path).links("192.168.1.30", port) == ("orange", None, "resolver-link-unknown")


def test_a_resolver_on_the_lan_may_be_the_dns64(tmp_path: Path) -> None:
    """It asks the ISP's resolver itself, and the client asks it."""
    site, box, resolver = Simulator(), "2001:db8:1::53", "2001:db8:53::53"
    made = [inside(WELL_KNOWN, RELAY)]
    site.question("lan", 0, 0.03, HOST, box, NAME, made, qtype="AAAA")
    ident, asker = site.question("lan", 0.001, 0.012, box, resolver, NAME, [RELAY])
    site.question("sfr", 0.001_1, 0.011_9, box, resolver, NAME, [RELAY], ident=ident, port=asker)
    port = site.connect(1, HOST, "orange", made[0], to=RELAY)
    assert site.analyse(tmp_path).links(HOST, port) == ("orange", "sfr", None)


@pytest.mark.parametrize("relay", ["2001:db8:25::25", inside("2001:db8:25::", RELAY)])
def test_an_ipv6_server_of_its_own_is_not_taken_for_what_a_dns64_made(tmp_path: Path, relay: str) -> None:
    """The name has both, by two links: the AAAA answer counts for the IPv6 address, also where that holds the other."""
    site = Simulator()
    site.upstream(0.000_2, "orange")
    site.question("lan", 0, 0.011, HOST, ROUTER6, NAME, [RELAY])
    site.question(
        "sfr", 0.001, 0.02, site.links["sfr"].address, site.links["sfr"].resolver, NAME, [relay], qtype="AAAA"
    )
    site.question("lan", 0.000_5, 0.021, HOST, ROUTER6, NAME, [relay], qtype="AAAA")
    port = site.connect(1, HOST, "orange", relay)
    assert site.analyse(tmp_path).links(HOST, port) == ("orange", "sfr", None)
