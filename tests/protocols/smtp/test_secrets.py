"""Passwords and message text never enter a Dialogue."""

from __future__ import annotations

from typing import Any

import pytest

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
