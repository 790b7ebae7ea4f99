"""A story's days: captures and logs are shifted alike."""

from __future__ import annotations

import struct
from pathlib import Path

from wanwitness.lab.facts import Diary, Question, Relayed
from wanwitness.lab.shifting import Calendar

CALENDAR = Calendar(cuts=[(100.0, 1000.0), (200.0, 5000.0)])


def test_each_moment_belongs_to_the_last_cut_before_it() -> None:
    """Before the first cut nothing is added; then what the latest says."""
    assert [CALENDAR.shifted(moment) for moment in (50.0, 150.0, 250.0)] == [50.0, 1150.0, 5250.0]


def test_captures_and_logs_are_shifted_alike(tmp_path: Path) -> None:
    """A packet and the log line of its moment are at one time also afterwards, and the packets are untouched."""
    file = tmp_path / "lan0.pcap"
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    file.write_bytes(head + b"".join(struct.pack("<IIII", at, 500_000, 3, 3) + b"abc" for at in (150, 250)))
    CALENDAR.shift_capture(file)
    first, second = struct.pack("<IIII", 1150, 500_000, 3, 3), struct.pack("<IIII", 5250, 500_000, 3, 3)
    assert file.read_bytes() == head + first + b"abc" + second + b"abc"

    diary = Diary()
    diary.note(Question("c1", ("", 1), ("", 53), "a", "A", 150.5, 250.5))
    diary.note(Relayed(("", 1), ("", 2), ("", 25), 250.5))
    CALENDAR.shift_diary(diary)
    assert (diary.questions[0].asked, diary.questions[0].answered) == (1150.5, 5250.5)
    assert diary.relayed[0].started == 5250.5
