"""Broken use: one line on standard error that says what to do, the right exit status, and nothing overwritten."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from places import OFFICE

LAN, WAN1, WAN2 = (str(OFFICE / name) for name in ("lan0.pcap", "wan1.pcap", "wan2.pcap"))


@dataclass
class Ran:
    """What a run of the command gave."""

    status: int
    out: str
    lines: list[str]


def run(*arguments: str | Path, folder: Path, stdin: bytes = b"") -> Ran:
    """Run the installed command in a folder."""
    command = [Path(sys.executable).parent / "wanwitness", *arguments]
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False)
    errors = done.stderr.decode()
    assert "Traceback" not in errors
    return Ran(done.returncode, done.stdout.decode(), errors.splitlines())


def refused(ran: Ran, *words: str) -> None:
    """Check that a run could not be done, and said why in one line that has the words."""
    assert (ran.status, ran.out, len(ran.lines)) == (2, "", 1), ran
    assert all(word in ran.lines[0] for word in words), ran.lines


def with_addresses(capture: str, old: bytes, new: bytes) -> bytes:
    """A pcap file with every IPv4 packet's and ARP's addresses of one /24 rewritten, and without IPv6."""
    data = Path(capture).read_bytes()
    out, at = bytearray(data[:24]), 24
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        record = data[at : at + 16 + length]
        if record[28:30] != b"\x86\xdd":
            macs = bytes(b ^ 0x10 for b in record[16:28])
            out += record[:16] + macs + record[28:].replace(old, new)
        at += 16 + length
    return bytes(out)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.pcap", None, ["missing.pcap", "no such file"]),
        ("empty.pcap", b"", ["empty.pcap", "empty"]),
        ("header.pcap", Path(LAN).read_bytes()[:24], ["header.pcap", "no packets", "check"]),
        ("note.pcap", b"this is a letter, and no capture", ["note.pcap", "not a packet capture", "pcapng"]),
    ],
)
def test_what_is_no_capture_is_refused(name: str, content: bytes | None, words: list[str], tmp_path: Path) -> None:
    """A file that is missing, empty, without packets or no capture is named, and no case is begun."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    refused(run("analyze", name, "--out", "case", folder=tmp_path), *words)
    assert not (tmp_path / "case").exists()


def test_a_folder_without_captures_is_refused(tmp_path: Path) -> None:
    """A folder that holds no capture is named."""
    (tmp_path / "notes.txt").write_text("nothing here")
    refused(run("analyze", ".", folder=tmp_path), "no captures in this folder")


def test_nothing_at_all_is_refused(tmp_path: Path) -> None:
    """Without captures the command says what it wants."""
    refused(run("analyze", folder=tmp_path), "nothing to read")


@pytest.mark.parametrize("arguments", [["analyze", ""], ["analyze", LAN, "--out="], ["site", "", "--write"], [""]])
def test_an_empty_argument_is_refused(arguments: list[str], tmp_path: Path) -> None:
    """A shell variable that is not set does not name the working folder, with whatever captures lie there."""
    (tmp_path / "lan.pcap").write_bytes(Path(LAN).read_bytes())
    refused(run(*arguments, folder=tmp_path), "empty", "shell variable")
    assert [path.name for path in tmp_path.iterdir()] == ["lan.pcap"]


def test_a_capture_in_place_of_a_command(tmp_path: Path) -> None:
    """Somebody's first try is told the command that it lacks."""
    refused(run(LAN, folder=tmp_path), f"wanwitness analyze {LAN}")


@pytest.mark.parametrize("command", [["verify"], ["report"], ["explain", "--refused"], ["compare", "."]])
def test_what_is_no_case_is_refused(command: list[str], tmp_path: Path) -> None:
    """A capture, a folder of captures and nothing at all in place of a case: each is told that a case is a folder."""
    (tmp_path / "captures").mkdir()
    for name in (LAN, "captures", "nowhere"):
        refused(run(*command, name, folder=tmp_path), "folder")


def test_a_case_is_no_capture(tmp_path: Path) -> None:
    """Who analyses a case once more is told what reads one."""
    run("analyze", OFFICE, "--rows-only", "--out", "case", folder=tmp_path)
    refused(run("analyze", "case", folder=tmp_path), "it is a case", "explain")


def test_a_folder_is_no_side_of_the_router(tmp_path: Path) -> None:
    """`--lan` and `--wan` name a file each; a folder holds captures of several sides."""
    refused(run("analyze", "--lan", OFFICE, folder=tmp_path), "--lan", "folder")
    refused(run("analyze", "--wan", f"isp1={OFFICE}", folder=tmp_path), "--wan", "folder")


