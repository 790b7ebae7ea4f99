"""A case agrees with its captures as tshark reads them, and what cannot be read again is said."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from clock_shift import Shift, shifted, times
from office import FILES, records, site, write
from places import OFFICE, PROJECT, SHARED
from wanwitness import UsageError, analyze
from wanwitness.language import Catalogue
from wanwitness.verify import verify
from wanwitness.verify.checks import Checks
from wanwitness.verify.sentences import check_sentences

from .tampering import tamper

pytestmark = pytest.mark.needs("tshark")


def command(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command line."""
    words = [sys.executable, "-m", "wanwitness", *arguments]
    return subprocess.run(words, input=stdin, capture_output=True, check=False, env=dict(os.environ))


@pytest.mark.parametrize("name", ["lab-office", "incident", "pop-opens"])
def test_the_projects_cases_agree(name: str, tmp_path: Path) -> None:
    """Every citation is in the original."""
    analyze(PROJECT / "captures" / name, out=tmp_path / "case")
    done = verify(tmp_path / "case")
    assert done.disagreements == ()
    assert set(done.by_status) == {"original"}
    assert sum(done.compared.values()) > 2000


@pytest.mark.shared
@pytest.mark.parametrize("name", ["lab-random", "lab-scenarios", "lab-shared-address", "lab-vlan"])
def test_the_labs_cases_agree(name: str, tmp_path: Path) -> None:
    """Every citation is in the original."""
    analyze(SHARED / name, out=tmp_path / "case", rows_only=True)
    done = verify(tmp_path / "case")
    assert done.disagreements == ()
    assert set(done.by_status) == {"original"}


def test_behind_damage_the_clocks_are_what_they_were(tmp_path: Path) -> None:
    """tshark reads a damaged file up to the damage, and its last time is not that of the capture."""
    for name in FILES:
        whole = (OFFICE / f"{name}.pcap").read_bytes()
        middle = len(whole) // 2
        (tmp_path / f"{name}.pcap").write_bytes(whole[:middle] + b"\xff" * 200 + whole[middle + 200 :])
    document = analyze(tmp_path, out=tmp_path / "case", rows_only=True).document
    assert any(capture["damage"] and capture["clock"]["offset_s"] for capture in document["captures"])
    assert verify(tmp_path / "case" / "case.json").disagreements == ()


def test_a_reset_before_the_connection_is_not_its_end(tmp_path: Path) -> None:
    """A server that still waits for the ports' last connection answers by its numbers; the client resets, and goes on.

    So does Linux (RFC 9293 sections 3.5.2 and 3.10.7.4), when a port is used again at once.
    """
    for name in FILES:
        content = []
        for at, raw in records(name):
            content.append((at, raw))
            packet = Ether(raw)
            if IP in packet and TCP in packet and packet[TCP].dport == 25 and packet[TCP].flags == "S":
                syn, stale = packet[TCP], packet.copy()
                stale[Ether].src, stale[Ether].dst = packet[Ether].dst, packet[Ether].src
                stale[IP].src, stale[IP].dst = packet[IP].dst, packet[IP].src
                there, back = {"sport": syn.dport, "dport": syn.sport}, {"sport": syn.sport, "dport": syn.dport}
                stale[TCP] = TCP(**there, seq=7, ack=(syn.seq - 9) % (1 << 32), flags="A")
                reset = packet.copy()
                reset[TCP] = TCP(**back, seq=stale[TCP].ack, flags="R")
                for one in (stale, reset):
                    del one[IP].chksum, one[IP].len
                content += [(at, bytes(one)) for one in (stale, reset, packet)]
        write(tmp_path / f"{name}.pcap", 1, content)
    site(tmp_path, "{}.pcap")
    document = analyze(tmp_path, out=tmp_path / "case", rows_only=True).document
    assert {"accepted", "rejected"} <= {row["outcome"] for row in document["sessions"]}
    assert verify(tmp_path / "case").disagreements == ()


def test_packets_that_were_captured_twice_are_of_their_connections(tmp_path: Path) -> None:
    """A mirror port shows each packet twice; tshark holds both for frames of the connection, also of its last."""
    for name in FILES:
        write(tmp_path / f"{name}.pcap", 1, [record for record in records(name) for _ in range(2)])
    analyze(site(tmp_path, "{}.pcap"), out=tmp_path / "case", rows_only=True)
    done = verify(tmp_path / "case")
    assert (done.disagreements, set(done.by_status)) == ((), {"original"})


