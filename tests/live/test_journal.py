"""The journal: whole rows, once each, whatever happens between."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wanwitness.live import Follower, Journal, rows

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _told(folder: Path) -> list[object]:
    return [row["withdrawn"] for row in rows(folder)]


def test_rows_come_back_in_order_over_days(tmp_path: Path) -> None:
    """A row is in the file of its day, and is read again as it was written."""
    journal = Journal(tmp_path)
    for number in range(3):
        journal.add(NOON + timedelta(days=number), "withdrawn", f"s{number}", {"revision": 1, "why": "é\n\u2028"})
    journal.commit()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"journal-2026-03-0{n}.jsonl" for n in (1, 2, 3)]
    assert _told(tmp_path) == ["s0", "s1", "s2"]
    assert next(rows(tmp_path, "2026-03-02")) == {
        "at": "2026-03-02T12:00:00.000000000Z",
        "withdrawn": "s1",
        "revision": 1,
        "why": "é\n\u2028",
    }


@pytest.mark.parametrize("torn", [b'{"at":"2026', b'{"at":"2026-03-01T12:00:00Z","withdrawn":"half"}'])
def test_a_torn_last_line_is_cut(tmp_path: Path, torn: bytes) -> None:
    """What has no line feed was not written to its end: nobody reads it, and the next row stands in its place."""
    journal = Journal(tmp_path)
    journal.add(NOON, "withdrawn", "first")
    journal.close()
    path = tmp_path / "journal-2026-03-01.jsonl"
    with path.open("ab") as file:
        file.write(torn)
    assert _told(tmp_path) == ["first"]
    again = Journal(tmp_path)
    again.add(NOON, "withdrawn", "second")
    again.close()
    assert _told(tmp_path) == ["first", "second"]
    assert len(path.read_bytes().splitlines()) == 2


def test_a_full_disk_loses_and_repeats_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that did not reach the disk wait, and are written once as soon as there is room."""
    journal, write = Journal(tmp_path), os.write

    def full(descriptor: int, content: bytes) -> int:
        if len(content) > 20:
            return write(descriptor, bytes(content)[:20])
        raise OSError(errno.ENOSPC, "No space left on device")

    journal.add(NOON, "withdrawn", "before")
    journal.commit()
    for name in ("a", "b"):
        journal.add(NOON, "withdrawn", name)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            journal.commit()
        assert _told(tmp_path) == ["before"]
    journal.add(NOON, "withdrawn", "c")
    journal.commit()
    assert _told(tmp_path) == ["before", "a", "b", "c"]


def test_a_row_that_could_not_be_synced_is_not_told_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where fsync fails, what was written is taken back before it is written again."""
    journal = Journal(tmp_path)
    journal.add(NOON, "withdrawn", "a")

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="Input/output"):
            journal.commit()
    journal.commit()
    assert _told(tmp_path) == ["a"]


def test_a_clock_set_back_over_midnight_goes_on_in_the_file_in_hand(tmp_path: Path) -> None:
    """Rows stay in the order in which they were found, whatever the clock says."""
    journal = Journal(tmp_path)
    journal.add(NOON, "withdrawn", "today")
    journal.commit()
    journal.add(NOON - timedelta(days=1), "withdrawn", "set back")
    journal.commit()
    assert _told(tmp_path) == ["today", "set back"]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_follower_sees_each_row_once_and_none_in_halves(tmp_path: Path) -> None:
    """A row appears when its line is whole, over the change of the day too."""
    follower = Follower(tmp_path)
    assert follower.poll() == []
    journal = Journal(tmp_path)
    journal.add(NOON, "withdrawn", "a")
    journal.commit()
    path = tmp_path / "journal-2026-03-01.jsonl"
    with path.open("ab") as file:
        file.write(b'{"at":"x","withdrawn"')
    assert [row["withdrawn"] for row in follower.poll()] == ["a"]
    assert follower.poll() == []
    with path.open("ab") as file:
        file.write(b':"b"}\n[]\nno row\n')
    assert [row["withdrawn"] for row in follower.poll()] == ["b"]
    journal.add(NOON + timedelta(days=1), "withdrawn", "c")
    journal.commit()
    assert [row["withdrawn"] for row in follower.poll()] == ["c"]
    assert follower.poll() == []


def test_rows_longer_than_a_piece_are_read_whole(tmp_path: Path) -> None:
    """A session of very many commands may be longer than what is read at once."""
    journal = Journal(tmp_path)
    journal.add(NOON, "withdrawn", "x" * (3 << 20))
    journal.add(NOON, "withdrawn", "behind")
    journal.commit()
    assert [len(str(name)) for name in _told(tmp_path)] == [3 << 20, 6]
