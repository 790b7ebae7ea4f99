"""Notes of a case: what was not read or not written, and why."""

from __future__ import annotations

from typing import Any

from wanwitness.language import told
from wanwitness.model import Sentence


def add_note(document: dict[str, Any], note: Sentence) -> None:
    """Add a note to a case that is put together already."""
    for field, value in told("notes", note).items():
        document[field].append(value)
