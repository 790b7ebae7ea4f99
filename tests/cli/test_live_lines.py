"""The lines that a live run prints."""

from __future__ import annotations

import json

import pytest

from wanwitness.cli import live
from wanwitness.language import ENGLISH
from wanwitness.live.ending import RunEnding


def test_lines_that_nobody_reads_make_room_and_are_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The latest are printed, when somebody reads again."""
    monkeypatch.setattr(live, "_MOST_UNREAD", 3)
    printer = live._Printer(as_json=True, language=ENGLISH, ending=RunEnding())
    for number in range(5):
        printer.tell({"number": number})
    with printer:
        pass
    out, err = capsys.readouterr()
    assert [json.loads(line)["number"] for line in out.splitlines()] == [2, 3, 4]
    assert err == (
        "wanwitness: 2 lines were not printed, for nobody had read those before them; the journal has them\n"
    )
