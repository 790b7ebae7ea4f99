"""The folder a case is written to: never over anything that is not a case."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path

from wanwitness.errors import UsageError

from .files import whole_file

CASE_FILE = "case.json"
_SESSION = re.compile(r"[0-9a-f]{12}")
"""A session's id."""


class CaseFolder:
    """A folder that may be written to.

    Raises:
        UsageError: it cannot be written, or holds something that is not a case and `force` does not allow that.
    """

    def __init__(self, path: str | Path, *, force: bool = False) -> None:
        self.path = Path(path)
        self._held_case = (self.path / CASE_FILE).is_file()
        if self.path.exists() and not self.path.is_dir():
            raise UsageError(f"--out {self.path}: this is a file; name a folder")
        try:
            taken = self.path.exists() and any(self.path.iterdir())
            if taken and not force and not (self.path / CASE_FILE).is_file():
                raise UsageError(
                    f"--out {self.path}: the folder is not empty and holds no case; name another, or use --force to "
                    "write among its files"
                )
            self._try_to_write()
        except OSError as error:
            raise UsageError(f"--out {self.path}: cannot be written ({error.strerror}); name another folder") from None

    def _try_to_write(self) -> None:
        """Write something and take it away again, folders that were missing included: the analysis may yet fail."""
        missing = [folder for folder in (self.path, *self.path.parents) if not folder.exists()]
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path):
                pass
        finally:
            for folder in missing:
                if folder.is_dir():
                    folder.rmdir()

    def write(self, name: str, content: str | Iterable[bytes]) -> Path:
        """Write a text file, whole or not at all; the content in one, or piece by piece as UTF-8.

        Raises:
            UsageError: there is no room for it, or the folder has become read-only.
        """
        target = self.path / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(target) as file:
                file.writelines([content.encode("utf-8", "backslashreplace")] if isinstance(content, str) else content)
        except OSError as error:
            raise UsageError(f"{target}: cannot be written ({error.strerror})") from None
        return target

    def forget(self, *names: str, but: Collection[str] = ()) -> None:
        """Take away what an earlier case left under some names, which would contradict this one.

        Only where the folder held a case before: what else is there under such a name is somebody's own.

        Args:
            names: of the page, or of folders of figures and captures, of which only such files are taken.
            but: files in these folders that stay.

        Raises:
            UsageError: one cannot be taken away.
        """
        if not self._held_case:
            return
        for name in names:
            path = self.path / name
            try:
                if path.is_file():
                    path.unlink()
                elif path.is_dir():
                    for file in path.iterdir():
                        ours = file.suffix == ".png" or (_SESSION.fullmatch(file.stem) and file.suffix == ".pcapng")
                        if ours and file.name not in but:
                            file.unlink()
                    if not any(path.iterdir()):
                        path.rmdir()
            except OSError as error:
                raise UsageError(f"{path}: cannot be tidied ({error.strerror})") from None

    def tidy(self, name: str, kept: Collection[str]) -> None:
        """Take away what an earlier case left in the folder `name`: captures of sessions that are not `kept`.

        Raises:
            UsageError: one cannot be taken away.
        """
        try:
            for file in (self.path / name).glob("*.pcapng"):
                if _SESSION.fullmatch(file.stem) and file.stem not in kept:
                    file.unlink()
        except OSError as error:
            raise UsageError(f"{self.path / name}: cannot be tidied ({error.strerror})") from None
