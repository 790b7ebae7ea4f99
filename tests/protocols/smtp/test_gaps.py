"""What the parser makes of dialogues of which something is missing."""

from __future__ import annotations

from typing import Any

import pytest

from english import english

HELLO = "S: 220 relay.example ESMTP\nC: EHLO pc.example\nS: 250-relay.example\nS: 250 PIPELINING\n"
MAIL = "C: MAIL FROM:<a@site.example>\nS: 250 2.1.0 Ok\nC: RCPT TO:<b@far.example>\nS: 250 2.1.5 Ok\n"


def test_a_lost_reply_leaves_its_command_alone_and_the_next_pairs_right(talk: Any) -> None:
    dialogue = talk(
        HELLO + "C: MAIL FROM:<a@site.example>\nS!14\nC: RCPT TO:<b@far.example>\nS: 550 no\nC: QUIT\nS: 221 bye"
    )
    assert talk.pairs(dialogue)[2:] == [("MAIL", None), ("RCPT", 550), ("QUIT", 221)]


def test_a_lost_group_of_replies_is_set_right_by_a_354(talk: Any) -> None:
    dialogue = talk(
        HELLO
        + """
        C> MAIL FROM:<a@site.example>\\r\\nRCPT TO:<b@far.example>\\r\\nRCPT TO:<c@far.example>\\r\\nDATA\\r\\n
        S!20
        S: 550 not c
        S: 354 go
        C> text\\r\\n.\\r\\n
        S: 250 taken
        """
    )
    assert talk.pairs(dialogue)[2:] == [("MAIL", None), ("RCPT", None), ("RCPT", 550), ("DATA", 354), (".", 250)]


def test_what_is_not_told_stays_apart(talk: Any) -> None:
    dialogue = talk(
        HELLO
        + """
        C> MAIL FROM:<a@site.example>\\r\\nRCPT TO:<b@far.example>\\r\\nRCPT TO:<c@far.example>\\r\\n
        S!20
        S: 550 to whom
        """
    )
    assert talk.pairs(dialogue)[2:] == [("MAIL", None), ("RCPT", None), ("RCPT", None), (None, 550)]


def test_a_lost_command_leaves_its_reply_alone(talk: Any) -> None:
    dialogue = talk(HELLO + "C!31\nS: 530 5.7.0 no\nC: QUIT\nS: 221 bye")
    assert talk.pairs(dialogue)[2:] == [(None, 530), ("QUIT", 221)]


def test_behind_a_gap_the_client_is_read_from_the_next_plain_command(talk: Any) -> None:
    dialogue = talk(HELLO + "C!10\nC> :<a@site.example>\\r\\nRCPT TO:<b@far.example>\\r\\n\nS> 250 a\\r\\n250 b\\r\\n")
    assert [verb for verb, _ in talk.pairs(dialogue)[2:] if verb] == ["RCPT"]
    assert any("not captured" in english(reason) for _, reason in dialogue.oddities)


def test_a_data_whose_reply_is_lost_is_followed_by_content(talk: Any) -> None:
    dialogue = talk(
        HELLO + MAIL + "C: DATA\nS!10\nC> Message-ID: <1@x.example>\\r\\n\\r\\nQUIT\\r\\n.\\r\\n\nS: 250 ok"
    )
    assert talk.pairs(dialogue)[-2:] == [("DATA", None), (".", 250)]
    assert (dialogue.transactions[0].accepted, dialogue.transactions[0].message_id) == (True, "<1@x.example>")


def test_a_data_whose_refusal_is_lost_is_followed_by_a_command(talk: Any) -> None:
    dialogue = talk(HELLO + MAIL + "C: DATA\nS!10\nC: QUIT\nS: 221 bye")
    assert talk.pairs(dialogue)[-2:] == [("DATA", None), ("QUIT", 221)]


def test_a_gap_in_the_content_does_not_hide_its_end(talk: Any) -> None:
    dialogue = talk(HELLO + MAIL + "C: DATA\nS: 354 go\nC: text\nC!1460\nC> more\\r\\n.\\r\\nQUIT\\r\\n\nS: 250 ok")
    assert talk.pairs(dialogue)[-2:] == [(".", 250), ("QUIT", None)]


def test_a_final_dot_that_was_lost_is_known_by_its_reply(talk: Any) -> None:
    dialogue = talk(HELLO + MAIL + "C: DATA\nS: 354 go\nC: text\nC!1460\nS: 250 taken\nC: QUIT\nS: 221 bye")
    assert talk.pairs(dialogue)[-3:] == [("DATA", 354), (None, 250), ("QUIT", 221)]
    assert dialogue.transactions[0].accepted is True


def test_a_gap_within_a_chunk_is_counted_off_its_size(talk: Any) -> None:
    dialogue = talk(HELLO + MAIL + "C> BDAT 20 LAST\\r\\nabcde\nC!10\nC> fghijQUIT\\r\\n\nS: 250 ok\nS: 221 bye")
    assert talk.pairs(dialogue)[-2:] == [("BDAT", 250), ("QUIT", 221)]


