"""Whether a stream is SMTP."""

from __future__ import annotations

from typing import Any

import pytest

from wanwitness.model import FrameRef
from wanwitness.protocols.smtp import DialogueParser

FOREIGN = {
    "http": "C: GET / HTTP/1.1\nS: HTTP/1.1 200 OK",
    "http turned round": "C: HTTP/1.1 200 OK\nS: GET / HTTP/1.1",
    "ssh": "S: SSH-2.0-x\nC: SSH-2.0-y",
    "pop": "S: +OK ready\nC: USER bob",
    "imap": "S: * OK ready\nC: a1 LOGIN bob secret",
    "ftp": "S: 220 FTP ready\nC: USER anonymous\nS: 331 password",
    "binary": "S> \\x00\\x01\\x02\\x03\\x04",
}


@pytest.mark.parametrize("mail_port", [True, False])
@pytest.mark.parametrize("name", FOREIGN)
def test_what_plainly_speaks_something_else_is_not_smtp_on_any_port(talk: Any, name: str, mail_port: bool) -> None:
    assert talk.maybe(FOREIGN[name], mail_port=mail_port) is None


@pytest.mark.parametrize(
    "script",
    [
        "S: 220 x\nC: EHLO me",
        "S: 220 x ESMTP\nC: MAIL FROM:<a@site.example>",
        "C: HELO me\nS: 250 hi",
    ],
)
def test_off_mail_ports_a_hello_is_certain(talk: Any, script: str) -> None:
    assert talk.maybe(script, mail_port=False) is not None


@pytest.mark.parametrize("script", ["", "S: 220 x ESMTP", "C: HELO me", "S: 200 news\nC: HELP", "C!10\nS!10"])
def test_off_mail_ports_less_than_that_is_not_enough(talk: Any, script: str) -> None:
    assert talk.maybe(script, mail_port=False) is None


@pytest.mark.parametrize("script", ["", "S: 220 x", "S> 22", "C: QUIT", "C!10\nS!10", "C: hello?\nS: 500 what"])
def test_on_mail_ports_nothing_against_it_is_enough(talk: Any, script: str) -> None:
    """A connection attempt is a session, even without a byte."""
    assert talk.maybe(script) is not None


def test_the_probe_answers_while_bytes_come() -> None:
    parser, other = DialogueParser(mail_port=False), DialogueParser(mail_port=False)
    answers = [parser.probe]
    parser.data("resp", b"220 x\r\n", FrameRef(0, 1), 1)
    answers.append(parser.probe)
    parser.data("orig", b"EHLO me\r\n", FrameRef(0, 2), 2)
    answers.append(parser.probe)
    other.data("resp", b"HTTP/1.1 200 OK\r\n", FrameRef(0, 1), 1)
    answers.append(other.probe)
    assert answers == ["unsure", "unsure", "certain", "not-for-us"]
