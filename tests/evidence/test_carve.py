"""Evidence captures hold a session's frames, all of them, and say where they are from."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scapy.config import conf
from scapy.layers.inet import IP, fragment
from scapy.layers.l2 import Ether
from scapy.utils import RawPcapNgReader, RawPcapReader

from correlate import wire
from correlate.simulator import ACCEPTED, Script, Simulator
from office import FILES, records
from places import OFFICE
from wanwitness import analyze
from wanwitness.case import Case, document

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


def comments_of(path: Path) -> list[str]:
    with RawPcapNgReader(str(path)) as reader:
        return [about._asdict()["comments"][0].decode() for _, about in reader]


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


def test_every_comment_says_what_its_frame_shows(office: Case) -> None:
    """On both sides of the router."""
    comments = [comment for path in captures_of(office).values() for comment in comments_of(path)]
    assert comments
    assert all(re.match(r"\S+ frame \d+: \S", comment) for comment in comments)
    assert not any(re.search(r"\b1 bytes", comment) for comment in comments)
    said = [comment for comment in comments if "the client says MAIL FROM" in comment]
    assert {comment.partition(".")[0] for comment in said} == {"lan0", "wan1", "wan2"}


def test_what_was_typed_by_hand_can_be_read(tmp_path: Path) -> None:
    site = Simulator()
    typed = tuple((text, reply) for text, reply in LOGGED_IN)
    site.session(1, PC, "orange", None, script=typed)
    for point in ("lan", "orange"):
        rows: list[tuple[int, int, bytes]] = []
        for ts, count, frame in site.frames[point]:
            head, payload = frame[:54], frame[54:]
            if not payload.startswith((b"MAIL FROM", b"AUTH PLAIN")) or len(frame) < 54:
                rows.append((ts, count, frame))
                continue
            for n, byte in enumerate(payload):
                seq = (int.from_bytes(head[38:42]) + n) & 0xFFFFFFFF
                length = (41).to_bytes(2)
                one = head[:16] + length + head[18:38] + seq.to_bytes(4) + head[42:] + bytes((byte,))
                rows.append((ts + n, count, one))
        site.frames[point] = rows
    (path,) = captures_of(of(site, tmp_path)).values()
    for file in ("lan.pcap", "orange.pcap"):
        shown = b"".join(data[54:] for name, _, data in frames_of(path) if name == file and data[23] == 6)
        assert b"MAIL FROM:<a@site.example>\r\n" in shown
        assert b"AUTH PLAIN ****************\r\n" in shown
    assert sum("the client says MAIL FROM" in comment for comment in comments_of(path)) > 40


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
    assert b"evidence captures were left out: - cannot be read again" in done.stderr
    assert "evidence/" not in (tmp_path / "report.html").read_text()
    assert not (tmp_path / "evidence").exists()


def shown_of(case: Case) -> bytes:
    """All bytes of all evidence captures' frames."""
    return b"".join(data for path in captures_of(case).values() for _, _, data in frames_of(path))


TLS_AFTER_LOG_IN: Script = (
    *ACCEPTED[:2],
    (f"AUTH PLAIN {SECRET}", "530 5.7.0 Must issue a STARTTLS command first"),
    ("STARTTLS", "220 go"),
)


def test_what_was_said_before_tls_may_come_again_behind_its_begin(tmp_path: Path) -> None:
    site = Simulator()
    site.session(1, PC, "orange", None, script=TLS_AFTER_LOG_IN, tls=True)
    for seen in (site.frames["lan"], site.frames["orange"]):
        (again,) = [row for row in seen if SECRET.encode() in row[2]]
        (hello,) = [row for row in seen if b"\x16\x03\x01\x00\x62\x01" in row[2]]
        seen.append((hello[0] + 1000, again[1] + 10_000, again[2]))
    case = of(site, tmp_path)
    shown = shown_of(case)
    assert shown.count(b"AUTH PLAIN ****************") == 4
    assert shown.count(b"\x16\x03\x01\x00\x62\x01\x00\x00\x5e\x03\x03") == 2, "TLS itself is shown"
    assert SECRET.encode() not in shown


