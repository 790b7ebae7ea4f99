"""The folder a case is written to: never over anything that is not a case, and never in halves.

All files are written beside their places first, into `.unfinished`. When the last is whole, the older case's seal is
taken away, the files are renamed, what the older case had beyond them is removed, and the new seal comes last. So a
full disk, and whatever ends the process before, leaves the older case as it was; and what ends it in the moment between
leaves a folder without a seal, which is no case (`seal.py`).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from wanwitness.errors import UsageError
from wanwitness.wrong_use import wrong

from .lock import FolderLock
from .seal import CASE_FILE, SEAL, named, seal

UNFINISHED = ".unfinished"
"""Where files are written; what a killed process left there is cleared away by the next."""
_SESSION = re.compile(r"[0-9a-f]{12}")
"""A session's id."""
_BUFFER = 1 << 20


class CaseFolder:
    """A folder that a case is written to, and that nobody else may write one to meanwhile.

    As a context it lets others write again when it ends, and leaves no folder that it made and nothing came of.

    Args:
        path: the folder, which need not be there.
        force: write among other files.
        ours: names of folders within it that are written to: they must not lead elsewhere.

    Raises:
        UsageError: it cannot be written, somebody else writes there, or it holds something that is not a case and
            `force` does not allow that.
    """

    def __init__(self, path: str | Path, *, force: bool = False, ours: Collection[str] = ()) -> None:
        self.path = Path(path)
        self._ours = ours
        self._made: list[Path] = []
        self._sums: dict[str, str] = {}
        """SHA-256 of what was written or kept so far, by name."""
        self._kept: set[str] = set()
        self._lock: FolderLock | None = None
        try:
            if self.path.exists() and not self.path.is_dir():
                raise wrong("out-is-file", folder=self.path)
            self._held_case = (self.path / CASE_FILE).is_file()
            others = self.path.is_dir() and any(entry.name != UNFINISHED for entry in self.path.iterdir())
            if others and not force and not self._held_case:
                raise wrong("out-not-empty", folder=self.path)
            for name in ours:
                if (self.path / name).is_symlink():
                    raise wrong("out-has-link", folder=self.path, name=name)
            self._begin()
        except OSError as error:
            self.close()
            raise wrong("out-unwritten", folder=self.path, why=error.strerror) from None
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        """Make the folder, lock it, and make an empty place to write to."""
        missing = [folder for folder in (self.path, *self.path.parents) if not folder.exists()]
        self._made = [*missing, *self._made]
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(self.path)
        self._clear()
        (self.path / UNFINISHED).mkdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Clear away what is not finished, and let others write."""
        if self._lock is None:
            return
        with suppress(OSError):
            if self._lock.holds:
                self._clear()
                for folder in self._made:
                    folder.rmdir()  # as long as nothing is in it
        self._lock.release()
        self._lock = None

    def _clear(self) -> None:
        place = self.path / UNFINISHED
        if place.is_symlink() or place.is_file():
            place.unlink()
        elif place.is_dir():
            shutil.rmtree(place)

    def write(self, name: str, content: str | bytes | Iterable[bytes]) -> None:
        """Write a file, which takes its place when all are whole (`finish`).

        Args:
            name: its name within the folder; one that was written already is written anew.
            content: in one, or piece by piece; text becomes UTF-8.

        Raises:
            UsageError: there is no room for it, or the folder is gone or has become read-only.
        """
        pieces = [content.encode("utf-8", "backslashreplace")] if isinstance(content, str) else content
        target = self.path / UNFINISHED / name
        digest = hashlib.sha256()
        try:
            if self._lock is None or not self._lock.holds:
                self._begin_again()
            target.parent.mkdir(exist_ok=True)
            with target.open("wb", _BUFFER) as file:
                for piece in [pieces] if isinstance(pieces, bytes) else pieces:
                    digest.update(piece)
                    file.write(piece)
        except OSError as error:
            raise self._unwritten(name, error) from None
        self._sums[name] = digest.hexdigest()

    def place(self, name: str) -> Path:
        """Return where a file lies that was written, or is kept: for those who read it before all are whole."""
        return self.path / name if name in self._kept else self.path / UNFINISHED / name

    def keep(self, sums: Mapping[str, str]) -> None:
        """Have files of the case that the folder holds stay as they are, and be sealed with what is written.

        Args:
            sums: SHA-256 of each, by its name within the folder.
        """
        self._sums.update(sums)
        self._kept.update(sums)

    def _begin_again(self) -> None:
        """Somebody took the folder away while the captures were read: nothing is lost yet, if nothing was written."""
        if self._lock is not None:
            self._lock.release()
        if self._sums:
            raise wrong("out-taken-away", folder=self.path)
        self._begin()

    def _unwritten(self, name: str, error: OSError) -> UsageError:
        if self._lock is not None and not self._lock.holds:
            return wrong("out-taken-away", folder=self.path)
        return wrong("cannot-be-written", path=self.path / name, why=error.strerror)

    def finish(self, stay: Iterable[Path] = (), leave: Collection[str] = (), without: Collection[str] = ()) -> None:
        """Put all that was written in its place, with a seal; take away what an older case left beside it.

        Only where the folder held a case before: what else is there under such a name is somebody's own.

        Args:
            stay: files that are not to be taken away, though they look like an older case's.
            leave: names of folders of which nothing is.
            without: names of folders that this case has not.

        Raises:
            UsageError: that cannot be done; the folder is then no case.
        """
        names = sorted(self._sums.keys() - self._kept, key=lambda name: (name != CASE_FILE, name))
        older = self._older(leave) if self._held_case else []
        self.write(SEAL, seal(self._sums))
        kept = {os.path.realpath(path) for path in stay}
        try:
            (self.path / SEAL).unlink(missing_ok=True)
            for name in names:
                (self.path / name).parent.mkdir(exist_ok=True)
                (self.path / UNFINISHED / name).replace(self.path / name)
            for old in older:
                if old.relative_to(self.path).as_posix() not in self._sums and os.path.realpath(old) not in kept:
                    old.unlink()
            for name in without if self._held_case else ():
                with suppress(OSError):  # something is in it, or it is not there
                    (self.path / name).rmdir()
            (self.path / UNFINISHED / SEAL).replace(self.path / SEAL)
        except OSError as error:
            raise self._unwritten(Path(error.filename or SEAL).name, error) from None
        self._made = []

    def _older(self, leave: Collection[str]) -> list[Path]:
        """What the older case left: all that its seal names, and what cases without a seal have by the name of it."""
        try:
            sealed = named(self.path)
        except UsageError:
            sealed = {}
        places = [self.path / name for name in sealed if name.partition("/")[0] not in leave]
        root = Path(os.path.realpath(self.path))
        ours = [place for place in places if place.is_file() and root in Path(os.path.realpath(place)).parents]
        return list(dict.fromkeys([*ours, *self._of_cases(leave)]))

    def _of_cases(self, leave: Collection[str]) -> Iterator[Path]:
        yield from (
            path
            for path in map(self.path.joinpath, ("report.html", "sessions.csv", "sessions.parquet", "dns.parquet"))
            if path.is_file()
        )
        for name in (name for name in self._ours if name not in leave):
            for path in sorted((self.path / name).glob("*")):
                if path.suffix == ".png" or (path.suffix == ".pcapng" and _SESSION.fullmatch(path.stem)):
                    yield path
