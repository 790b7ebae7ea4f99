"""Units of time, as parts of sentences."""

from __future__ import annotations

from .catalogue import Catalogue

UNITS = Catalogue(
    "language",
    {
        "seconds": "{figure} s",
        "minutes": "{figure} min",
        "hours": "{figure} h",
        "days": "{figure} days",
        "from-to": "{begin} to {end}",
        "moment-utc": "{at} UTC",
        "moment-beside": "{here} ({there} UTC)",
    },
)
"""A figure is a number that is already written as the language does."""
