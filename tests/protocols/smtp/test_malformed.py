"""Replies of servers that do not keep to the form, and replies too many: each command has its own all the same."""

from __future__ import annotations

from typing import Any

import pytest

from wanwitness.model import Direction, FrameRef
from wanwitness.protocols.smtp import DialogueParser

HELLO = "S: 220 relay.example ESMTP\nC: EHLO pc.example\nS: 250 relay.example\n"
MAIL = "C: MAIL FROM:<a@site.example>\n"
SENT = MAIL + "S: 250 ok\nC: RCPT TO:<b@far.example>\nS: 250 ok\nC: DATA\nS: 354 go\nC: text\nC: .\n"
QUIT = "C: QUIT\nS: 221 bye"
PIPELINED = "C> MAIL FROM:<a@site.example>\\r\\nRCPT TO:<b@far.example>\\r\\nDATA\\r\\n\n"


@pytest.mark.parametrize(
    "line",
    [
        "530: Authentication required",
        "530. Authentication required",
        "530, Authentication required",
        "530Authentication required",
        " 530 Authentication required",
        "530-Authentication required",
        "530\\tAuthentication required",
        "[530] Authentication required",
        "(530) Authentication required",
        "#530 Authentication required",
        "*** 530 Authentication required",
        "\\xef\\xbb\\xbf530 Authentication required",
    ],
)
def test_a_code_with_another_character_behind_it_is_the_commands_reply(talk: Any, line: str) -> None:
    dialogue = talk(HELLO + MAIL + f"S: {line}\n" + QUIT)
    assert talk.pairs(dialogue)[2:] == [("MAIL", 530), ("QUIT", 221)]
    assert dialogue.replies[2].text == "Authentication required"


@pytest.mark.parametrize(
    ("line", "digit", "enhanced"),
    [
        ("4.7.0 [TSS04] temporarily deferred", 4, "4.7.0"),
        ("[5.7.1] no", 5, "5.7.1"),
        ("2.0.0 queued", 2, "2.0.0"),
        ("no, not now", 0, None),
        ("250.1.2.3 is listed", 0, None),
        ("[250.1.2.3] is listed", 0, None),
        ("2500 mails today", 0, None),
    ],
)
def test_an_enhanced_code_tells_the_class_of_a_reply_without_a_code(
    talk: Any, line: str, digit: int, enhanced: str | None
) -> None:
    """And the 221 to QUIT is never the answer to the final dot."""
    dialogue = talk(HELLO + SENT + f"S: {line}\n" + QUIT)
    assert talk.pairs(dialogue)[5:] == [(".", 0), ("QUIT", 221)]
    reply = dialogue.exchanges[5].reply
    assert (reply.first_digit, reply.enhanced) == (digit, enhanced)
    assert dialogue.transactions[0].accepted is {0: None, 2: True}.get(digit, False)


@pytest.mark.parametrize("first", ["530: no", "5.7.0 no", "no"])
def test_each_of_several_that_wait_gets_its_own(talk: Any, first: str) -> None:
    dialogue = talk(HELLO + PIPELINED + f"S> {first}\\r\\n503 no\\r\\n503 no\\r\\n\n" + QUIT)
    assert [code for _, code in talk.pairs(dialogue)[2:]] == [530 if first[1] == "3" else 0, 503, 503, 221]


def test_lines_of_one_reply_in_another_form_are_one_reply(talk: Any) -> None:
    dialogue = talk("S: 220: relay.example ESMTP\nC: EHLO a\nS: 250:x\nS: 250:PIPELINING\nS: 250:AUTH LOGIN\n" + QUIT)
    assert talk.pairs(dialogue) == [("connect", 220), ("EHLO", 250), ("QUIT", 221)]
    assert dialogue.auth_offered == ("LOGIN",)


def test_words_before_a_reply_are_of_it(talk: Any) -> None:
    dialogue = talk("S: 220 x\nC: EHLO a\nS: Welcome\nS: 250 x\n" + QUIT)
    assert talk.pairs(dialogue) == [("connect", 220), ("EHLO", 250), ("QUIT", 221)]


def test_line_ends_the_wrong_way_round_are_line_ends(talk: Any) -> None:
    script = "S> 220 x\\n\\r\nC> EHLO a\\n\\r\nS> 250-x\\n\\r250 y\\n\\r\nC> MAIL FROM:<>\\n\\r\nS> 530 no\\n\\r\n"
    assert talk.pairs(talk(script + "C> QUIT\\n\\r\nS> 221 bye\\n\\r")) == [
        ("connect", 220),
        ("EHLO", 250),
        ("MAIL", 530),
        ("QUIT", 221),
    ]


