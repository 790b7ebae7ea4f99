"""TLS opened with its keys."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from correlate.wire import write_pcap
from in_tls import CLEAR, NAMES, REFUSED, frames, timed, turns, write_pcapng
from places import PROJECT
from wanwitness import UsageError, analyze
from wanwitness.secrets import Tshark
from wanwitness.verify import verify

pytestmark = pytest.mark.needs("tshark")
STARTTLS = PROJECT / "captures" / "starttls"
TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
GREETED = (("S", "220 relay.isp.example ESMTP"), *REFUSED)


def session(path: Path, keylog: Path | None = None) -> dict[str, Any]:
    """The one session of a capture."""
    (row,) = analyze(path, keylog=[keylog] if keylog else (), rows_only=True).document["sessions"]
    return dict(row)


def test_the_refusal_inside_is_found_flagged_and_verified(tmp_path: Path) -> None:
    """The lab's STARTTLS sessions: inside one mail is taken, and the one that left by link 2 is refused with 530."""
    keys = STARTTLS / "keylog.txt"
    case = analyze(STARTTLS, out=tmp_path / "case", keylog=keys)
    taken, refused = case.document["sessions"]
    assert taken["outcome"] == "accepted"
    assert (refused["outcome"], refused["verdict"], refused["likely_cause"]) == ("rejected", "link-mismatch", True)
    assert (refused["rejection"]["code"], refused["rejection"]["link"]) == (530, "subscriber")
    assert all(row["tls"]["decrypted"] for row in (taken, refused))
    done = verify(tmp_path / "case", [str(keys)])
    assert (done.disagreements, set(done.by_status)) == ((), {"original"})
    assert done.unread == ()


def test_the_frames_cited_are_those_of_the_records(tmp_path: Path) -> None:
    """Each command and each reply inside is cited by the frame that its record ended in."""
    said = turns(tmp_path, REFUSED, clear=CLEAR, version=TLS_1_3)
    write_pcap(tmp_path / "lan.pcap", timed(frames(said)))
    row = session(tmp_path / "lan.pcap", tmp_path / "keylog.txt")
    (exchange,) = (e for e in row["commands"] if e["command"] == "MAIL FROM:<a@site.example>")
    (_, asked), (_, answered) = exchange["frames"]
    sent = [data for data in said if data[1][:1] == b"\x17"]
    assert asked < answered == row["rejection"]["frame"][1]
    assert frames(said)[asked - 1].endswith(sent[-4][1])  # MAIL, 530, QUIT, 221


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
@pytest.mark.parametrize(
    ("port", "inside", "clear"), [(25, REFUSED, CLEAR), (465, GREETED, ()), (2525, REFUSED, CLEAR)]
)
def test_both_ways_into_tls_and_both_versions(
    tmp_path: Path, version: ssl.TLSVersion, port: int, inside: Any, clear: Any
) -> None:
    """STARTTLS and TLS from the first byte; also on a port where tshark expects no mail, and in small segments."""
    said = turns(tmp_path, inside, clear=clear, version=version)
    write_pcap(tmp_path / "lan.pcap", timed(frames(said, port=port, size=37)))
    row = session(tmp_path / "lan.pcap", tmp_path / "keylog.txt")
    assert (row["outcome"], row["rejection"]["cause"]) == ("rejected", "authentication-required")
    assert row["tls"]["decrypted"] and row["tls"]["implicit"] == (not clear)
    assert row["answered_by"]["banner"] == "220 relay.isp.example ESMTP"
    sealed = session(tmp_path / "lan.pcap")
    assert (sealed["outcome"], sealed["rejections"], sealed["tls"]["decrypted"]) == ("opaque", [], False)
    assert sealed["tls"]["server_name"] == NAMES[0]
    # TLS 1.3 encrypts the certificate.
    assert sealed["tls"]["certificate"] == (list(NAMES) if version == TLS_1_2 else [])


