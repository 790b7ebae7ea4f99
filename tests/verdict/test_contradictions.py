"""What is said of captures and cannot be is said first, and no verdict rests on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from correlate.simulator import Simulator
from places import OFFICE
from wanwitness import Case, analyze

LAN, WAN1, WAN2 = (OFFICE / f"{name}.pcap" for name in ("lan0", "wan1", "wan2"))
PC, PC2 = "192.168.1.20", "192.168.1.21"


def ids(case: Case) -> list[str]:
    """What cannot be; where anything cannot, nothing that is left looks sound."""
    found = [row["id"] for row in case.document["answer"]["contradictions"]]
    if found and found != ["file-missing"]:
        assert case.damaged
        for session in case.document["sessions"]:
            assert (session["verdict"], session["flagged"]) == ("undetermined", False)
            assert (session["transport_link"], session["resolver_link"]) == (None, None)
            assert session["likely_causes"] == []
            kinds = {finding["kind"] for finding in session["findings"]}
            assert not kinds & {"relay-owner-mismatch", "foreign-resolver", "redirected", "expired-answer"}
            assert session["explanation"].startswith("What was said of the captures cannot be, so no link is named.")
        assert case.document["answer"]["status"] == "cannot-answer"
    return found


def office(folder: Path, *changes: tuple[str, str]) -> Case:
    """The office, with its site file changed."""
    for path in (LAN, WAN1, WAN2):
        shutil.copy(path, folder)
    text = (OFFICE / "site.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "site.toml").write_text(text)
    return analyze(folder, rows_only=True)


def test_what_is_so_contradicts_nothing(tmp_path: Path) -> None:
    assert ids(office(tmp_path)) == []
    assert ids(analyze(lan=LAN, wan={"isp1": WAN1, "isp2": WAN2}, rows_only=True)) == []
    assert ids(analyze(OFFICE.parent / "incident", rows_only=True)) == []


def test_sides_exchanged() -> None:
    """On the command line: it is said with frames, and what to change."""
    case = analyze(lan=WAN1, wan={"isp1": LAN, "isp2": WAN2}, rows_only=True)
    assert ids(case) == ["sides-exchanged"]
    (row,) = case.document["answer"]["contradictions"]
    assert "wan1.pcap is given as the LAN side and lan0.pcap as the WAN side of isp1" in row["text"]
    assert "Exchange the two on the command line (--lan, --wan)." in row["text"]
    assert len(row["frames"]) == 6


def test_sides_exchanged_in_the_site_file(tmp_path: Path) -> None:
    swap = (('"lan0.pcap"', '"X"'), ('"wan1.pcap"', '"lan0.pcap"'), ('"X"', '"wan1.pcap"'))
    case = office(tmp_path, *swap)
    assert ids(case) == ["sides-exchanged"]
    assert "in site.toml" in case.document["answer"]["contradictions"][0]["text"]


def test_links_exchanged_against_their_addresses(tmp_path: Path) -> None:
    swap = (('"wan1.pcap"', '"X"'), ('"wan2.pcap"', '"wan1.pcap"'), ('"X"', '"wan2.pcap"'))
    case = office(tmp_path, *swap)
    assert ids(case) == ["other-links-address"] * 2
    texts = [row["text"] for row in case.document["answer"]["contradictions"]]
    assert "wan1.pcap is given as the WAN side of isp2, but it shows 198.51.100.10, an address of isp1" in texts[0]


def test_what_was_said_on_the_command_line_is_to_be_changed_there(tmp_path: Path) -> None:
    """It goes before what the site file says of the same files."""
    office(tmp_path)
    lan, one, two = (tmp_path / path.name for path in (LAN, WAN1, WAN2))
    case = analyze(lan=lan, wan={"isp1": two, "isp2": one}, site=tmp_path / "site.toml", rows_only=True)
    assert ids(case) == ["other-links-address"] * 2
    assert all("on the command line" in row["text"] for row in case.document["answer"]["contradictions"])


@pytest.mark.parametrize("copied", [True, False])
def test_one_content_under_two_links(tmp_path: Path, copied: bool) -> None:
    """The same file, or a copy of it; also as LAN and WAN."""
    other = shutil.copy(WAN1, tmp_path / "other.pcap") if copied else WAN1
    kind = "one-content" if copied else "one-file-twice"
    assert ids(analyze(lan=LAN, wan={"isp1": WAN1, "isp2": other}, rows_only=True)) == [kind]
    other = shutil.copy(LAN, tmp_path / "other.pcap") if copied else LAN
    assert ids(analyze(lan=LAN, wan={"isp1": other}, rows_only=True))[-1:] == [kind]


def test_one_place_captured_twice_under_two_links(tmp_path: Path) -> None:
    """Not the same bytes, and yet the same packets: two captures of one interface."""
    content = bytearray(WAN1.read_bytes())
    content[24] ^= 1  # the first frame's time stamp
    (tmp_path / "other.pcap").write_bytes(content)
    assert ids(analyze(lan=LAN, wan={"isp1": WAN1, "isp2": tmp_path / "other.pcap"}, rows_only=True)) == ["one-place"]


def test_the_lan_given_as_a_wan_side_alone() -> None:
    """Its hosts have all their hops, and no address of the router."""
    assert ids(analyze(wan={"isp1": LAN}, rows_only=True)) == ["lan-hosts-on-wan"]


def test_a_wan_side_given_as_the_lan(tmp_path: Path) -> None:
    """What it shows was sent from a link's address."""
    away = ('file = "wan1.pcap"\nrole = "wan"', 'file = "x"\nrole = "wan"')
    case = office(tmp_path, ('"lan0.pcap"', '"wan1.pcap"'), away)
    assert ids(case)[0] == "link-address-on-lan"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """It is said, with what it should have been; what the others show stands."""
    case = office(tmp_path, ('"wan2.pcap"', '"wan-sfr.pcap"'))
    assert ids(case) == ["file-missing"]
    assert case.damaged
    (row,) = case.document["answer"]["contradictions"]
    assert "names wan-sfr.pcap as the WAN side of isp2, and there is no such file" in row["text"]
    assert any(session["verdict"] == "consistent" for session in case.document["sessions"])


