"""One session's chain, for a terminal."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from places import OFFICE, PROJECT
from wanwitness import UsageError, analyze
from wanwitness.report.chain import chain, named


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The incident's case."""
    return analyze(PROJECT / "captures" / "incident", rows_only=True).document


def test_the_chain_is_told_in_order(document: dict[str, Any]) -> None:
    """Who asked, over which link, what came back, what was sent where, what was answered."""
    session = next(row for row in document["sessions"] if row["flagged"])
    text = " ".join(chain(document, session).split())
    steps = [
        "asks 198.18.2.53 over sfr for smtp.orange.example",
        "198.18.2.53 answers: 198.18.1.135",
        "connects to 198.18.1.35:25 on the LAN",
        "leaves by orange",
        "Client: MAIL FROM:",
        "Server: 530 5.7.0",
        "resolved over sfr, sent over orange",
    ]
    found = [text.find(step) for step in steps]
    assert -1 not in found
    assert found == sorted(found)


def test_lines_fit_but_for_filters(document: dict[str, Any]) -> None:
    """A filter is there to be copied, and is whole."""
    for session in document["sessions"]:
        long = [line for line in chain(document, session).splitlines() if len(line) > 80]
        assert all(" && " in line or "frame.number in" in line for line in long)


def test_every_frame_of_a_chain_is_one_of_the_case(document: dict[str, Any]) -> None:
    """None is made up."""
    for session in document["sessions"]:
        cited = {number for _, number in session["frames"]}
        cited |= {number for exchange in session["commands"] for _, number in exchange["frames"]}
        shown = re.findall(r"frame\.number in \{([\d, ]+)\}", chain(document, session))
        assert {int(number) for row in shown for number in row.split(", ")} <= cited


def test_times_are_local_with_utc_beside(document: dict[str, Any]) -> None:
    """Where the site has a time zone."""
    here = {**document, "site": {**document["site"], "timezone": "Europe/Paris"}}
    assert "2012-10-16 09:00:00.134 (07:00:00.134 UTC)" in chain(here, document["sessions"][0])


def test_a_session_is_named_by_its_id_or_its_client(document: dict[str, Any]) -> None:
    """Or the beginning of its id, or the client's address and port on the WAN."""
    session = document["sessions"][3]
    client, outside = session["client"], session["crossing"]["client"]
    for name in (
        session["id"],
        session["id"][:6],
        f"{client['ip']}:{client['port']}",
        f"{outside['ip']}:{outside['port']}",
    ):
        assert named(document, name) == session


def test_an_unknown_session_is_told_the_nearest(document: dict[str, Any]) -> None:
    """In one line; of several, all."""
    session = document["sessions"][3]
    near = session["id"][:-1] + ("0" if session["id"][-1] != "0" else "1")
    with pytest.raises(UsageError, match=session["id"]) as caught:
        named(document, near)
    assert "\n" not in str(caught.value)
    twice = {**document, "sessions": [session, {**session, "id": "0" * 12}]}
    with pytest.raises(UsageError, match="2 sessions are so called"):
        named(twice, f"{session['client']['ip']}:{session['client']['port']}")
    with pytest.raises(UsageError, match="no session at all"):
        named({**document, "sessions": []}, "x")


def test_nothing_that_a_packet_says_steers_the_terminal(document: dict[str, Any]) -> None:
    """A banner with an escape sequence in it, put into the case by hand."""
    session = document["sessions"][0]
    reply = {**session["commands"][0]["reply"], "text": "\x1b[2J\u202e"}
    hostile = {**session, "commands": [{**session["commands"][0], "reply": reply}]}
    text = chain(document, hostile)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_command(tmp_path: Path) -> None:
    """Of one, of the refused, and of none."""
    document = analyze(OFFICE, out=tmp_path / "case", rows_only=True).document

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "wanwitness", "explain", str(tmp_path / "case"), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    refused = [row["id"] for row in document["sessions"] if row["rejections"]]
    assert re.findall(r"^Session (\w+):", run("--refused").stdout, re.MULTILINE) == refused
    one = run(refused[0])
    assert (one.returncode, one.stderr) == (0, "")
    assert one.stdout.startswith(f"Session {refused[0]}: ")
    for words in ((), ("nobody",), (refused[0], "--refused")):
        wrong = run(*words)
        assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)
