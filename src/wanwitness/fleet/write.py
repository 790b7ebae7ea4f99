"""The fleet's own files: fleet.json, fleet.csv and fleet.html, each whole or not at all."""

from __future__ import annotations

import csv
import io
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from wanwitness.case.csv import cell
from wanwitness.case.files import whole_file
from wanwitness.case.provenance import typed
from wanwitness.language import Language
from wanwitness.wrong_use import wrong

from .document import COLUMNS, document
from .fleet import Fleet
from .page import render

FILES = ("fleet.json", "fleet.csv", "fleet.html")


def write(fleet: Fleet, out: Path, language: Language) -> dict[str, Any]:
    """Write the fleet's files into its folder, and return its document.

    Raises:
        UsageError: they cannot be written.
    """
    tool = {"name": "wanwitness", "version": version("wanwitness"), "command_line": typed(sys.argv)}
    made = document(fleet, tool, datetime.now(UTC))
    encoded = msgspec.json.format(msgspec.json.encode(made), indent=1)
    contents = encoded, _table(made), render(made, language).encode("utf-8", "backslashreplace")
    for name, content in zip(FILES, contents, strict=True):
        try:
            with whole_file(out / name) as file:
                file.write(content)
        except OSError as error:
            raise wrong("cannot-be-written", path=out / name, why=error.strerror) from None
    return made


def _table(made: dict[str, Any]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for site in made["sites"]:
        tags = "; ".join(f"{key} = {value}" for key, value in site["tags"].items())
        row = {**site, "tags": tags, "isps": ", ".join(site["isps"]), "named": ", ".join(site["named"])}
        writer.writerow([cell(row[name]) for name in COLUMNS])
    return text.getvalue().encode("utf-8", "backslashreplace")