def test_a_wan_capture_needs_its_link(tmp_path: Path) -> None:
    """`--wan FILE` without a link says how to name one, and a link that the site file lacks is named."""
    refused(run("analyze", "--wan", WAN1, folder=tmp_path), "--wan LINK=")
    refused(run("analyze", "--wan", f"or\x1b[1mange={WAN1}", folder=tmp_path), "printable")
    site = ["--site", str(OFFICE / "site.toml")]
    refused(run("analyze", "--wan", f"orange={WAN1}", *site, folder=tmp_path), "no link 'orange'", "isp1, isp2")


def test_an_interface_that_is_not_there_is_named(tmp_path: Path) -> None:
    """An interface that the file has not is an error of its own, with those that it has."""
    refused(run("analyze", "--lan", f"{LAN}:eth7", "--out", "case", folder=tmp_path), "no interface 'eth7'", "it has 0")


@pytest.mark.parametrize("by", ["options", "inferred"])
def test_two_lans_are_not_one_site(by: str, tmp_path: Path) -> None:
    """LAN captures of different networks are refused, and the networks shown."""
    (tmp_path / "other.pcap").write_bytes(with_addresses(LAN, bytes((192, 168, 1)), bytes((10, 9, 8))))
    arguments = ["--lan", LAN, "--lan", "other.pcap"] if by == "options" else [LAN, "other.pcap"]
    ran = run("analyze", *arguments, "--out", "case", folder=tmp_path)
    refused(ran, "different networks", "192.168.1.0/24", "10.9.8.0/24", "[site] lan")


def test_an_unwritable_folder_is_refused(tmp_path: Path) -> None:
    """`--out` that cannot be made, or is a file, is refused before anything is read."""
    (tmp_path / "file").write_text("mine")
    refused(run("analyze", OFFICE, "--out", "file", folder=tmp_path), "--out file", "a file")
    refused(run("analyze", OFFICE, "--out", "file/case", folder=tmp_path), "--out file/case", "cannot be written")
    refused(run("analyze", OFFICE, "--out", "/proc/case", folder=tmp_path), "--out /proc/case", "cannot be written")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_with_other_files_needs_force(tmp_path: Path) -> None:
    """A non-empty folder is written to only if it is a case, or with `--force`; what lay in it stays."""
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "letter.txt").write_text("mine")
    arguments = ["analyze", str(OFFICE), "--out", "taken", "--rows-only"]
    refused(run(*arguments, folder=tmp_path), "--out taken", "not empty", "--force")
    assert [path.name for path in taken.iterdir()] == ["letter.txt"]
    assert run(*arguments, "--force", folder=tmp_path).status == 0
    assert run(*arguments, folder=tmp_path).status == 0, "now it is a case"
    assert (taken / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize("tail", [b"", b"\xa5" * 4000])
def test_a_damaged_tail_is_told(tail: bytes, tmp_path: Path) -> None:
    """A capture cut inside a record, or with rubbish behind it, is analysed up to there; the rest is told; exit 3."""
    content = Path(LAN).read_bytes()[:20_000] + tail
    (tmp_path / "cut.pcap").write_bytes(content)
    ran = run("analyze", "cut.pcap", "--out", "case", "--rows-only", folder=tmp_path)
    case = json.loads((tmp_path / "case" / "case.json").read_text())
    damage = case["captures"][0]["damage"]
    assert ran.status == 3
    assert len(ran.lines) == 1
    assert ran.lines[0].startswith("wanwitness: cut.pcap: ")
    assert [row["offset"] + row["bytes"] for row in damage] == [len(content)]
    assert f"{damage[0]['bytes']:,} bytes were left out" in ran.lines[0]
    assert case["totals"]["sessions"] == 8


def test_one_bad_file_in_a_folder_does_not_spoil_the_others(tmp_path: Path) -> None:
    """A folder's broken capture is named and left out, the others are analysed, and the exit status is 3."""
    for name in ("lan0.pcap", "wan1.pcap", "wan2.pcap"):
        (tmp_path / name).symlink_to(OFFICE / name)
    (tmp_path / "wan3.pcap").write_bytes(b"")
    ran = run("analyze", ".", "--out", "case", "--rows-only", folder=tmp_path)
    assert ran.status == 3
    assert any("wan3.pcap: empty file" in line for line in ran.lines)
    assert json.loads((tmp_path / "case" / "case.json").read_text())["totals"]["sessions"] == 20


def test_an_unknown_option_is_one_line(tmp_path: Path) -> None:
    """Arguments that the command does not know are told in one line as well."""
    refused(run("analyze", "--bogus", folder=tmp_path), "--bogus", "--help")
    refused(run("analyse", folder=tmp_path), "analyse", "--help")


def test_a_wrong_site_file_is_named_with_its_line(tmp_path: Path) -> None:
    """An error in the site file names file, line and key."""
    text = (OFFICE / "site.toml").read_text().replace("198.51.100.10", "198.51.100.999")
    (tmp_path / "site.toml").write_text(text)
    refused(run("analyze", LAN, "--site", "site.toml", folder=tmp_path), "site.toml:8:", "link[1].addresses[1]")