def test_a_354_whose_data_was_lost_invites_content(talk: Any) -> None:
    dialogue = talk(HELLO + MAIL + "C!6\nS: 354 go\nC> my words\\r\\n.\\r\\n\nS: 250 taken")
    assert talk.pairs(dialogue)[-2:] == [(None, 354), (".", 250)]
    assert dialogue.transactions[0].accepted is True


def test_the_client_alone_is_read_to_its_end(talk: Any) -> None:
    dialogue = talk(
        """
        C: EHLO pc.example
        C: MAIL FROM:<a@site.example>
        C: RCPT TO:<b@far.example>
        C: DATA
        C> text\\r\\n.\\r\\n
        C: MAIL FROM:<c@site.example>
        C: RCPT TO:<d@far.example>
        C: DATA
        C> text\\r\\n.\\r\\n
        C: QUIT
        """
    )
    assert [verb for verb, _ in talk.pairs(dialogue)].count(".") == 2
    assert (dialogue.quit, [t.accepted for t in dialogue.transactions]) == (True, [None, None])


def test_the_server_alone_gives_replies_without_commands(talk: Any) -> None:
    dialogue = talk("S: 220 x\nS: 250 hi\nS: 530 5.7.0 no\nS: 221 bye")
    assert talk.pairs(dialogue) == [("connect", 220), (None, 250), (None, 530), (None, 221)]


def test_a_stream_may_begin_amid_a_message(talk: Any) -> None:
    dialogue = talk("C: Help me with the contract\nC: Mail order\nC: .\nS: 250 taken\nC: QUIT\nS: 221 bye")
    assert talk.pairs(dialogue) == [(".", 250), ("QUIT", 221)]


def test_a_reply_that_is_not_whole_keeps_the_code_that_was_captured(talk: Any) -> None:
    """All lines of a reply have one code (RFC 5321 section 4.2.1)."""
    dialogue = talk("S: 220-x\nS!10\nS: 220 y\nC: NOOP\nS: 250-a\nS!10\nC: QUIT\nS: 221 bye")
    assert talk.pairs(dialogue) == [("connect", 220), ("NOOP", 250), ("QUIT", 221)]
    assert [(reply.lines, reply.cut) for reply in dialogue.replies] == [
        (("x…", "y"), True),
        (("a…",), True),
        (("bye",), False),
    ]


def test_tls_behind_a_gap_is_still_seen(talk: Any) -> None:
    dialogue = talk(HELLO + "C: STARTTLS\nS!12\nC> \\x16\\x03\\x01\\x00\\x10abc\n")
    assert (dialogue.starttls, dialogue.encrypted) == (True, True)


def test_held_bytes_are_bounded(talk: Any) -> None:
    """A client that sends far more than a window behind DATA has its content taken for content."""
    events = [*talk.read(HELLO + MAIL), ("orig", b"DATA\r\n"), ("orig", b"x" * 70 + b"\r\n")]
    events += [("orig", (b"y" * 70 + b"\r\n") * 1000)] * 5 + [("orig", b".\r\n"), ("resp", b"354 go\r\n250 ok\r\n")]
    dialogue = talk.feed(events)
    assert talk.pairs(dialogue)[-2:] == [("DATA", 354), (".", 250)]


@pytest.mark.parametrize("kept", [12, 14, 16, 40])
def test_a_capture_cut_at_every_packets_end_tells_who_was_refused_with_what(talk: Any, kept: int) -> None:
    """A snap length of 68 leaves 14 bytes of each segment, 12 fewer where TCP's time stamps take them."""
    said = [
        ("resp", b"220 relay.example ESMTP ready at your service, and more\r\n"),
        ("orig", b"EHLO workstation.site.example\r\n"),
        ("resp", b"250-relay.example\r\n250-PIPELINING\r\n250 SIZE 1000000\r\n"),
        ("orig", b"MAIL FROM:<someone@site.example>\r\n"),
        ("resp", b"250 2.1.0 sender <someone@site.example> ok\r\n"),
        ("orig", b"RCPT TO:<somebody.else@far.example>\r\n"),
        ("resp", b"554 5.7.1 <somebody.else@far.example>: Relay access denied\r\n"),
        ("orig", b"QUIT\r\n"),
        ("resp", b"221 2.0.0 bye, and do come back\r\n"),
    ]
    events: list[Any] = []
    for direction, data in said:
        events += [(direction, data[:kept]), *([(direction, len(data) - kept)] if len(data) > kept else [])]
    dialogue = talk.feed(events)
    assert talk.pairs(dialogue) == [("connect", 220), ("EHLO", 250), ("MAIL", 250), ("RCPT", 554), ("QUIT", 221)]
    refusal = dialogue.replies[3]
    assert (refusal.enhanced, refusal.cut, refusal.lines[-1][-1]) == ("5.7.1", True, "…")
    assert dialogue.transactions[0].mail_from.startswith("s") and dialogue.transactions[0].accepted is False


def test_a_login_that_was_cut_is_known_by_its_mechanism_alone(talk: Any) -> None:
    dialogue = talk(HELLO + "C> AUTH PLAIN AGJvYgBod\nC!12\nS> 535 5.7.8 no\nS!20")
    assert talk.pairs(dialogue)[-1] == ("AUTH", 535)
    assert (dialogue.auth_mechanism, dialogue.auth_succeeded) == ("PLAIN", False)
    assert "AGJvYg" not in repr(dialogue)