def test_files_whose_names_are_out_of_order(tmp_path: Path) -> None:
    """As `lan.pcap2` and `lan.pcap10` are: what was said in the first is not taken for the TLS of the second."""
    site = Simulator()
    site.session(1, PC, "orange", None, script=TLS_AFTER_LOG_IN, tls=True)
    files = site.write(tmp_path, parts=2)
    for one, two in files.values():
        one.rename(tmp_path / "swap")
        two.rename(one)
        (tmp_path / "swap").rename(two)
    wan = {link: list(map(str, paths)) for link, paths in files.items() if link != "lan"}
    shown = shown_of(analyze(lan=list(map(str, files["lan"])), wan=wan, out=tmp_path / "case"))
    assert shown.count(b"AUTH PLAIN ****************") == 2
    assert shown.count(b"\x16\x03\x01\x00\x62\x01") == 2
    assert SECRET.encode() not in shown


def in_fragments(frame: bytes, mtu_8: int) -> list[bytes]:
    """An Ethernet frame's IPv4 packet cut into fragments of 8 bytes times `mtu_8`."""
    head, payload = frame[14:34], frame[34:]
    size, pieces = 8 * mtu_8, []
    for at in range(0, len(payload), size):
        word = at // 8 | (0x2000 if at + size < len(payload) else 0)
        part = payload[at : at + size]
        pieces.append(head[:2] + (20 + len(part)).to_bytes(2) + b"\x12\x34" + word.to_bytes(2) + head[8:] + part)
    return pieces


def raw_ip(path: Path) -> None:
    """Make an Ethernet capture's frames bare IP packets (LINKTYPE_RAW)."""
    with RawPcapReader(str(path)) as reader:
        rows = [(data[14:], about) for data, about in reader]
    header = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 101)
    records = [struct.pack("<IIII", about.sec, about.usec, len(data), len(data)) + data for data, about in rows]
    path.write_bytes(header + b"".join(records))


@pytest.mark.parametrize("split", [False, True])
def test_fragments_of_bare_ip_hide_all_behind_the_ip_header(tmp_path: Path, split: bool) -> None:
    """Also where a packet's fragments are in two files, of which neither has all."""
    site = Simulator()
    site.ask(0, PC, "sfr")
    script = (*ACCEPTED[:4], ("DATA", "354 go"), (f"{SECRET}\r\n" * 9 + ".", "250 2.0.0 ok"), ("QUIT", "221 bye"))
    site.session(1, PC, "orange", "sfr", script=script)
    site.frames["lan"] = [
        (ts + n, count, frame[:14] + piece)
        for ts, count, frame in site.frames["lan"]
        for n, piece in enumerate(in_fragments(frame, 4) if SECRET.encode() in frame else [frame[14:]])
    ]
    if split:  # between the fragments
        at = next(n for n, (_, _, frame) in enumerate(sorted(site.frames["lan"])) if SECRET.encode() in frame) + 2
        parts = [sorted(site.frames["lan"])[:at], sorted(site.frames["lan"])[at:]]
    else:
        parts = [sorted(site.frames["lan"])]
    lan = [tmp_path / f"in{n}.pcap" for n in range(len(parts))]
    for path, rows in zip(lan, parts, strict=True):
        wire.write_pcap(path, [(ts, frame) for ts, _, frame in rows])
        raw_ip(path)
    case = analyze(lan=list(map(str, lan)), out=tmp_path / "case")
    (session,) = case.document["sessions"]
    assert session["outcome"] == "accepted"
    words = {SECRET[n : n + 5].encode() for n in range(len(SECRET) - 4)}
    shown = [data for path in captures_of(case).values() for _, _, data in frames_of(path)]
    assert [data for data in shown if any(word in data for word in words)] == []
    assert any(len(data) == 52 and data[20:] == b"*" * 32 for data in shown)


def test_fragments_may_have_other_bytes_than_those_that_count(tmp_path: Path) -> None:
    site = Simulator()
    site.session(1, PC, "orange", None, script=ACCEPTED)
    rows = []
    for ts, count, frame in site.frames["lan"]:
        if b"EHLO" in frame:
            first, *rest = in_fragments(frame, 2)
            other = rest[0][:20] + SECRET.encode()[: len(rest[0]) - 20]
            pieces = [first, rest[0], other, *rest[1:]]
        else:
            pieces = [frame[14:]]
        rows += [(ts + n, count, frame[:14] + piece) for n, piece in enumerate(pieces)]
    site.frames["lan"] = rows
    assert any(SECRET[:4].encode() in frame for _, _, frame in rows)
    assert SECRET[:4].encode() not in shown_of(of(site, tmp_path))


