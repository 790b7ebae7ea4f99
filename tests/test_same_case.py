"""The same traffic in other files, containers and link layers gives the same sessions."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from struct import pack, unpack
from typing import Any

import lz4.frame
import pytest
from backports import zstd

from office import FILES, Records, records, sessions, site, write
from places import OFFICE
from wanwitness import analyze

PIECES = 200


@pytest.fixture(scope="module")
def office() -> list[dict[str, Any]]:
    """The sessions of the case as it was captured."""
    return sessions(OFFICE)


@pytest.mark.needs("editcap")
@pytest.mark.parametrize("cut", [("-c", "4"), ("-i", "0.01")])
def test_rotated_files_are_one_capture(tmp_path: Path, office: list[dict[str, Any]], cut: tuple[str, str]) -> None:
    """The case cut into more than 200 files, named at random, has the same sessions, verdicts and ids."""
    chance, count = random.Random(7), 0
    for name in FILES:
        source = OFFICE / f"{name}.pcap"
        subprocess.run(["editcap", *cut, source, tmp_path / "piece.pcap"], check=True, capture_output=True)
        for piece in sorted(tmp_path.glob("piece*")):
            piece.rename(tmp_path / f"{name}-{chance.randrange(10**9):09}.pcap")
            count += 1
    assert count > PIECES
    assert sessions(site(tmp_path, "{}-*.pcap")) == office


@pytest.mark.needs("editcap")
@pytest.mark.parametrize("container", ["pcapng", "nsecpcap", "modpcap", "rh6_1pcap", "suse6_3pcap", "nokiapcap"])
def test_every_container_has_the_same_case(tmp_path: Path, office: list[dict[str, Any]], container: str) -> None:
    """Also the variants that share a magic number, and are told by which of them makes sense."""
    for name in FILES:
        source, target = OFFICE / f"{name}.pcap", tmp_path / f"{name}.cap"
        subprocess.run(["editcap", "-F", container, source, target], check=True, capture_output=True)
    assert sessions(site(tmp_path, "{}.cap")) == office


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": zstd.compress,
    "lz4": lz4.frame.compress,
}


@pytest.mark.parametrize("suffix", PACKERS)
def test_every_compression_has_the_same_case(tmp_path: Path, office: list[dict[str, Any]], suffix: str) -> None:
    """The files are told by their content, and named in the site file as they are called."""
    for name in FILES:
        packed = PACKERS[suffix]((OFFICE / f"{name}.pcap").read_bytes())
        (tmp_path / f"{name}.pcap.{suffix}").write_bytes(packed)
    assert sessions(site(tmp_path, f"{{}}.pcap.{suffix}")) == office


@pytest.mark.needs("editcap", "tshark")
def test_a_stream_s_filter_names_its_section(tmp_path: Path, office: list[dict[str, Any]]) -> None:
    """A file of several sections has several interfaces of number 0: tshark finds every stream's frames and no
    others by its filter, though a second section has the same packets of an IPv6 stream."""
    parts = []
    for name in FILES:
        source, target = OFFICE / f"{name}.pcap", tmp_path / f"{name}.part"
        subprocess.run(["editcap", "-F", "pcapng", source, target], check=True, capture_output=True)
        parts.append(target.read_bytes())
        target.unlink()
    (tmp_path / "all.pcapng").write_bytes(b"".join(parts))
    text = (OFFICE / "site.toml").read_text()
    for number, name in enumerate(FILES):
        text = text.replace(f'"{name}.pcap"', f'"all.pcapng"\ninterface = "{number}"')
    (tmp_path / "site.toml").write_text(text)
    assert [(row["id"], row["verdict"]) for row in sessions(tmp_path)] == [
        (row["id"], row["verdict"]) for row in office
    ]
    found = analyze(tmp_path, rows_only=True).document["sessions"]
    expected = {session["id"]: session for session in analyze(OFFICE, rows_only=True).document["sessions"]}
    some = [session for session in found if ":" in session["client"]["ip"]]  # no NAT: in two sections the same packets
    for session in [*some, found[0]]:
        for side in ("lan_stream", "wan_stream"):
            counts = []
            for folder, one in ((tmp_path, session), (OFFICE, expected[session["id"]])):
                file = "all.pcapng" if folder == tmp_path else f"{FILES[one[side]['capture']]}.pcap"
                command = ["tshark", "-r", str(folder / file), "-Y", one[side]["tshark_filter"]]
                counts.append(len(subprocess.run(command, check=True, capture_output=True).stdout.splitlines()))
            assert counts[0] == counts[1] > 0


IP4 = pack(">BBHHHBBH4s4s", 0x45, 0, 0, 9, 0, 64, 0, 0, b"\x0a\1\1\1", b"\x0a\1\1\2")
MACS = bytes.fromhex("020000000009020000000008")
MPLS = pack(">I", 77 << 12 | 0x100 | 64)
FAMILY = {b"\x08\x00": 2, b"\x86\xdd": 30}
PPP = {b"\x08\x00": b"\x00\x21", b"\x86\xdd": b"\x00\x57"}


def outer(protocol: int, body: bytes) -> bytes:
    """The body behind Ethernet and IPv4."""
    return MACS + b"\x08\x00" + IP4[:2] + pack(">H", 20 + len(body)) + IP4[4:9] + bytes((protocol,)) + IP4[10:] + body


def udp(port: int, body: bytes) -> bytes:
    """The body in a datagram to this port."""
    return outer(17, pack(">HHHH", 40000, port, 8 + len(body), 0) + body)


WITH_MACS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "VLAN": (1, lambda f: f[:12] + b"\x81\x00\x00\x05" + f[12:]),
    "QinQ": (1, lambda f: f[:12] + b"\x88\xa8\x00\x05\x81\x00\x00\x06" + f[12:]),
    "ERSPAN I": (1, lambda f: outer(47, b"\0\0\x88\xbe" + f)),
    "ERSPAN II": (1, lambda f: outer(47, b"\x10\0\x88\xbe" + bytes(4) + b"\x10" + bytes(7) + f)),
    "ERSPAN III": (1, lambda f: outer(47, b"\x10\0\x22\xeb" + bytes(4) + b"\x20" + bytes(11) + f)),
    "GRE bridging": (1, lambda f: outer(47, b"\0\0\x65\x58" + f)),
    "VXLAN": (1, lambda f: udp(4789, b"\x08" + bytes(7) + f)),
    "GENEVE": (1, lambda f: udp(6081, b"\0\0\x65\x58" + bytes(4) + f)),
    "MPLS of Ethernet": (1, lambda f: MACS + b"\x88\x47" + MPLS + bytes(4) + f),
}
WITHOUT_MACS: dict[str, tuple[int, Callable[[bytes, bytes], bytes]]] = {
    "raw": (101, lambda kind, ip: ip),
    "null": (0, lambda kind, ip: pack("<I", FAMILY[kind]) + ip),
    "loop": (108, lambda kind, ip: pack(">I", FAMILY[kind]) + ip),
    "SLL": (113, lambda kind, ip: pack(">HHH8s", 0, 1, 0, b"") + kind + ip),
    "SLL2": (276, lambda kind, ip: kind + pack(">HIHBB8s", 0, 3, 1, 0, 0, b"") + ip),
    "PPP": (9, lambda kind, ip: b"\xff\x03" + PPP[kind] + ip),
    "PPP with a direction": (204, lambda kind, ip: b"\1\xff\x03" + PPP[kind] + ip),
    "pppd": (166, lambda kind, ip: b"\1\x03" + PPP[kind] + ip),
    "PPPoE": (1, lambda kind, ip: MACS + b"\x88\x64\x11\0\0\7" + pack(">H", len(ip) + 2) + PPP[kind] + ip),
    "Cisco HDLC": (104, lambda kind, ip: b"\x0f\0" + kind + ip),
    "MPLS": (1, lambda kind, ip: MACS + b"\x88\x47" + MPLS + ip),
    "GRE": (1, lambda kind, ip: outer(47, b"\0\0" + kind + ip)),
    "IP in IP, 6in4": (1, lambda kind, ip: outer(4 if kind == b"\x08\x00" else 41, ip)),
}
ONE_SENDER = ("MPLS", "GRE", "IP in IP, 6in4", "PPPoE")
"""Those whose frames all come from one MAC."""


@pytest.mark.parametrize("layer", WITH_MACS)
def test_every_link_layer_with_addresses_has_the_same_case(
    tmp_path: Path, office: list[dict[str, Any]], layer: str
) -> None:
    """The frame as it is, in another."""
    linktype, wrap = WITH_MACS[layer]
    for name in FILES:
        write(tmp_path / f"{name}.pcap", linktype, [(at, wrap(frame)) for at, frame in records(name)])
    assert sessions(site(tmp_path, "{}.pcap")) == office


@pytest.mark.parametrize("layer", WITHOUT_MACS)
def test_every_link_layer_without_addresses_has_the_same_case(
    tmp_path: Path, office: list[dict[str, Any]], layer: str
) -> None:
    """Only IP is left, so that one client's IPv6 address is not known to be the host that asked over IPv4.

    It may be, unless all come from one MAC, which then forwards for them.
    """
    linktype, wrap = WITHOUT_MACS[layer]
    for name in FILES:
        kept = [(at, wrap(f[12:14], f[14:])) for at, f in records(name) if f[12:14] in FAMILY]
        write(tmp_path / f"{name}.pcap", linktype, kept)
    for found, expected in zip(sessions(site(tmp_path, "{}.pcap")), office, strict=True):
        if ":" in expected["client"]["ip"]:
            because = "no-dns-seen" if layer in ONE_SENDER else "resolver-link-unknown"
            assert (found["id"], found["undetermined_because"]) == (expected["id"], because)
        else:
            assert found == expected


@pytest.mark.parametrize("apart_us", [0, 700])
def test_a_mirror_port_that_shows_all_twice_has_the_same_case(
    tmp_path: Path, office: list[dict[str, Any]], apart_us: int
) -> None:
    """Each copy has its row, with the frame that it is a copy of, and nothing counts as left out."""
    shutil.copy(OFFICE / "wan1.pcap", tmp_path)
    shutil.copy(OFFICE / "wan2.pcap", tmp_path)
    both: Records = []
    for at, frame in records("lan0"):
        seconds, microseconds = unpack("<II", at)
        later = microseconds + apart_us
        both += [(at, frame), (pack("<II", seconds + later // 10**6, later % 10**6), frame)]
    both.sort(key=lambda record: unpack("<II", record[0]))
    write(tmp_path / "lan0.pcap", 1, both)
    assert sessions(site(tmp_path, "{}.pcap")) == office
    case = analyze(tmp_path, rows_only=True)
    copies = [row for row in case.document["oddities"] if "captured before" in row["reason"]]
    assert len(copies) > len(both) // 3
    assert case.document["captures"][0]["packets"] == len(both)
    assert not case.document["captures"][0]["left_out"]


def test_wrong_checksums_are_counted_and_their_packets_used(tmp_path: Path, office: list[dict[str, Any]]) -> None:
    """As a host captures its own packets that leaves the checksums to its network card."""
    for name in FILES:
        spoilt: Records = []
        for at, frame in records(name):
            transport = {b"\x08\x00": 14 + 20, b"\x86\xdd": 14 + 40}.get(frame[12:14])
            place = transport and {6: transport + 16, 17: transport + 6}.get(frame[23 if transport == 34 else 20])
            spoilt.append((at, frame[:place] + b"\xbe\xef" + frame[place + 2 :] if place else frame))
        write(tmp_path / f"{name}.pcap", 1, spoilt)
    assert sessions(site(tmp_path, "{}.pcap")) == office
    case = analyze(tmp_path, rows_only=True)
    for before, after in zip(
        analyze(OFFICE, rows_only=True).document["captures"], case.document["captures"], strict=True
    ):
        sums, sound = after["bad_checksums"], before["bad_checksums"]
        assert sums["checked"] == sound["checked"]
        assert sums["ip"] == sound["ip"] == 0
        assert sums["tcp"] > sums["checked"] // 2
        assert sums["udp"] > 0
    assert not case.damaged
