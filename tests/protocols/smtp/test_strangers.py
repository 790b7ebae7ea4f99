"""Passwords in lines of other protocols: they are masked in whatever reply repeats them."""

from __future__ import annotations

from typing import Any

import pytest

SCRIPT = """
S: 220 relay.example ESMTP
C: EHLO pc.site.example
S: 250 relay.example
C: {line}
S: 500 5.5.1 what
C: EHLO pc.site.example
S: 500 5.5.1 {echo}
C: MAIL FROM:<a@site.example>
S: 530 5.7.0 Authentication required for {echo}
"""


@pytest.mark.parametrize("line", ["PASS {}", "SITE PSWD {} {}", "OPER bob {}", "AUTHINFO PASS {}", "{}"])
@pytest.mark.parametrize("spelt", [str, str.upper, lambda word: word[::-1], lambda word: word.encode().hex()])
def test_a_plain_word_of_an_unknown_line_is_in_no_later_reply(talk: Any, line: str, spelt: Any) -> None:
    """Words that servers use are: they tell nothing, and the refusal stays readable."""
    word = "kvxjjqjkq"
    dialogue = talk(SCRIPT.format(line=line.replace("{}", word), echo=spelt(word)))
    replies = [exchange.reply.text for exchange in dialogue.exchanges]
    assert not any(spelt(word).lower() in reply.lower() for reply in replies)
    assert replies[-1].startswith("Authentication required for *")


@pytest.mark.parametrize("word", ["çôqq", "пароль", "éààé"])
def test_a_short_word_with_accents_is_known_when_it_is_turned_round(talk: Any, word: str) -> None:
    """Others are like it by chance only without."""

    def wire(text: str) -> str:
        return "".join(f"\\x{byte:02x}" for byte in text.encode())

    dialogue = talk(SCRIPT.format(line=f"PASS {wire(word)}", echo=wire(word[::-1])))
    assert [exchange.reply.text for exchange in dialogue.exchanges][-2:] == [
        "*" * len(word),
        "Authentication required for " + "*" * len(word),
    ]


def test_such_words_take_no_place_of_a_secret(talk: Any) -> None:
    """However many come behind it."""
    lines = "".join(f"C: XYZ {chr(97 + n // 26)}{chr(97 + n % 26)}jqxkw\nS: 500 what\n" for n in range(100))
    dialogue = talk(
        f"""
        S: 220 relay.example ESMTP
        C: AUTH PLAIN AGJvYgBodW50ZXIyc2VjcmV0
        S: 535 5.7.8 no
        C: RSET
        S: 250 ok
        {lines}
        C: EHLO pc.site.example
        S: 250 hunter2secret is wrong
        """
    )
    assert dialogue.exchanges[-1].reply.text == "************* is wrong"
