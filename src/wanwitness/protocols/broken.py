"""A message of a protocol that sets links up which contradicts itself."""

from __future__ import annotations


class BrokenMessageError(ValueError):
    """The message contradicts its own lengths, or says what its RFC rules out; the text says what."""
