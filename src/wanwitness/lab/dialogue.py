"""An SMTP client that says what a scenario wants, and writes down what it heard."""

from __future__ import annotations

import base64
import errno
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from .facts import LabConnection, LabReply

Script = Callable[["ClientDialogue"], None]
"""What a client says once it is connected."""
PATIENCE_S = 20.0
KEY_LOG = "keylog.txt"
"""The file in a run's folder that TLS's keys are written to (the form of SSLKEYLOGFILE)."""


class Refused(Exception):  # noqa: N818
    """The server refused; the client gives up the mail and says good-bye."""


class Abandoned(Exception):  # noqa: N818
    """The client closes the connection without a good-bye."""


class ClientDialogue:
    """One SMTP connection, from the client's side."""

    def __init__(self, connected: socket.socket, log: LabConnection, *, letterwise: bool = False) -> None:
        self._socket = connected
        self._log = log
        self._letterwise = letterwise
        self._buffer = b""
        self._encrypted = False

    def read(self, command: str = "connect") -> LabReply:
        """Read one reply, of any number of lines."""
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            while b"\n" not in self._buffer:
                piece = self._socket.recv(65536)
                if not piece:
                    raise ConnectionResetError
                self._buffer += piece
            line, _, self._buffer = self._buffer.partition(b"\n")
            lines.append(line.decode("utf-8", "replace").rstrip("\r"))
        reply = LabReply(command, int(lines[0][:3]), "\n".join(line[4:] for line in lines), self._encrypted)
        self._log.replies.append(reply)
        return reply

    def say(self, line: str) -> LabReply:
        """Send one command and read its reply."""
        self.send(line.encode() + b"\r\n")
        return self.read(line.split(" ", 1)[0].split(":", 1)[0].upper())

    def send(self, data: bytes) -> None:
        """Send bytes, each in a packet of its own where the client is a person at a keyboard."""
        if not self._letterwise:
            self._socket.sendall(data)
            return
        for letter in data:
            self._socket.sendall(bytes((letter,)))
            time.sleep(0.001)

    def want(self, reply: LabReply) -> LabReply:
        """Go on only if the server agreed."""
        if reply.code >= 400:
            raise Refused
        return reply

    def hello(self) -> LabReply:
        """Hear the banner and greet."""
        self.want(self.read())
        return self.want(self.say(f"EHLO {self._log.host}.lan"))

    def mail(self, sender: str, *recipients: str, words: str = "Hello") -> None:
        """Send a mail."""
        self._about_to(sender)
        self.want(self.say(f"MAIL FROM:<{sender}>"))
        taken = False
        for recipient in recipients:
            self._about_to(sender, recipient)
            taken = self.say(f"RCPT TO:<{recipient}>").code < 400 or taken
        if not taken:
            raise Refused
        self.want(self.say("DATA"))
        self._content(sender, recipients, words)

    def pipelined_mail(self, sender: str, *recipients: str, words: str = "Hello") -> None:
        """Send a mail, its commands in one go (RFC 2920)."""
        commands = [f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{recipient}>" for recipient in recipients), "DATA"]
        self._about_to(sender, *recipients)
        self.send("".join(f"{command}\r\n" for command in commands).encode())
        replies = [self.read(command[:4]) for command in commands]
        self.want(replies[0])
        self.want(replies[-1])
        self._content(sender, recipients, words)

    def abandon(self) -> None:
        """Close the connection at once."""
        raise Abandoned

    def _about_to(self, sender: str, *recipients: str) -> None:
        if not self._encrypted:
            self._log.sender = sender
            self._log.recipients += recipients

    def _content(self, sender: str, recipients: Sequence[str], words: str) -> None:
        body = f"From: {sender}\r\nTo: {recipients[0]}\r\nSubject: {self._log.scenario}\r\n\r\n{words}\r\n.\r\n"
        self.send(body.encode())
        self.want(self.read("."))

    def start_tls(self, *, command: bool = True, key_log: Path | None = None) -> None:
        """Turn to TLS, after STARTTLS or at once, and write the keys down where a log of them is wanted."""
        if command:
            self.want(self.say("STARTTLS"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if key_log is not None:
            context.keylog_filename = str(key_log)
            self._log.keys_kept = True
        self._log.encrypted = self._encrypted = True
        self._socket = context.wrap_socket(self._socket)

    def authenticate(self, user: str, password: str) -> LabReply:
        """Give name and password (AUTH PLAIN)."""
        token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        return self.want(self.say(f"AUTH PLAIN {token}"))

    @property
    def source_port(self) -> int:
        """The client's port, which makes addresses unlike any other session's."""
        return self._log.source[1]

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def talk(
    unconnected: socket.socket, log: LabConnection, script: Script, *, patience_s: float, letterwise: bool
) -> None:
    """Connect, say what the script says, say QUIT and close; `log` is told how it went."""
    unconnected.settimeout(patience_s)
    dialogue = ClientDialogue(unconnected, log, letterwise=letterwise)
    connected = False
    try:
        unconnected.connect(log.server)
        connected = True
        unconnected.settimeout(PATIENCE_S)
        unconnected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(Refused):
            script(dialogue)
        dialogue.say("QUIT")
    except Abandoned:
        log.ended = "abandoned"
    except TimeoutError:
        log.ended = "abandoned" if connected else "unanswered"
    except ConnectionResetError:
        log.ended = "reset"
    except OSError as error:
        if error.errno not in (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES):
            raise
        log.ended = "refused"
    finally:
        dialogue.close()
        unconnected.close()


def plain(sender: str = "alice@isp1.example", *recipients: str) -> Script:
    """Return the script of one plain mail; without recipients it is for one that no other session has."""

    def script(dialogue: ClientDialogue) -> None:
        dialogue.hello()
        dialogue.mail(sender, *(recipients or (f"bob.{dialogue.source_port}@third.example",)))

    return script
