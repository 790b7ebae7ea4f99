"""Files that cannot be read as captures at all."""

from __future__ import annotations

from typing import TypeVar

from wanwitness.errors import CaptureError
from wanwitness.language import failure
from wanwitness.model import Sentence, printable

from .catalogue import ODD

E = TypeVar("E", bound=CaptureError)


def failed(kind: type[E], path: str, why: Sentence) -> E:
    """Return the error that says why a file is no capture."""
    return failure(kind, ODD("file-is", path=printable(path, len(path)), why=why))
