"""The SMTP parser that callers feed: bytes and gaps of both directions in, one Dialogue out."""

from __future__ import annotations

from wanwitness.model import Dialogue, Direction, FrameRef, Reply, TlsRandoms
from wanwitness.oddities import ODD

from .client import Client
from .command import path_of
from .echo import Echoes
from .keystrokes import ahead
from .ledger import Ledger, Pending, is_of_another
from .lines import MAX_LINE, Chunk, Line, LineReader
from .probe import Probe, ProbeResult
from .remarks import Remarks
from .reply import ReplyReader
from .reply_line import is_reply_line, read_reply_line
from .tls import PEEK, TlsStart, is_handshake, is_tls
from .transactions import read_dialogue


class DialogueParser:
    """Reads one connection. Chunks may be cut anywhere, bytes may be missing anywhere, a direction may be absent.

    The caller delivers each direction in order, and a segment only after the bytes that it acknowledges.

    Args:
        mail_port: the server's port is 25, 465, 587 or 2525: a hint.
        from_start: the connection's opening was captured, so that what comes first is its beginning.
    """

    def __init__(self, *, mail_port: bool, from_start: bool = True) -> None:
        self._mail_port = mail_port
        self._from_start = from_start
        self._probe = Probe(mail_port=mail_port)
        self._remarks = Remarks()
        self._begin()

    def _begin(self) -> None:
        self._ledger = Ledger()
        self._echoes = Echoes()
        self._client = Client(self._ledger, self._echoes, self._remarks.add, from_start=self._from_start)
        self._replies = ReplyReader(self._echoes.mask, self._remarks.add)
        self._lines = LineReader(MAX_LINE)
        self._in_step = True
        """The server's next line begins where a line begins, not behind a gap."""
        self._sent = 0
        """Bytes of the client so far, those not captured among them."""
        self._had = self._line_had = self._reply_had = 0
        """How many of them the server had when it sent what is being read; its line's, its reply's first byte."""
        self._tls = TlsStart()

    @property
    def probe(self) -> ProbeResult:
        """Whether this is SMTP, as far as it has been read."""
        return self._probe.result

    @property
    def handshake(self) -> tuple[bytes, bytes]:
        """The beginning of TLS, as client and server sent it."""
        return self._client.tls.bytes, self._tls.bytes

    def data(self, direction: Direction, data: bytes, frame: FrameRef, ts_ns: int, unread: int = 0) -> None:
        """Read the next bytes of one direction; `unread` of the other's bytes so far were unknown to their sender."""
        if not data or not self._wanted(direction, data):
            return
        chunk = Chunk(data, frame, ts_ns, place=self._sent)
        if direction == "orig":
            if self._lines or self._replies.begun:
                self._client_speaks(ts_ns)
            self._sent += len(data)
            self._client.data(chunk)
            self._probe.parsed(self._client.verbs, None)
        else:
            self._had = self._sent - unread if unread <= self._sent else self._sent  # more is nonsense
            self._client.heard(self._had)
            self._server(chunk)

    def gap(self, direction: Direction, length: int, frame: FrameRef, ts_ns: int) -> None:
        """Pass over bytes of one direction that were sent but not captured."""
        if length <= 0 or self._foreign:
            return
        self._probe.gap(direction)
        if direction == "orig":
            self._client_speaks(ts_ns)
            self._client.data(Chunk(b"", frame, ts_ns, missing=length, place=self._sent))
            self._sent += length
        elif self._tls.frame is not None:
            self._tls.gap()
        else:
            self._remarks.add(frame, ODD("odd-server-missing", number=length))
            whole = self._in_step or is_reply_line(self._lines.begun)
            begun = self._lines.finish(ts_ns) if self._lines.begun and whole else None
            self._lines.drop()
            known = begun is not None or self._replies.begun
            if not self._replies.begun:
                self._reply_had = self._line_had
            self._answer(self._replies.torn(begun, self._ledger.waiting))
            self._in_step = False
            self._ledger.replies_lost(begun=self._replies.begun)
            self._client.unseen(all_of_one=not known)

    def close(self, ts_ns: int) -> Dialogue | None:
        """End the connection and return what was said; None where it was not SMTP."""
        # A reply without its line end: the server closed, or the capture ended within it.
        self._end_lines(ts_ns)
        if self._tls.frame is None and read_reply_line(self._lines.begun) is not None:
            self._remarks.add(None, ODD("odd-reply-line-end"))
            self._line(self._lines.finish(ts_ns))
        self._answer(self._replies.finish())
        self._client.finish()
        self._probe.parsed(self._client.verbs, None)
        self._probe.finish()
        if self._foreign or (self.probe != "certain" and not self._mail_port):
            return None
        return self._dialogue()

    def _dialogue(self) -> Dialogue:
        client = self._client
        dialogue = read_dialogue(p for p in self._ledger.in_order() if not p.void)
        if self._ledger.left_out:
            self._remarks.add(None, ODD("odd-exchanges", number=self._ledger.left_out))
        if self._ledger.unpaired:
            self._remarks.add(None, ODD("odd-unpaired", number=self._ledger.unpaired))
        dialogue.starttls |= client.tls.after == "STARTTLS"
        begun = [tls for tls in (client.tls, self._tls) if tls.frame is not None]
        if client.tls.refuted and self._tls.frame is None and not any(is_handshake(tls.bytes) for tls in begun):
            begun = []  # an alert: the client gives up
        dialogue.encrypted = bool(begun) or (client.strayed and dialogue.starttls)
        dialogue.tls_frames = tuple(tls.frame for tls in begun if tls.frame is not None)
        dialogue.tls_randoms = TlsRandoms(client.tls.random, self._tls.random)
        dialogue.implicit_tls = not dialogue.exchanges and any(is_handshake(tls.bytes) for tls in begun)
        dialogue.oddities = self._remarks.before(dialogue.oddities)
        return dialogue

    def _wanted(self, direction: Direction, data: bytes) -> bool:
        if self._probe.result == "certain":
            return True
        if not self._foreign:
            self._probe.data(direction, data)
            if self._foreign:
                self._begin()  # nothing of another protocol is kept
        return not self._foreign

    @property
    def _foreign(self) -> bool:
        return self.probe == "not-for-us"

    def _server(self, chunk: Chunk) -> None:
        if self._in_step and self._tls.frame is None and not self._lines:
            reply = self._replies.whole(chunk)
            if reply is not None:
                self._reply_had = self._had
                self._reply(reply)
                return
        while chunk.left:
            if self._tls.frame is not None:
                self._tls.take(chunk)
                return
            start, frame = self._lines.peek(chunk, PEEK)
            if not self._lines or ahead(begun := self._lines.begun) == len(begun):
                self._line_had = self._had
            if is_tls(start):
                self._tls.begin(frame, self._lines.begun)
            elif line := self._lines.take(chunk):
                self._line(line)

    def _client_speaks(self, ts_ns: int) -> None:
        self._end_lines(ts_ns)
        self._answer(self._replies.spoken())

    def _end_lines(self, ts_ns: int) -> None:
        """Some servers end lines by CR alone; a client that goes on behind one takes it for an end."""
        if self._tls.frame is None and self._lines.begun[-1:] == b"\r":
            self._remarks.add(None, ODD("odd-reply-cr"))
            line = self._lines.finish(ts_ns)
            for raw in filter(None, line.raw.split(b"\r")):
                self._line(line._replace(raw=raw))

    def _line(self, line: Line) -> None:
        in_step, self._in_step = self._in_step, True
        if not in_step and not is_reply_line(line.raw):
            self._remarks.add(line.frames[-1], ODD("odd-reply-beginning"))
            return
        line = line._replace(raw=line.raw[ahead(line.raw) :])
        if not self._replies.begun:
            self._reply_had = self._line_had
        self._answer(self._replies.line(line, self._ledger.waiting))

    def _answer(self, replies: list[Reply]) -> None:
        for reply in replies:
            self._reply(reply)
            self._reply_had = self._line_had

    def _reply(self, reply: Reply) -> None:
        self._probe.parsed(self._client.verbs, reply)
        pending = self._ledger.reply(reply, self._reply_had)
        client = self._client
        client.proved(pending, reply, self._reply_had, self._sent)
        self._keep(pending)
        if client.tls.frame is not None and self._tls.frame is None:
            client.answered_in_plain(pending, self._reply_had)
        if pending.command is not None:
            if pending.command.verb == "connect":
                client.greeted()
            client.answered(pending, reply)
        elif client.in_content:
            client.interrupted(pending, reply)
        elif reply.code == 354:
            client.invited(pending)
        elif reply.code == 334:
            client.challenged()
        else:
            client.unseen()

    def _keep(self, pending: Pending) -> None:
        """Keep of a reply what can be no secret: all of it only where it answers what is told in full, and where no
        line was lost that may have held a secret.
        """
        command, reply = pending.command, pending.reply
        assert reply is not None
        heard = not self._client.unheard and self._client.tls.frame is None
        client_ahead = self._client.holds_before(self._reply_had)
        clear = command is not None and pending.told and pending.sure and heard
        clear = clear and not self._ledger.untold_waits(self._reply_had) and not client_ahead
        clear = clear and command is not None and not is_of_another(command.verb, reply)
        if command is not None and command.verb == "connect":
            clear = (self._from_start and not self._reply_had) or reply.code == 220
        if clear and command is not None:
            if command.verb in ("connect", "EHLO", "HELO", "LHLO"):
                for text in (command.argument, *reply.lines):
                    self._echoes.tell(text)
            elif command.verb in ("MAIL", "RCPT"):
                self._echoes.tell(path_of(command.argument))
            if pending.words is None:
                return
            message = pending.words.told
            if message is None and not reply.refuses:
                return  # it tells what number the message got, and nothing of it
            lines = tuple(self._echoes.unquoted(line, message) for line in reply.lines)
            pending.words = None
        else:
            lines = tuple(map(self._echoes.vet, reply.lines))
        if lines != reply.lines:
            pending.reply = reply._replace(lines=lines)