def test_a_multi_line_reply_without_its_last_line_ends_when_the_client_goes_on(talk: Any) -> None:
    dialogue = talk(HELLO + SENT + "S: 451-later\n" + QUIT)
    assert talk.pairs(dialogue)[5:] == [(".", 451), ("QUIT", 221)]
    dialogue = talk(HELLO + MAIL + "S> 530-no\\r\\n221 closing\\r\\n")
    assert talk.pairs(dialogue)[2:] == [("MAIL", 530), (None, 221)]


def test_a_refusing_banner_may_have_an_enhanced_code_alone(talk: Any) -> None:
    assert talk.pairs(talk("S: 5.7.1 go away")) == [("connect", 0)]


def test_a_221_closes_and_takes_no_mail(talk: Any) -> None:
    dialogue = talk(HELLO + SENT + "S: 221 closing")
    assert talk.pairs(dialogue)[5:] == [(".", None), (None, 221)]
    assert dialogue.transactions[0].accepted is None


def test_data_is_never_answered_by_2xx(talk: Any) -> None:
    start = HELLO + MAIL + "S: 250 ok\nC: RCPT TO:<b@far.example>\nS: 250 ok\n"
    dialogue = talk(start + "C: DATA\nS: 250 more\nS: 354 go\nC: text\nC: .\nS: 451 later\n" + QUIT)
    assert talk.pairs(dialogue)[4:] == [("DATA", 354), (None, 250), (".", 451), ("QUIT", 221)]
    assert dialogue.transactions[0].accepted is False
    dialogue = talk(start + "C: DATA\nS: 250 send it\nC: Subject: x\nC:\nC: .\nS: 250 taken\n" + QUIT)
    assert talk.pairs(dialogue)[4:] == [("DATA", 250), (".", 250), ("QUIT", 221)]


def test_a_reply_too_many_to_the_dot_is_nobodys(talk: Any) -> None:
    dialogue = talk(HELLO + SENT + "S: 451 later\nS: 250 queued\n" + MAIL + "S: 530 no\n" + QUIT)
    assert talk.pairs(dialogue)[5:] == [(".", 451), (None, 250), ("MAIL", 530), ("QUIT", 221)]


def test_of_two_replies_to_the_next_command_the_refusal_is_its(talk: Any) -> None:
    dialogue = talk(HELLO + SENT + "S: 250 queued\n" + MAIL + "S: 250 queued\nS: 530 no\n" + QUIT)
    assert talk.pairs(dialogue)[5:] == [(".", 250), (None, 250), ("MAIL", 530), ("QUIT", 221)]


def test_a_reply_that_was_sent_before_the_command_came_is_not_to_it(talk: Any) -> None:
    """It acknowledges less than the command (RFC 9293 section 3.4). The client, misled, is always one reply ahead."""
    said: list[tuple[Direction, bytes, int]] = [
        ("resp", b"220 x\r\n", 0),
        ("orig", b"EHLO a\r\n", 0),
        ("resp", b"250 x\r\n", 0),
        ("orig", b"BDAT 0 LAST\r\n", 0),
        ("resp", b"250 taken\r\n", 0),
        ("orig", b"MAIL FROM:<>\r\n", 0),
        ("resp", b"250 taken\r\n", 14),
        ("orig", b"RCPT TO:<b@far.example>\r\n", 0),
        ("resp", b"530 no\r\n", 25),
        ("orig", b"QUIT\r\n", 0),
        ("resp", b"503 no\r\n", 6),
        ("resp", b"221 bye\r\n", 0),
    ]
    parser = DialogueParser(mail_port=True)
    for number, (direction, data, unread) in enumerate(said, 1):
        parser.data(direction, data, FrameRef(0, number), number, unread)
    assert talk.pairs(parser.close(99))[2:] == [
        ("BDAT", 250),
        (None, 250),
        ("MAIL", 530),
        ("RCPT", 503),
        ("QUIT", 221),
    ]


def test_cr_alone_ends_a_line_where_the_client_goes_on_behind_it(talk: Any) -> None:
    script = "S> 220 x\\r\nC: EHLO a\nS> 250-x\\r250 y\\r\nC: MAIL FROM:<>\nS> 530 no\\r\nC: QUIT\nS> 221 bye\\r"
    assert talk.pairs(talk(script)) == [("connect", 220), ("EHLO", 250), ("MAIL", 530), ("QUIT", 221)]
    split = talk("S: 220 x\nC: EHLO a\nS> 250-x\\r\nC: NOOP\nS> \\n250 y\\r\\n\nS: 250 z")
    assert talk.pairs(split) == [("connect", 220), ("EHLO", 250), ("NOOP", 250)]


