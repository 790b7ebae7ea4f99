"""Whether a TCP stream is SMTP, in retina's four words; the server's port is a hint, not a proof."""

from __future__ import annotations

import re
from typing import Literal

from wanwitness.model import Direction, Reply

from .command import verb_of
from .keystrokes import ahead, may_go_on
from .preface import LONGEST, preface_length
from .tls import is_tls

ProbeResult = Literal["certain", "unsure", "not-for-us", "error"]
"""`error` is never given: broken SMTP is SMTP with oddities."""

HEAD = 256
"""Bytes of each direction's beginning that are looked at: RFC 5321's longest banner is 512, its first word decides."""
_HELLO = frozenset(("EHLO", "HELO", "LHLO"))
_FOREIGN = {
    "orig": re.compile(
        rb"SSH-|HTTP/\d|[A-Z]{3,10} \S+ (?:HTTP|RTSP|SIP|ICAP)/|<\?xml|<stream|"  # RFC 4253 4.2, RFC 9112 3, RFC 6120 4
        rb"[\x00-\x08\x0e-\x1a\x80-\xff]"
    ),
    "resp": re.compile(
        rb"SSH-|HTTP/\d|[A-Z]{3,10} \S+ (?:HTTP|RTSP|SIP|ICAP)/|<\?xml|<stream|"
        rb"RFB \d|\+OK|-ERR|\* (?:OK|PREAUTH|BYE)\b|"  # RFC 1939, RFC 3501
        rb"[\x00-\x08\x0e-\x1a\x80-\xff]"
    ),
}
"""How other protocols begin, behind telnet's commands (RFC 854) and NULs, which SMTP may begin with too."""
_LOG_IN = re.compile(
    rb"(?:USER|PASS|CAPA|APOP|STLS)\b|[A-Z0-9.]{1,12} (?:CAPABILITY|LOGIN|AUTHENTICATE|STARTTLS|ID)\b", re.IGNORECASE
)
"""First commands of FTP (RFC 959), POP (RFC 1939) and IMAP (RFC 3501 section 2.2.1)."""


class Probe:
    """Judges by each direction's first bytes, then by what was parsed.

    What a client sends may be anything: a scanner's probe, another protocol, a person's slip. What the server makes of
    it counts: where it begins as SMTP servers do, it is one.

    Args:
        mail_port: the server's port is one where SMTP is expected; then only a plain sign of something else counts
            against it. On other ports a client's hello is needed.
    """

    def __init__(self, *, mail_port: bool) -> None:
        self._mail_port = mail_port
        self._heads: dict[Direction, bytearray] = {"orig": bytearray(), "resp": bytearray()}
        self._open: set[Direction] = {"orig", "resp"}
        """Directions whose beginning is not judged yet."""
        self._odd = self._logs_in = False
        """The client began otherwise than with SMTP; as FTP, POP and IMAP do."""
        self._greeted = self._greeted_smtp = self._hello = self._refused = False
        self.result: ProbeResult = "unsure"

    def data(self, direction: Direction, data: bytes) -> None:
        """Look at the next bytes of one direction."""
        if direction not in self._open or self.result != "unsure":
            return
        head = self._heads[direction]
        head += data[: LONGEST + HEAD - len(head)]
        start = self._start(direction)
        if start is None:
            return
        whole = b"\n" in start or len(start) >= HEAD
        if is_tls(start):
            self.result = "certain" if self._mail_port else "not-for-us"
        elif len(start) < 4 and not whole:  # it may still become a TLS record
            return
        elif _FOREIGN[direction].match(start) or (whole and not self._plausible(direction, start)):
            self._judge(direction, foreign=True)
        elif whole:
            self._judge(direction, foreign=False)

    def gap(self, direction: Direction) -> None:
        """Bytes are missing: the beginning cannot be judged any more."""
        if direction in self._open and self.result == "unsure":
            self._judge(direction, foreign=False)

    def finish(self) -> None:
        """No more is to come: a client that began otherwise than with SMTP spoke to nobody who does."""
        if self.result == "unsure" and self._odd and not self._speaks_smtp:
            self.result = "not-for-us"

    def parsed(self, verbs: set[str], reply: Reply | None) -> None:
        """Take into account the commands read so far, or one more reply."""
        if self.result != "unsure":
            return
        if reply is not None and reply.code == 220:
            self._greeted = True
            self._greeted_smtp |= "SMTP" in reply.text.upper()
        self._hello = bool(verbs & _HELLO)
        if (
            (self._hello and (self._greeted or (reply is not None and not self._odd)))
            or (verbs and self._greeted_smtp)
            or (verbs and self._mail_port and not self._odd)
            or (self._greeted_smtp and self._mail_port)
        ):
            self.result = "certain"

    def _start(self, direction: Direction) -> bytes | None:
        """How a direction begins, behind what is none of its protocol's; None where that is not known yet."""
        head = bytes(self._heads[direction])
        if direction == "orig":
            length = preface_length(head)
            if length is None and len(head) < LONGEST:
                return None
            head = head[length or 0 :]
        head = head[ahead(head) :]
        return None if may_go_on(head) and len(head) < HEAD else head[:HEAD]

    def _judge(self, direction: Direction, *, foreign: bool) -> None:
        self._open.discard(direction)
        if direction == "orig":
            self._odd = foreign
            self._logs_in = _LOG_IN.match(self._start("orig") or b"") is not None
        elif foreign:
            self.result = "not-for-us"
        else:
            start = (self._start("resp") or b"").lstrip(b"\r\n")
            # 220 greets (RFC 5321 section 4.3.2), 4xx and 5xx refuse.
            self._greeted |= start.startswith(b"220")
            self._greeted_smtp |= self._greeted and b"SMTP" in _first_line(start).upper()
            self._refused = start[:1] in (b"4", b"5") and start[1:3].isdigit()
        if self._odd and self._mail_port and "resp" not in self._open and not self._speaks_smtp:
            self.result = "not-for-us"

    @property
    def _speaks_smtp(self) -> bool:
        """Whether the server begins as SMTP servers do; FTP's greet with 220 too (RFC 959 section 5.4)."""
        return self._greeted_smtp or (not self._logs_in and (self._greeted or self._refused))

    def _plausible(self, direction: Direction, start: bytes) -> bool:
        first = _first_line(start)
        # Telnet's sides begin with its commands too, and many a binary protocol with a NUL.
        bare = not self._heads[direction].startswith((b"\xff", b"\x00"))
        if direction == "orig":
            return verb_of(first) is not None or (self._mail_port and bare and _LOG_IN.match(first) is None)
        if self._mail_port:
            return bare or first[:3].isdigit()
        code = re.match(rb"(\d{3})(?:[ \t-]|$)", first)
        # Another 2xx than 220 is NNTP's, or the answer to a hello.
        return code is not None and (self._hello or code[1] == b"220" or code[1][:1] in b"45")


def _first_line(start: bytes) -> bytes:
    return start.lstrip(b"\r\n").partition(b"\n")[0].rstrip(b"\r")