def test_compressed_captures_are_read(tmp_path: Path) -> None:
    """Also in formats that tshark does not know."""
    for name, pack in (("lan0", gzip.compress), ("wan1", lzma.compress), ("wan2", lzma.compress)):
        (tmp_path / f"{name}.pcap").write_bytes(pack((OFFICE / f"{name}.pcap").read_bytes()))
    shutil.copy(OFFICE / "site.toml", tmp_path)
    analyze(tmp_path, out=tmp_path / "case")
    done = verify(tmp_path / "case")
    assert (done.disagreements, set(done.by_status)) == ((), {"original"})


def test_standard_input_is_gone(tmp_path: Path) -> None:
    """It is said, and is no disagreement; what the evidence captures hold is there."""
    content = (OFFICE / "lan0.pcap").read_bytes()
    assert command("analyze", "-", "--out", tmp_path / "case", stdin=content).returncode == 0
    done = verify(tmp_path / "case")
    assert [one.state for one in done.originals] == ["piped"]
    assert (done.disagreements, set(done.by_status)) == ((), {"gone"})


def test_without_originals_the_evidence_captures_tell(office: Path) -> None:
    """Of what they hold, all agrees; the rest is gone."""
    for file in office.glob("*.pcap"):
        file.unlink()
    done = verify(office / "case")
    assert done.disagreements == ()
    assert {one.state for one in done.originals} == {"gone"}
    assert done.by_status["carve"] > 500
    assert done.compared["dialogue"] > 300


def test_times_of_a_clock_that_drifts_are_compared_on_carved_frames_too(tmp_path: Path) -> None:
    """The original, by whose first frame the drift counts, is gone: the case tells when it began."""
    for name, drift_ppm in (("lan0", 0.0), ("wan1", 80.0), ("wan2", -120.0)):
        source = OFFICE / f"{name}.pcap"
        shifted(source, tmp_path / source.name, Shift(3.0 if drift_ppm else 0.0, drift_ppm, since_ns=times(source)[0]))
    shutil.copy(OFFICE / "site.toml", tmp_path)
    analyze(tmp_path, out=tmp_path / "case")
    for file in tmp_path.glob("*.pcap"):
        file.unlink()
    done = verify(tmp_path / "case")
    assert done.disagreements == ()
    assert [one.where for one in done.unread if one.where.endswith((" start", " end"))] == []


def test_a_connection_whose_last_frame_was_not_carved_has_no_end_to_compare(office: Path) -> None:
    """Of long ones not every frame is; the case's seal tells that these were cut here."""
    for file in office.glob("*.pcap"):
        file.unlink()
    for carved in (office / "case" / "evidence").iterdir():
        content = carved.read_bytes()
        carved.write_bytes(content[: -int.from_bytes(content[-4:], "little")])
    done = verify(office / "case")
    assert [one.where for one in done.disagreements if one.where.endswith(" end")] == []
    assert len([one for one in done.unread if one.where.endswith(" end")]) == 20


def test_what_evidence_captures_tell_is_compared(office: Path) -> None:
    """A reply that is another in the case than in them."""
    for file in office.glob("*.pcap"):
        file.unlink()
    path = office / "case" / "case.json"
    text = path.read_text()
    assert "Authentication required" in text
    path.write_text(text.replace("Authentication required", "Authentication requires"))
    assert any("commands" in one.where for one in verify(office / "case").disagreements)


def test_a_kept_copy_counts_by_its_hash(office: Path) -> None:
    """Moved into the case's folder, under whatever name."""
    (office / "lan0.pcap").rename(office / "case" / "kept.bin")
    done = verify(office / "case")
    assert done.disagreements == ()
    assert sorted(one.state for one in done.originals) == ["kept", "same", "same"]
    assert {"kept", "original"} <= set(done.by_status)


def test_a_moved_case_is_found_with_its_captures(office: Path, tmp_path: Path) -> None:
    """Paths are relative to it."""
    office.rename(tmp_path / "elsewhere")
    assert verify(tmp_path / "elsewhere" / "case").by_status.keys() == {"original"}


def test_the_seal_is_checked(office: Path) -> None:
    """Where there is one, what no capture shows cannot be changed unseen either."""
    folder = office / "case"
    done = verify(folder)
    assert (done.sealed, done.disagreements) == (True, ())
    path = folder / "case.json"
    path.write_text(path.read_text().replace('"version": "0.1.0"', '"version": "0.1.9"'))
    (folder / "sessions.csv").unlink()
    assert {one.where for one in verify(folder).disagreements} == {"case.json", "sessions.csv"}
    (folder / "SHA256SUMS").unlink()
    assert {one.where for one in verify(folder).disagreements} == {"SHA256SUMS"}
    assert verify(folder / "case.json").agrees


