"""A command that somebody stopped (Ctrl-C) says what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CASE_FILE = "case.json"


class Stopped(Exception):  # noqa: N818 - it is no error
    """The user stopped the command; the message says what was written until then."""


@contextmanager
def stoppable(folder: Path | None = None) -> Iterator[None]:
    """Turn Ctrl-C within the block into `Stopped`.

    Args:
        folder: where a case is written; its document comes first, whole or not at all.
    """
    before = _written(folder)
    try:
        yield
    except KeyboardInterrupt:
        if folder is None or _written(folder) == before:
            raise Stopped("stopped; nothing was written") from None
        raise Stopped(
            f"stopped; {folder / CASE_FILE} is complete, what belongs beside it may be missing or of an earlier case"
        ) from None


def _written(folder: Path | None) -> tuple[int, int] | None:
    """What changes with every new document."""
    try:
        status = (folder / CASE_FILE).stat() if folder is not None else None
    except OSError:
        return None
    return (status.st_ino, status.st_mtime_ns) if status is not None else None
