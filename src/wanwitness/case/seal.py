"""The seal of a case: the names of its files with their SHA-256, written last.

A folder is a case if it has a seal and every file of the seal is there and as it was: what a killed process, a full
disk or two writers leave is none. The seal is the file `SHA256SUMS` in the form of GNU coreutils, so that
`sha256sum -c SHA256SUMS` says the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from wanwitness.wrong_use import WRONG, wrong

SEAL = "SHA256SUMS"
CASE_FILE = "case.json"
EVIDENCE = "evidence"
"""The folder of the evidence captures, within the case's."""
"""What who names something else for a case is told."""
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
_LONGEST = 64 << 20
"""Bytes of a seal, at most: 100 for each session of which there is an evidence capture."""


def seal(sums: Mapping[str, str]) -> str:
    """Return what seals the files with these SHA-256 sums, in hexadecimal, by their names within the case's folder."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))


def sealed(folder: Path, among: Callable[[str], bool] | None = None) -> dict[str, str]:
    """Return the sums of a case's files, by their names, after a look at every one of them.

    Args:
        folder: the case's.
        among: which names are meant; None: all.

    Raises:
        UsageError: the folder is no case; the message says why.
    """
    sums = {name: digest for name, digest in named(folder).items() if among is None or among(name)}
    for name, digest in sums.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise wrong("no-case", case=folder, why=WRONG("no-case-file-missing", file=name)) from None
        except OSError as error:
            raise wrong(
                "no-case", case=folder, why=WRONG("no-case-file-unread", file=name, why=error.strerror)
            ) from None
        if found != digest:
            raise wrong("no-case", case=folder, why=WRONG("no-case-file-changed", file=name))
    return sums


def named(folder: Path) -> dict[str, str]:
    """Return the same without a look at the files, but for whether there is a document among them."""
    try:
        with (folder / SEAL).open("rb") as file:
            text = file.read(_LONGEST).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        if not (folder / CASE_FILE).exists():
            raise wrong("no-case-name-one", case=folder, why=WRONG("no-case-lacks", file=CASE_FILE)) from None
        raise wrong("no-case", case=folder, why=WRONG("no-case-unended", file=SEAL)) from None
    except OSError as error:
        raise wrong("no-case", case=folder, why=WRONG("no-case-file-unread", file=SEAL, why=error.strerror)) from None
    rows = [_LINE.fullmatch(line) for line in text.splitlines()]
    sums = {row[2]: row[1] for row in rows if row is not None}
    if None in rows or CASE_FILE not in sums or any(_leads_out(name) for name in sums):
        raise wrong("no-case", case=folder, why=WRONG("no-case-seal", file=SEAL))
    return sums


def _leads_out(name: str) -> bool:
    return Path(name).is_absolute() or ".." in Path(name).parts
