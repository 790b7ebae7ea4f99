"""How a TLS record looks where a line of SMTP could begin, and what it begins with."""

from __future__ import annotations

from wanwitness.model import Command, FrameRef

from .ledger import Pending
from .lines import Chunk

PEEK = 5
"""Bytes of a line's beginning that `is_tls` and `is_handshake` look at."""
HELLO = 43
"""Bytes up to the end of a hello's random: headers of record and handshake, version (RFC 8446 sections 5.1, 4.1.2)."""
RANDOM = 32
HANDSHAKE = 6 << 10
"""Bytes kept of a direction's handshake: a hello has 2 KiB at most, and a server's certificate comes before those of
who signed it."""
MAX_RECORD = (1 << 14) + 2048
"""Bytes behind a record's header."""
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""What stands in place of the random where the server asks for another ClientHello (RFC 8446 section 4.1.3)."""


def is_tls(start: bytes) -> bool:
    """Whether bytes begin a TLS record, or the SSLv2-format hello that clients of old sent first.

    RFC 8446 section 5.1: type 20 to 23, then version 3.x. RFC 5246 appendix E.2: a length with its top bit set,
    message type 1, version 2.0 or 3.x. Neither can begin a command or a reply.
    """
    if len(start) >= 2 and 0x14 <= start[0] <= 0x17 and start[1] == 0x03:
        return True
    return len(start) >= 4 and start[0] >= 0x80 and start[2] == 0x01 and start[3] in (0x00, 0x02, 0x03)


def is_handshake(start: bytes) -> bool:
    """Whether the TLS record is one that a connection begins with, not one from its middle."""
    return start[0] == 0x16 or start[0] >= 0x80


def record_end(data: bytes, at: int) -> int | None:
    """Where the record ends that begins at `at`; None where that is none, or not whole.

    RFC 8446 section 5.1 and RFC 5246 section 6.2.3: a record has at most 2^14 + 2,048 bytes behind its header.
    """
    if not is_tls(data[at : at + PEEK]):
        return None
    if data[at] >= 0x80:
        end = at + 2 + int.from_bytes(data[at : at + 2]) % 0x8000
    else:
        length = int.from_bytes(data[at + 3 : at + PEEK])
        end = at + PEEK + length
        if len(data) < at + PEEK or data[at + 2] > 4 or not 0 < length <= MAX_RECORD:
            return None
    return end if end <= len(data) else None


class TlsStart:
    """The beginning of one direction's TLS, as far as it comes without a gap."""

    def __init__(self) -> None:
        self.frame: FrameRef | None = None
        """The frame that it begins in; None until then."""
        self.bytes = b""
        """As many as its hello, and what follows that in the clear, may have."""
        self._wanted = HANDSHAKE

    def begin(self, frame: FrameRef, before: bytes) -> None:
        """Learn that TLS has begun in `frame`; its first bytes are `before`, and those taken next."""
        self.frame, self.bytes = frame, before

    def take(self, chunk: Chunk) -> None:
        """Use up a chunk."""
        if len(self.bytes) < self._wanted:
            self.bytes += chunk.data[chunk.at : chunk.at + self._wanted - len(self.bytes)]
        chunk.at = len(chunk.data)

    def gap(self) -> None:
        """Learn that the next bytes were not captured."""
        if self.frame is not None:
            self._wanted = 0

    @property
    def random(self) -> bytes | None:
        """The 32 bytes that the hello's sender chose at random; None where they are not all known."""
        hello = len(self.bytes) >= HELLO and self.bytes[0] == 0x16 and self.bytes[5] in (1, 2)
        random = self.bytes[HELLO - RANDOM : HELLO]
        return random if hello and random != RETRY else None


class ClientTls(TlsStart):
    """The beginning of the client's TLS, which the server may not have taken for TLS."""

    def __init__(self) -> None:
        super().__init__()
        self.after: str | None = None
        """The last command before it."""
        self.place = 0
        """How many bytes of the client came before it."""
        self.refuted = False
        """What looked like TLS was answered in plain text."""

    def follow(self, verb: str | None, place: int) -> None:
        """Learn which command it follows, and behind how many bytes."""
        self.after, self.place = verb, place

    def refute(self, answer: Pending) -> None:
        """Learn that it was answered in plain text.

        What refuses the hello behind a STARTTLS that was taken refuses what that asked for (RFC 3207 section 4).
        """
        reply = answer.reply
        refuses = answer.command is None and reply is not None and reply.refuses
        if refuses and reply is not None and self.after == "STARTTLS" and self.frame is not None:
            answer.command = Command("STARTTLS", "", reply.ts_ns, (self.frame,))
        self.frame, self.bytes, self._wanted = None, b"", HANDSHAKE
        self.after, self.refuted = None, True
