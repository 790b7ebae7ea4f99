"""Evidence captures hold a session's frames, all of them, and say where they are from."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scapy.config import conf
from scapy.layers.inet import IP, fragment
from scapy.layers.l2 import Ether
from scapy.utils import RawPcapNgReader

from correlate import wire
from correlate.simulator import ACCEPTED, Script, Simulator
from office import FILES, records
from places import OFFICE
from wanwitness import analyze
from wanwitness.model import Case

SECRET = "AGJvYgBodW50ZXIy"
PC = "192.168.1.20"
MESSAGE = f"Subject: {SECRET}\r\n\r\nDear {SECRET},\r\n250 2.1.0 {SECRET}\r\nMAIL FROM:<{SECRET}@site.example>\r\n."
LOGGED_IN: Script = (
    *ACCEPTED[:2],
    ("AUTH LOGIN", "334 VXNlcm5hbWU6"),
    (SECRET, "334 UGFzc3dvcmQ6"),
    (SECRET, f"535 5.7.8 not {SECRET}"),
    (f"AUTH PLAIN {SECRET}", "235 2.7.0 ok"),
    *ACCEPTED[2:4],
    ("DATA", "354 go"),
    (MESSAGE, "250 2.0.0 ok"),
    ("QUIT", "221 bye"),
)


def frames_of(path: Path) -> list[tuple[str, int, bytes]]:
    """File, number and bytes of each frame of an evidence capture, as its comment says."""
    rows = []
    with RawPcapNgReader(str(path)) as reader:
        for data, about in reader:
            said = re.match(rb"(\S+) frame (\d+)", about._asdict()["comments"][0])
            assert said is not None
            rows.append((said[1].decode(), int(said[2]), data))
    return rows


def captures_of(case: Case) -> dict[str, Path]:
    assert case.folder is not None
    files = sorted((case.folder / "evidence").iterdir())
    assert all(re.fullmatch(r"[0-9a-f]{12}\.pcapng", file.name) for file in files)
    return {file.stem: file for file in files}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return analyze(OFFICE, out=tmp_path_factory.mktemp("office"))


def test_every_session_has_one_with_all_that_it_cites(office: Case) -> None:
    captures = captures_of(office)
    assert captures.keys() == {session["id"] for session in office.document["sessions"]}
    names = [Path(capture["path"]).name for capture in office.document["captures"]]
    for session in office.document["sessions"]:
        held = {(file, number) for file, number, _ in frames_of(captures[session["id"]])}
        assert {(names[capture], number) for capture, number in session["frames"]} <= held


@pytest.mark.needs("tshark")
def test_it_holds_the_whole_connection_as_tshark_finds_it(office: Case) -> None:
    captures = captures_of(office)
    for session in office.document["sessions"]:
        held = {(file, number) for file, number, _ in frames_of(captures[session["id"]])}
        for side in ("lan_stream", "wan_stream", "return_stream"):
            if (stream := session[side]) is not None:
                name = Path(office.document["captures"][stream["capture"]]["path"]).name
                command = ["tshark", "-r", str(OFFICE / name), "-Y", stream["tshark_filter"], "-T", "fields"]
                numbers = subprocess.check_output([*command, "-e", "frame.number"], text=True).split()
                assert numbers
                assert {(name, int(number)) for number in numbers} <= held


def test_frames_are_those_of_the_captures_but_for_what_is_hidden(office: Case) -> None:
    originals = {f"{name}.pcap": [data for _, data in records(name)] for name in FILES}
    hidden = 0
    for path in captures_of(office).values():
        for file, number, data in frames_of(path):
            original = originals[file][number - 1]
            assert len(data) == len(original)
            assert all(one in (two, ord("*")) for one, two in zip(data, original, strict=True))
            hidden += data != original
    assert hidden


def test_the_order_is_the_reference_clocks(tmp_path: Path) -> None:
    """Also where the captures' own clocks are 5 s apart."""
    site = Simulator(clock={"orange": 5.0})
    site.ask(0, PC, "orange")
    for n in range(5):
        site.session(1 + n, PC, "orange", "orange")
    case = of(site, tmp_path)
    for path in captures_of(case).values():
        sides = [file for file, _, data in frames_of(path) if data[47] & 2 and data[23] == 6]
        assert sides == ["lan.pcap", "orange.pcap", "orange.pcap", "lan.pcap"]  # SYN, SYN; SYN ACK, SYN ACK


