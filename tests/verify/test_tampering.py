"""One thing changed in a case, or one byte of a capture, is caught."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import pytest

from places import PROJECT
from wanwitness import UsageError, analyze
from wanwitness.case import Case
from wanwitness.secrets.key_log import KeyLog
from wanwitness.verify import verify

from .tampering import KINDS, Place, changed, places, tamper

pytestmark = pytest.mark.needs("tshark")
TRIED = 12
SAME = {"filter"}
"""Kinds of which some changes say the same: a bound in the frames of others, an address that the ends do not have."""


def undetected(case: Case, kind: str, tried: int | None, seed: int) -> list[tuple[Place, Any, Any]]:
    """Change so many values of a kind, each by itself; return those changes that go unseen."""
    rng = random.Random(seed)
    found = [(place, value) for place, value in places(case.document) if KINDS[kind](place, value)]
    assert len(found) > TRIED
    unseen = []
    for place, value in found if tried is None else rng.sample(found, tried):
        other = changed(value, kind, rng)
        assert case.folder is not None
        try:
            agrees = verified(tamper(case.document, place, other), case.folder)
        except (ValueError, LookupError):  # it has not the form of a case any more
            agrees = False
        if agrees:
            unseen.append((place, value, other))
    return unseen


def verified(document: dict[str, Any], folder: Path) -> bool:
    """Whether a document agrees with the captures."""
    return sys.modules["wanwitness.verify.verify"]._verify(document, folder, KeyLog()).agrees is True


@pytest.mark.usefixtures("read_once")
@pytest.mark.parametrize("kind", sorted(KINDS.keys() - SAME))
def test_any_of_a_kind_is_caught(kind: str, case: Case) -> None:
    """At a few random places; times down to what the clocks leave open."""
    assert undetected(case, kind, TRIED, seed=20121121) == []


@pytest.mark.usefixtures("read_once")
def test_filters_that_name_other_frames_are_caught(case: Case) -> None:
    """Without a frame of the connection, or with one of another; a bound that changes nothing of the sort says the
    same.
    """
    for session in case.document["sessions"][:6]:
        index = case.document["sessions"].index(session)
        side = "lan_stream" if session["lan_stream"] else "wan_stream"
        place = ("sessions", index, side, "tshark_filter")
        head, _, last = session[side]["tshark_filter"].rpartition("<= ")
        assert not verified(tamper(case.document, place, f"{head}<= {int(last) - 1}"), case.folder or Path())
        assert not verified(tamper(case.document, place, f"{head}<= {last} && tcp.len > 0"), case.folder or Path())


@pytest.mark.usefixtures("read_once")
def test_the_end_of_a_message_is_its_last_byte(tmp_path: Path) -> None:
    """A client that sends byte by byte ends its message in five packets: none but the last is the end."""
    found = analyze(PROJECT / "captures" / "incident", out=tmp_path / "case", rows_only=True)
    place = next(
        ("sessions", index, "commands", number, "frames", 0, 1)
        for index, session in enumerate(found.document["sessions"])
        if len(session["commands"][1]["frames"]) > 10  # the bytes of EHLO
        for number, exchange in enumerate(session["commands"])
        if exchange["command"] == "."
    )
    (last,) = (value for at, value in places(found.document) if at == place)
    assert verified(found.document, tmp_path / "case")
    for earlier in (1, 3, 4, 6):  # every other frame is an acknowledgement
        assert not verified(tamper(found.document, place, last - earlier), tmp_path / "case")


@pytest.mark.slow
@pytest.mark.usefixtures("read_once")
@pytest.mark.parametrize("kind", sorted(KINDS.keys() - SAME))
def test_all_of_a_kind_are_caught(kind: str, tmp_path: Path) -> None:
    """At every place of the incident's case."""
    found = analyze(PROJECT / "captures" / "incident", out=tmp_path / "case", rows_only=True)
    unseen = undetected(Case(found.document, tmp_path / "case"), kind, None, seed=1)
    assert not unseen, "\n".join(map(str, unseen))


@pytest.mark.parametrize("seed", range(4))
def test_one_byte_of_a_capture_is_caught(office: Path, seed: int) -> None:
    """Wherever it is."""
    rng = random.Random(seed)
    file = office / rng.choice(["lan0.pcap", "wan1.pcap", "wan2.pcap"])
    content = bytearray(file.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    file.write_bytes(content)
    done = verify(office / "case")
    assert any("sha256" in one.where for one in done.disagreements)


def test_one_byte_where_the_case_has_no_hash_is_caught_where_it_is_cited(office: Path) -> None:
    """Of a case with rows only."""
    case = analyze(office, out=office / "rows", rows_only=True)
    session = next(row for row in case.document["sessions"] if row["rejection"])
    text = session["rejection"]["text"].encode()
    file = office / "rows" / case.document["captures"][session["rejection"]["frame"][0]]["path"]
    content = file.read_bytes()
    assert text in content
    file.write_bytes(content.replace(text, text.swapcase()))
    done = verify(office / "rows")
    assert {"sha256"}.isdisjoint(one.where for one in done.disagreements)
    assert any(f"session {session['id']} commands" in one.where for one in done.disagreements)


def test_a_document_of_another_form_is_one_line(office: Path) -> None:
    """Whatever is wrong with it."""
    for text in ("", "[]", "{}", '{"schema": 2}', '{"schema": 1, "sessions": [{}]}', "[" * 100_000):
        (office / "case" / "case.json").write_text(text)
        with pytest.raises(UsageError, match="case"):
            verify(office / "case")
