"""Bytes of no SMTP in SMTP connections: telnet's, the PROXY protocol's, NULs, what is typed by hand, TLS to nobody."""

from __future__ import annotations

from typing import Any

import pytest

REST = "S: 250 x\nC: MAIL FROM:<a@site.example>\nS: 530 no\nC: QUIT\nS: 221 bye"
PAIRS = [("connect", 220), ("EHLO", 250), ("MAIL", 530), ("QUIT", 221)]
OPTIONS = "\\xff\\xfb\\x1f\\xff\\xfb\\x20\\xff\\xfa\\x1f\\x00\\x50\\x00\\x18\\xff\\xf0\\xff\\xf1"


@pytest.mark.parametrize("banner", ["220 x ESMTP", "220 x"])
@pytest.mark.parametrize("ahead", [OPTIONS, "\\x00\\x00", "\\x00" + OPTIONS])
def test_what_terminals_send_ahead_of_the_first_command_hides_nothing(talk: Any, banner: str, ahead: str) -> None:
    """Before the banner or behind it; RFC 854."""
    assert talk.pairs(talk(f"C> {ahead}\nS: {banner}\nC: EHLO a\n{REST}")) == PAIRS
    assert talk.pairs(talk(f"S: {banner}\nC> {ahead}\nC: EHLO a\n{REST}")) == PAIRS
    assert talk.pairs(talk(f"S: {banner}\nC> {ahead}\nC: EHLO a\nS: 501 bad characters\nC: EHLO a\n{REST}")) == [
        PAIRS[0],
        ("?", 501),
        *PAIRS[1:],
    ]


def test_a_server_may_speak_telnet_first(talk: Any) -> None:
    assert talk.pairs(talk(f"S> {OPTIONS}220 x\\r\\n\nC: EHLO a\n{REST}")) == PAIRS
    assert talk.maybe(f"S> {OPTIONS}\\r\\nlogin: \nC: bob") is None


V1 = "PROXY TCP4 192.0.2.1 198.51.100.25 50000 25\\r\\n"
V2 = "\\r\\n\\r\\n\\x00\\r\\nQUIT\\n\\x21\\x11\\x00\\x0c\\x0a\\x0d\\x0a\\x02ABCD\\xc3\\x50\\x00\\x19"


@pytest.mark.parametrize("mail_port", [True, False])
@pytest.mark.parametrize("preface", [V1, "PROXY UNKNOWN\\r\\n", V2, V2 + "EHLO early\\r\\n"])
def test_a_load_balancers_preface_is_passed_over(talk: Any, preface: str, mail_port: bool) -> None:
    hello = "" if "early" in preface else "C: EHLO a\n"
    dialogue = talk(f"C> {preface}\nS: 220 x ESMTP\n{hello}{REST}", mail_port=mail_port)
    assert talk.pairs(dialogue) == PAIRS
    assert not dialogue.oddities


def test_empty_lines_are_no_preface(talk: Any) -> None:
    assert talk.pairs(talk(f"S: 220 x\nC:\nS: 500 what\nC: EHLO a\n{REST}")) == [PAIRS[0], ("?", 500), *PAIRS[1:]]


@pytest.mark.parametrize("first", ["GET / HTTP/1.1", "SSH-2.0-x", "USER bob", "\\x01\\x02\\x80"])
def test_a_server_that_greets_as_smtp_speaks_it_whatever_it_is_told(talk: Any, first: str) -> None:
    assert talk.pairs(talk(f"C: {first}\nS: 220 x ESMTP\nS: 500 what"))[0] == ("connect", 220)
    assert talk.pairs(talk(f"S: 220 x ESMTP\nC: {first}\nS: 500 what\nC: EHLO a\n{REST}"))[-3:] == PAIRS[1:]


def test_a_verb_that_was_corrected_counts_where_the_server_took_it(talk: Any) -> None:
    """Servers mostly read Backspace as a character like others; RFC 5321 knows no editing."""
    start = "S: 220 x\nC: EHLO a\nS: 250 x\n"
    assert talk.pairs(talk(start + "C: MAIK\\x08L FROM:<a@site.example>\nS: 500 what"))[2:] == [("?", 500)]
    dialogue = talk(start + "C: MAIK\\x08L FROM:<a@site.example>\nS: 530 no")
    assert talk.pairs(dialogue)[2:] == [("MAIL", 530)]
    assert dialogue.transactions[0].mail_from == "a@site.example"


def test_content_follows_a_data_that_was_corrected(talk: Any) -> None:
    mail = "S: 220 x\nC: EHLO a\nS: 250 x\nC: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<b@far.example>\nS: 250 ok\n"
    dialogue = talk(mail + "C: DAT\\x7fTA\nS: 354 go\nC: QUIT\nC: .\nS: 250 ok")
    assert talk.pairs(dialogue)[-2:] == [("DATA", 354), (".", 250)]
    assert dialogue.transactions[0].accepted is True


