"""A message of a protocol that sets links up which contradicts itself."""

from __future__ import annotations

from wanwitness.model import Sentence


class BrokenMessageError(ValueError):
    """The message contradicts its own lengths, or says what its RFC rules out; `why` says what."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why)
        self.why = why
