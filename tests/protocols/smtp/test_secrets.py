"""Passwords and message text never enter a Dialogue."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanwitness.protocols.smtp.codings import readings

SECRET = "AGJvYgBodW50ZXIy"
START = "S: 220 x\nC: EHLO me\nS: 250-x\nS: 250 AUTH PLAIN LOGIN\n"


@pytest.mark.parametrize(
    "script",
    [
        START + f"C: AUTH PLAIN {SECRET}\nS: 235 ok",
        START + f"C: AUTH PLAIN {SECRET}\nS: 501 cannot decode {SECRET}",
        START + f"C: AUTH {SECRET}\nS: 504 what",
        START + f"C: AUTH LOGIN\nS: 334 x\nC: {SECRET}\nS: 334 y\nC: {SECRET}\nS: 535 5.7.8 no {SECRET[:10]}",
        START + f'C: AUTH LOGIN\nS: 503 no\nC: {SECRET}\nS: 500 Command unrecognized: "{SECRET}"',
        START + f"C: AUTH LOGIN\nS!20\nC: {SECRET}\nS!20\nC: {SECRET}\nS: 235 ok",
        START + f"C: AUTH LOGIN\nC!20\nC: {SECRET}\nS: 235 ok",
        START + f"C: AUTH LOGIN\nS: 334 x\nC: {SECRET.lower()}data\nS: 500 {SECRET.upper()}DATA",
        f"C: EHLO me\nC: AUTH LOGIN\nC: {SECRET}\nC: {SECRET}\nC: MAIL FROM:<a@site.example>",
        f"C: {SECRET}\nS: 235 ok\nC: MAIL FROM:<a@site.example>\nS: 250 ok",
        f"S: 334 x\nC: {SECRET}\nS: 235 ok",
        START + f"C: BURL imap://a@site.example/x;urlauth=submit+a:internal:{SECRET} LAST\nS: 250 ok",
        START + f"C: MAIL FROM:<>\nS: 250 ok\nC: DATA\nS: 354 go\nC: {SECRET}\nC: .\nS: 250 ok",
        START + f"C: MAIL FROM:<>\nS: 250 ok\nC: DATA\nS: 554 no\nC: Help {SECRET}\nC: noop {SECRET}\nC: .\nS: 500 a",
        START + f"C!100\nC: Mail {SECRET}\nC: data {SECRET}\nC: Rcpt {SECRET}\nS: 250 ok",
        START + f"C: BDAT {len(SECRET)} LAST\nC> {SECRET}\nC!5\nC: {SECRET}",
    ],
)
def test_no_secret_is_kept(talk: Any, script: str) -> None:
    """Whatever the server answers, whatever is lost, also where the server repeats what it did not understand."""
    kept = repr(talk(script)).lower()
    assert SECRET.lower() not in kept
    assert SECRET[:10].lower() not in kept


def test_reply_texts_keep_their_own_words(talk: Any) -> None:
    dialogue = talk(START + f"C: AUTH PLAIN {SECRET}\nS: 535 5.7.8 Authentication credentials invalid")
    assert dialogue.replies[-1].text == "Authentication credentials invalid"


def test_control_characters_are_made_visible(talk: Any) -> None:
    dialogue = talk("S: 220 \\x1b[2Jx\nC: EHLO \\x1b[31m\nS: 250 \\xe9")
    assert "\x1b" not in repr([dialogue.replies, dialogue.helo])
    assert dialogue.replies[-1].text == "\\xe9"


def test_a_code_that_a_secret_contains_is_masked_in_a_whole_reply_too(talk: Any) -> None:
    dialogue = talk(f"{START}C: AUTH LOGIN\nS: 334 x\nC: 5.7.0\nS: 535 5.7.0 no")
    assert dialogue.replies[-1].enhanced is None


WORD = "Hunter2Secret"
TOKEN = "AGJvYgBIdW50ZXIyU2VjcmV0"
MAIL = "C: MAIL FROM:<a@site.example>\nS: 250 2.1.0 ok\nC: RCPT TO:<b@far.example>\nS: 250 2.1.5 ok\n"


@pytest.mark.parametrize(
    ("script", "secret"),
    [
        ("C: PASS \\xc3\\xa9t\\xc3\\xa9\nS: 500 what is PASS \\xc3\\xa9t\\xc3\\xa9", "été"),
        ("C: AUTH HUNTER2SECRET\nS: 504 no", "HUNTER2SECRET"),
        (f"C: AUTH X-ODD {WORD}\nS: 504 no {WORD}", WORD),
        (f"C: AUTH PLAIN {TOKEN}\nS: 535 5.7.8 bad password {WORD} for bob", WORD),
        (f"C: AUTH PLAIN {TOKEN}\nS: 535 no\nC: MAIL FROM:<a@site.example>\nS: 530 not you, {WORD}", WORD),
        (f"C: AUTH PLAIN {TOKEN}\nS: 535 no, {WORD[::-1]}", WORD[::-1]),
        ("C: AUTH LOGIN\nS: 334 UGFzc3dvcmQ6\nC: YWIx\nS: 535 ab1 is wrong", "ab1"),
        (f"C!40\nS: 535 5.7.8 no {WORD}", WORD),
        (f"C!40\nS: 535 no\nC: MAIL FROM:<a@site.example>\nS: 530 not you, {WORD}", WORD),
        (f"C: XCLIENT LOGIN={WORD}\nS: 550 no {WORD}", WORD),
        (f"C: VRFY {WORD}\nS: 252 {WORD}", WORD),
        (f"C: MAIL FROM:<a@site.example> AUTH={WORD}\nS: 501 what is AUTH={WORD}", WORD),
        (
            MAIL + f"C: DATA\nS: 250 ok\nC> Subject: x\\r\\nEHLO {WORD}\\r\\nRCPT TO:<{WORD}@x>\\r\\n.\\r\\n\nS: 500 a",
            WORD,
        ),
        (MAIL + f"C!6\nS!8\nC> Subject: x\\r\\nMAIL FROM:<{WORD}@x>\\r\\n.\\r\\n\nS: 250 ok\nC: QUIT\nS: 221 b", WORD),
        (MAIL + f"C: DATA\nS: 354 go\nC: {WORD}\nC: .\nS: 554 5.7.1 rejected: contains {WORD[:8]}", WORD[:8]),
        (MAIL + f"C: BDAT 9 LAST\nC> Subject: x\\r\\nMail from: {WORD}\\r\\n\nS: 250 ok", WORD),
        (MAIL + f"C: BDAT 9\nC> Subject: MAIL FROM:<{WORD}@x>\\r\\n\nS: 250 ok\nC: QUIT\nS: 221 b", WORD),
        (MAIL + f"C: BDAT 9\nC> Subject: VRFY x\\r\\nMail from: {WORD}\\r\\n\nS: 250 ok\nC: QUIT\nS: 221 b", WORD),
        (
            MAIL
            + f"C: BDAT 9\nC> Subject: QUIT\\r\\nMAIL FROM:<{WORD}@x>\\r\\n\nS: 250 ok\nS: 250 ok\nC: QUIT\nS: 221 b",
            WORD,
        ),
        (MAIL + f"C: BDAT 0\nC> RSET\\r\\nMAIL FROM:<{WORD}@x>\\r\\nx\\r\\n\nS: 250 ok\nS: 250 b", WORD),
        (
            MAIL + f"C: BDAT 9\nC> Subject: NOOP\\r\\n.\\r\\nRCPT TO:<{WORD}@x>\\r\\n\nS: 250 ok\nC: QUIT\nS: 221 b",
            WORD,
        ),
        (MAIL + f"C: BDAT 9\nC> Subject: NOOP\\r\\nDATA\\r\\n.\\r\\nEHLO {WORD}\\r\\n\nS: 250 ok\nC: QUIT", WORD),
        (
            MAIL
            + f"C: BDAT 99\nC> Subject: x\\r\\n\nS: 250 ok\nC: BDAT 9\nC> {'x' * 77}\\r\\nRSET\\r\\n\nS: 554 no {WORD}",
            WORD,
        ),
        (
            MAIL + f"C: BDAT 6\nC> RSET\\r\\nRCPT TO:<{WORD}@x>\\r\\n\nC: BDAT 6 LAST\nC> RSET\\r\\n\n"
            "S: 250 ok\nS: 250 ok\nS: 250 ok",
            WORD,
        ),
        (
            MAIL + f"C!9\nC> DATA\\r\\n.\\r\\nEHLO {WORD}\\r\\n\nC: BDAT 6\nC> RSET\\r\\n\nS: 503 no\nS: 250 ok",
            WORD,
        ),
        (f"C: STARTTLS\nS: \nC: AUTH PLAIN {TOKEN}\nS: 501 no, {WORD[::-1]}\nC: QUIT\nS: 221 b", WORD[::-1]),
        (f"C: NOOP\nS: 535 5.7.8 {WORD}\nC: QUIT\nS: 221 b", WORD),
    ],
)
def test_what_is_made_of_a_secret_is_not_kept(talk: Any, script: str, secret: str) -> None:
    """By a server that decodes it, by a capture that lacks its line, by a message that looks like commands."""
    assert secret.lower() not in repr(talk(START + script)).lower()


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (
            f"C: AUTH PLAIN {TOKEN}\nS: 535 5.7.8 Username and Password not accepted",
            "Username and Password not accepted",
        ),
        (f"C: AUTH PLAIN {TOKEN}\nS: 535 Identifiants incorrects", "Identifiants incorrects"),
        ("C!60\nS: 530 5.7.0 Authentication required", "Authentication required"),
        (MAIL + "C: RSET\nS: 250 mx7.far.example: flushed 4711", "mx7.far.example: flushed 4711"),
        (
            MAIL + "C: DATA\nS: 354 go\nC: Hello\nC: .\nS: 554 5.7.1 [192.0.2.1] blocked, see https://x.example/1",
            "[192.0.2.1] blocked, see https://x.example/1",
        ),
        (MAIL + "C: DATA\nS: 354 go\nC: Hello\nC: .\nS: 250 2.0.0 Ok: queued as 4FzX12", "Ok: queued as 4FzX12"),
    ],
)
def test_what_servers_say_to_anybody_is_kept(talk: Any, script: str, text: str) -> None:
    """And all that answers what has no secret."""
    assert talk(START + script).replies[-1].text == text


@pytest.mark.parametrize(
    "chunks",
    [
        "C: BDAT 5 LAST\nC> Hello\nS: 250 ok\n",
        "C: BDAT 5\nC> Hello\nS: 250 ok\nC: BDAT 0 LAST\nS: 250 ok\n",
        "C: BDAT 5\nC> Hello\nC: BDAT 5 LAST\nC> Hello\nS: 250 ok\nS: 250 ok\n",
        "C: BDAT 5 LAST\nC> Hello\nS: 552 5.3.4 no\nC: RSET\nS: 250 ok\n",
    ],
)
def test_behind_chunks_of_the_announced_size_commands_are_told(talk: Any, chunks: str) -> None:
    """Also where the next mail's come at once: the client has waited where the chunk ends."""
    second = "C: MAIL FROM:<c@site.example>\nC: RCPT TO:<d@far.example>\nS: 530 5.7.0 no\nS: 503 no"
    told = talk(START + MAIL + chunks + second).exchanges[-2:]
    assert [e.command.argument for e in told] == ["FROM:<c@site.example>", "TO:<d@far.example>"]


