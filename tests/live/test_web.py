"""The page to watch a live run by: what it says, to whom, and that it says it anew."""

from __future__ import annotations

import os
import re
import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from wanwitness.errors import UsageError
from wanwitness.language import Language
from wanwitness.live.ending import RunEnding
from wanwitness.live.journal import Journal
from wanwitness.live.web.board import MOST_EVENTS, MOST_SESSIONS, Board
from wanwitness.live.web.guard import host_of
from wanwitness.live.web.serve import TOKEN, listening, page

from .made_up import sessions, state, write

HOSTILE = "<script>document.title='taken'</script>\x1b[31m\u202e&\"'"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return sessions()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "live"


def get(url: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.build_opener(_Stay()).open(request, timeout=30) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), dict(error.headers)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@pytest.fixture
def served(folder: Path, rows: list[dict[str, Any]]) -> Iterator[tuple[str, Journal]]:
    """A page, and the journal behind it."""
    journal = write(folder, rows)
    with page(folder, "127.0.0.1:0", (), Language.of("en"), "Europe/Paris", RunEnding()) as url:
        yield url, journal
    journal.close()


def test_all_sessions_and_one(served: tuple[str, Journal], rows: list[dict[str, Any]]) -> None:
    """Counts, links and verdicts as in the journal; a session's page names each frame's file."""
    url, _ = served
    status, text, headers = get(url)
    assert status == 200
    assert "script-src 'self'" in headers["content-security-policy"]
    flagged = sum(row["flagged"] for row in rows)
    assert f"{flagged} sessions in the last 24 hours went out by another link" in text
    assert text.count('class="flagged"') == flagged
    assert len(re.findall('href="/session/', text)) == len(rows)
    assert "12,345" in text
    assert "interface down" in text
    one = next(row for row in rows if row["flagged"])
    status, text, _ = get(f"{url}session/{one['id']}")
    assert status == 200
    assert f"lan.pcapng (deleted since), frame {next(n for c, n in one['frames'] if c == 0)}" in text
    assert get(f"{url}session/ffffffffffff")[0] == 404


def test_metrics(served: tuple[str, Journal], rows: list[dict[str, Any]]) -> None:
    """Final sessions are counted once each, whatever their revisions."""
    from prometheus_client.parser import text_string_to_metric_families

    families = {family.name: family for family in text_string_to_metric_families(get(served[0] + "metrics")[1])}
    assert sum(sample.value for sample in families["wanwitness_sessions"].samples) == len(rows)
    up = {sample.labels["interface"]: sample.value for sample in families["wanwitness_capture_up"].samples}
    assert up == {"eth1": 1, "eth2": 0}
    assert families["wanwitness_lag_seconds"].samples[0].value == 0.8


def test_names_that_are_not_ours(served: tuple[str, Journal]) -> None:
    """A stranger's name that leads to this machine gets nothing (DNS rebinding); nor does anybody change anything."""
    url, _ = served
    status, text, _ = get(url, Host="evil.example")
    assert (status, text) == (400, "this name is not one of the page's; --web-host NAME allows one\n")
    assert get(url, Host="localhost")[0] == 200
    request = urllib.request.Request(url, data=b"x", method="POST")
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, timeout=20)
    with error.value:
        assert error.value.code == 405


