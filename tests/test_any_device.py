"""A router that captures on all its interfaces at once (`tcpdump -i any`): one file, several capture points."""

from __future__ import annotations

import random
import subprocess
from collections import Counter
from pathlib import Path
from struct import pack, unpack
from typing import Any

import pytest

from office import FILES, records, sessions, site, write
from places import OFFICE
from wanwitness import UsageError, analyze
from wanwitness.site import draft

LOOPBACK, LAN, WAN1, WAN2, PORT, ETHERNET = range(1, 7)
"""Linux's numbers of the router's interfaces; the LAN's port under its bridge, the Ethernet under PPP."""
NUMBERS = dict(zip(FILES, (LAN, WAN1, WAN2), strict=True))
OUTGOING = 4


def cooked(ifindex: int, kind: bytes, packet: bytes, mac: bytes = bytes(6)) -> bytes:
    """The packet as LINKTYPE_LINUX_SLL2 has it."""
    return kind + pack(">HIHBB8s", 0, ifindex, 1, OUTGOING, 6, mac) + packet


def loopback() -> list[tuple[bytes, bytes]]:
    """The router talking to itself, an hour before the case begins and at the end."""
    times = [unpack("<II", at) for at, _ in records("lan0")]
    ends = bytes((127, 0, 0, 1)) * 2
    question = pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + b"\5relay\7example\0" + pack(">HH", 1, 1)
    datagram = pack(">HHHH", 40000, 53, 8 + len(question), 0) + question
    packet = pack(">BBHHHBBH", 0x45, 0, 20 + len(datagram), 1, 0, 64, 17, 0) + ends + datagram
    return [(pack("<II", *at), cooked(LOOPBACK, b"\x08\x00", packet)) for at in (min(times), max(times))]


def any_device(path: Path, *, twice: bool) -> None:
    """Write all the office's captures into one file; `twice`: also the port under the bridge, and a PPPoE link's
    Ethernet, and the router's loopback interface.
    """
    frames = loopback() if twice else []
    for name, number in NUMBERS.items():
        for at, f in records(name):
            seconds, microseconds = unpack("<II", at)
            later = pack("<II", seconds, min(microseconds + 3, 999_999))
            frames.append((at, cooked(number, f[12:14], f[14:], f[6:12])))
            if twice and number == LAN:
                frames.append((later, cooked(PORT, f[12:14], f[14:], f[6:12])))
            if twice and number == WAN1 and f[12:14] in (b"\x08\x00", b"\x86\xdd"):
                ppp = {b"\x08\x00": b"\x00\x21", b"\x86\xdd": b"\x00\x57"}[f[12:14]]
                outside = b"\x11\0\0\7" + pack(">H", len(f) - 12) + ppp + f[14:]
                frames.append((later, cooked(ETHERNET, b"\x88\x64", outside, f[6:12])))
    frames.sort(key=lambda frame: unpack("<II", frame[0]))
    write(path, 276, frames)


