"""What a large mail carries is left out of its evidence, and said to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wanwitness import analyze
from wanwitness.evidence.locate import CARRIED
from wanwitness.evidence.masks import Masks
from wanwitness.ingest import CaptureFile

from .large_mail import SECRET, write

SIZE = 6_000_000


def test_of_a_large_mail_only_what_tells_something_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dialogue is there on both sides, to its end; what is missing is counted in the file's comment."""
    write(tmp_path, SIZE)
    out = tmp_path / "case"
    lan, orange = tmp_path / "lan.pcap", tmp_path / "wan-orange.pcap"
    held = 0
    take = Masks.take

    def counted(self: Masks, direction: Any, payload: bytes, *more: Any, **options: Any) -> Any:
        nonlocal held
        held += len(payload)
        return take(self, direction, payload, *more, **options)

    monkeypatch.setattr(Masks, "take", counted)
    case = analyze(lan=lan, wan={"orange": orange}, out=out)
    (session,) = case.document["sessions"]
    content = (out / "evidence" / f"{session['id']}.pcapng").read_bytes()
    assert len(content) < 2 * 2 * CARRIED
    assert SECRET not in content
    for said in (b"RCPT TO:<b@example.net>", b"530 5.7.0 Authentication required", b"QUIT", b"\r\n.\r\n"):
        assert content.count(said) >= 2, said
    kept = sum(len(window) for window in CaptureFile(out / "evidence" / f"{session['id']}.pcapng").windows())
    both = sum(capture["packets"] for capture in case.document["captures"])
    assert f" {both - kept} frames with ".encode() in content
    assert held < 2 * (CARRIED + 5000), "of the payloads no more is ever held"


def test_a_small_mail_is_kept_whole(tmp_path: Path) -> None:
    """Nothing is left out, and nothing said of it."""
    write(tmp_path, 100_000)
    case = analyze(lan=tmp_path / "lan.pcap", wan={"orange": tmp_path / "wan-orange.pcap"}, out=tmp_path / "case")
    (session,) = case.document["sessions"]
    path = tmp_path / "case" / "evidence" / f"{session['id']}.pcapng"
    assert b"left out" not in path.read_bytes()
    kept = sum(len(window) for window in CaptureFile(path).windows())
    assert kept == sum(capture["packets"] for capture in case.document["captures"])
