"""Where the tests find captures."""

from pathlib import Path

PROJECT = Path(__file__).parent.parent
OFFICE = PROJECT / "captures" / "lab-office"
"""The lab's case that a clone has."""
INCIDENT = PROJECT / "captures" / "incident"
"""The incident that it all began with, played in the lab."""
SHARED = next((up / "shared" / "captures" for up in PROJECT.parents if (up / "shared").is_dir()), PROJECT / "none")
"""Captures beside the checkout, or farther up, which a user's clone does not have."""