def told(rows: list[dict[str, Any]], links: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """The sessions without what a clock of its own tells of a capture; their links by other names."""
    kept = ("id", "client", "server", "asked_name", "outcome", "verdict", "undetermined_because", "flagged", "codes")
    return [
        {key: row[key] for key in kept}
        | {key: (links or {}).get(row[key], row[key]) for key in ("transport_link", "resolver_link")}
        for row in rows
    ]


@pytest.fixture(scope="module")
def office() -> list[dict[str, Any]]:
    """The sessions of the case as it was captured."""
    return sessions(OFFICE)


@pytest.mark.parametrize("twice", [False, True])
def test_a_site_file_names_its_interfaces_by_their_numbers(
    tmp_path: Path, office: list[dict[str, Any]], twice: bool
) -> None:
    """As `ip link` on the router shows them; interfaces that it does not name are told, and not used."""
    any_device(tmp_path / "any.pcap", twice=twice)
    text = site(tmp_path, "{}").joinpath("site.toml").read_text()
    for name, number in NUMBERS.items():
        text = text.replace(f'file = "{name}"', f'file = "any.pcap"\ninterface = "{number}"')
    (tmp_path / "site.toml").write_text(text)
    assert told(sessions(tmp_path)) == told(office)
    reasons = [row["reason"] for row in analyze(tmp_path, rows_only=True).document["oddities"]]
    assert any("belong to no capture point" in reason for reason in reasons) == twice


@pytest.mark.needs("editcap")
@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("container", ["pcap", "pcapng"])
def test_roles_are_inferred(tmp_path: Path, container: str, twice: bool) -> None:
    """Without a site file the sessions, flags and verdicts are those of the separate captures; a packet that comes by
    two interfaces of one side is one, and what the router says to itself is nobody's."""
    any_device(tmp_path / "any.raw", twice=twice)
    command = ["editcap", "-F", container, str(tmp_path / "any.raw"), str(tmp_path / "any.cap")]
    subprocess.run(command, check=True, capture_output=True)
    (tmp_path / "any.raw").unlink()
    apart = tmp_path / "apart"
    apart.mkdir()
    for name in FILES:
        (apart / f"{name}.pcap").symlink_to(OFFICE / f"{name}.pcap")
    links = {"wan1": f"any/{WAN1}", "wan2": f"any/{WAN2}"}
    assert told(sessions(tmp_path)) == told(sessions(apart), links)
    captures = analyze(tmp_path, rows_only=True).document["captures"]
    assert {capture["ifindex"] for capture in captures} == {*NUMBERS.values(), *((LOOPBACK, PORT, ETHERNET) * twice)}
    by_number = {capture["ifindex"]: (capture["role"], capture["link"]) for capture in captures}
    assert by_number[LAN] == ("lan", None)
    assert by_number[WAN1] == ("wan", f"any/{WAN1}")
    if twice:
        assert by_number[PORT] == by_number[LAN]
        assert by_number[ETHERNET] == by_number[WAN1]
        assert by_number[LOOPBACK][1] is None


@pytest.mark.needs("editcap")
def test_rotated_files_go_on(tmp_path: Path) -> None:
    """A connection may begin in one file and end in the next, also where a file shows some interfaces only."""
    any_device(tmp_path / "whole.raw", twice=True)
    command = ["editcap", "-F", "pcapng", "-c", "40", str(tmp_path / "whole.raw"), str(tmp_path / "any.pcapng")]
    subprocess.run(command, check=True, capture_output=True)
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole.raw").rename(tmp_path / "whole" / "any.pcap")
    pieces = sorted(tmp_path.glob("any*"))
    assert len(pieces) > 20
    random.Random(3).shuffle(pieces)
    found = analyze(pieces, rows_only=True).document["sessions"]
    expected = analyze(tmp_path / "whole", rows_only=True).document["sessions"]
    said = ("id", "verdict", "transport_link", "resolver_link", "outcome")
    assert [[row[key] for key in said] for row in found] == [[row[key] for key in said] for row in expected]


@pytest.mark.needs("tshark")
def test_filters_name_the_frames_of_one_interface(tmp_path: Path) -> None:
    """tshark finds the stream's frames, and not those that the port below the bridge shows again."""
    any_device(tmp_path / "any.pcap", twice=True)
    document = analyze(tmp_path, rows_only=True).document
    plain = {row["id"]: row for row in analyze(OFFICE, rows_only=True).document["sessions"]}
    for session in document["sessions"][:8]:
        for side in ("lan_stream", "wan_stream"):
            if plain[session["id"]][side] is None:
                continue
            counts = []
            for file, one in ((tmp_path / "any.pcap", session), (None, plain[session["id"]])):
                path = file or OFFICE / f"{FILES[one[side]['capture']]}.pcap"
                command = ["tshark", "-r", str(path), "-Y", one[side]["tshark_filter"]]
                lines = subprocess.run(command, check=True, capture_output=True).stdout.splitlines()
                counts.append(len(lines))
            assert counts[0] == counts[1] > 0


def test_an_interface_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """The error names those that are."""
    any_device(tmp_path / "any.pcap", twice=False)
    with pytest.raises(UsageError, match=r"there is no interface '9'; it has 2, 4, 3"):
        analyze(lan=f"{tmp_path}/any.pcap:9")


def test_roles_on_the_command_line(tmp_path: Path) -> None:
    """`--lan FILE:2` and `--wan LINK=FILE:3` name the interfaces too."""
    path = tmp_path / "any.pcap"
    any_device(path, twice=True)
    case = analyze(lan=f"{path}:{LAN}", wan={"isp1": f"{path}:{WAN1}", "isp2": f"{path}:{WAN2}"}, rows_only=True)
    used = Counter((capture["role"], capture["link"]) for capture in case.document["captures"])
    assert used == {("lan", None): 1, ("wan", "isp1"): 1, ("wan", "isp2"): 1}
    assert (
        case.totals["by_verdict"]
        == analyze(
            lan=str(OFFICE / "lan0.pcap"),
            wan={"isp1": str(OFFICE / "wan1.pcap"), "isp2": str(OFFICE / "wan2.pcap")},
            rows_only=True,
        ).totals["by_verdict"]
    )


@pytest.mark.parametrize("twice", [False, True])
def test_the_site_file_that_it_shows_tells_the_interfaces(tmp_path: Path, *, twice: bool) -> None:
    """Each by its number, and the same is found with it."""
    any_device(tmp_path / "any.pcap", twice=twice)
    bare = analyze(tmp_path, rows_only=True)
    (tmp_path / "site.toml").write_text(draft(bare.document))
    described = analyze(tmp_path, rows_only=True)
    links = ("transport_link", "resolver_link", "verdict", "flagged")
    found, again = ([[row[key] for key in links] for row in c.document["sessions"]] for c in (bare, described))
    assert found == again
    assert {row["role_source"] for row in described.document["captures"]} == {"configured"}
