"""Minutes of mail, replayed by their own time: what is let go of, and deleted, changes nothing."""

from __future__ import annotations

from pathlib import Path

from .live_replay import replay

RATE, HOURS = 0.2, 0.25
MOST_BYTES = 100_000


def test_what_was_told_as_final_holds(tmp_path: Path) -> None:
    samples, told = replay(tmp_path, HOURS, RATE, tick_s=30, rotate_s=120, most_bytes=MOST_BYTES, watched=20)
    final, changed = told.counts()
    assert final == RATE * HOURS * 3600
    assert (changed, told.late, told.withdrawn) == (0, 0, 0)
    assert len({one.descriptors for one in samples[3:]}) == 1
    complete = sorted((tmp_path / "captures").iterdir(), key=lambda path: path.name.rpartition("-")[2])[:-3]
    assert sum(path.stat().st_size for path in complete) <= MOST_BYTES
