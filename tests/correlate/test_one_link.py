"""Which captures of the WAN side are one link where nobody says so, and which may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from struct import pack
from typing import Any

import pytest

from places import OFFICE, PROJECT, SHARED
from wanwitness import Case, analyze
from wanwitness.reading import sightings

from . import wire
from .simulator import Simulator

PC = "192.168.1.20"
Rows = list[tuple[int, bytes]]
CASES = [
    pytest.param(OFFICE, id="office"),
    pytest.param(PROJECT / "captures" / "incident", id="incident"),
    *(
        pytest.param(SHARED / name, id=name, marks=pytest.mark.shared)
        for name in ("lab-random", "lab-scenarios", "lab-vlan", "lab-shared-address")
    ),
]


def is_dns(frame: bytes) -> bool:
    """Whether an Ethernet frame of IPv4, maybe with a tag, or of IPv6 holds UDP from or to port 53."""
    at = 18 if frame[12:14] == b"\x81\x00" else 14
    version = frame[at] >> 4 if len(frame) > at else 0
    protocol, l4 = (frame[at + 9], at + 20) if version == 4 else (frame[at + 6], at + 40) if version == 6 else (0, 0)
    return protocol == 17 and b"\x00\x35" in (frame[l4 : l4 + 2], frame[l4 + 2 : l4 + 4])


def split(path: Path, folder: Path) -> None:
    """Put a capture's DNS into one file and the rest into another, as two programs would have captured them."""
    content = path.read_bytes()
    parts = {"dns": [content[:24]], "mail": [content[:24]]}
    at = 24
    while at < len(content):
        end = at + 16 + int.from_bytes(content[at + 8 : at + 12], "little")
        parts["dns" if is_dns(content[at + 16 : end]) else "mail"].append(content[at:end])
        at = end
    for name, records in parts.items():
        (folder / f"{path.stem}-{name}.pcap").write_bytes(b"".join(records))


def told(case: Case) -> Counter[tuple[Any, ...]]:
    """How many sessions there are of each kind."""
    keys = ("verdict", "undetermined_because")
    return Counter(tuple(session[key] for key in keys) for session in case.document["sessions"])


@pytest.mark.parametrize("folder", CASES)
def test_two_captures_of_one_link_are_one_link(tmp_path: Path, folder: Path) -> None:
    """Each WAN side in two files, DNS in one and mail in the other: all is as it was, and said to be so."""
    (tmp_path / "lan0.pcap").write_bytes((folder / "lan0.pcap").read_bytes())
    for name in ("wan1", "wan2"):
        split(folder / f"{name}.pcap", tmp_path)
    case = analyze(tmp_path, rows_only=True)
    assert told(case) == told(analyze(folder, rows_only=True))
    assert [link["name"] for link in case.document["links"]] == ["wan1", "wan2"]
    assert [note.split(":")[0].split(", ")[-1] for note in case.document["notes"]] == ["wan1", "wan2"]


def crossed(links: tuple[str, str] = ("a", "b"), *, same_private_network: bool = False) -> Simulator:
    """Names looked up by one link only, and mail sent by the other only."""
    site = Simulator(links, same_private_network=same_private_network)
    for n in range(4):
        site.ask(10 * n, PC, links[1], ttl=5)
        site.session(10 * n + 1, PC, links[0], links[1])
    return site


def analysed(site: Simulator, folder: Path, change: Callable[[str, bytes], bytes] = lambda _, frame: frame) -> Case:
    """Analyse the captures without a site file, each frame changed first."""
    for point, seen in site.frames.items():
        site.frames[point] = [(ts, n, change(point, frame)) for ts, n, frame in seen]
    folder.mkdir(exist_ok=True)
    site.write(folder)
    return analyze(folder, rows_only=True)


def one_neighbour(point: str, frame: bytes) -> bytes:
    """The MACs of all links are alike."""
    return frame if point == "lan" else frame[:4] + b"\0\0" + frame[6:10] + b"\0\0" + frame[12:]


def test_two_boxes_that_give_one_private_address_are_two_links(tmp_path: Path) -> None:
    """The same network and address behind each, but to another MAC."""
    case = analysed(crossed(same_private_network=True), tmp_path)
    assert told(case) == {("link-mismatch", None): 4}
    assert [link["addresses"] for link in case.document["links"]] == [["192.168.0.2"], ["192.168.0.2"]]


def test_one_private_address_of_one_mac_is_one_link(tmp_path: Path) -> None:
    """However many files show it."""
    case = analysed(crossed(same_private_network=True), tmp_path, one_neighbour)
    assert told(case) == {("consistent", None): 4}
    assert len(case.document["links"]) == 1


def test_another_address_by_another_neighbour_is_another_link(tmp_path: Path) -> None:
    """Though the one capture holds only DNS, and the other only mail."""
    assert told(analysed(crossed(), tmp_path)) == {("link-mismatch", None): 4}


@pytest.mark.parametrize(("bound", "most"), [("MOST_KEPT", 1), ("MOST_OF_ONE", 0)])
def test_macs_of_which_not_all_are_known_tell_no_links_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    """A flood may have kept out those that both have."""
    monkeypatch.setattr(sightings, bound, most)
    assert told(analysed(crossed(same_private_network=True), tmp_path)) == {
        ("undetermined", "resolver-link-unknown"): 4
    }


def test_what_nothing_tells_apart_accuses_nobody(tmp_path: Path) -> None:
    """Two addresses of one router by one neighbour: a link may have two. The case says so, and what to do."""
    case = analysed(crossed(), tmp_path, one_neighbour)
    assert told(case) == {("undetermined", "resolver-link-unknown"): 4}
    assert not any(s["findings"] for s in case.document["sessions"])
    (link,) = case.document["links"]
    assert link["name"] == "a or b"
    (note,) = case.document["notes"]
    assert note.startswith("a.pcap, b.pcap: nothing shows whether they are one link or several")
    assert "--wan LINK=FILE" in note