def test_a_server_that_gives_up_a_silent_client_takes_nothing_back(talk: Any) -> None:
    parser = DialogueParser(mail_port=True)
    minute = 60_000_000_000
    said: list[tuple[Direction, bytes]] = [
        ("resp", b"220 x\r\n"),
        ("orig", b"MAIL FROM:<>\r\n"),
        ("resp", b"250 ok\r\n"),
    ]
    for number, (direction, data) in enumerate([*said, ("resp", b"451 time is up\r\n")], 1):
        parser.data(direction, data, FrameRef(0, number), number * 2 * minute)
    assert talk.pairs(parser.close(9 * minute)) == [("connect", 220), ("MAIL", 250), (None, 451)]


def test_what_a_client_sends_shows_what_it_was_told_behind_data(talk: Any) -> None:
    start = HELLO + MAIL + "S: 250 ok\nC: RCPT TO:<b@far.example>\nS: 250 ok\nC: DATA\nS: say it now\n"
    assert talk.pairs(talk(start + "C: QUIT me\nC: Dear Bob\nC: .\nS: 250 taken\n" + QUIT))[4:] == [
        ("DATA", 0),
        (".", 250),
        ("QUIT", 221),
    ]
    assert talk.pairs(talk(start + QUIT))[4:] == [("DATA", 0), ("QUIT", 221)]


def test_bytes_that_are_no_text_are_no_reply(talk: Any) -> None:
    dialogue = talk(HELLO + MAIL + "S: \\x01\\x02\\x03\nS: 530 no\n" + QUIT)
    assert talk.pairs(dialogue)[2:] == [("MAIL", 530), ("QUIT", 221)]


@pytest.mark.parametrize("before", ["", "C:\n", "C:\nS: 500 what\n"])
def test_an_empty_line_gets_a_syntax_error_or_nothing(talk: Any, before: str) -> None:
    """Servers that pass it over answer the command behind it."""
    dialogue = talk(HELLO + before + "C:\n" + MAIL + "S: 530 no\n" + QUIT)
    empty = {"": [], "C:\n": [("?", None)]}.get(before, [("?", 500)])
    assert talk.pairs(dialogue)[2:] == [*empty, ("?", None), ("MAIL", 530), ("QUIT", 221)]
    dialogue = talk(HELLO + "C> \\r\\nMAIL FROM:<>\\r\\n\nS> 500 what\\r\\n530 no\\r\\n\n" + QUIT)
    assert talk.pairs(dialogue)[2:] == [("?", 500), ("MAIL", 530), ("QUIT", 221)]


def test_nuls_ahead_of_a_reply_do_not_date_it(talk: Any) -> None:
    """A reply whose line began with them was sent when its code was, not before the command."""
    parser = DialogueParser(mail_port=True)
    said: list[tuple[Direction, bytes, int]] = [
        ("resp", b"220 x\r\n", 0),
        ("orig", b"HELO a\r\n", 0),
        ("resp", b"250 x\r\n", 0),
        ("resp", b"\0", 0),
        ("orig", b"MAIL FROM:<>\r\n", 0),
        ("resp", b"530 no\r\n", 0),
    ]
    for number, (direction, data, unread) in enumerate(said, 1):
        parser.data(direction, data, FrameRef(0, number), number, unread)
    assert talk.pairs(parser.close(99))[2:] == [("MAIL", 530)]


@pytest.mark.parametrize("end", ["\\r", "\\r\\x00"])
def test_cr_alone_ends_a_command_that_the_server_answers(talk: Any, end: str) -> None:
    """So does telnet's CR NUL (RFC 854); an LF that comes later is of that end."""
    script = f"S: 220 x\nC> HELO a{end}\nS: 250 x\nC> MAIL FROM:<>{end}\nS: 530 no\nC> QUIT{end}\nS: 221 bye"
    dialogue = talk(script)
    assert talk.pairs(dialogue) == [("connect", 220), ("HELO", 250), ("MAIL", 530), ("QUIT", 221)]
    late = talk("S: 220 x\nC> HELO a\\r\nS: 250 x\nC> \\nMAIL FROM:<>\\r\\n\nS: 530 no\n")
    assert talk.pairs(late) == [("connect", 220), ("HELO", 250), ("MAIL", 530)]