def test_behind_a_loss_a_command_is_told_where_the_server_answers_it(talk: Any) -> None:
    """Within a message a server says nothing."""
    script = START + "C!50\nC: MAIL FROM:<a@site.example>\nS: 250 ok\nC: RCPT TO:<b@far.example>\nS: 250 ok"
    assert [e.command.argument for e in talk(script).exchanges[-2:]] == ["FROM:<a@site.example>", "TO:<b@far.example>"]


@pytest.mark.parametrize(
    "said",
    [
        "Hunter2%53ecret",
        "Hunter2=53ecret",
        "Hunter2+53ecret",
        r"Hunter2\\x53ecret",
        "Hunter2&#83;ecret",
        "SHVudGVyMlNlY3JldA==",
        "U0hWdWRHVnlNbE5sWTNKbGRBPT0=",
        "48756e7465723253656372657400",
        "48 75 6e 74 65 72 32 53 65 63 72 65 74",
        "H_u_n_t_e_r_2_S_e_c_r_e_t",
        "H u n t e r 2 S e c r e t",
        "terceS2retnuH",
        "Uhagre2Frperg",
        "hUNTER2sECRET",
        "https://relay.example/unlock?token=Hunter2%53ecret",
        "=?utf-8?b?SHVudGVyMlNlY3JldA==?=",
    ],
)
def test_a_secret_is_masked_in_every_coding(talk: Any, said: str) -> None:
    """In the refusal of the mail, of which the other words are told."""
    dialogue = talk(f"{START}C: AUTH PLAIN {TOKEN}\nS: 535 no\n{MAIL.splitlines()[0]}\nS: 530 Log in first, ({said})")
    text = dialogue.replies[-1].text
    assert text.startswith("Log in first, ")
    assert set(text.removeprefix("Log in first, ")) <= set("*( )")


