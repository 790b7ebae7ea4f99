"""Same input cut differently, same result; garbage gives a Dialogue or None, never an exception."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from english import english
from wanwitness.protocols.smtp.ledger import MAX_OUTSTANDING
from wanwitness.protocols.smtp.reply import MAX_REPLY_LINES

CLIENT = [
    b"EHLO pc.example\r\n",
    b"HELO pc\n",
    b"MAIL FROM:<a@site.example>\r\n",
    b"RCPT TO:<b@far.example>\r\n",
    b"DATA\r\n",
    b"Message-ID: <1@x.example>\r\n\r\ntext\r\n.\r\n",
    b".\r\n",
    b"BDAT 5\r\nhello",
    b"BDAT 0 LAST\r\n",
    b"BDAT 7 LAST\r\n",
    b"AUTH LOGIN\r\n",
    b"AUTH PLAIN AGEAYg==\r\n",
    b"c2VjcmV0cGFzcw==\r\n",
    b"STARTTLS\r\n",
    b"RSET\r\n",
    b"QUIT\r\n",
    b"\x16\x03\x01\x00\x05hello",
    b"\r\n",
    b"\x16",
    b"\x03\x80\x2e\x01\x03",
    b"QU",
    b"*\r\n",
    b"\xff\xfb\x1f\xff\xfd\x01",
    b"\xff\xf4",
    b"\x00\x00",
    b"MAIK\x08L FROM:<a@site.example>\r\n",
    b"DAT\x7fTA\r\n",
    b"\x7f\x08\r\n",
    b"PROXY TCP4 192.0.2.1 192.0.2.2 5000 25\r\n",
    b"PROXY ",
    b"\r\n\r\n\x00\r\nQUIT\n!\x11\x00\x04\n\r\x00\x19",
    b"\r\n\r\n\x00\r\nQU",
    b"BDAT 500 LAST\r\n",
    b"RCPT T",
    b"GET / HTTP/1.1\r\n",
    b"RSET\n\r",
]
SERVER = [
    b"220 x ESMTP\r\n",
    b"250-x\r\n250-AUTH PLAIN\r\n250 PIPELINING\r\n",
    b"250 ok\r\n",
    b"250 2.1.0 ok\n",
    b"354 go\r\n",
    b"334 x\r\n",
    b"235 ok\r\n",
    b"530 5.7.0 no\r\n",
    b"503 no\r\n",
    b"421 bye\r\n",
    b"221 bye\r\n",
    b"250-",
    b"stray\r\n",
    b"\x16\x03\x03\x00\x01z",
    b"25",
    b"\xff\xfe\r\n",
    b"530: no\r\n",
    b"530.5.7.0 no\r\n",
    b"4.7.0 later\r\n",
    b" 250 ok\r\n",
    b"250-x\r\n  PIPELINING\r\n250 ok\n\r",
    b"530-no\r\n",
    b"454 no\n\r",
    b"\xff\xfd\x18220 x\r\n",
    b"500 what\r\n",
    b"530 5.7.0 Auth",
    b"\r\n",
]
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("orig"), st.one_of(st.sampled_from(CLIENT), st.integers(1, 30), st.binary(max_size=20))),
        st.tuples(st.just("resp"), st.one_of(st.sampled_from(SERVER), st.integers(1, 30), st.binary(max_size=20))),
    ),
    max_size=25,
)
GREETING: list[tuple[str, bytes]] = [("resp", b"220 x\r\n"), ("orig", b"EHLO me\r\n"), ("resp", b"250 hi\r\n")]


@given(EVENTS, st.booleans(), st.booleans(), st.randoms(use_true_random=False))
def test_any_traffic_in_any_cut_gives_the_same_result(
    talk: Any, events: list[Any], greeted: bool, mail_port: bool, chance: random.Random
) -> None:
    """Whole segments, single bytes, and random pieces are the same bytes."""

    def pieces(data: bytes) -> list[bytes]:
        cuts = sorted(chance.randrange(len(data) + 1) for _ in range(3))
        return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]

    events = [*GREETING, *events] if greeted else events
    dialogue = talk.feed(events, mail_port=mail_port)
    assert talk.feed(events, mail_port=mail_port, cut=pieces) == dialogue
    assert (
        talk.feed(events, mail_port=mail_port, cut=lambda data: [data[i : i + 1] for i in range(len(data))]) == dialogue
    )


@given(EVENTS)
def test_no_reply_is_lost_and_none_is_given_twice(talk: Any, events: list[Any]) -> None:
    """Each complete reply of a plain session stands in exactly one exchange, each command in one."""
    dialogue = talk.feed([*GREETING, *events])
    assert dialogue is not None
    for kind in ("reply", "command"):
        ids = [id(part) for e in dialogue.exchanges if (part := getattr(e, kind)) is not None]
        assert len(ids) == len(set(ids))
    assert all(e.command is not None or e.reply is not None for e in dialogue.exchanges)
    assert "c2VjcmV0cGFzcw" not in repr(dialogue)


@given(st.lists(st.sampled_from(["ok", "no"]), min_size=1, max_size=12), st.data())
def test_pairing_is_exact_however_commands_are_pipelined(talk: Any, answers: list[str], data: Any) -> None:
    """The n-th command gets the n-th reply, wherever the client does not wait."""
    codes = {"ok": b"250", "no": b"550"}
    events = [*GREETING, ("orig", b"MAIL FROM:<a@site.example>\r\n"), ("resp", b"250 ok\r\n")]
    sent = answered = 0
    while answered < len(answers):
        if sent < len(answers) and (sent == answered or data.draw(st.booleans())):
            events.append(("orig", b"RCPT TO:<r%d@far.example>\r\n" % sent))
            sent += 1
        else:
            events.append(("resp", codes[answers[answered]] + b" %d\r\n" % answered))
            answered += 1
    (mail,) = talk.feed(events).transactions
    assert [(path, e.reply.text) for path, e in mail.recipients] == [
        (f"r{n}@far.example", str(n)) for n in range(len(answers))
    ]


@pytest.mark.parametrize("lines", [MAX_REPLY_LINES - 1, MAX_REPLY_LINES, MAX_REPLY_LINES + 3])
def test_a_reply_of_many_short_lines_is_cut_though_it_comes_at_once(talk: Any, lines: int) -> None:
    events = [*GREETING, ("orig", b"HELP\r\n"), ("resp", b"214-\n" * lines + b"214 \n")]
    dialogue = talk.feed(events)
    assert dialogue == talk.feed(events, cut=lambda data: data.splitlines(keepends=True))
    assert len(dialogue.replies[-1].lines) == min(lines, MAX_REPLY_LINES) + 1
    assert any("lines, cut" in english(reason) for _, reason in dialogue.oddities) == (lines >= MAX_REPLY_LINES)


def test_what_is_too_far_ahead_to_be_paired_is_counted(talk: Any) -> None:
    """Commands of a client whose server is not seen, and replies beyond any command."""
    events = [("orig", b"EHLO a\r\n"), *[("orig", b"NOOP\r\n")] * MAX_OUTSTANDING]
    dialogue = talk.feed(events)
    assert dialogue is not None
    assert [(why.id, why.args) for _, why in dialogue.oddities] == [("odd-unpaired", {"number": MAX_OUTSTANDING})]
