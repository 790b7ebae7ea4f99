"""Where the captures of a case are today, and whether they are what was analysed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from wanwitness.model import printable

STDIN = "-"
State = Literal["same", "unhashed", "changed", "kept", "gone", "piped", "redacted"]
"""`same`: where it was, with the SHA-256 that the case has; `unhashed`: where it was, and the case has no SHA-256 of
it; `changed`: another file has its name now; `kept`: gone from its place, but the case's folder has a file of its
SHA-256; `gone`: nowhere; `piped`: it came on standard input, which nobody kept; `redacted`: it is not looked for, since
the case is redacted and its captures are not.
"""


class Original(NamedTuple):
    """A capture file of a case."""

    path: str
    """As the case has it."""
    file: Path | None
    """Where it can be read; None where it cannot."""
    state: State
    sha256: str | None
    """What the file has now; None where there is none."""
    recorded: str | None
    """What the case says."""
    bytes: int | None
    """How many the file has now."""


def originals(captures: Sequence[Mapping[str, Any]], folder: Path, *, redacted: bool = False) -> dict[str, Original]:
    """Find each file of a case, and hash it, by its path in the case.

    Args:
        captures: the case's `captures`.
        folder: the case's, to which paths are relative.
        redacted: the case has other names and addresses than they.
    """
    found: dict[str, Original] = {}
    for capture in captures:
        path = str(capture["path"])
        if path not in found and redacted:
            found[path] = Original(path, None, "redacted", None, capture["sha256"], None)
        elif path not in found:
            found[path] = _original(path, capture, folder)
    return found


def _original(path: str, capture: Mapping[str, Any], folder: Path) -> Original:
    recorded = capture["sha256"]
    if path == STDIN:
        return Original(path, None, "piped", None, recorded, None)
    try:
        file = _named(folder / path)
        if file.is_file():
            digest, size = _sha256(file), file.stat().st_size
            if recorded is None:
                # A file that was still written to when it was analysed has grown since.
                state: State = "unhashed" if size >= capture["bytes"] else "changed"
            else:
                state = "same" if digest == recorded else "changed"
            return Original(path, file, state, digest, recorded, size)
        for kept in _beside(folder, capture["bytes"]) if recorded is not None else ():
            if _sha256(kept) == recorded:
                return Original(path, kept, "kept", recorded, recorded, kept.stat().st_size)
    except OSError:  # it is there, and may not be read
        pass
    return Original(path, None, "gone", None, recorded, None)


def _named(file: Path) -> Path:
    """The file or folder that a case calls so: names that are no UTF-8, or steer a terminal, stand there escaped."""
    if file.exists() or "\\" not in str(file):
        return file
    folder = _named(file.parent)
    entries = folder.iterdir() if folder.is_dir() else ()
    return next((one for one in entries if printable(one.name) == file.name), file)


def _beside(folder: Path, size: int) -> Iterator[Path]:
    """The files of the case's folder that are as large."""
    for place in (folder, folder / "evidence", folder / "captures"):
        if place.is_dir():
            yield from (file for file in sorted(place.iterdir()) if file.is_file() and file.stat().st_size == size)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