def test_without_the_token(folder: Path, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is told, but to whoever has it: in the address once, as a cookie, or as a bearer's."""
    monkeypatch.setenv(TOKEN, "secret")
    write(folder, rows[:3]).close()
    with page(folder, "127.0.0.1:0", (), Language.of("fr"), None, RunEnding()) as url:
        bare, _, query = url.partition("?")
        assert query == "token=secret"
        assert "une fois" in get(bare)[1]
        for path in ("", "metrics", "events", "static/live.css", "session/x"):
            status, text, headers = get(bare + path)
            assert status == 401
            assert "Bearer" in headers["www-authenticate"]
            assert rows[0]["client"]["ip"] not in text
        assert get(f"{bare}?token=wrong")[0] == 401
        status, _, headers = get(url)
        assert (status, headers["location"]) == (303, "/")
        assert "HttpOnly" in headers["set-cookie"]
        assert get(bare, Cookie=headers["set-cookie"].partition(";")[0])[0] == 200
        assert get(bare, Authorization="Bearer secret")[0] == 200
        assert get(bare, Cookie='wanwitness="')[0] == 401


def test_beyond_this_machine_there_is_always_a_token(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    write(folder, []).close()
    with page(folder, "0.0.0.0:0", ("proxy.example",), Language.of("en"), None, RunEnding()) as url:
        token = url.partition("?token=")[2]
        assert len(token) > 20
        here = re.sub("//.*?:", "//127.0.0.1:", url.partition("?")[0])
        assert get(here)[0] == 401
        assert get(here, Authorization=f"Bearer {token}", Host="proxy.example")[0] == 200
        assert get(here, Authorization=f"Bearer {token}", Host="other.example")[0] == 400
        assert get(here.replace("127.0.0.1", "127.0.0.2"), Authorization=f"Bearer {token}")[0] == 200, "it came there"
        assert get(here, Authorization=f"Bearer {token}", Host="127.0.0.2")[0] == 400, "it came elsewhere"
        assert "//0.0.0.0" not in url, "nobody reaches it by that from elsewhere"


@pytest.mark.parametrize(
    ("address", "said"),
    [("nonsense", "write ADDRESS:PORT"), ("127.0.0.1:99999", "write ADDRESS:PORT"), ("192.0.2.1:0", "name another")],
)
def test_an_address_that_cannot_be(address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        listening(address)


def test_a_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="in use"):
            listening(f"127.0.0.1:{taken.getsockname()[1]}")


def test_host_names() -> None:
    assert [host_of(text) for text in ("a:1", "[::1]:8", "A", "", "[::1")] == ["a", "::1", "a", "", "::1"]


def test_the_board_is_bounded(rows: list[dict[str, Any]]) -> None:
    """What is flagged or refused outlives the rest, and all stay counted."""
    board = Board()
    plain = next(row for row in rows if not row["flagged"] and row["rejection"] is None)
    flagged = next(row for row in rows if row["flagged"])
    at = "2026-11-26T00:00:00.000000000Z"
    for n in range(MOST_SESSIONS + 10):
        session = {**(flagged if n < 3 else plain), "id": f"{n:012x}"}
        board.take([{"at": at, "session": session, "revision": 1, "final": True, "watermark": None}])
    assert sum(board.ended.values()) == MOST_SESSIONS + 10
    assert [board.session(f"{n:012x}") is not None for n in (0, 2, 3, 12, 13)] == [True, True, False, False, True]


def test_files_that_follow_one_another_push_no_gap_out() -> None:
    board = Board()
    at = "2026-11-26T00:00:00.000000000Z"
    board.take([{"at": at, "coverage": {"kind": "gap", "text": "eth2 was down"}}])
    for kind in ("begin", "end", "deleted"):
        board.take([{"at": at, "coverage": {"kind": kind, "text": f"file {n}"}} for n in range(MOST_EVENTS)])
    assert [row["text"] for row in board.events] == ["eth2 was down"]


def test_odd_rows_say_nothing(rows: list[dict[str, Any]]) -> None:
    """A journal of another version, or spoilt: what can be read is shown."""
    board = Board()
    at = "2026-11-26T00:00:00.000000000Z"
    board.take([{"at": at}, {"at": at, "session": {}}, {"at": at, "session": None}, {"at": at, "capture": [1]}])
    board.take([{"at": at, "session": rows[0], "revision": 2, "final": True}])
    board.take([{"at": at, "session": {**rows[0], "flagged": True}, "revision": 1, "final": True}])
    assert board.session(rows[0]["id"]) == {"at": at, "session": rows[0], "revision": 2, "final": True}
    board.take([{"at": at, "withdrawn": rows[0]["id"], "revision": 3, "why": "a side of another"}])
    assert board.session(rows[0]["id"]) is None
    assert not sum(board.ended.values())


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser(scheme: str, folder: Path, rows: list[dict[str, Any]]) -> None:
    """It draws itself anew as the journal grows, says nothing on the console, and hostile texts stay text."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    bad = {**rows[0], "asked_name": HOSTILE, "explanation": HOSTILE, "explanation_id": None, "id": "abcdefabcdef"}
    bad["rejection"] = {**next(row["rejection"] for row in rows if row["rejection"]), "text": HOSTILE}
    journal = write(folder, [*rows[:5], bad])
    said: list[str] = []
    with page(folder, "127.0.0.1:0", (), Language.of("fr"), None, RunEnding()) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.goto(url)
        assert tab.locator("tbody tr[id]").count() == 6
        now = datetime.now(UTC)
        journal.add(now, "session", rows[10], {"revision": 1, "final": True, "watermark": None})
        journal.add(now, "state", state(lag_s=3.0))
        journal.commit()
        tab.locator(f"#s{rows[10]['id']}").wait_for(timeout=20_000)
        assert tab.locator("tbody tr[id]").count() == 7
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        heights = tab.locator("tbody tr[id]").evaluate_all(
            "rows => rows.map(row => row.getBoundingClientRect().height)"
        )
        assert max(heights) < 250, "no column is squeezed to a letter a line"
        problems = Axe().run(tab).response["violations"]
        assert problems == [], [problem["id"] for problem in problems]
        tab.goto(f"{url}session/abcdefabcdef")
        assert "document.title" in tab.inner_text("main")
        assert tab.title() != "taken"
        problems = Axe().run(tab).response["violations"]
        assert problems == [], [problem["id"] for problem in problems]
        if os.environ.get("SHOTS"):
            tab.goto(url)
            tab.set_viewport_size({"width": 1280, "height": 800})
            tab.screenshot(path=f"{os.environ['SHOTS']}/live-{scheme}.png", full_page=True)
        browser.close()
    journal.close()
    assert said == []
