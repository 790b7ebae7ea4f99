"""The fields of case.json's rows that together are a sentence: `FIELD` in English, `FIELD_id`, `FIELD_args`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def held(row: Mapping[str, Any], field: str) -> dict[str, Any]:
    """Return the sentence of three fields in one, as `{"id", "args", "text"}`; of an older case there is text alone."""
    return {"id": row.get(f"{field}_id"), "args": row.get(f"{field}_args"), "text": row[field]}


def held_all(row: Mapping[str, Any], field: str) -> list[dict[str, Any]]:
    """Return the sentences that a row has as three lists."""
    texts = row.get(field) or []
    ids = row.get(f"{field}_id") or [None] * len(texts)
    args = row.get(f"{field}_args") or [None] * len(texts)
    return [{"id": one[0], "args": one[1], "text": one[2]} for one in zip(ids, args, texts, strict=True)]