def test_words_that_are_like_a_secret_s_by_chance_are_kept(talk: Any) -> None:
    """None of them is decoded into it."""
    text = "Authentication required. See https://relay.example/help?q=530&lang=en (PI-12ab34), call +33 1 23 45 67"
    dialogue = talk(f"{START}C: AUTH PLAIN {TOKEN}\nS: 535 no\n{MAIL.splitlines()[0]}\nS: 530 5.7.0 {text}")
    assert dialogue.replies[-1].text == text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"pc.example AUTH PLAIN {TOKEN}", f"pc.example **** ***** {'*' * len(TOKEN)}"),
        (f"bob:{WORD}@pc.example", f"{'*' * (len(WORD) + 4)}@pc.example"),
        ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
    ],
)
def test_a_client_s_name_is_one_word(talk: Any, line: str, told: str) -> None:
    """What stands behind it, or before it as in a URL, may be a secret."""
    dialogue = talk(f"S: 220 x\nC: EHLO {line}\nS: 250 Hello {line}")
    assert dialogue.helo == told
    assert WORD not in repr(dialogue)
    assert TOKEN not in repr(dialogue)


@pytest.mark.parametrize("size", ["", "0x20 LAST", "-5 LAST", "32.0", "32LAST", "LAST", "9" * 30])
def test_behind_a_chunk_of_no_size_nothing_is_told(talk: Any, size: str) -> None:
    """Clients send a chunk without waiting for an answer, and there are lone dots in it."""
    content = f"RCPT TO:<{WORD}@far.example>\\r\\n.\\r\\nMAIL FROM:<{WORD}@site.example>\\r\\n"
    dialogue = talk(f"{START}{MAIL}C: BDAT {size}\nS: 250 ok\nC> {content}\nS: 250 ok")
    assert WORD.lower() not in repr(dialogue).lower()