def of(site: Simulator, folder: Path, **options: Any) -> Case:
    files = site.write(folder)
    wan = {link: [str(path) for path in paths] for link, paths in files.items() if link != "lan"}
    return analyze(lan=[str(path) for path in files["lan"]], wan=wan, out=folder / "case", **options)


@pytest.mark.parametrize("kind", [{}, {"proxy": True}, {"modulated": True}, {"with_syn": False}, {"server_port": 2526}])
def test_no_secret_is_in_one(tmp_path: Path, kind: dict[str, Any]) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr")
    site.session(1, PC, "orange", "sfr", script=LOGGED_IN, **kind)
    (path,) = captures_of(of(site, tmp_path)).values()
    content = path.read_bytes()
    assert SECRET.encode() not in content
    shown = b"".join(data for _, _, data in frames_of(path))
    for line in (b"AUTH PLAIN ****************\r\n", b"RCPT TO:<b@far.example>\r\n", b"235 2.7.0 ok\r\n", b"\r\n.\r\n"):
        assert shown.count(line) == 2, line  # on both sides


def test_fragments_of_a_message_hide_it(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr")
    site.session(1, PC, "orange", "sfr", script=LOGGED_IN)
    conf.padding = True
    for point, seen in site.frames.items():
        cut = []
        for ts, count, frame in seen:
            whole = Ether(frame)
            many = SECRET.encode() in frame
            pieces = fragment(whole[IP], 48) if many else [whole[IP]]  # type: ignore[no-untyped-call]
            for n, piece in enumerate(pieces):
                piece.flags = "MF" if many and n < len(pieces) - 1 else 0
                cut.append((ts + n, count, bytes(Ether(frame[:14]) / piece) if many else frame))
        site.frames[point] = cut
    case = of(site, tmp_path)
    (session,) = case.document["sessions"]
    assert session["outcome"] == "accepted"
    (path,) = captures_of(case).values()
    assert not any(part in path.read_bytes() for part in (SECRET.encode(), SECRET[:8].encode(), SECRET[8:].encode()))
    numbers = [number for file, number, _ in frames_of(path) if file == "lan.pcap"]
    assert len(numbers) > 25
    assert sorted(numbers) == list(range(1, len(site.frames["lan"]) + 1))


def test_a_case_written_anew_keeps_no_capture_of_the_old(tmp_path: Path) -> None:
    site = Simulator()
    site.session(1, PC, "orange", None)
    site.session(9, PC, "orange", None)
    before = captures_of(of(site, tmp_path))
    other = Simulator()
    other.frames = {
        point: [row for row in seen if row[0] < 5 * wire.SECOND + seen[0][0]] for point, seen in site.frames.items()
    }
    (tmp_path / "case" / "evidence" / "notes.txt").write_text("mine")
    case = of(other, tmp_path)
    (tmp_path / "case" / "evidence" / "notes.txt").unlink()
    after = captures_of(case)
    assert len(before) == 2
    assert after.keys() == {session["id"] for session in case.document["sessions"]} < before.keys()


def test_nothing_is_carved_where_it_is_not_asked_for(tmp_path: Path) -> None:
    analyze(OFFICE, out=tmp_path / "rows", rows_only=True)
    assert not (tmp_path / "rows" / "evidence").exists()


def test_what_came_through_a_pipe_cannot_be_read_again(tmp_path: Path) -> None:
    """The report is written all the same, and promises nothing."""
    command = [sys.executable, "-c", "from wanwitness.cli import main; main()", "analyze", "-", "--out", str(tmp_path)]
    done = subprocess.run(command, input=(OFFICE / "lan0.pcap").read_bytes(), capture_output=True, check=True)
    assert b"Report:" in done.stdout
    assert "evidence/" not in (tmp_path / "report.html").read_text()
    assert not (tmp_path / "evidence").exists()
