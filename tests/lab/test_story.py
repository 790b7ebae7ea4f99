"""The README of a story."""

from __future__ import annotations

from wanwitness.lab.shifting import Calendar
from wanwitness.lab.story import readme


def test_a_story_says_which_part_was_moved_by_how_much() -> None:
    """Each part has its time, what it tells, its sessions and the seconds that were added."""
    calendar = Calendar(cuts=[(100.0, 1000.0), (200.0, 5000.0)], parts=["It works.", "It does not."])
    rows = [
        {"start": 1150.0, "outcome": "accepted", "flagged": False},
        {"start": 5250.0, "outcome": "rejected", "flagged": True},
    ]
    text = readme(calendar, rows, "wanwitness lab run incident")
    assert "| 1970-01-01 00:18 | It works. | 1 accepted | +1000.000 s |" in text
    assert "| 1970-01-01 01:26 | It does not. | 1 rejected | +5000.000 s |" in text
    assert "2 parts were played" in text and "in 100 seconds" in text
