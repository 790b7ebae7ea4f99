"""Where a case comes from: who made it, and of which files."""

from __future__ import annotations

import hashlib
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from wanwitness.inputs import STDIN
from wanwitness.model import Capture, printable

_LONGEST = 1 << 16
"""Characters of a command line that are kept: a shell's wildcard may stand for thousands of files."""


def hashed(captures: Sequence[Capture]) -> list[Capture]:
    """Return the captures, each with its file's SHA-256; a pipe has none, nor a file that is longer than when read."""
    sums: dict[str, str] = {}
    for name, size in {capture.path: capture.bytes for capture in captures}.items():
        path = Path(name)
        if name != STDIN and path.is_file() and path.stat().st_size == size:
            with path.open("rb") as file:
                sums[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return [replace(capture, sha256=sums.get(capture.path)) for capture in captures]


def tool(command_line: Sequence[str] | None, tshark_version: str | None) -> dict[str, Any]:
    """Return who made the case: `tshark_version` is null where tshark, which opens TLS, took no part.

    Args:
        command_line: the command; None: this process's.
        tshark_version: of the tshark that took part.
    """
    return {
        "name": "wanwitness",
        "version": version("wanwitness"),
        "command_line": typed(sys.argv if command_line is None else command_line),
        "tshark_version": tshark_version,
    }


def typed(command_line: Sequence[str]) -> str:
    """Return a command as text that a document can hold.

    A name that is no UTF-8 is half a character to Python, which no JSON may hold (RFC 8259, section 8.2).
    """
    return printable(shlex.join(command_line), _LONGEST)
