"""The messages that a client sends: one content behind each DATA, chunks behind BDATs (RFC 5321, RFC 3030)."""

from __future__ import annotations

from wanwitness.model import Command

from .command import chunk_size
from .content import Chunked, Content
from .ledger import Pending


class SentMessages:
    """What is being sent, and the commands that it belongs to."""

    def __init__(self) -> None:
        self.content = Content()
        """DATA's."""
        self.chunks = Chunked()
        """Those of the message that BDATs send."""
        self._bdat: Pending | None = None

    def data(self, pending: Pending) -> None:
        """Content begins, behind this command or behind what took its place."""
        self.content.words.drop()
        self.content = Content()
        pending.header = self.content.header

    def bdat(self, pending: Pending, command: Command) -> None:
        """A BDAT (or BURL, which sends none of its bytes) announces a chunk."""
        if self.chunks.complete:
            self.new_mail()
        pending.header, pending.words = self.chunks.header, self.chunks.words
        self.chunks.begin(chunk_size(command), last=command.argument.upper().endswith("LAST"))
        self._bdat = pending

    def announced(self, pending: Pending) -> bool:
        """Whether it was this command that announced the last chunk."""
        return pending is self._bdat

    def new_mail(self) -> None:
        """What chunks come now are another message's."""
        self.chunks.words.drop()
        self.chunks = Chunked()

    def finish(self) -> None:
        """No more comes of what was begun."""
        self.content.header.finish()
        self.chunks.header.finish()
