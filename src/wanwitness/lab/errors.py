"""What can go wrong with the lab itself."""

from __future__ import annotations

from wanwitness.errors import WanwitnessError


class LabError(WanwitnessError):
    """The lab could not do what was asked; the message is one line that says what is missing or what to do."""