def test_keys_that_the_capture_brings_along_are_used(tmp_path: Path) -> None:
    """pcapng's decryption secrets; and they are not in the case's evidence."""
    said = turns(tmp_path, REFUSED, clear=CLEAR, version=TLS_1_3)
    keys = (tmp_path / "keylog.txt").read_bytes()
    write_pcapng(tmp_path / "lan.pcapng", timed(frames(said)), keys)
    case = analyze(tmp_path / "lan.pcapng", out=tmp_path / "case")
    assert case.document["sessions"][0]["outcome"] == "rejected"
    secrets = [line.split()[2] for line in keys.splitlines() if not line.startswith(b"#")]
    files = [file for file in (tmp_path / "case").rglob("*") if file.is_file()]
    assert any(file.suffix == ".pcapng" for file in files) and len(secrets) >= 4
    for file in files:
        content = file.read_bytes()
        assert not any(secret in content or bytes.fromhex(secret.decode()) in content for secret in secrets)
        assert b"TLSK" not in content and b"KSLT" not in content
    done = verify(tmp_path / "case")
    assert done.agrees and not any("--keylog" in one.why for one in done.unread)


def test_without_the_key_log_verify_says_what_it_could_not_compare(tmp_path: Path) -> None:
    """And that is no disagreement; a text that is another is one, with the keys."""
    case = analyze(STARTTLS, out=tmp_path / "case", keylog=STARTTLS / "keylog.txt", rows_only=True)
    done = verify(tmp_path / "case")
    assert done.agrees
    assert sum("commands[" in one.where and "--keylog" in one.why for one in done.unread) == 9
    file = case.folder / "case.json" if case.folder else Path()
    file.write_text(file.read_text().replace("MAIL FROM:<alice@isp1", "MAIL FROM:<alicf@isp1"))
    done = verify(tmp_path / "case", [str(STARTTLS / "keylog.txt")])
    assert any(d.where.endswith("commands[4].command") for d in done.disagreements)


def test_what_lies_behind_a_lost_record_stays_unread(tmp_path: Path) -> None:
    """A segment with MAIL's reply was not captured: what was said before is told, and the outcome is not known."""
    said = turns(tmp_path, REFUSED, clear=CLEAR, version=TLS_1_3)
    all_ = timed(frames(said))
    lost = next(n for n, (_, frame) in enumerate(all_) if frame.endswith(said[-3][1]))
    write_pcap(tmp_path / "lan.pcap", [row for n, row in enumerate(all_) if n != lost])
    row = session(tmp_path / "lan.pcap", tmp_path / "keylog.txt")
    assert row["outcome"] == "opaque"
    assert "MAIL FROM:<a@site.example>" in [e["command"] for e in row["commands"]]
    assert not row["rejections"]


def test_another_connections_keys_open_nothing(tmp_path: Path) -> None:
    """It stays opaque, and a note says so."""
    said = turns(tmp_path, REFUSED, clear=CLEAR, version=TLS_1_3)
    write_pcap(tmp_path / "lan.pcap", timed(frames(said)))
    case = analyze(tmp_path / "lan.pcap", keylog=STARTTLS / "keylog.txt", rows_only=True)
    assert case.document["sessions"][0]["outcome"] == "opaque"
    assert any("no key of the key log opens" in note for note in case.document["notes"])


def test_without_tshark_one_line_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a key log it is an error; where the capture brings the keys along, a note."""
    said = turns(tmp_path, REFUSED, clear=CLEAR, version=TLS_1_3)
    write_pcapng(tmp_path / "lan.pcapng", timed(frames(said)), (tmp_path / "keylog.txt").read_bytes())
    monkeypatch.setattr(Tshark, "is_installed", staticmethod(lambda: False))
    with pytest.raises(UsageError, match="tshark is needed"):
        analyze(tmp_path / "lan.pcapng", keylog=tmp_path / "keylog.txt", rows_only=True)
    case = analyze(tmp_path / "lan.pcapng", rows_only=True)
    assert case.document["sessions"][0]["outcome"] == "opaque"
    assert any("tshark is needed" in note for note in case.document["notes"])


def test_a_damaged_key_log_is_told_and_the_rest_of_it_used(tmp_path: Path) -> None:
    """As something in the input that was left out."""
    keys = tmp_path / "keys.txt"
    keys.write_text("CLIENT_RANDOM 00\n" + (STARTTLS / "keylog.txt").read_text())
    case = analyze(STARTTLS, keylog=keys, rows_only=True)
    assert [row["outcome"] for row in case.document["sessions"]] == ["accepted", "rejected"]
    assert case.damaged and any("1 line is no key of TLS" in line for line in case.damage)
