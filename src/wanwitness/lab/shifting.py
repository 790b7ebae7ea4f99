"""Time that passes between a story's parts: captures and logs are shifted alike after the run.

What the packets themselves say of time (TCP's time stamps, the dates that servers write) stays as it was.
"""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from .facts import Diary

QUIET_S = 0.5
"""No packet may be under way where time is cut."""
_HEADER, _RECORD = 24, struct.Struct("<IIII")


@dataclass(slots=True)
class Calendar:
    """When the parts of a run are said to have been, and what the people did that no packet shows."""

    cuts: list[tuple[float, float]] = field(default_factory=list)
    """From which moment on how many seconds are added."""
    parts: list[str] = field(default_factory=list)
    """What each part tells."""
    events: list[tuple[datetime, str, str]] = field(default_factory=list)
    """When, of what kind, and in words."""

    def jump(self, to: datetime, what: str) -> None:
        """Let it be another time from now on; a part begins that tells so much."""
        time.sleep(QUIET_S)
        now = time.time()
        self.cuts.append((now, to.timestamp() - now))
        self.parts.append(what)

    def event(self, at: datetime, kind: str, what: str) -> None:
        """Note what somebody did."""
        self.events.append((at, kind, what))

    def shifted(self, moment: float) -> float:
        """Return the time that a moment is said to have been."""
        return moment + next((offset for cut, offset in reversed(self.cuts) if cut <= moment), 0.0)

    def shift_diary(self, diary: Diary) -> None:
        """Shift what the hosts wrote down."""
        for question in diary.questions:
            question.asked = self.shifted(question.asked)
            if question.answered is not None:
                question.answered = self.shifted(question.answered)
        for connection in diary.connections:
            connection.started = self.shifted(connection.started)
        for relayed in diary.relayed:
            relayed.started = self.shifted(relayed.started)

    def shift_capture(self, path: Path) -> None:
        """Shift every record of a capture (pcap, microseconds, little-endian)."""
        data = bytearray(path.read_bytes())
        place = _HEADER
        while place + _RECORD.size <= len(data):
            seconds, micros, length, original = _RECORD.unpack_from(data, place)
            moved = round(self.shifted(seconds + micros / 1e6) * 1e6)
            _RECORD.pack_into(data, place, moved // 1_000_000, moved % 1_000_000, length, original)
            place += _RECORD.size + length
        path.write_bytes(data)
