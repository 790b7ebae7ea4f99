"""What the site file tells that no packet shows, as acts."""

from __future__ import annotations

from collections.abc import Iterable

from wanwitness.model import Event

from .act import Act


def acts_of_events(events: Iterable[Event]) -> list[Act]:
    """Return each event as an act; events of one kind are one explanation, and one without a kind is its own."""
    return [Act(f"event:{event.kind or event.what}", int(event.at.timestamp() * 1e9)) for event in events]
