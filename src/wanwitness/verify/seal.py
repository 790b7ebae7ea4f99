"""The seal of a case, file by file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from wanwitness.case.seal import SEAL, named
from wanwitness.errors import UsageError

from .checks import Checks


def check_seal(folder: Path, checks: Checks, *, whole: bool) -> bool:
    """Hash each file that the seal names; return whether there is one.

    Args:
        folder: the case's.
        checks: takes down what is compared.
        whole: the folder was named, not its document alone: then a seal that is missing is a disagreement.
    """
    if not (folder / SEAL).exists():
        if whole:
            checks.compare("seal", False, SEAL, "a seal, as every case has", "none")
        else:
            checks.cannot(SEAL, "there is none, so what no capture shows may have been changed unseen")
        return False
    try:
        sums = named(folder)
    except UsageError as error:
        checks.compare("seal", False, SEAL, "a seal", str(error))
        return True
    for name, digest in sums.items():
        found = _sha256(folder / name)
        checks.compare("seal", digest == found, name, digest, found or "no file that can be read")
    return True


def _sha256(file: Path) -> str | None:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None
