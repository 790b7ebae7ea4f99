"""One place that is told.

run:COMMAND                       a program of this machine
https://HOST/PATH                 a web hook
syslog, syslog:HOST[:PORT]        this machine's syslog, or another's
mailto:ADDRESS[?via=HOST:PORT]    somebody, by mail
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import smtplib
import socket
import subprocess
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Sequence
from email.message import EmailMessage
from logging import INFO, WARNING, LogRecord
from logging.handlers import SYSLOG_UDP_PORT, SysLogHandler
from tempfile import TemporaryFile
from typing import IO, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from wanwitness.errors import UsageError
from wanwitness.live.wrong import wrong
from wanwitness.model import printable

from .message import Alert

PATIENCE_S = 20.0
"""A receiver that has not answered by then has failed."""


class AlertTarget(ABC):
    """A place that is told."""

    name: str
    """What it is called in complaints: without what may be secret in it."""

    @abstractmethod
    def send(self, message: Alert, more: int) -> None:
        """Tell it.

        Args:
            message: what.
            more: how many alike were counted with it.

        Raises:
            OSError: it could not be told.
            UsageError: nor could it, for a reason of its own.
        """


_OF_A_SHELL = ("|", ">", ">>", "<", "&", "&&", "||", ";", "2>&1")
"""Words by which somebody shows that he takes this for a shell's line."""


class CommandTarget(AlertTarget):
    """A program of this machine: the text on standard input, all of it as JSON in WANWITNESS_ALERT."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = list(words)
        self.name = f"run:{words[0]}"

    def send(self, message: Alert, more: int) -> None:
        """Run it, and wait for its end, within bounds."""
        environment = {**os.environ, "WANWITNESS_ALERT": json.dumps(message.value(more))[:_MOST_ENVIRONMENT]}
        with TemporaryFile() as said:  # a pipe would be waited for as long as anything that it began goes on
            try:
                done = subprocess.run(  # noqa: S603 - the administrator's own command, without a shell
                    self._words,
                    input=message.text.encode() + b"\n",
                    env=environment,
                    timeout=PATIENCE_S,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    start_new_session=True,
                )
            except subprocess.TimeoutExpired:
                raise wrong("alert-unended", length=PATIENCE_S) from None
            if done.returncode:
                raise _failed(done.returncode, said)


def _failed(status: int, said: IO[bytes]) -> UsageError:
    """Return the error that a command failed, with what it said last."""
    said.seek(max(0, said.seek(0, os.SEEK_END) - _MOST_SAID))
    lines = said.read().decode(errors="replace").split("\n")
    last = next((printable(line) for line in reversed(lines) if line.strip()), None)
    return wrong("alert-failed", status=status) if last is None else wrong("alert-failed-of", status=status, last=last)


_MOST_SAID = 1 << 12
"""Bytes at the end of what a command said, in which its last line is looked for."""


_MOST_ENVIRONMENT = 1 << 16
"""Linux takes 128 KiB in one variable (MAX_ARG_STRLEN)."""


class WebHook(AlertTarget):
    """An address that takes JSON by POST."""

    _OPENER: ClassVar = urllib.request.build_opener()

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = f"{urlsplit(url).scheme}://{urlsplit(url).hostname}"

    def send(self, message: Alert, more: int) -> None:
        """Post it; an answer that is no success is a failure (`HTTPError` is an OSError)."""
        body = json.dumps(message.value(more)).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "wanwitness"}
        request = urllib.request.Request(self._url, body, headers, method="POST")  # noqa: S310 - http or https only
        with self._OPENER.open(request, timeout=PATIENCE_S) as answer:
            answer.read(1)


class Syslog(AlertTarget):
    """The machine's own syslog, or another's by UDP (RFC 3164's form, facility daemon)."""

    def __init__(self, address: str | tuple[str, int]) -> None:
        self._address = address
        self.name = "syslog" if isinstance(address, str) else f"syslog:{address[0]}"

    def send(self, message: Alert, more: int) -> None:
        """Send it as one line."""
        handler = _Raising(self._address, SysLogHandler.LOG_DAEMON)
        try:
            level = WARNING if message.kind != "withdrawn" else INFO
            text = " / ".join(message.text.splitlines())
            handler.emit(LogRecord("wanwitness", level, "", 0, f"wanwitness: {text}", None, None))
        finally:
            handler.close()


class _Raising(SysLogHandler):
    def handleError(self, record: LogRecord) -> None:  # noqa: N802 - logging's name
        raise


class Mail(AlertTarget):
    """Somebody by mail, through this machine's mail server or another."""

    def __init__(self, address: str, via: tuple[str, int]) -> None:
        self._address, self._via = address, via
        self.name = f"mailto:{address}"

    def send(self, message: Alert, more: int) -> None:
        """Hand it to the server."""
        mail = EmailMessage()
        mail["From"] = f"wanwitness@{socket.gethostname()}"
        mail["To"] = self._address
        mail["Subject"] = message.subject[:_LONGEST_SUBJECT]
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no robot is to answer
        mail.set_content(message.text)
        with smtplib.SMTP(*self._via, timeout=PATIENCE_S) as server:  # its exceptions are OSErrors
            server.send_message(mail)


_LONGEST_SUBJECT = 200


def target_of(text: str) -> AlertTarget:
    """Read a target as the command line has it.

    Raises:
        UsageError: it is none, or what it needs is not there.
    """
    kind, _, rest = text.partition(":")
    if kind == "run":
        try:
            words = shlex.split(rest)
        except ValueError as error:
            raise wrong("alert-words", text=text, why=str(error)) from None
        if not words or shutil.which(words[0]) is None:
            raise wrong("alert-no-command", text=text)
        sign = next((word for word in words if word in _OF_A_SHELL), None)
        if sign is not None:
            raise wrong("alert-no-shell", text=text, sign=sign)
        return CommandTarget(words)
    if kind in ("http", "https"):
        if not urlsplit(text).hostname:
            raise wrong("alert-web-form", text=text, scheme=kind)
        return WebHook(text)
    if kind == "syslog":
        return Syslog(_place(text, rest, SYSLOG_UDP_PORT) if rest else "/dev/log")
    if kind == "mailto" and "@" in rest:
        address, _, query = rest.partition("?")
        via = parse_qs(query).get("via", ["localhost:25"])[0]
        return Mail(unquote(address), _place(text, via, smtplib.SMTP_PORT))
    raise wrong("alert-form", text=text)


def _place(text: str, where: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{where}")
    try:
        number = parts.port or port
    except ValueError:
        raise wrong("alert-no-place", text=text, where=where) from None
    if not parts.hostname:
        raise wrong("alert-no-place", text=text, where=where)
    return parts.hostname, number
