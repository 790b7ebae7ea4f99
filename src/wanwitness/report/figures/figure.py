"""A drawn figure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One drawn figure, with the words that go with it."""

    file: str
    """Name of the PNG in the figures' folder."""
    title: str
    alt: str
    """What the figure shows, in numbers: full sentences for those who cannot see it."""
    png: bytes
    width: int
    """In CSS pixels; the picture itself is twice as fine."""
    height: int
