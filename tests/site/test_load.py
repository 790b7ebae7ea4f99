"""What a right site file means."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from wanwitness.errors import SiteError
from wanwitness.model import CaptureRule, Event, Link, Router, Site
from wanwitness.site import load

DESIGN = """\
[site]
name = "Head office"
timezone = "Europe/Paris"             # shown beside UTC
lan = ["192.168.1.0/24"]

[[link]]
name = "orange"
isp = "Orange"
addresses = ["203.0.113.10"]          # the router's, on this link
resolvers = ["198.51.100.53"]         # given by this link
relays = ["smtp.orange.example"]      # names, addresses or networks of this ISP's relays

[[capture]]
file = "lan.pcapng"                   # a glob is allowed; several entries may name one file
role = "lan"                          # to tell capture points of one file or mirror port apart: interface, vlan, mac
[[capture]]
file = "wan-orange*.pcap"
role = "wan"
link = "orange"

[[event]]                             # what no packet shows, to be tested like the rest
at = 2012-11-21T14:30:00+01:00
what = "called the hotline"
"""

LAB = """\
[site]
name = "Lab office"
lan = ["192.168.1.0/24", "fd00:1::/64"]

[[link]]
name = "isp1"
isp = "ISP One"
addresses = ["198.51.100.10", "2001:db8:100::10"]
resolvers = ["198.18.1.53"]
relays = ["smtp.isp1.example", "198.18.1.0/24", "2001:db8:1::/48"]

[[link]]
name = "isp2"
isp = "ISP Two"
addresses = ["203.0.113.10"]
resolvers = ["198.18.2.53"]
relays = ["smtp.isp2.example", "198.18.2.0/24"]

[[capture]]
file = "lan0.pcap"
role = "lan"

[[capture]]
file = "wan1.pcap"
role = "wan"
link = "isp1"

[[capture]]
file = "wan2.pcap"
role = "wan"
link = "isp2"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "site.toml"


def test_design_example(path: Path) -> None:
    """The manual's example gives the site it describes."""
    path.write_text(DESIGN)
    assert load(path) == Site(
        name="Head office",
        timezone="Europe/Paris",
        lan=("192.168.1.0/24",),
        links=(
            Link(
                name="orange",
                isp="Orange",
                addresses=("203.0.113.10",),
                resolvers=("198.51.100.53",),
                relays=("smtp.orange.example",),
                source="configured",
            ),
        ),
        captures=(
            CaptureRule(file="lan.pcapng", role="lan"),
            CaptureRule(file="wan-orange*.pcap", role="wan", link="orange"),
        ),
        events=(Event(datetime(2012, 11, 21, 14, 30, tzinfo=timezone(timedelta(hours=1))), "called the hotline"),),
        path=str(path),
    )


def test_lab_site(path: Path) -> None:
    """The lab's two links are told apart by their relays' networks, in both IP versions."""
    path.write_text(LAB)
    site = load(path)
    first, second = site.links
    assert first.owns_relay("2001:db8:1::25")
    assert not second.owns_relay("198.18.1.25")
    assert second.owns_relay("192.0.2.1", "SMTP.isp2.example.")
    assert [rule.link for rule in site.captures] == [None, "isp1", "isp2"]
    assert site.lan == ("192.168.1.0/24", "fd00:1::/64")


def test_empty_file(path: Path) -> None:
    """All of a site file may be absent."""
    path.write_text("")
    assert load(path) == Site(path=str(path))


def test_windows_editor(path: Path) -> None:
    """A byte order mark and CR LF change nothing."""
    path.write_bytes(b"\xef\xbb\xbf" + DESIGN.replace("\n", "\r\n").encode())
    assert load(path).name == "Head office"


def test_inline_tables(path: Path) -> None:
    """Links may be written as an array of inline tables."""
    path.write_text('link = [{name = "a"}, {name = "b", isp = "B"}]')
    assert load(path).links == (Link("a", source="configured"), Link("b", isp="B", source="configured"))


def test_canonical_values(path: Path) -> None:
    """Addresses, networks, names and MACs come out in the one form that packets are compared with."""
    path.write_text("""\
[[link]]
name = "a"
addresses = ["2001:DB8:0::10", "::ffff:192.0.2.1"]
resolvers = ["FE80::1"]
relays = ["SMTP.Orange.example.", "198.18.1.77/24", "2001:DB8::1", "_x.relay-1.example", "relay"]
[[capture]]
file = "a"
role = "lan"
mac = "00-1A-2B-3C-4D-5E"
interface = 0
vlan = 4094
addresses = ["10.0.0.1", "10.0.0.1/8"]
[[capture]]
file = "a"
role = "lan"
mac = "001a.2b3c.4D5E"
interface = "eth0"
vlan = 1
""")
    site = load(path)
    assert site.links[0].addresses == ("2001:db8::10", "192.0.2.1")
    assert site.links[0].resolvers == ("fe80::1",)
    assert site.links[0].relays == (
        "smtp.orange.example",
        "198.18.1.0/24",
        "2001:db8::1",
        "_x.relay-1.example",
        "relay",
    )
    first, second = site.captures
    assert first.mac == second.mac == "00:1a:2b:3c:4d:5e"
    assert (first.interface, first.vlan, first.addresses) == ("0", 4094, ("10.0.0.1", "10.0.0.0/8"))
    assert (second.interface, second.vlan) == ("eth0", 1)


def test_one_network_on_two_links(path: Path) -> None:
    """Two links may share a resolver, a relay and a private network; only the router's address is one link's."""
    path.write_text("""\
[[link]]
name = "a"
addresses = ["192.168.0.2", "192.168.0.2"]
resolvers = ["192.168.0.1"]
relays = ["smtp.example"]
[[link]]
name = "Réseau n° 2"
addresses = ["192.168.0.3"]
resolvers = ["192.168.0.1"]
relays = ["smtp.example"]
""")
    assert [link.name for link in load(path).links] == ["a", "Réseau n° 2"]


def test_two_links_may_use_one_private_network(tmp_path: Path) -> None:
    """Two boxes that do NAT may give the router one address, and have one themselves: that is no error."""
    link = 'addresses = ["192.168.1.2"]\nresolvers = ["192.168.1.1"]\n'
    path = tmp_path / "site.toml"
    path.write_text(f'[[link]]\nname = "a"\n{link}[[link]]\nname = "b"\n{link}')
    assert [site.addresses for site in load(path).links] == [("192.168.1.2",), ("192.168.1.2",)]


def test_router_and_tags(tmp_path: Path) -> None:
    """What sites are compared by: the router, and whatever the user tags them with."""
    file = tmp_path / "site.toml"
    file.write_text('[router]\nmodel = "Balance 20"\nfirmware = "8.4"\n[tags]\nregion = "north"\n"sold by" = "us"\n')
    site = load(file)
    assert site.router == Router("Balance 20", "8.4")
    assert site.tags == {"region": "north", "sold by": "us"}


@pytest.mark.parametrize("wrong", ["[tags]\nregion = 1\n", "[[tags]]\n", "[router]\nmake = 'x'\n"])
def test_router_and_tags_are_texts(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "site.toml"
    file.write_text(wrong)
    with pytest.raises(SiteError, match=r"site\.toml:"):
        load(file)
