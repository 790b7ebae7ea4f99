"""Frames of a capture that could not be used."""

from __future__ import annotations

from typing import Any


def left_out_rows(capture: dict[str, Any]) -> list[dict[str, Any]]:
    """Return how many `frames` were left out and `why`, a row for each reason; of an older case in English alone.

    Args:
        capture: a row of `captures`.
    """
    told: list[dict[str, Any]] | None = capture.get("left_out_whys")
    return told or [{"frames": frames, "why": why} for why, frames in capture["left_out"].items()]