def test_exit_status_and_json(office: Path) -> None:
    """0 where all agrees, 1 where something does not, 2 where it could not be done; JSON and nothing else."""
    done = command("verify", office / "case", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, done.stderr, told["agrees"], told["disagreements"]) == (0, b"", True, [])
    assert len(told["citations"]) == sum(told["citations_by_status"].values())
    path = office / "case" / "case.json"
    path.write_text(path.read_text().replace('"ttl_s": 300', '"ttl_s": 301'))
    done = command("verify", office / "case")
    assert done.returncode == 1
    assert b"resolution.ttl_s" in done.stdout
    assert max(len(line) for line in done.stdout.decode().splitlines()) <= 80
    path.write_text("nothing")
    done = command("verify", office / "case")
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)


def test_without_tshark_it_says_what_is_missing(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="tshark"):
        verify(office / "case")


def test_nothing_that_a_packet_says_steers_the_terminal(office: Path) -> None:
    """Neither what the case says nor what tshark reads."""
    path = office / "case" / "case.json"
    document = json.loads(path.read_text())
    for session in document["sessions"]:
        session["asked_name"] = "smtp\x1b[2J\u202e.example"
    path.write_text(json.dumps(document))
    done = command("verify", office / "case")
    assert done.returncode == 1
    assert b"\x1b" not in done.stdout
    assert "\u202e" not in done.stdout.decode()


def test_importing_the_package_loads_no_second_reader() -> None:
    """Nobody but the command imports it."""
    code = "import sys, wanwitness.pipeline, wanwitness.report; sys.exit('wanwitness.verify' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_sentence_says_what_its_arguments_say(office: Path) -> None:
    """Its text cannot be changed, nor one of its arguments, without the other; in an answer as in a finding."""
    folder = office / "case"
    document = json.loads((folder / "case.json").read_text())
    (folder / "SHA256SUMS").unlink()
    sentence = document["answer"]["sentences"][0]
    sentence["text"] = sentence["text"].replace("refused", "accepted")
    session = next(row for row in document["sessions"] if row["findings"])
    session["findings"][0]["text"] += " It was the neighbour's fault."
    (folder / "case.json").write_text(json.dumps(document))
    places = {one.where for one in verify(folder / "case.json").disagreements}
    assert places == {"answer.sentences[0].text", f"session {session['id']} findings[0].text"}


@pytest.mark.parametrize("field", ["recipient", "action", "status", "text", "remote", "at"])
def test_what_a_report_of_mail_that_came_back_tells_is_compared(field: str, tmp_path: Path) -> None:
    """With the frame that it is told in, which was fetched by POP."""
    case = analyze(PROJECT / "captures" / "incident", out=tmp_path / "case", rows_only=True)
    assert verify(tmp_path / "case").disagreements == ()
    document = json.loads(case.to_json())
    (row,) = [one for session in document["sessions"] for one in session["bounces"]]
    row[field] = row[field].translate(str.maketrans("aeiou0123456789", "eioua1234567890"))
    (tmp_path / "case" / "case.json").write_text(json.dumps(document))
    (tmp_path / "case" / "SHA256SUMS").unlink()
    wrong = {one.where.rpartition(".")[2] for one in verify(tmp_path / "case" / "case.json").disagreements}
    assert wrong == ({"text", "cause"} if field == "text" else {field})


def test_a_sentence_that_nobody_has_translated_is_of_this_version() -> None:
    """The English source decides which sentences there are."""
    Catalogue("tests", {"never-translated": "{n} mails were lost."})
    told = {"id": "never-translated", "args": {"n": 3}, "text": "3 mails were lost."}
    for text, wrong in ((told["text"], []), ("4 mails were lost.", ["answer.text"])):
        checks = Checks()
        check_sentences({"tool": {"version": version("wanwitness")}, "answer": told | {"text": text}}, checks)
        assert [one.where for one in checks.disagreements] == wrong
    checks = Checks()
    check_sentences({"tool": {"version": version("wanwitness")}, "answer": told | {"id": "never-said"}}, checks)
    assert [(one.where, one.found) for one in checks.disagreements] == [
        ("answer.text_id", "no sentence of this version")
    ]


@pytest.mark.parametrize(("key", "value"), [("address", "203.0.115.10"), ("link", "orange")])
def test_an_address_that_a_report_told_is_that_of_the_finding(key: str, value: str, tmp_path: Path) -> None:
    """It stands in the report's mail, of which no one frame need hold it."""
    document = analyze(PROJECT / "captures" / "incident", out=tmp_path / "case", rows_only=True).document
    index = next(n for n, row in enumerate(document["sessions"]) if row["bounces"] and row["told_address"])
    changed = tamper(document, ("sessions", index, "told_address", key), value)
    (tmp_path / "case" / "case.json").write_text(json.dumps(changed))
    (tmp_path / "case" / "SHA256SUMS").unlink()
    places = {one.where for one in verify(tmp_path / "case" / "case.json").disagreements}
    assert places == {f"session {document['sessions'][index]['id']} told_address.{key}"}
