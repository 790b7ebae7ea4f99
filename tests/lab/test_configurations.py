"""What the lab writes for its servers."""

from __future__ import annotations

import tomllib
from pathlib import Path

from wanwitness.lab import router, sitefile, zones
from wanwitness.lab.scenarios import SCENARIOS
from wanwitness.lab.servers import dhcp, dnsmasq, dovecot, postfix, unbound
from wanwitness.lab.topology import LINKS
from wanwitness.lab.ways import WAYS
from wanwitness.lab.worlds import WORLDS


def test_a_provider_gives_its_subscribers_another_relay_than_everybody_else() -> None:
    """Split horizon: the view of the link's network has the relay for subscribers, the rest the public one."""
    outside, inside = unbound.configuration("/x", ["198.18.1.53"], LINKS[0]).split("\nview:")
    assert "smtp.isp1.example. 300 IN A 198.18.1.125" in outside
    assert "smtp.isp1.example. 300 IN A 198.18.1.25'" in inside
    assert "access-control-view: 198.51.100.0/24 subscribers" in outside


def test_every_name_and_address_is_for_documentation() -> None:
    """All names end in `example`, and all IPv4 addresses are of the benchmark range."""
    for line in zones.records(LINKS[1]):
        name, _, _, kind, data = line.split(maxsplit=4)
        assert name.endswith("example.")
        assert kind != "A" or data.startswith("198.18.")


def test_each_way_asks_from_ports_of_its_own() -> None:
    """No two ways share a port, so that an upstream query shows whose it was, and none is the kernel's to give away."""
    ports = [port for way in WAYS.values() for port in way.query_ports]
    assert len(ports) == len(set(ports))
    assert max(ports) < 32768


def test_a_forwarder_binds_its_questions_to_an_interface() -> None:
    """`server=IP@IFACE` per upstream; all are asked at once only where there are several."""
    text = dnsmasq.configuration("/x", WAYS["isp1-over-isp2"], ["192.168.1.1"], 53)
    assert "server=198.18.1.53@wan2" in text and "all-servers" not in text and "cache-size=0" in text
    assert "all-servers" in dnsmasq.configuration("/x", WAYS["race"], ["192.168.1.1"], 53)
    assert "cache-size=1000" in dnsmasq.configuration("/x", WAYS["isp1-cached"], ["192.168.1.1"], 53)


def test_a_relay_refuses_strangers_with_the_incidents_words() -> None:
    """530 5.7.0 Authentication required, for whom is neither in its networks nor logged in."""
    text = postfix.main_cf("/x", "mail.isp1.example", Path("c"), Path("k"), {})
    assert "check_client_access static:{530 5.7.0 Authentication required}" in text
    lines = postfix.master_cf([postfix.Listener("subscribers", "2001:db8:1::25", 25, {"mynetworks": "10.0.0.0/8"})])
    assert lines.startswith("[2001:db8:1::25]:25 inet n - n - - smtpd\n")
    assert "-o { mynetworks = 10.0.0.0/8 }" in lines


def test_pop_and_relay_ask_the_same_users() -> None:
    """dovecot serves POP3 at one address and offers a socket to postfix."""
    text = dovecot.configuration("/x", "198.18.1.110")
    assert "listen = 198.18.1.110" in text and "auth-postfix" in text


def test_the_router_notes_the_link_of_every_connection() -> None:
    """For each link there is a rule that marks what left by it and one that marks what came back by it."""
    rules = router.ruleset()
    for link in LINKS:
        assert f'oifname "{link.interface}" ct mark set' in rules
        assert f'iifname "{link.interface}" ct direction reply' in rules


def test_the_site_file_has_the_links_that_were_captured() -> None:
    """Two links, three captures; three links, four."""
    for links in (2, 3):
        site = tomllib.loads(sitefile.site_toml(links))
        assert [link["name"] for link in site["link"]] == [f"isp{number}" for number in range(1, links + 1)]
        assert len(site["capture"]) == links + 1


def test_every_scenario_says_what_it_is_and_what_is_expected() -> None:
    """A name, a sentence, and of each session a verdict and an outcome."""
    for name, each in SCENARIOS.items():
        assert name == each.name and each.summary.endswith((".", "?", "!"))
        assert all(len(choice.split()) == 2 for want in each.expected for choice in want.split(" | "))


def test_a_provider_gives_its_resolver_by_dhcp() -> None:
    """Option 6 is the link's resolver, option 3 the provider's router."""
    text = dhcp.configuration("/x", LINKS[0])
    assert "dhcp-option=6,198.18.1.53" in text and "dhcp-option=3,198.51.100.1" in text
    assert "dhcp-range=198.51.100.40,198.51.100.40,255.255.255.0,600" in text


def test_the_site_file_lists_an_address_of_before_and_one_of_later() -> None:
    """Where a link's address changes, both are the site's."""
    site = tomllib.loads(WORLDS["renumbered"].site(2))
    assert site["link"][0]["addresses"] == ["198.51.100.10", "198.51.100.50", "2001:db8:100::10"]
