"""Who reads a connection's bytes: DNS's messages, SMTP's dialogue, or whoever the first bytes are for."""

from __future__ import annotations

from wanwitness.model import Dialogue, Direction, FrameRef, Stream
from wanwitness.oddities import ODD
from wanwitness.packets.ports import MAIL_PORTS
from wanwitness.protocols.dns import TcpMessages
from wanwitness.protocols.mailbox import BeyondBounds, Mailbox, speaks_mailbox
from wanwitness.protocols.smtp import DialogueParser
from wanwitness.protocols.smtp.tls import HANDSHAKE
from wanwitness.protocols.tls import certificate_names, handshake_messages, server_name

from .point import PointRows

MOST_NAMES = 8
"""Names kept of a server's certificate: those of large providers list a hundred."""
LOWEST_USER = 1024
"""Ports below are system ports (RFC 6335 section 6): no host opens a connection from one by chance."""


class DnsConsumer:
    """Feeds DNS messages' reader, which pairs by id and not by who had what."""

    def __init__(self, messages: TcpMessages) -> None:
        self._messages = messages
        self.gap = messages.gap

    def data(self, direction: Direction, data: bytes, frame: FrameRef, ts_ns: int, _: int) -> None:
        """Take the next bytes of one direction."""
        self._messages.data(direction, data, frame, ts_ns)


class SmtpConsumer:
    """Feeds a dialogue parser, and turns away what is no SMTP.

    What comes first, and before any answer, waits for what comes next: a flood of SYNs with data, or of what nobody
    answers, makes no parsers.
    """

    __slots__ = ("_early", "_parser", "_stream")

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._parser: DialogueParser | None = None
        self._early: tuple[Direction, bytes, FrameRef, int, int] | None = None

    @property
    def parser(self) -> DialogueParser:
        """Made when it is needed: then it is known what of the opening was captured."""
        if self._parser is None:
            begun = self._stream.syn is not None or self._stream.synack is not None
            self._parser = DialogueParser(mail_port=_is_mail_port(self._stream), from_start=begun)
            if self._early is not None:
                self._parser.data(*self._early)
                self._early = None
        return self._parser

    def data(self, direction: Direction, data: bytes, frame: FrameRef, ts_ns: int, unread: int) -> None:
        """Take the next bytes of one direction."""
        if self._parser is None and self._early is None and self._stream.syn and not self._stream.packets_resp:
            self._early = direction, data, frame, ts_ns, unread
            return
        self.parser.data(direction, data, frame, ts_ns, unread)

    def gap(self, direction: Direction, length: int, frame: FrameRef, ts_ns: int) -> None:
        """Learn that bytes of one direction were sent and not captured."""
        self.parser.gap(direction, length, frame, ts_ns)

    def close(self) -> Dialogue | None:
        """End it, and return what was said; None where that is no SMTP."""
        dialogue = self.parser.close(self._stream.last_ns)
        if dialogue is not None and dialogue.tls_frames:
            hello, answer = self.parser.handshake
            dialogue.tls_name = next((server_name(one) for one in handshake_messages(hello)), None)
            names = certificate_names(answer)
            dialogue.tls_certificate = (names or ())[:MOST_NAMES]
            if names is None and len(answer) >= HANDSHAKE:
                dialogue.oddities.append((dialogue.tls_frames[-1], ODD("odd-certificate-long")))
            if names is not None and len(names) > MOST_NAMES:
                more = ODD("odd-certificate", number=len(names) - MOST_NAMES)
                dialogue.oddities.append((dialogue.tls_frames[-1], more))
        return dialogue


class SmtpOrMailbox:
    """Feeds whoever the first bytes on a mailbox's port are for."""

    def __init__(self, stream: Stream, rows: PointRows, beyond: BeyondBounds) -> None:
        self._stream, self.rows, self._beyond = stream, rows, beyond
        self.reader: SmtpConsumer | Mailbox | None = None

    def data(self, direction: Direction, data: bytes, frame: FrameRef, ts_ns: int, unread: int) -> None:
        """Take the next bytes of one direction."""
        if self.reader is None:
            if speaks_mailbox(direction, data):
                self.reader = Mailbox(self._stream, self.rows.log_ins, self.rows.fetched, self._beyond)
            else:
                self.reader = SmtpConsumer(self._stream)
        self.reader.data(direction, data, frame, ts_ns, unread)

    def gap(self, direction: Direction, length: int, frame: FrameRef, ts_ns: int) -> None:
        """Learn that bytes of one direction were sent and not captured."""
        if self.reader is not None:
            self.reader.gap(direction, length, frame, ts_ns)


def _is_mail_port(stream: Stream) -> bool:
    """Whether the server's port makes SMTP likely. Where the opening was not captured, a port that clients have too
    may be a client's, and one that servers have alone (RFC 6335 section 6) shows the other end to be the server.
    """
    if (
        stream.syn is None
        and stream.synack is None
        and (stream.orig.port < LOWEST_USER or stream.resp.port >= LOWEST_USER)
    ):
        return False
    return stream.resp.port in MAIL_PORTS
