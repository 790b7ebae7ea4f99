"""All sides of the router on one mirrored port, each in a VLAN of its own, and no site file."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wanwitness import analyze
from wanwitness.site import draft
from wanwitness.verify import verify

from . import wire
from .simulator import Simulator

PC, PC2 = "192.168.1.20", "192.168.1.21"
TAGS = {"lan": 10, "orange": 101, "sfr": 102}


def office(**kinds: Any) -> Simulator:
    """Four sessions: each link asked, and each link left by."""
    site = Simulator(**kinds)
    for n in range(4):
        resolver, transport = ("orange", "sfr")[n % 2], ("orange", "sfr")[n // 2]
        site.ask(n * 10, PC, resolver, ttl=1)
        site.session(n * 10 + 2, PC, transport, resolver)
    return site


def trunk(site: Simulator, path: Path, tag: Callable[[str, bytes], int | None] = lambda point, _: TAGS[point]) -> Path:
    """Write all that the site's capture points saw to one file, each frame tagged."""
    rows = sorted((ts, count, point, frame) for point, seen in site.frames.items() for ts, count, frame in seen)
    wire.write_pcap(path, [(ts, tagged(frame, tag(point, frame))) for ts, _, point, frame in rows])
    return path


def tagged(frame: bytes, vlan: int | None) -> bytes:
    return frame if vlan is None else frame[:12] + b"\x81\x00" + vlan.to_bytes(2) + frame[12:]


def case(*captures: Path) -> dict[str, Any]:
    return dict(analyze(captures, rows_only=True).document)


