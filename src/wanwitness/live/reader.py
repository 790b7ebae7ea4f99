"""What a run's captures hold, read as they grow: which files there are, up to when each is whole, and the watermark."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from wanwitness.inputs import Input
from wanwitness.model import Sentence, Site
from wanwitness.reading.following import NEVER, Followed, Following
from wanwitness.site import rules_for

from .capture import Supervisor
from .capture.recorder import Recording
from .capture.ring import capture_files
from .catalogue import SAY
from .told import SECOND

LATENCY_NS = 3 * SECOND // 2
"""What was captured so long ago is in the file: dumpcap writes twice a second."""
PIPE_LATENCY_NS = 5 * SECOND
"""What was captured so long ago at the other end of a pipe has come: tcpdump -U writes each packet at once."""
READ_AGAIN = timedelta(days=1)
"""What is read again of an earlier run's captures."""


class LiveReader:
    """Reads what is captured.

    Args:
        captures: the folder of the captures.
        site: which of them saw what.
        supervisor: who has them written.
        say: takes what people should know.
    """

    def __init__(self, captures: Path, site: Site, supervisor: Supervisor, say: Callable[[Sentence], None]) -> None:
        self._captures, self._site, self._supervisor, self._say = captures, site, supervisor, say
        self.following = Following()
        self.watermark_ns = NEVER
        """Up to when all captures have been read, by the clock that sessions are dated by."""
        self._recordings: dict[int, Recording] = {}
        """By the file that is followed, who writes it; below zero as long as there is no file."""
        self._earlier: dict[int, Path] = {}
        """Files that an earlier run left, and whose program still runs."""

    def follow_earlier(self) -> None:
        """Read once more what an earlier run captured last, for what goes on, and for what hosts keep."""
        since_s = time.time() - READ_AGAIN.total_seconds()
        for path in capture_files(self._captures):
            status, rules = path.stat(), rules_for(self._site, path)
            if rules and status.st_size and status.st_mtime > since_s:
                followed = self.following.add(Input(str(path), rules))
                if self._supervisor.left_at_work(path):
                    self._earlier[followed.file.order] = path
                else:
                    self.following.end(followed)

    def read(self) -> int:
        """Read what has been captured, and return how many frames that is."""
        self._follow_fresh()
        ended = [order for order, recording in self._recordings.items() if order >= 0 and recording.ended]
        ended += [order for order, path in self._earlier.items() if not self._supervisor.left_at_work(path)]
        frames = self.following.read(self._read_to)
        for order in ended:
            followed = self.following.followed[order]
            self.following.end(followed)
            if followed.broken is not None:
                self._say(SAY("live-not-read-on", why=followed.broken))
            self._recordings.pop(order, None)
            self._earlier.pop(order, None)
        if ended:
            frames += self.following.read(self._read_to)
        watermark_ns = self.following.watermark_ns
        self.watermark_ns = time.time_ns() - LATENCY_NS if watermark_ns is None else watermark_ns
        self.watermark_ns += self._reference_ahead_ns()
        return frames

    def read_last(self) -> None:
        """Read what was captured last: nothing more will come."""
        self.read()
        for followed in self.following.followed:
            self.following.end(followed)
        self.following.read(lambda _: NEVER)

    def _follow_fresh(self) -> None:
        for recording in self._supervisor.fresh():
            self._recordings[-1 - len(self._recordings)] = recording
        for key in [key for key in self._recordings if key < 0]:
            recording = self._recordings[key]
            if recording.path.exists():
                del self._recordings[key]
                followed = self.following.add(Input(str(recording.path), recording.point.rules(str(recording.path))))
                self._recordings[followed.file.order] = recording
            elif recording.ended:
                del self._recordings[key]

    def _reference_ahead_ns(self) -> int:
        """How far the clock that sessions are dated by, which is the first LAN capture's, is ahead of ours."""
        lan = (self._recordings[key] for key in sorted(self._recordings) if key >= 0)
        clock = next((one.clock for one in lan if one.point.role == "lan"), None)
        return clock.ahead_ns if clock is not None else 0

    def _read_to(self, followed: Followed) -> int:
        """Up to when everything is in a file: its program is at work, or has ended and will not write."""
        now_ns = time.time_ns()
        recording = self._recordings.get(followed.file.order)
        if recording is None:
            return now_ns - LATENCY_NS
        if (clock := recording.clock) is None:
            return recording.complete_ns
        if (latest_ns := followed.capture.latest_ns) is not None:
            clock.note(latest_ns, now_ns)
        followed.ahead_ns = clock.ahead_ns
        return min(recording.complete_ns, now_ns - PIPE_LATENCY_NS) + clock.ahead_ns