def test_what_one_of_them_shows_alone_stands(tmp_path: Path) -> None:
    """A name looked up and a connection that left by the same capture agree, whatever link that is."""
    site = crossed()
    site.ask(50, PC, "a", ttl=5, resolver="198.51.100.54")
    site.session(51, PC, "a", "a")
    assert told(analysed(site, tmp_path, one_neighbour)) == {
        ("undetermined", "resolver-link-unknown"): 4,
        ("consistent", None): 1,
    }


def test_a_user_who_says_which_is_which_is_believed(tmp_path: Path) -> None:
    """Then they are two links, and nothing is in doubt."""
    site = crossed()
    analysed(site, tmp_path, one_neighbour)
    files = {name: tmp_path / f"{name}.pcap" for name in ("a", "b")}
    case = analyze(lan=tmp_path / "lan.pcap", wan=files, rows_only=True)
    assert told(case) == {("link-mismatch", None): 4}
    assert not case.document["notes"]


@pytest.mark.parametrize("shown", ["resolvers", "translation"])
def test_two_links_are_shown_without_macs(tmp_path: Path, shown: str) -> None:
    """By other resolvers, or by connections of the LAN that are translated to two addresses at one time."""
    site = crossed()
    for n in range(4):
        if shown == "translation":
            site.connect(10 * n + 3, PC, "b", "192.0.2.99")
        else:
            site.ask(10 * n + 5, PC, "a", "192.0.2.98", name="far.example")
    counts = told(analysed(site, tmp_path, one_neighbour))
    assert counts["link-mismatch", None] == 4


def test_a_third_capture_that_cannot_be_placed_takes_no_flag_away(tmp_path: Path) -> None:
    """The two links that are told apart stay two."""
    site = Simulator(("a", "b", "c"))
    for n in range(4):
        site.ask(10 * n, PC, "b", ttl=5)
        site.session(10 * n + 1, PC, "a", "b")
    site.upstream(35, "c", "192.0.2.97", name="far.example")

    def raw(point: str, frame: bytes) -> bytes:
        return frame[:12].replace(frame[:12], bytes(12)) + frame[12:] if point == "c" else frame

    counts = told(analysed(site, tmp_path, raw))
    assert counts == {("link-mismatch", None): 4}


def test_a_link_may_have_another_gateway_for_ipv6(tmp_path: Path) -> None:
    """One port of the router that sends IPv4 and IPv6 to two virtual MACs is no proof of two links."""
    site = Simulator(("wan-v4", "wan-v6"))
    for n in range(4):
        site.upstream(10 * n + 0.1, "wan-v4", "2001:db8:25::25", ttl=5, qtype="AAAA")
        answer = 10 * n + 0.12
        site.question("lan", 10 * n, answer, PC, "192.168.1.1", "smtp.isp.example", ["2001:db8:25::25"], qtype="AAAA")
        site.announce(10 * n + 0.2, PC, 7)
        site.announce(10 * n + 0.2, "2001:db8:1::20", 7)
        site.connect(10 * n + 1, "2001:db8:1::20", "wan-v6", "2001:db8:25::25")

    def one_port(point: str, frame: bytes) -> bytes:
        return frame if point == "lan" else frame.replace(wire.mac(0xA001), wire.mac(0xA000))

    counts = told(analysed(site, tmp_path, one_port))
    assert counts == {("undetermined", "resolver-link-unknown"): 4}


def test_one_connection_at_two_places_is_one_link(tmp_path: Path) -> None:
    """Before and behind a provider's box that translates again: other addresses, other MACs, the same connections."""
    site = Simulator(("box", "beyond", "other"))
    for n in range(4):
        site.ask(10 * n, PC, "box", ttl=5)
        site.session(10 * n + 1, PC, "box", "box")
    site.ask(50, PC, "other", ttl=5)
    site.session(51, PC, "box", "other")
    inner, outer = (b"\xcb\x00\x71" + bytes((last,)) for last in (10, 20))
    for ts, n, frame in site.frames["box"]:
        moved = frame[:4] + b"\xcc" + frame[5:10] + b"\xcc" + frame[11:]
        site.frames["beyond"].append((ts + 50_000, n, moved.replace(inner, outer)))
    case = analysed(site, tmp_path)
    assert told(case) == {("consistent", None): 4, ("link-mismatch", None): 1}
    assert len(case.document["links"]) == 2


def test_captures_without_a_link_layer(tmp_path: Path) -> None:
    """PPP's own interfaces show no MACs; one public address is one link's all the same."""
    for name in ("a", "b"):
        site = crossed(("wan", "other"))
        frames = site.frames["wan" if name == "a" else "other"]
        address = b"\xcb\x00\x71"
        content = [pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 101)]
        for ts, _, frame in sorted(frames):
            packet = frame[14:].replace(address + b"\x14", address + b"\x0a")
            content.append(pack("<IIII", ts // wire.SECOND, ts % wire.SECOND, len(packet), len(packet)) + packet)
        (tmp_path / f"ppp-{name}.pcap").write_bytes(b"".join(content))
        wire.write_pcap(tmp_path / "lan.pcap", [(ts, frame) for ts, _, frame in sorted(site.frames["lan"])])
    case = analyze(tmp_path, rows_only=True)
    assert told(case) == {("consistent", None): 4}
    assert [link["name"] for link in case.document["links"]] == ["ppp"]