def test_what_is_read_as_commands_line_by_line_is_not_told(talk: Any) -> None:
    """A message that was refused unseen, and went on: every line is answered, none of them was a command."""
    lines = f"C: RCPT TO:<{WORD}@far.example>\nS: 503 no\nC: HELP {WORD}\nS: 500 what\nC: EHLO {WORD}\nS: 501 no"
    dialogue = talk(f"{START}{MAIL}C!6\nS: 503 no\n{lines}\nC: .\nS: 500 what\nC: QUIT\nS: 221 bye")
    assert WORD.lower() not in repr(dialogue).lower()


def test_a_reply_may_be_about_what_was_sent_ahead_of_it(talk: Any) -> None:
    """A client that waits for nothing: the count of its replies may be wrong, and this one is about its message."""
    ahead = f"C> MAIL FROM:<a@site.example>\\r\\nDATA\\r\\nSubject: {WORD}\\r\\n\\r\\n.\\r\\n"
    dialogue = talk(f"{START}{ahead}\nS: 250 ok\nS: 554 rejected: contains {WORD}")
    assert WORD.lower() not in repr(dialogue).lower()


@given(st.text(max_size=60) | st.text("%=\\\\xuU+&#;0123456789abcdefABCDEF?", max_size=60))
def test_whatever_a_word_is_it_has_readings(word: str) -> None:
    """None of them is an error, nor the word itself."""
    assert word not in readings(word)
    assert all(readings(word * 5))
