"""The form as it is published, and documents held against it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from .document import Document

PUBLISHED = Path(__file__).parents[1] / "case.schema.json"


def check(document: Any) -> None:
    """Hold a document against the form.

    Raises:
        ValueError: it has another; the message names the place, as in `$.sessions[0].client.port`.
    """
    try:
        msgspec.convert(document, Document)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def json_schema() -> str:
    """Return the form as JSON Schema (draft 2020-12); its types are named without the `Json` that is clear there."""
    schema = msgspec.json.schema(Document)
    stated = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "wanwitness case.json", **schema}
    return re.sub(r'(?<=["/])(\w+)Json"', r'\1"', json.dumps(stated, indent=1)) + "\n"


def publish() -> None:
    """Write it where it is published, within the package."""
    PUBLISHED.write_text(json_schema(), encoding="utf-8")
