"""One place that is told.

run:COMMAND                       a program of this machine
https://HOST/PATH                 a web hook
syslog, syslog:HOST[:PORT]        this machine's syslog, or another's
mailto:ADDRESS[?via=HOST:PORT]    somebody, by mail
"""

from __future__ import annotations

import json
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
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from wanwitness.live.wrong import wrong

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
        """


class CommandTarget(AlertTarget):
    """A program of this machine: the text on standard input, all of it as JSON in WANWITNESS_ALERT."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = list(words)
        self.name = f"run:{words[0]}"

    def send(self, message: Alert, more: int) -> None:
        """Run it, and wait for its end, within bounds."""
        import os

        environment = {**os.environ, "WANWITNESS_ALERT": json.dumps(message.value(more))[:_MOST_ENVIRONMENT]}
        try:
            done = subprocess.run(  # noqa: S603 - the administrator's own command, without a shell
                self._words,
                input=message.text + "\n",
                text=True,
                env=environment,
                timeout=PATIENCE_S,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            raise OSError(f"did not end within {PATIENCE_S:.0f} s") from None
        if done.returncode:
            raise OSError(f"ended with status {done.returncode}")


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
