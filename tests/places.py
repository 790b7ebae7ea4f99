"""Where the tests find captures."""

from pathlib import Path

PROJECT = Path(__file__).parent.parent
OFFICE = PROJECT / "captures" / "lab-office"
"""The lab's case that a clone has."""
SHARED = PROJECT.parent / "shared" / "captures"
"""Captures beside the checkout, which a user's clone does not have."""
