"""The exceptions a caller may meet. Broken traffic is never one of them: it becomes an oddity."""

from __future__ import annotations


class WanwitnessError(Exception):
    """The analysis could not be done as asked; the message is one line that says what to do.

    Args:
        text: the message in English.
        said: the same as a sentence (`model.Sentence`), by which any language tells it; `language.failure` gives both.
    """

    def __init__(self, text: str, said: object = None) -> None:
        super().__init__(text, said)
        self.said = said

    def __str__(self) -> str:
        return str(self.args[0])


class UsageError(WanwitnessError):
    """The caller asked for something that cannot be: a missing file, roles that contradict, a taken folder."""


class SiteError(WanwitnessError):
    """A site file is wrong; the message names the file, the line and the key."""


class CaptureError(WanwitnessError):
    """A file cannot be read as a capture at all."""


class ArchiveError(CaptureError):
    """A file is an archive, which may hold captures."""