def test_answers_of_another_time(tmp_path: Path) -> None:
    """Days old where they are good for minutes: these captures do not belong together."""
    site = Simulator()
    site.ask(0, PC, "orange", "192.0.2.25", ttl=300)
    for n in range(4):
        site.connect(200_000 + n * 60, PC, "orange", "192.0.2.25")
    site.frames["sfr"] = []
    case = analyse(site, tmp_path)
    assert ids(case) == ["answers-too-old"]
    (row,) = case.document["answer"]["contradictions"]
    assert row["text"].startswith(
        "4 of 4 sessions would rest on DNS answers that are 2.32 days old and were good for 5 min"
    )
    assert row["frames"]


def test_an_answer_kept_for_days_is_of_one_time(tmp_path: Path) -> None:
    """A program that keeps answers for ever used it at once, too: nothing contradicts its captures."""
    site = Simulator()
    site.ask(0, PC, "orange", "192.0.2.25", ttl=300)
    for n in range(6):
        site.connect(0.1 + n * 40_000, PC, "orange", "192.0.2.25")
    site.frames["sfr"] = []
    assert ids(analyse(site, tmp_path)) == []


def test_a_wan_side_given_as_a_second_lan_side(tmp_path: Path) -> None:
    """It shows the LAN's connections as the router sent them on."""
    site = Simulator()
    site.ask(0, PC, "orange")
    site.connect(0.1, PC, "orange")
    files = site.write(tmp_path)
    case = analyze(lan=[*files["lan"], *files["orange"]], wan={"sfr": files["sfr"]}, rows_only=True)
    assert ids(case) == ["wan-as-lan"]
    (row,) = case.document["answer"]["contradictions"]
    assert "connections of lan.pcap show in orange.pcap from another address, 203.0.113.10" in row["text"]


def test_sides_exchanged_without_a_private_network(tmp_path: Path) -> None:
    """Who has all hops left is at home where it was captured, also where nothing says which addresses are the LAN's."""
    site = Simulator()
    address, client = "2001:db8:25::25", "2001:db8:1::20"
    site.ask(0, client, "orange", address, server="2001:db8:1::1", qtype="AAAA")
    site.connect(0.1, client, "orange", address)
    files = site.write(tmp_path)
    case = analyze(lan=files["orange"], wan={"orange": files["lan"], "sfr": files["sfr"]}, rows_only=True)
    assert ids(case) == ["sides-exchanged"]


SOUND: dict[str, Callable[[Simulator], Any]] = {
    "one host behind a box": lambda site: [site.ask(0, PC, "orange"), site.connect(0.1, PC, "orange")],
    "a proxy": lambda site: [site.upstream(0, "orange"), site.connect(0.1, PC, "orange", proxy=True)],
    "modulated": lambda site: [site.ask(0, PC, "orange"), site.connect(0.1, PC, "orange", modulated=True)],
    "no translation": lambda site: [
        *(site.ask(n, f"192.168.1.{20 + n}", "orange") for n in range(3)),
        *(site.connect(n + 0.1, f"192.168.1.{20 + n}", "orange", own=f"192.168.1.{20 + n}") for n in range(3)),
    ],
    "the same address on both links": lambda site: [
        site.ask(0, PC, "orange"),
        site.connect(0.1, PC, "orange"),
        site.ask(5, PC2, "sfr"),
        site.connect(5.1, PC2, "sfr"),
    ],
}


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("kind", SOUND)
def test_what_sites_do_is_no_contradiction(tmp_path: Path, kind: str, private: bool) -> None:
    """Boxes that translate again, proxies, routers that do not translate."""
    site = Simulator(same_private_network=private)
    SOUND[kind](site)
    assert ids(analyse(site, tmp_path)) == []


def analyse(site: Simulator, folder: Path) -> Case:
    """With the sides given as on the command line."""
    files = site.write(folder)
    wan: dict[str, list[str]] = {link: [str(p) for p in paths] for link, paths in files.items() if link != "lan"}
    return analyze(lan=[str(path) for path in files["lan"]], wan=wan, rows_only=True)
