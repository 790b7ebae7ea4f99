"""The site file of a run's folder is the user's, and names the captures there."""

from __future__ import annotations

from pathlib import Path

import pytest

from places import OFFICE
from wanwitness.errors import SiteError, UsageError
from wanwitness.live.capture import LivePoint
from wanwitness.live.site_file import mirror_rules, write_site_file
from wanwitness.site import load

POINTS = [LivePoint("eth1", "lan"), LivePoint("ppp0", "wan", "isp1")]


def test_the_users_words_stay_and_its_captures_are_the_folders(tmp_path: Path) -> None:
    """All but the [[capture]] entries is as it was written."""
    site, own = write_site_file(tmp_path, str(OFFICE / "site.toml"), POINTS), load(OFFICE / "site.toml")
    assert (site.name, site.lan, site.links) == (own.name, own.lan, own.links)
    assert [(rule.file, rule.role, rule.link) for rule in site.captures] == [
        ("captures/lan-eth1_*.pcap*", "lan", None),
        ("captures/wan-isp1-ppp0_*.pcap*", "wan", "isp1"),
    ]


def test_a_second_run_keeps_what_the_first_said_of_files_that_are_there(tmp_path: Path) -> None:
    """Also where it captures other interfaces, and without being given the site file again."""
    (tmp_path / "captures").mkdir()
    write_site_file(tmp_path, str(OFFICE / "site.toml"), POINTS)
    (tmp_path / "captures" / "lan-eth1_00001_20260301120000.pcapng").touch()
    site = write_site_file(tmp_path, None, [LivePoint("eth2", "lan")])
    assert [rule.file for rule in site.captures] == ["captures/lan-eth1_*.pcap*", "captures/lan-eth2_*.pcap*"]
    assert [link.name for link in site.links] == ["isp1", "isp2"]


def test_without_a_site_file_there_are_captures_alone(tmp_path: Path) -> None:
    """Sides are known all the same."""
    site = write_site_file(tmp_path, None, POINTS)
    assert [rule.role for rule in site.captures] == ["lan", "wan"]
    assert [link.name for link in site.links] == ["isp1"]
    again = write_site_file(tmp_path, None, [*POINTS, LivePoint("ppp1", "wan", "isp2")])
    assert [link.name for link in again.links] == ["isp1", "isp2"]


def test_a_link_that_the_site_file_does_not_know_is_refused(tmp_path: Path) -> None:
    """It would be judged by nothing."""
    with pytest.raises(UsageError, match=r"no such link, but isp1, isp2"):
        write_site_file(tmp_path, str(OFFICE / "site.toml"), [LivePoint("eth3", "wan", "isp9")])


def test_a_wrong_site_file_is_refused(tmp_path: Path) -> None:
    """By the line that is wrong."""
    (tmp_path / "mine.toml").write_text("[site]\nnme = 1\n")
    with pytest.raises(SiteError, match=r"mine\.toml"):
        write_site_file(tmp_path, str(tmp_path / "mine.toml"), POINTS)


def test_a_mirror_port_is_told_apart_by_the_rules_for_it(tmp_path: Path) -> None:
    """By those of its interface, and those of any; what tells nothing apart counts for nothing."""
    path = tmp_path / "site.toml"
    path.write_text(
        '[[capture]]\nfile = "x"\nrole = "lan"\nvlan = 10\n'
        '[[capture]]\nfile = "x"\nrole = "lan"\n'
        '[[capture]]\nfile = "x"\nrole = "lan"\nvlan = 11\ninterface = "eth9"\n'
    )
    rules = mirror_rules(load(path), "eth1")
    assert [rule.vlan for rule in rules] == [10]
    point = LivePoint("eth1", "mirror", None, rules)
    (tmp_path / "out").mkdir()
    (rule,) = write_site_file(tmp_path / "out", str(path), [point]).captures
    assert (rule.file, rule.vlan, rule.interface) == ("captures/mirror-eth1_*.pcap*", 10, None)
    with pytest.raises(UsageError, match=r"vlan, mac or addresses"):
        mirror_rules(None, "eth1")
