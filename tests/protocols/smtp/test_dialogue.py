"""What the parser makes of complete dialogues."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from english import all_english, english
from wanwitness.model import FrameRef

HELLO = """
S: 220 relay.example ESMTP
C: EHLO pc.example
S: 250-relay.example
S: 250-PIPELINING
S: 250-AUTH PLAIN LOGIN
S: 250 AUTH=LOGIN
"""
MAIL = """
C: MAIL FROM:<alice@site.example>
S: 250 2.1.0 Ok
C: RCPT TO:<bob@far.example>
S: 250 2.1.5 Ok
"""
DATA = """
C: DATA
S: 354 go ahead
C: Message-ID: <1@site.example>
C: Subject: hello
C:
C: text
C: .
S: 250 2.0.0 queued
"""


def test_a_mail_is_a_transaction_with_all_its_exchanges(talk: Any) -> None:
    dialogue = talk(HELLO + MAIL + DATA + "C: QUIT\nS: 221 bye")
    assert talk.pairs(dialogue) == [
        ("connect", 220),
        ("EHLO", 250),
        ("MAIL", 250),
        ("RCPT", 250),
        ("DATA", 354),
        (".", 250),
        ("QUIT", 221),
    ]
    (mail,) = dialogue.transactions
    assert (mail.mail_from, [path for path, _ in mail.recipients]) == ("alice@site.example", ["bob@far.example"])
    assert (mail.message_id, mail.accepted, dialogue.quit) == ("<1@site.example>", True, True)
    assert dialogue.helo == "pc.example"
    assert dialogue.offers == ("PIPELINING", "AUTH PLAIN LOGIN", "AUTH=LOGIN")
    assert dialogue.auth_offered == ("PLAIN", "LOGIN")
    assert dialogue.oddities == []


def test_a_reply_knows_its_frames_lines_and_enhanced_code(talk: Any) -> None:
    dialogue = talk(HELLO + "C: MAIL FROM:<a@site.example>\nS: 530-[5.7.0] Must issue\nS: 530 [5.7.0] STARTTLS first")
    reply = dialogue.replies[-1]
    assert (reply.code, reply.enhanced, reply.text) == (530, "5.7.0", "Must issue STARTTLS first")
    assert reply.frames == (FrameRef(0, 8), FrameRef(0, 9))


@pytest.mark.parametrize(
    ("line", "enhanced"),
    [("530 5.7.0 no", "5.7.0"), ("530 4.7.0 no", None), ("530 5.7 no", None), ("250 2.1.5", "2.1.5"), ("250", None)],
)
def test_the_class_of_an_enhanced_code_is_the_first_digit_of_the_code(talk: Any, line: str, enhanced: str) -> None:
    """RFC 2034 section 4."""
    assert talk(f"S: 220 x\nC: NOOP\nS: {line}").replies[-1].enhanced == enhanced


def test_bare_line_feeds_and_missing_texts_are_read(talk: Any) -> None:
    dialogue = talk("S> 220 x\\n\nC> EHLO me\\n\nS> 250-x\\n250\\n\nC> QUIT\\n\nS> 221\\n")
    assert talk.pairs(dialogue) == [("connect", 220), ("EHLO", 250), ("QUIT", 221)]


def test_any_three_digits_are_a_code_and_never_stop_the_session(talk: Any) -> None:
    dialogue = talk("S: 220 x\nC: EHLO me\nS: 999 what\nC: HELO me\nS: 000 zero\nC: QUIT\nS: 221 bye")
    assert [reply.code for reply in dialogue.replies] == [220, 999, 0, 221]


def test_a_line_that_is_no_reply_is_continuation_inside_a_reply_and_an_oddity_outside(talk: Any) -> None:
    dialogue = talk("S: 220-x\nS: notice\nS: 220 y\nS: stray\nC: QUIT\nS: 221 bye")
    assert dialogue.replies[0].lines == ("x", "notice", "y")
    assert all_english(reason for _, reason in dialogue.oddities) == ["line outside of any reply"]


def test_pipelined_commands_get_their_own_replies(talk: Any) -> None:
    dialogue = talk(
        HELLO
        + """
        C> MAIL FROM:<a@site.example>\\r\\nRCPT TO:<b@far.example>\\r\\nRCPT TO:<c@far.example>\\r\\nDATA\\r\\n
        S> 250 ok\\r\\n550 no\\r\\n250 ok\\r\\n354 go\\r\\n
        C> text\\r\\n.\\r\\nQUIT\\r\\n
        S> 250 taken\\r\\n221 bye\\r\\n
        """
    )
    assert talk.pairs(dialogue)[2:] == [
        ("MAIL", 250),
        ("RCPT", 550),
        ("RCPT", 250),
        ("DATA", 354),
        (".", 250),
        ("QUIT", 221),
    ]


def test_commands_behind_a_refused_data_are_commands(talk: Any) -> None:
    dialogue = talk(
        HELLO
        + """
        C> MAIL FROM:<a@site.example>\\r\\nRCPT TO:<b@far.example>\\r\\nDATA\\r\\nRSET\\r\\nQUIT\\r\\n
        S> 530 5.7.0 no\\r\\n503 no\\r\\n503 no\\r\\n250 ok\\r\\n221 bye\\r\\n
        """
    )
    assert talk.pairs(dialogue)[2:] == [("MAIL", 530), ("RCPT", 503), ("DATA", 503), ("RSET", 250), ("QUIT", 221)]
    assert dialogue.transactions[0].accepted is False


@pytest.mark.parametrize("end", ["\\r\\n.\\r\\n", "\\n.\\n", "\\n.\\r\\n", "\\r\\n.\\n"])
def test_a_lone_dot_ends_the_content_however_it_is_ended(talk: Any, end: str) -> None:
    dialogue = talk(HELLO + MAIL + f"C: DATA\nS: 354 go\nC> a\\r\\n..\\r\\n.b\\r\\nQUIT{end}QUIT\\r\\n\nS: 250 ok")
    assert talk.pairs(dialogue)[-2:] == [(".", 250), ("QUIT", None)]
    assert bool(dialogue.oddities) == (end != "\\r\\n.\\r\\n")


def test_empty_content_ends_at_once(talk: Any) -> None:
    dialogue = talk(HELLO + MAIL + "C: DATA\nS: 354 go\nC: .\nS: 250 ok")
    assert dialogue.transactions[0].accepted is True


def test_a_folded_message_id_is_found_and_one_in_the_text_is_not(talk: Any) -> None:
    start = HELLO + MAIL + "C: DATA\nS: 354 go\n"
    assert (
        talk(start + "C: message-id:\nC> \\x20<x@site.example>\\r\\n\\r\\n.\\r\\n").transactions[0].message_id
        == "<x@site.example>"
    )
    assert talk(start + "C: Subject: a\nC:\nC: Message-ID: <x@site.example>\nC: .").transactions[0].message_id is None


def test_bdat_bytes_are_content_whatever_the_reply(talk: Any) -> None:
    """RFC 3030 section 2: they follow at once."""
    dialogue = talk(
        HELLO
        + """
        C> MAIL FROM:<a@site.example>\\r\\nRCPT TO:<b@far.example>\\r\\nBDAT 10\\r\\nMessage-IDBDAT 26 LAST\\r\\n
        C> : <y@site.example>\\r\\n\\r\\nQUITQUIT\\r\\n
        S> 250 ok\\r\\n250 ok\\r\\n250 ok\\r\\n250 taken\\r\\n221 bye\\r\\n
        """
    )
    assert talk.pairs(dialogue)[4:] == [("BDAT", 250), ("BDAT", 250), ("QUIT", 221)]
    assert (dialogue.transactions[0].message_id, dialogue.transactions[0].accepted) == ("<y@site.example>", True)


@pytest.mark.parametrize("size", ["-5", "x", "", "99999999999999999999999"])
def test_bdat_without_a_proper_size_has_no_bytes(talk: Any, size: str) -> None:
    dialogue = talk(HELLO + f"C: BDAT {size}\nS: 501 no\nC: QUIT\nS: 221 bye")
    assert talk.pairs(dialogue)[2:] == [("BDAT", 501), ("QUIT", 221)]


@pytest.mark.parametrize(
    ("argument", "path"),
    [
        ("FROM:<a@site.example>", "a@site.example"),
        ("from: <a@site.example> SIZE=9", "a@site.example"),
        ("FROM:a@site.example SIZE=9", "a@site.example"),
        ("FROM:<>", ""),
        ('FROM:<"a>b"@site.example>', '"a>b"@site.example'),
        ("FROM:<a@site.example", "a@site.example"),
    ],
)
def test_a_path_is_read_without_its_brackets(talk: Any, argument: str, path: str) -> None:
    assert talk(HELLO + f"C: MAIL {argument}\nS: 250 ok").transactions[0].mail_from == path


def test_rset_hello_and_a_new_mail_end_a_transaction(talk: Any) -> None:
    for end in ("RSET", "EHLO again", "HELO again"):
        dialogue = talk(HELLO + MAIL + f"C: {end}\nS: 250 ok\nC: RCPT TO:<x@far.example>\nS: 503 no")
        assert [len(t.recipients) for t in dialogue.transactions] == [1]
    dialogue = talk(HELLO + MAIL + DATA + MAIL + DATA)
    assert [t.accepted for t in dialogue.transactions] == [True, True]


def test_a_nested_mail_refused_by_503_is_no_transaction(talk: Any) -> None:
    """RFC 5321 section 4.1.4: the open one goes on."""
    dialogue = talk(HELLO + MAIL + "C: MAIL FROM:<c@site.example>\nS: 503 nested" + DATA)
    assert [(t.mail_from, t.accepted) for t in dialogue.transactions] == [("alice@site.example", True)]
    assert ("MAIL", 503) in talk.pairs(dialogue)


def test_a_refused_mail_is_a_transaction_of_its_own(talk: Any) -> None:
    dialogue = talk(HELLO + "C: MAIL FROM:<a@site.example>\nS: 530 no" + MAIL + DATA)
    assert [t.accepted for t in dialogue.transactions] == [False, True]


def test_ehlo_refused_then_helo_accepted_gives_the_helo_name(talk: Any) -> None:
    dialogue = talk("S: 220 x\nC: EHLO one\nS: 502 no\nC: HELO two\nS: 250 hi")
    assert (dialogue.helo, dialogue.offers) == ("two", ())


def test_starttls_answered_220_and_a_tls_record_hide_the_rest(talk: Any) -> None:
    dialogue = talk(HELLO + "C: STARTTLS\nS: 220 go\nC> \\x16\\x03\\x01\\x00\\x05abc\\n\nS> \\x16\\x03\\x03\\x00\\x01z")
    assert talk.pairs(dialogue)[-1] == ("STARTTLS", 220)
    assert (dialogue.starttls, dialogue.encrypted, dialogue.implicit_tls) == (True, True, False)
    assert dialogue.tls_frames == (FrameRef(0, 9), FrameRef(0, 10))


def test_plain_text_behind_starttls_is_a_decrypted_capture(talk: Any) -> None:
    dialogue = talk(HELLO + "C: STARTTLS\nS: 220 go\nC: EHLO inside\nS: 250 hi" + MAIL + DATA)
    assert (dialogue.starttls, dialogue.encrypted, dialogue.helo) == (True, False, "inside")
    assert dialogue.transactions[0].accepted is True


def test_starttls_refused_leaves_the_session_in_clear(talk: Any) -> None:
    dialogue = talk(HELLO + "C: STARTTLS\nS: 454 no" + MAIL)
    assert (dialogue.starttls, dialogue.encrypted, len(dialogue.transactions)) == (False, False, 1)


@pytest.mark.parametrize("hello", ["\\x16\\x03\\x01\\x00\\xa0abc", "\\x80\\x2e\\x01\\x03\\x01\\x00"])
def test_a_tls_hello_first_is_implicit_tls(talk: Any, hello: str) -> None:
    dialogue = talk(f"C> {hello}\nS> \\x16\\x03\\x01\\x00\\x40abc")
    assert (dialogue.implicit_tls, dialogue.encrypted, dialogue.exchanges) == (True, True, [])
    assert talk.maybe(f"C> {hello}", mail_port=False) is None


@pytest.mark.parametrize(("code", "succeeded"), [(235, True), (535, False), (454, False), (501, False)])
def test_auth_is_mechanism_and_outcome(talk: Any, code: int, succeeded: bool) -> None:
    dialogue = talk(HELLO + f"C: auth login\nS: 334 VXNlcm5hbWU6\nC: Zm9v\nS: {code} so\nC: QUIT\nS: 221 bye")
    assert talk.pairs(dialogue)[2:] == [("AUTH", 334), ("AUTH-RESPONSE", code), ("QUIT", 221)]
    assert (dialogue.auth_mechanism, dialogue.auth_succeeded) == ("LOGIN", succeeded)


def test_an_early_talker_gets_its_banner_first(talk: Any) -> None:
    dialogue = talk("C: EHLO spam.example\nS: 220 x\nS: 250 hi")
    assert talk.pairs(dialogue) == [("connect", 220), ("EHLO", 250)]


def test_a_refusing_banner_is_the_reply_to_connect(talk: Any) -> None:
    assert talk.pairs(talk("S: 554 go away")) == [("connect", 554)]
    assert talk.pairs(talk("S> 421 busy")) == [("connect", 421)]
    assert talk.pairs(talk("S: 554-go")) == [("connect", 554)]


def test_a_421_amid_the_session_answers_the_command_it_follows(talk: Any) -> None:
    assert talk.pairs(talk(HELLO + "C: MAIL FROM:<a@site.example>\nS: 421 closing"))[-1] == ("MAIL", 421)
    assert talk.pairs(talk(HELLO + "S: 421 timeout"))[-1] == (None, 421)


def test_a_refusal_amid_the_content_belongs_to_the_message(talk: Any) -> None:
    dialogue = talk(HELLO + MAIL + "C: DATA\nS: 354 go\nC: text\nS: 552 too much\nC: .\nC: QUIT\nS: 221 bye")
    assert talk.pairs(dialogue)[-3:] == [(None, 552), (".", None), ("QUIT", 221)]
    assert dialogue.transactions[0].accepted is False


def test_unknown_commands_are_kept_without_their_words(talk: Any) -> None:
    dialogue = talk("S: 220 x\nC: MALI FROM:<a@site.example>\nS: 500 what")
    command = dialogue.exchanges[-1].command
    assert (command.verb, command.argument) == ("?", "")


def test_an_overlong_line_is_cut_and_the_session_goes_on(talk: Any) -> None:
    long = b"x" * 20_000
    events = [("resp", b"220 " + long + b"\r\n"), ("orig", b"EHLO " + long + b"\r\n"), ("resp", b"250 hi\r\n")]
    dialogue = talk.feed(events)
    assert talk.pairs(dialogue) == [("connect", 220), ("EHLO", 250)]
    assert all_english(reason for _, reason in dialogue.oddities) == [
        "reply line too long, cut",
        "command line too long, cut",
    ]


def test_recipients_beyond_the_bound_are_counted_as_oddities(talk: Any) -> None:
    events = [("resp", b"220 x\r\n"), ("orig", b"EHLO a\r\n"), ("resp", b"250 a\r\n"), ("orig", b"MAIL FROM:<>\r\n")]
    events += [("orig", b"RCPT TO:<a@far.example>\r\n" * 10_003)]
    dialogue = talk.feed(events)
    assert len(dialogue.transactions[0].recipients) == 10_000
    assert sum("recipient beyond" in english(reason) for _, reason in dialogue.oddities) == 3


def hello_record(kind: int, random: bytes) -> str:
    """A ClientHello (1) or ServerHello (2) as a script writes bytes."""
    body = b"\x03\x03" + random + bytes(5)
    message = bytes((kind,)) + len(body).to_bytes(3) + body
    return "".join(f"\\x{byte:02x}" for byte in b"\x16\x03\x01" + len(message).to_bytes(2) + message)


ASKED, ANSWERED = bytes(range(32)), bytes(range(100, 132))


def test_what_a_handshake_chose_at_random_is_kept(talk: Any) -> None:
    dialogue = talk(f"C> {hello_record(1, ASKED)}\nS> {hello_record(2, ANSWERED)}\nS> abc")
    assert dialogue.tls_randoms == (ASKED, ANSWERED)
    dialogue = talk(HELLO + f"C: STARTTLS\nS: 220 go\nC> {hello_record(1, ASKED)}\nS> {hello_record(2, ANSWERED)}")
    assert dialogue.tls_randoms == (ASKED, ANSWERED)


def test_a_random_that_is_lost_in_part_or_no_random_is_not_kept(talk: Any) -> None:
    """A server that asks for another ClientHello sends a constant instead (RFC 8446 section 4.1.3)."""
    cut = hello_record(1, ASKED)[: 4 * 20]
    again = hashlib.sha256(b"HelloRetryRequest").digest()
    dialogue = talk(f"C> {cut}\nC!23\nC> {hello_record(1, ASKED)}\nS> {hello_record(2, again)}")
    assert dialogue.tls_randoms == (None, None)
    assert talk(HELLO + MAIL).tls_randoms == (None, None)


def test_a_report_that_is_longer_than_is_read_is_told(talk: Any) -> None:
    """Of the mails that came back with it some may not be."""
    group = r"Final-Recipient: rfc822; b%d@far.example\r\nStatus: 5.1.1\r\n\r\n"
    report = "".join(group % n for n in range(101))
    dialogue = talk(
        f"""
        S: 220 hi
        C: MAIL FROM:<>
        S: 250 ok
        C: RCPT TO:<a@site.example>
        S: 250 ok
        C: DATA
        S: 354 go
        C> Content-Type: multipart/report; boundary=b\\r\\n\\r\\n--b\\r\\n
        C> Content-Type: message/delivery-status\\r\\n\\r\\nReporting-MTA: dns; a\\r\\n\\r\\n
        C> {report}--b--\\r\\n.\\r\\n
        S: 250 ok
        """
    )
    (transaction,) = dialogue.transactions
    assert transaction.report is not None
    assert len(transaction.report.statuses) == 100
    assert [why.id for _, why in dialogue.oddities] == ["odd-report-cut"]


CONTENT = "S: 220 hi\nC: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<a@site.example>\nS: 250 ok\nC: DATA\nS: 354 go\n"


def test_a_report_that_is_not_read_for_its_content_type_is_told(talk: Any) -> None:
    """Another message with one as long reports nothing, and nothing is said of it."""
    long = "Content-Type: text/plain; name=" + "x" * 2_000
    for kind, told in (("delivery-status", ["odd-report-cut"]), ("x", [])):
        report = f"{long}\\r\\n\\r\\n--b\\r\\nContent-Type: message/{kind}\\r\\n\\r\\n"
        head = "Content-Type: multipart/report; boundary=b\\r\\n\\r\\n--b\\r\\n"
        dialogue = talk(CONTENT + f"C> {head}{report}--b--\\r\\n.\\r\\nS: 250 ok".replace("S: 250", "\nS: 250"))
        assert [why.id for _, why in dialogue.oddities] == told
        assert dialogue.transactions[0].report is None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (["X-A: " + "a" * 900] * 80 + ["Message-ID: <one@site.example>"], True),
        (["Message-ID: <one@site.example>"] + ["X-A: " + "a" * 900] * 80, True),
        (["X-A: " + "a" * 900] * 60 + ["Message-ID: <one@site.example>"], False),
    ],
)
def test_a_header_that_is_longer_than_is_searched_is_told(talk: Any, fields: list[str], told: bool) -> None:
    """Its Message-ID may be behind that, or that the message is a delivery report."""
    header = "\n".join(f"C: {field}" for field in fields)
    dialogue = talk(f"{CONTENT}{header}\nC: \nC: body\nC: .\nS: 250 ok")
    assert [(frame, why.id) for frame, why in dialogue.oddities] == (
        [(FrameRef(0, 6), "odd-header-long")] if told else []
    )


@pytest.mark.parametrize(("words", "told"), [(98, False), (102, True)])
def test_a_refusal_longer_than_is_looked_at_for_its_reason_is_told(talk: Any, words: int, told: bool) -> None:
    """Its reason may stand behind; what a server says when it accepts has none."""
    for code, odd in ((530, told), (250, False)):
        lines = "".join(f"S: {code}-{'spam words' * 10}\n" for _ in range(words // 10))
        dialogue = talk(f"S: 220 hi\nC: MAIL FROM:<a@b.example>\n{lines}S: {code} {'x' * (10 * (words % 10))}")
        assert [why.id for _, why in dialogue.oddities] == (["odd-refusal-long"] if odd else [])
