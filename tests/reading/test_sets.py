"""Which files are pieces of one capture, by what they hold and never by their names alone."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from correlate import wire
from correlate.simulator import BEGIN, ROUTER, Simulator
from places import OFFICE, PROJECT
from wanwitness import Case, analyze
from wanwitness.inputs import gather
from wanwitness.reading import read
from wanwitness.reading.rotation import names

PC = "192.168.1.20"
CUT_S = 60
Namer = Callable[[str, int], str]
"""A file's name by the link's name and the piece, 0 or 1."""
MINUTES, DAYS = ("22h13", "22h14"), ("14", "15")
PATTERNS: dict[str, Namer] = {
    "%s": lambda name, n: f"{name}.{1_700_000_000 + CUT_S * n}.pcap",
    "-%s": lambda name, n: f"{name}-{1_700_000_000 + CUT_S * n}.pcap",
    "_%s": lambda name, n: f"{name}_{1_700_000_000 + CUT_S * n}.pcap",
    "-%Hh%M": lambda name, n: f"{name}-{MINUTES[n]}.pcap",
    "-%H%M%S": lambda name, n: f"{name}-221{3 + n}20.pcap",
    "-%y%m%d-%H%M": lambda name, n: f"{name}-231114-221{3 + n}.pcap",
    "-%d-%m-%Y": lambda name, n: f"{name}-{DAYS[n]}-11-2023.pcap",
    "-%Y-%m-%d": lambda name, n: f"{name}-2023-11-{DAYS[n]}.pcap",
    "-%Y-%m-%d_%H-%M-%S": lambda name, n: f"{name}-2023-11-14_22-1{3 + n}-20.pcap",
    "ISO with Z": lambda name, n: f"{name}-2023-11-14T22:1{3 + n}:20Z.pcap",
    "-1": lambda name, n: f"{name}-{n + 1}.pcap",
    "_001": lambda name, n: f"{name}_{n + 1:03}.pcap",
    "-part1": lambda name, n: f"{name}-part{n + 1}.pcap",
    " (1)": lambda name, n: f"{name} ({n}).pcap" if n else f"{name}.pcap",
    ".pcap1": lambda name, n: f"{name}.pcap{n or ''}",
    ".pcap00": lambda name, n: f"{name}.pcap{n:02}",
    ".pcap.1": lambda name, n: f"{name}.pcap.{2 - n}",
    ".0": lambda name, n: f"{name}.{n}",
    "date first": lambda name, n: f"2023111{4 + n}-{name}.pcap",
    "day": lambda name, n: f"{name}-{('mon', 'tue')[n]}.pcap",
    "jour": lambda name, n: f"{name}_{('lundi', 'mardi')[n]}.pcap",
    "letter": lambda name, n: f"{name}-{'ab'[n]}.pcap",
    "split": lambda name, n: f"{name}.a{'ab'[n]}",
    "dumpcap": lambda name, n: f"{name}_{n + 1:05}_202311142213{20 + n}.pcap",
    "host first": lambda name, n: f"fw1-{name}-2023111{4 + n}.pcap",
    "host last": lambda name, n: f"{name}-2023111{4 + n}-fw1.pcap",
    "folders": lambda name, n: f"day{n + 1}/{name}.pcap",
    "gzip": lambda name, n: f"{name}-{n + 1}.pcap.gz",
    "bzip2 and plain": lambda name, n: f"{name}.{n}.pcap{'.bz2' if n else ''}",
    "no pattern": lambda name, n: f"{name}{('-before', '-after')[n]}-lunch.pcap",
}


def traffic(links: tuple[str, ...]) -> Simulator:
    """Names looked up before the cut and used behind it, by the next link; one mail is under way at the cut."""
    site = Simulator(links)
    site.announce(-4000, PC, 20)  # the LAN was captured for longer than any answer is good
    for n, link in enumerate(links):
        site.ask(2 + n, PC, link, f"192.0.2.{30 + n}", name=f"mail{n}.isp.example", ttl=3600)
        site.session(CUT_S + 5 + n, PC, links[n - 1], link, address=f"192.0.2.{30 + n}")
        site.ask(CUT_S - 2 + n / 10, PC, link, f"192.0.2.{40 + n}", name=f"relay{n}.isp.example")
        site.session(CUT_S - 0.5 + n / 10, PC, links[n - 1], link, address=f"192.0.2.{40 + n}", step=0.5)
    return site


def write(site: Simulator, folder: Path, named: Namer) -> list[str]:
    """Cut every capture in two."""
    written = []
    for point, seen in site.frames.items():
        frames = [(ts, frame) for ts, _, frame in sorted(seen)]
        cut = (BEGIN + CUT_S) * wire.SECOND
        for n in (0, 1):
            path = folder / named(point, n)
            path.parent.mkdir(parents=True, exist_ok=True)
            wire.write_pcap(path, [row for row in frames if (row[0] >= cut) == bool(n)])
            for suffix, pack in ((".gz", gzip.compress), (".bz2", bz2.compress)):
                if path.suffix == suffix:
                    path.write_bytes(pack(path.read_bytes()))
            written.append(str(path))
    return written


def verdicts(case: Case) -> list[tuple[object, ...]]:
    """What is said of each session."""
    rows = case.document["sessions"]
    return sorted((s["client"]["port"], s["verdict"], s["transport_link"], s["resolver_link"]) for s in rows)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_rotated_files_of_one_link_are_one_link(tmp_path: Path, pattern: str) -> None:
    """Whatever the names: nothing is flagged, and the mail that was under way at the cut is one session."""
    site = traffic(("wan1",))
    files = write(site, tmp_path, PATTERNS[pattern])
    case = analyze(files, rows_only=True)
    assert [(row[1], row[2] == row[3]) for row in verdicts(case)] == [("consistent", True)] * 2
    (link,) = case.document["links"]
    assert "wan1" in link["name"]
    assert len(read(gather(files).files).points) == 2


@pytest.mark.parametrize("pattern", PATTERNS)
def test_rotated_files_of_two_links_are_two_links(tmp_path: Path, pattern: str) -> None:
    """The same names do not make one link of two: every flag stays."""
    site = traffic(("wan1", "wan2"))
    case = analyze(write(site, tmp_path, PATTERNS[pattern]), rows_only=True)
    assert [row[1] for row in verdicts(case)] == ["link-mismatch"] * 4
    assert len(case.document["links"]) == 2
    assert len(read(gather(write(site, tmp_path, PATTERNS[pattern])).files).points) == 3


def test_numbered_captures_of_two_links_are_no_set(tmp_path: Path) -> None:
    """`wan-1` and `wan-2` were captured at one time, each with an address of the router of its own."""
    site = Simulator(("wan-1", "wan-2"))
    for n in range(4):
        site.ask(10 * n, PC, "wan-1", ttl=5)
        site.session(10 * n + 1, PC, "wan-2", "wan-1")
    folder = tmp_path / "case"
    folder.mkdir()
    site.write(folder)
    case = analyze(folder, rows_only=True)
    assert {row[1:] for row in verdicts(case)} == {("link-mismatch", "wan-2", "wan-1")}


def test_a_name_is_told_from_what_a_rotation_adds() -> None:
    """A link's own number is no piece's."""
    assert names("wan1.pcap") == ("wan1",)
    assert "wan1" in names("wan1.1700000000.pcap.gz")
    assert "wan" in names("wan-1.pcap")
    assert names("pppoe-orange.pcapng") == ("pppoe-orange",)


def test_thousands_of_files_are_looked_at_in_little_time(tmp_path: Path) -> None:
    """Each is compared with what it may continue, not with every other."""
    frame = wire.udp(PC, 40_000, ROUTER, 53, wire.dns(1, "mail.isp.example"))
    for n in range(500):
        wire.write_pcap(tmp_path / f"lan.{BEGIN + n}.pcap", [((BEGIN + n) * wire.SECOND, frame)])
    readings = read(gather([str(tmp_path)]).files)
    assert [(point.name, len(point.captures)) for point in readings.points] == [("lan", 500)]


def test_pieces_are_joined_however_many_hosts_were_seen_before(tmp_path: Path) -> None:
    """Nothing in their names says that they are: the last piece shares hosts with the one before it alone."""
    words = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "islet")
    for n, word in enumerate(words):
        hosts = [f"192.168.{host >> 6}.{host % 64 + 10}" for host in range(50 * n, 50 * n + 60)]
        frames = [wire.udp(host, 40_000, ROUTER, 53, wire.dns(1, "mail.isp.example")) for host in hosts]
        times = ((BEGIN + CUT_S * n) * wire.SECOND + k for k in range(len(frames)))
        wire.write_pcap(tmp_path / f"{word}.pcap", list(zip(times, frames, strict=True)))
    points = read(gather([str(tmp_path)]).files).points
    assert [len(point.captures) for point in points] == [len(words)]


COPIES: dict[str, Callable[[bytes], bytes]] = {
    "again.pcap": bytes,
    "wan1 (1).pcap": bytes,
    "wan1.pcap.gz": gzip.compress,
    "wan1.bz2": bz2.compress,
    "earlier.pcap": lambda content: content[: len(content) // 2],
}


@pytest.mark.parametrize("name", COPIES)
@pytest.mark.parametrize("folder", [OFFICE, PROJECT / "captures" / "incident"], ids=lambda path: path.name)
def test_a_capture_given_twice_is_used_once(tmp_path: Path, folder: Path, name: str) -> None:
    """Under another name, in another compression, or as far as it went when it was copied; and it is said."""
    for path in folder.glob("*.pcap"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    alone = analyze(tmp_path, rows_only=True)
    (tmp_path / name).write_bytes(COPIES[name]((tmp_path / "wan1.pcap").read_bytes()))
    case = analyze(tmp_path, rows_only=True)
    apart = ("notes", "notes_id", "notes_args", "analysed_at", "tool")
    assert {k: v for k, v in case.document.items() if k not in apart} == {
        k: v for k, v in alone.document.items() if k not in apart
    }
    (note,) = case.document["notes"]
    assert "not read, since" in note
    assert "wan1.pcap" in note


def test_what_the_user_says_of_a_copy_holds(tmp_path: Path) -> None:
    """Where he says two things of one content, both files stay: it is not known which he meant."""
    content = (OFFICE / "wan1.pcap").read_bytes()
    for name in ("a.pcap", "longer name.pcap"):
        (tmp_path / name).write_bytes(content)
    one, two = (str(tmp_path / name) for name in ("a.pcap", "longer name.pcap"))
    (file,) = gather([one], wan=[f"orange={two}"]).files
    assert [(rule.role, rule.link) for rule in file.rules] == [("wan", "orange")]
    assert len(gather([], wan=[f"orange={one}", f"sfr={two}"]).files) == 2
    assert len(gather([], wan=[f"orange={one}", f"orange={two}"]).files) == 1


def test_empty_captures_are_nobodys_copies(tmp_path: Path) -> None:
    """All begin with the same header."""
    for n in range(3):
        wire.write_pcap(tmp_path / f"wan{n}.pcap", [])
    (tmp_path / "lan.pcap").write_bytes((OFFICE / "lan0.pcap").read_bytes())
    assert not gather([str(tmp_path)]).notes


def test_many_files_of_one_name_are_all_looked_at_where_they_differ(tmp_path: Path) -> None:
    """Two rings of one name in one folder, begun at one time: two links, though only some files are looked at first."""
    site = Simulator(("wan1", "wan2"))
    for n in range(100):
        for link in site.links:
            site.upstream(n + 0.25, link)
            site.upstream(n + 0.75, link)
    for k, link in enumerate(site.links):
        frames = [(ts, frame) for ts, _, frame in sorted(site.frames[link])]
        for n in range(100):
            wire.write_pcap(tmp_path / f"wan_{2 * n + k:05}_20231114221320.pcap", frames[4 * n : 4 * n + 4])
    wire.write_pcap(tmp_path / "wan_00300_20231114221320.pcap", [])
    points = read(gather([str(tmp_path)]).files).points
    assert sorted(len(point.captures) for point in points) == [100, 101]