def test_a_recipient_that_was_not_understood_is_none(talk: Any) -> None:
    start = "S: 220 x\nC: EHLO a\nS: 250 x\nC: MAIL FROM:<>\nS: 250 ok\n"
    dialogue = talk(start + "C: RCPT TO b@far.example\nS: 501 what\nC: RCPT TO:<b@far.example>\nS: 250 ok")
    assert [path for path, _ in dialogue.transactions[0].recipients] == ["b@far.example"]


HANDSHAKE = "\\x16\\x03\\x01\\x00\\xa0abc"


@pytest.mark.parametrize(
    "script",
    [
        f"C> {HANDSHAKE}\nS: 220 x\nS: 500 what",
        f"S: 220 x\nC> {HANDSHAKE}\nS: 500 what",
        f"S: 220 x\nC> {HANDSHAKE}\nS: 500 what\nC> \\x15\\x03\\x01\\x00\\x02\\x02\\x28",
        f"C> {HANDSHAKE}\nS: 554 no TLS here",
        f"S: 220 x\nC: STARTTLS\nS: 454 no\nC> {HANDSHAKE}\nS: 500 what",
    ],
)
def test_tls_that_is_answered_in_plain_text_never_began(talk: Any, script: str) -> None:
    dialogue = talk(script)
    assert (dialogue.encrypted, dialogue.implicit_tls, dialogue.tls_frames) == (False, False, ())


def test_what_follows_tls_that_never_began_is_read(talk: Any) -> None:
    dialogue = talk(f"S: 220 x\nC> {HANDSHAKE}\nS: 500 what\nC: EHLO a\n{REST}")
    assert talk.pairs(dialogue) == [PAIRS[0], (None, 500), *PAIRS[1:]]


def test_octets_of_a_refused_bdat_may_never_be_sent(talk: Any) -> None:
    """The client gives up: what follows are commands. Where it sends them, they are passed over."""
    start = "S: 220 x\nC: EHLO a\nS: 250 x\nC: MAIL FROM:<>\nS: 250 ok\nC: BDAT 13 LAST\nS: 503 no\n"
    assert talk.pairs(talk(start + "C: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye"))[3:] == [
        ("BDAT", 503),
        ("RSET", 250),
        ("QUIT", 221),
    ]
    assert talk.pairs(talk(start + "C> Subject: hi\\r\\nQUIT\\r\\n\nS: 221 bye"))[3:] == [("BDAT", 503), ("QUIT", 221)]


@pytest.mark.parametrize("command", ["HELP", "XEXCH50 9 2", "AUTH PLAIN AGEAYg==", "STARTTLS", "NOOP"])
def test_what_the_server_answers_behind_a_refused_bdat_is_a_command(talk: Any, command: str) -> None:
    """A server that reads the octets says nothing before it has them all."""
    start = "S: 220 x\nC: EHLO a\nS: 250 x\nC: MAIL FROM:<>\nS: 250 ok\nC: BDAT 500 LAST\nS: 503 no\n"
    dialogue = talk(start + f"C: {command}\nS: 502 no\nC: MAIL FROM:<>\nS: 530 no\nC: QUIT\nS: 221 bye")
    assert [code for _, code in talk.pairs(dialogue)[3:]] == [503, 502, 530, 221]
    assert dialogue.exchanges[4].command is not None


def test_octets_of_a_refused_bdat_are_no_commands_whatever_they_say(talk: Any) -> None:
    start = "S: 220 x\nC: EHLO a\nS: 250 x\nC: MAIL FROM:<>\nS: 250 ok\nC: BDAT 36 LAST\nS: 503 no\n"
    dialogue = talk(start + "C: MAIL FROM:<bob@site.example>\nC: text\nC: RSET\nS: 250 ok")
    assert talk.pairs(dialogue)[3:] == [("BDAT", 503), ("RSET", 250)]
    assert "bob@" not in repr(dialogue)


def test_what_refuses_the_hello_behind_starttls_refuses_tls(talk: Any) -> None:
    """RFC 3207 section 4: 454 is its answer, though it comes behind a 220."""
    dialogue = talk(
        f"S: 220 x\nC: EHLO a\nS: 250 x\nC: STARTTLS\nS: 220 go\nC> {HANDSHAKE}\nS: 454 no TLS\n" + "C: QUIT"
    )
    assert talk.pairs(dialogue)[2:] == [("STARTTLS", 220), ("STARTTLS", 454), ("QUIT", None)]
    assert not dialogue.encrypted
