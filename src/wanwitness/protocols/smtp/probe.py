"""Whether a TCP stream is SMTP, in retina's four words; the server's port is a hint, not a proof."""

from __future__ import annotations

import re
from typing import Literal

from wanwitness.model import Direction, Reply

from .command import verb_of
from .tls import is_tls

ProbeResult = Literal["certain", "unsure", "not-for-us", "error"]
"""`error` is never given: broken SMTP is SMTP with oddities."""

HEAD = 256
"""Bytes of each direction's beginning that are looked at: RFC 5321's longest banner is 512, its first word decides."""
_HELLO = frozenset(("EHLO", "HELO", "LHLO"))
_FOREIGN = {
    "orig": re.compile(
        rb"SSH-|[A-Z]{3,10} \S+ (?:HTTP|RTSP|SIP|ICAP)/|<\?xml|<stream|"  # RFC 4253 4.2, RFC 9112 3, RFC 6120 4
        rb"[\x00-\x08\x0e-\x1a\x80-\xff]"
    ),
    "resp": re.compile(
        rb"SSH-|HTTP/\d|<\?xml|<stream|RFB \d|\+OK|-ERR|\* (?:OK|PREAUTH|BYE)\b|"  # RFC 1939, RFC 3501
        rb"[\x00-\x08\x0e-\x1a\x80-\xff]"  # telnet's IAC (RFC 854), and other binary
    ),
}
"""How other protocols begin."""
_LOG_IN = re.compile(
    rb"(?:USER|PASS|CAPA|APOP|STLS)\b|[A-Z0-9.]{1,12} (?:CAPABILITY|LOGIN|AUTHENTICATE|STARTTLS|ID)\b", re.IGNORECASE
)
"""First commands of FTP (RFC 959), POP (RFC 1939) and IMAP (RFC 3501 section 2.2.1)."""


class Probe:
    """Judges by each direction's first bytes, then by what was parsed.

    Args:
        mail_port: the server's port is one where SMTP is expected; then only a plain sign of something else counts
            against it. On other ports a client's hello is needed.
    """

    def __init__(self, *, mail_port: bool) -> None:
        self._mail_port = mail_port
        self._heads: dict[Direction, bytearray] = {"orig": bytearray(), "resp": bytearray()}
        self._open: set[Direction] = {"orig", "resp"}
        """Directions whose beginning is not judged yet."""
        self._greeted = self._greeted_smtp = self._hello = False
        self.result: ProbeResult = "unsure"

    def data(self, direction: Direction, data: bytes) -> None:
        """Look at the next bytes of one direction."""
        if direction not in self._open or self.result != "unsure":
            return
        head = self._heads[direction]
        head += data[: HEAD - len(head)]
        whole = b"\n" in head or len(head) >= HEAD
        if is_tls(bytes(head)):
            self.result = "certain" if self._mail_port else "not-for-us"
        elif len(head) < 4 and not whole:  # it may still become a TLS record
            return
        elif _FOREIGN[direction].match(head) or (whole and not self._plausible(direction, bytes(head))):
            self.result = "not-for-us"
        if whole:
            self._open.discard(direction)

    def gap(self, direction: Direction) -> None:
        """Bytes are missing: the beginning cannot be judged any more."""
        self._open.discard(direction)

    def parsed(self, verbs: set[str], reply: Reply | None) -> None:
        """Take into account the commands read so far, or one more reply."""
        if self.result != "unsure":
            return
        if reply is not None and reply.code == 220:
            self._greeted = True
            self._greeted_smtp |= "SMTP" in reply.text.upper()
        self._hello = bool(verbs & _HELLO)
        if (
            (self._hello and (self._greeted or reply is not None))
            or (verbs and self._greeted_smtp)
            or (verbs and self._mail_port)
        ):
            self.result = "certain"

    def _plausible(self, direction: Direction, head: bytes) -> bool:
        first = head.partition(b"\n")[0].rstrip(b"\r")
        if direction == "orig":
            if verb_of(first) is not None:
                return True
            return self._mail_port and (self._greeted_smtp or _LOG_IN.match(first) is None)
        if self._mail_port:
            return True
        code = re.match(rb"(\d{3})(?:[ \t-]|$)", first)
        # 220 greets (RFC 5321 section 4.3.2), 4xx and 5xx refuse; another 2xx is NNTP's, or the answer to a hello.
        return code is not None and (self._hello or code[1] == b"220" or code[1][:1] in b"45")
