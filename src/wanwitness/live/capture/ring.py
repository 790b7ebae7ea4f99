"""What captures are kept: the oldest go first when they are too old, or too many for the disk; each is sealed before,
and what it shows of flagged and refused sessions stays (`kept.py`).

Sums are in `captures/SHA256SUMS`, as `sha256sum -c` reads them. A line outlives its file: it tells what was there.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wanwitness.live.line_file import LineFile
from wanwitness.model import Sentence

from .coverage_log import CoverageLog
from .kept import Keepsakes, kept_files
from .sentences import sentence

SUMS = "SHA256SUMS"
_NAME = re.compile(r"[^.].*_\d{5}_\d{14}\.pcap(ng)?")
KEPT_SHARE = 0.5
"""What is kept of captures that went takes so much of --max-disk at most."""
ROOM = 64 << 20
"""Bytes that are left free for the journal, and whatever else the machine writes."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How much is kept."""

    seconds: float | None = 7 * 86400
    bytes: int | None = 5 << 30


class Ring:
    """Seals what is written to its end, and takes the oldest away.

    Args:
        folder: where the captures are.
        keep: how much of them is kept.
        log: where it is written down that one goes.
        say: tells people.
        keepsakes: knows what is kept of those that go.
    """

    def __init__(
        self, folder: Path, keep: Keep, log: CoverageLog, say: Callable[[Sentence], None], keepsakes: Keepsakes
    ) -> None:
        self._folder, self._keep, self._log, self._say = folder, keep, log, say
        self._keepsakes = keepsakes
        self._sums = LineFile(folder / SUMS)
        self._sealed = {line[66:] for line in _lines(folder / SUMS) if len(line) > 66}

    def bytes(self) -> int:
        """Return how many bytes the captures are, and what is kept of earlier ones."""
        return sum(size for _, size, _ in [*self._files(), *_sized(kept_files(self._folder))])

    def free(self) -> int:
        """Return how many bytes are free on their disk."""
        return shutil.disk_usage(self._folder).free

    def seal(self, open_files: Collection[Path]) -> None:
        """Add the sums of files that are not being written any more."""
        for path in [*(path for path, _, _ in self._files()), *kept_files(self._folder)]:
            if path not in open_files and path.name not in self._sealed:
                with suppress(OSError):
                    with path.open("rb") as file:
                        digest = hashlib.file_digest(file, "sha256").hexdigest()
                    self._sums.append(f"{digest}  {path.name}\n".encode())
                    self._sealed.add(path.name)

    def turn(self, open_files: Collection[Path]) -> None:
        """Take away what is too old or too much, the oldest first."""
        self._turn_kept()
        files, kept = self._files(), _sized(kept_files(self._folder))
        total = sum(size for _, size, _ in [*files, *kept])
        for path, size, ended_s in files:
            if path in open_files:
                continue
            why = self._why(total, ended_s)
            if why is None:
                return
            total += self._keep_of(path)
            if not self._delete(path, source_of(path), why):
                return
            total -= size

    def _turn_kept(self) -> None:
        """Take away the oldest of what is kept, where that is too much."""
        kept = _sized(kept_files(self._folder))
        total = sum(size for _, size, _ in kept)
        while self._keep.bytes is not None and kept and total > self._keep.bytes * KEPT_SHARE:
            path, size, _ = kept.pop(0)
            source = source_of(path.with_name(path.name.replace("_kept", "")))
            if not self._delete(path, source, "capture-deleted-kept"):
                return
            total -= size

    def _keep_of(self, path: Path) -> int:
        """Keep what is to be kept of a capture, and return how many bytes that is."""
        try:
            kept = self._keepsakes.keep(path, source_of(path), self._log)
            return kept.stat().st_size if kept is not None else 0
        except OSError as error:
            self._say(sentence("capture-not-kept", file=path.name, why=error.strerror or str(error)))
            return 0

    def _delete(self, path: Path, source: str, why: str) -> bool:
        try:
            path.unlink()
        except OSError as error:
            self._say(sentence("capture-not-deleted", file=path.name, why=error.strerror))
            return False
        what = sentence(why, file=path.name)
        self._log.add("deleted", what, source=source, file=path.name)
        self._say(what)
        return True

    def close(self) -> None:
        """Close the file of sums."""
        self._sums.close()

    def _why(self, total: int, ended_s: float) -> str | None:
        """Why the oldest file has to go, as a sentence's id; None where it may stay."""
        if self._keep.seconds is not None and time.time() - ended_s > self._keep.seconds:
            return "capture-deleted-old"
        if self._keep.bytes is not None and total > self._keep.bytes:
            return "capture-deleted-large"
        try:
            return "capture-deleted-full" if self.free() < ROOM else None
        except OSError:
            return None

    def _files(self) -> list[tuple[Path, int, float]]:
        """The captures, the oldest first, with their bytes, and when they were written last."""
        return sorted(_sized(capture_files(self._folder)), key=lambda row: (row[2], row[0].name))


def capture_files(folder: Path) -> list[Path]:
    """Return the captures of a live run's folder, in the order in which they were begun."""
    return sorted((path for path in folder.iterdir() if _NAME.fullmatch(path.name)), key=_begun)


def _sized(paths: Iterable[Path]) -> list[tuple[Path, int, float]]:
    """Files that are there, with their bytes, and when they were written last."""
    found = []
    for path in paths:
        with suppress(OSError):
            status = path.stat()
            found.append((path, status.st_size, status.st_mtime))
    return found


def source_of(path: Path) -> str:
    """Return what the names of an interface's files begin with."""
    return path.name.rsplit("_", 2)[0]


def _begun(path: Path) -> tuple[str, str]:
    return path.name.rsplit("_", 1)[-1], path.name


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
