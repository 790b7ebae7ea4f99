"""A run's folder: a new one, or one that earlier runs wrote; never among files of somebody else's, unasked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wanwitness.case.lock import FolderLock
from wanwitness.case.seal import CASE_FILE
from wanwitness.errors import UsageError
from wanwitness.reading.recorded import COVERAGE_FILE
from wanwitness.wrong_use import wrong as wrong_use

from .journal import days
from .site_file import SITE_FILE
from .wrong import wrong

CAPTURES = "captures"
"""Where captures go, within the folder."""


@contextmanager
def run_folder(out: Path, *, force: bool = False) -> Iterator[Path]:
    """Give a run's folder, which no other run writes to as long as the block lasts.

    Args:
        out: it; made where it is not there.
        force: write among other files.

    Raises:
        UsageError: it cannot be written, another run writes there, or it holds somebody else's files and `force` does
            not allow that.
    """
    folder = Path(os.path.realpath(out))
    captures = folder / CAPTURES
    try:
        if not force and _is_anothers(folder):
            raise wrong_use("out-not-empty", folder=out)
        captures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise wrong_use("out-unwritten", folder=out, why=error.strerror) from None
    try:
        lock = FolderLock(captures)
    except UsageError:
        raise wrong("live-out-in-use", folder=out) from None
    except OSError as error:
        raise wrong("live-out-unusable", folder=out, why=error.strerror) from None
    try:
        yield folder
    finally:
        lock.release()


def _is_anothers(folder: Path) -> bool:
    """Whether there is something that neither a run nor an analysis wrote.

    A site file is no stranger: it may be put there for the run. So is an empty place for captures: whoever made it,
    nobody loses anything by it.
    """
    if not folder.is_dir() or days(folder) or (folder / CASE_FILE).is_file():
        return False
    captures = folder / CAPTURES
    if (captures / COVERAGE_FILE).is_file():
        return False
    names = {entry.name for entry in folder.iterdir()} - {SITE_FILE}
    return bool(names - {CAPTURES}) or (CAPTURES in names and any(captures.iterdir()))
