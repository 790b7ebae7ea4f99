"""A connection told once more to the SMTP parser: what was in the clear, and then what was inside of TLS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from wanwitness.model import Dialogue, Direction, FrameRef, Stream
from wanwitness.protocols.smtp import DialogueParser

_MISSING = b" bytes missing in capture file]"
"""What tshark puts in the place of a gap."""


class Passage(NamedTuple):
    """Bytes of one direction, and the frame that they ended in."""

    direction: Direction
    data: bytes
    frame: FrameRef
    ts_ns: int


def replay(
    stream: Stream, sealed: Dialogue, clear: Sequence[Passage], inside: Sequence[Passage], *, whole: bool
) -> Dialogue | None:
    """Return the dialogue of a connection, with what was said inside of its TLS; None where that gives none.

    Args:
        stream: the connection.
        sealed: what was read of it without keys.
        clear: what was said before TLS, in order.
        inside: what was said in it, in order.
        whole: all of that could be opened; else it ends where that is no longer so, and the rest stays unread.
    """
    if not inside or any(_MISSING in piece.data for piece in clear):
        return None
    begun = stream.syn is not None or stream.synack is not None
    parser = DialogueParser(mail_port=True, from_start=begun)
    for piece in (*clear, *inside):
        parser.data(piece.direction, piece.data, piece.frame, piece.ts_ns)
    dialogue = parser.close(stream.last_ns)
    if dialogue is None or len(dialogue.exchanges) <= len(sealed.exchanges):
        return None
    dialogue.starttls, dialogue.implicit_tls = sealed.starttls, sealed.implicit_tls
    dialogue.tls_frames, dialogue.tls_randoms = sealed.tls_frames, sealed.tls_randoms
    dialogue.tls_name, dialogue.tls_certificate = sealed.tls_name, sealed.tls_certificate
    dialogue.decrypted, dialogue.encrypted = True, not whole
    return dialogue
