"""The seal of a case: SHA256SUMS, in the form of GNU coreutils, over the files of its folder."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from .ledger import Ledger

SEAL = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def check_seal(folder: Path, ledger: Ledger) -> bool:
    """Hash each file that the seal names; return whether there is one."""
    try:
        text = (folder / SEAL).read_text("utf-8", "surrogateescape")
    except OSError:
        ledger.cannot(SEAL, "the case has no seal, so what no capture shows may have been changed unseen")
        return False
    for line in text.splitlines():
        row = _LINE.fullmatch(line)
        if not ledger.compare("seal", row is not None, SEAL, line, "no line of such a file") or row is None:
            continue
        name = row[2]
        outside = Path(name).is_absolute() or ".." in Path(name).parts
        if not ledger.compare("seal", not outside, SEAL, name, "a file outside of the case"):
            continue
        ledger.compare("seal", row[1] == _sha256(folder / name), name, row[1], "the file has another, or is not there")
    return True


def _sha256(file: Path) -> str | None:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None