def told(document: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    return [(row["transport_link"], row["resolver_link"]) for row in document["sessions"]]


CROSSED = [("vlan101", "vlan101"), ("vlan101", "vlan102"), ("vlan102", "vlan101"), ("vlan102", "vlan102")]


@pytest.mark.parametrize("same_private_network", [False, True])
def test_each_vlan_is_a_capture_point_of_its_own(tmp_path: Path, same_private_network: bool) -> None:
    """Also where ISP boxes give both links one private network."""
    document = case(trunk(office(same_private_network=same_private_network), tmp_path / "mirror.pcap"))
    assert told(document) == CROSSED
    roles = {row["vlan"]: (row["role"], row["link"], row["role_source"]) for row in document["captures"]}
    assert roles == {
        10: ("lan", None, "inferred"),
        101: ("wan", "vlan101", "inferred"),
        102: ("wan", "vlan102", "inferred"),
    }
    assert document["totals"]["flagged"] == 2


def test_one_side_may_have_no_tag(tmp_path: Path) -> None:
    """The native VLAN."""
    capture = trunk(office(), tmp_path / "mirror.pcap", lambda point, _: {**TAGS, "lan": None}[point])
    document = case(capture)
    assert told(document) == CROSSED
    assert [(row["vlan"], row["role"]) for row in document["captures"]] == [(None, "lan"), (101, "wan"), (102, "wan")]


def test_a_vlan_that_shows_late_is_found(tmp_path: Path) -> None:
    """Behind what is looked at first."""
    site = office()
    for n in range(5000):
        site.question("lan", -100 + n / 100, -100 + n / 100 + 0.001, PC, "192.168.1.1", "www.example", ["192.0.2.1"])
        site.question("orange", -100 + n / 100, -100 + n / 100 + 0.001, "203.0.113.10", "9.9.9.9", "a.example", [])
    assert told(case(trunk(site, tmp_path / "mirror.pcap"))) == CROSSED


def test_sides_of_which_the_first_frames_show_one_alone_are_told_apart(tmp_path: Path) -> None:
    """The others come behind what is looked at whole."""
    site = office()
    for n in range(5000):
        site.question("lan", -100 + n / 100, -100 + n / 100 + 0.001, PC, "192.168.1.1", "www.example", ["192.0.2.1"])
    assert told(case(trunk(site, tmp_path / "mirror.pcap"))) == CROSSED


def test_directions_that_a_switch_tags_otherwise_are_one_place(tmp_path: Path) -> None:
    """Here what leaves the router towards the LAN has no tag, and WAN frames have one each way."""

    def tag(point: str, frame: bytes) -> int | None:
        to_lan = point == "lan" and frame[26:30] != bytes((192, 168, 1, 20))
        return None if to_lan else TAGS[point]

    document = case(trunk(office(), tmp_path / "mirror.pcap", tag))
    assert told(document) == CROSSED
    assert {row["role"] for row in document["captures"] if row["vlan"] in (None, 10)} == {"lan"}


def both_ways(path: Path, count: int) -> Path:
    """Sessions of hours, in which the switch tags what goes out otherwise than what comes in, on both sides."""
    site = Simulator()
    for n in range(count):
        site.ask(n * 600, PC, "orange", ttl=1)
        site.session(n * 600 + 2, PC, "orange", "orange")

    def tag(point: str, frame: bytes) -> int:
        return TAGS[point] + 10 * (frame[26:30] in (bytes((192, 168, 1, 20)), bytes((203, 0, 113, 10))))

    return trunk(site, path, tag)


def test_a_connection_whose_directions_are_tagged_otherwise_is_read_in_the_file_s_order(tmp_path: Path) -> None:
    """Not one direction of many hours before the other, however much of the file is read at once."""
    capture = both_ways(tmp_path / "mirror.pcap", 30)
    whole = case(capture)
    assert [row["outcome"] for row in whole["sessions"]] == ["aborted"] * 30
    assert all(row["lan_stream"] and row["wan_stream"] for row in whole["sessions"])
    for size in (1, 7, 100):
        assert analyze([capture], rows_only=True, window_frames=size).document["sessions"] == whole["sessions"]


@pytest.mark.needs("tshark")
def test_the_filter_of_such_a_connection_names_both_directions(tmp_path: Path) -> None:
    capture = both_ways(tmp_path / "mirror.pcap", 2)
    for session in case(capture)["sessions"]:
        for side in ("lan_stream", "wan_stream"):
            command = ["tshark", "-r", str(capture), "-Y", session[side]["tshark_filter"], "-T", "fields"]
            command += ["-e", "tcp.dstport", "-e", "vlan.id"]
            out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
            assert len({tuple(line.split()) for line in out.splitlines()}) == 2
            assert len({line.split()[1] for line in out.splitlines()}) == 2
    analyze([capture], out=tmp_path / "case")
    assert verify(tmp_path / "case").agrees


def test_links_whose_answers_come_back_by_the_other_are_two(tmp_path: Path) -> None:
    """Each shows one half of most connections, and whole questions: who joined them would call all consistent."""
    site = Simulator()
    site.ask(-600, PC, "orange", ttl=1)
    site.ask(0, PC, "sfr", ttl=500)
    for n in range(12):
        site.connect(n * 10 + 2, PC, "orange", back="sfr")
    document = case(trunk(site, tmp_path / "mirror.pcap"))
    assert set(told(document)) == {("vlan101", "vlan102")} and document["totals"]["flagged"] == 12


def test_what_a_file_is_called_still_tells_its_side(tmp_path: Path) -> None:
    """Two VLANs of hosts with public addresses, and none of the links."""
    site = Simulator()
    for client in ("198.18.1.20", "198.18.2.20"):
        site.question("lan", 0, 0.001, client, "198.18.0.1", "www.example", ["192.0.2.1"])
        site.connect(1, client, "orange")
    site.frames["orange"] = []
    inside = bytes((198, 18, 1, 20))
    capture = trunk(site, tmp_path / "lan.pcap", lambda _, frame: 10 if inside in (frame[26:30], frame[30:34]) else 20)
    assert [(row["vlan"], row["role"]) for row in case(capture)["captures"]] == [(10, "lan"), (20, "lan")]


def test_stray_frames_with_a_tag_are_no_reason_to_tell_apart(tmp_path: Path) -> None:
    """One damaged, or what is neither mail nor DNS."""
    site = Simulator()
    site.ask(0, PC, "orange")
    site.connect(1, PC, "orange")
    site.frames["sfr"] = site.frames["orange"] = []
    rows = [(ts, frame) for ts, _, frame in sorted(site.frames["lan"])]
    web = wire.tcp(PC2, 5000, "192.0.2.80", 80, 1, 0, wire.SYN)
    answer = wire.tcp("192.0.2.80", 80, PC2, 5000, 9, 2, wire.SYN | wire.ACK)
    rows = [*rows[:3], (rows[3][0], tagged(rows[3][1], 999)), *rows[4:]]
    rows += [(rows[-1][0] + n, tagged(frame, 7)) for n, frame in enumerate((web, answer))]
    wire.write_pcap(tmp_path / "office.pcap", rows)
    (capture,) = case(tmp_path / "office.pcap")["captures"]
    assert (capture["vlan"], capture["packets"]) == (None, len(rows))


def test_one_vlan_is_no_reason_to_tell_apart(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    site.connect(1, PC, "orange")
    site.frames["sfr"] = site.frames["orange"] = []
    (capture,) = case(trunk(site, tmp_path / "lan.pcap"))["captures"]
    assert (capture["vlan"], capture["role"]) == (None, "lan")


def test_rotated_files_of_a_trunk_are_one_set(tmp_path: Path) -> None:
    site = office()
    rows = sorted((ts, count, point, frame) for point, seen in site.frames.items() for ts, count, frame in seen)
    frames = [(ts, tagged(frame, TAGS[point])) for ts, _, point, frame in rows]
    files = []
    for n in range(5):
        part = frames[n * len(frames) // 5 : (n + 1) * len(frames) // 5]
        files.append(tmp_path / f"mirror_{n:05}_20231114221320.pcap")
        wire.write_pcap(files[-1], part)
    assert told(case(*files[::-1])) == CROSSED


def test_the_site_file_that_they_show_says_as_much(tmp_path: Path) -> None:
    without = case(trunk(office(), tmp_path / "mirror.pcap"))
    (tmp_path / "site.toml").write_text(draft(without))
    document = case(tmp_path)
    assert told(document) == told(without) == CROSSED
    assert all(row["role_source"] == "configured" for row in document["captures"])


@pytest.mark.needs("tshark")
@pytest.mark.parametrize("native", [False, True])
def test_filters_name_the_frames_of_one_side(tmp_path: Path, native: bool) -> None:
    """IPv6 has the same addresses and ports on both; what IPv4 shows tells the sides."""
    site, host, relay = Simulator(), "2001:db8:1::20", "2001:db8:25::25"
    site.ask_direct(0, host, "sfr", relay, server="2001:db8:53::53")
    site.connect(1, host, "orange", relay, own=host)
    site.connect(2, PC, "orange")
    tags = {**TAGS, "lan": None} if native else TAGS
    capture = trunk(site, tmp_path / "mirror.pcap", lambda point, _: tags[point])
    session = case(capture)["sessions"][0]
    counts = []
    for side in ("lan_stream", "wan_stream"):
        command = ["tshark", "-r", str(capture), "-Y", session[side]["tshark_filter"], "-T", "fields", "-e", "ip.ttl"]
        command += ["-e", "ipv6.hlim"]
        out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
        counts.append(sorted(out.split()))
    assert len(counts[0]) == len(counts[1]) > 5
    assert "64" in counts[0] and "63" not in counts[0] and "63" in counts[1]
    assert session["transport_link"] == "vlan101"