def test_what_pads_a_frame_and_what_an_error_quotes_is_hidden(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(1, PC, "orange", answer="no", lan=True)
    ts, count, syn = site.frames["lan"][0]
    total = len(syn) - 14 + len(SECRET)  # a SYN with bytes (RFC 7413), and padding behind them
    data = syn[:16] + total.to_bytes(2) + syn[18:] + SECRET.encode() + b"old " + SECRET.encode() + b"\1\2\3\4"
    quoted = data[14 : 14 + total]
    error = wire.ip("192.168.1.1", PC, 1, struct.pack("!BBHI", 3, 3, 0, 0) + quoted)
    site.frames["lan"] = [(ts, count, data), (ts + 1_000_000, count + 1, error)]
    case = of(site, tmp_path)
    (session,) = case.document["sessions"]
    assert session["outcome"] == "refused"
    shown = shown_of(case)
    assert SECRET.encode() not in shown
    assert b"\1\2\3\4" in shown


def test_a_connection_on_an_odd_port_goes_on_in_a_second_file(tmp_path: Path) -> None:
    """There, nothing tells that it is SMTP."""
    site = Simulator()
    body = (("x" * 30, "y" * 30),) * 5
    site.session(1, PC, "orange", None, script=(*ACCEPTED[:4], ("DATA", "354 go"), *body), server_port=2526)
    files = site.write(tmp_path, parts=2)
    case = analyze(lan=list(map(str, files["lan"])), out=tmp_path / "case")
    (path,) = captures_of(case).values()
    held = len([file for file, _, _ in frames_of(path) if file.startswith("lan")])
    assert held == len(site.frames["lan"])


def test_the_clock_is_set_back_within_a_connection(tmp_path: Path) -> None:
    site = Simulator()
    site.session(1, PC, "orange", None, script=LOGGED_IN)
    seen = sorted(site.frames["lan"])
    half = len(seen) // 2
    early = [(ts - 5 * wire.SECOND, frame) for ts, _, frame in seen[half:]]
    path = tmp_path / "lan.pcap"
    wire.write_pcap(path, [(ts, frame) for ts, _, frame in seen[:half]] + early)
    case = analyze(lan=str(path), out=tmp_path / "case")
    (evidence,) = captures_of(case).values()
    assert {number for _, number, _ in frames_of(evidence)} == set(range(1, len(seen) + 1))
    assert SECRET.encode() not in shown_of(case)


def test_a_link_named_by_a_hostile_file_steers_no_terminal(tmp_path: Path) -> None:
    site = Simulator()
    site.session(1, PC, "orange", None)
    files = site.write(tmp_path)
    hostile = files["orange"][0].rename(tmp_path / "wan\x1b[2J\u202e.pcap")
    case = analyze([str(files["lan"][0]), str(hostile)], out=tmp_path / "case")
    for path in captures_of(case).values():
        content = path.read_bytes()
        assert b"\x1b[2J" not in content
        assert "\u202e".encode() not in content


def test_a_capture_that_shrank_is_told_of_and_nothing_old_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Simulator()
    site.session(1, PC, "orange", None)
    before = captures_of(of(site, tmp_path))
    assert before

    def then_cut(**rows: Any) -> dict[str, Any]:
        (tmp_path / "orange.pcap").write_bytes((tmp_path / "orange.pcap").read_bytes()[:100])
        return document(**rows)

    monkeypatch.setattr("wanwitness.pipeline.document", then_cut)
    case = of(site, tmp_path)
    assert captures_of(case) == {}
    assert any("orange.pcap" in note for note in case.document["notes"])
    assert Case.load(tmp_path / "case").document["notes"] == case.document["notes"]
    assert ".pcapng" not in (tmp_path / "case" / "report.html").read_text()


def test_captures_that_are_analysed_are_not_written_over(tmp_path: Path) -> None:
    """An evidence capture may be looked at like any other, even for the case that it is of."""
    case = analyze(OFFICE, out=tmp_path)
    before = {path: path.read_bytes() for path in captures_of(case).values()}
    again = analyze(next(iter(before)), out=tmp_path)
    assert len(again.document["sessions"]) == 1
    assert again.document["notes"][-1].startswith("evidence captures were left out: ")
    assert {path: path.read_bytes() for path in captures_of(again).values()} == before
