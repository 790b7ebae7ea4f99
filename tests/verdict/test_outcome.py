"""How sessions end, by their dialogue and by their connection's end."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanwitness.model import Dialogue, Direction, Endpoint, FrameRef, Gap, Stream
from wanwitness.protocols.smtp import DialogueParser
from wanwitness.verdict.outcome import outcome_of
from wanwitness.verdict.refusals import Server

RELAY = Server(names=("relay.example",))
HELLO = "S: 220 relay.example ESMTP\nC: EHLO pc.example\nS: 250-relay.example\nS: 250 PIPELINING\n"
ASK = "C: MAIL FROM:<a@site.example>\nS: 250 ok\nC: RCPT TO:<b@far.example>\nS: 250 ok\n"
SEND = "C: DATA\nS: 354 go\nC: text\nC: .\nS: 250 taken\n"
QUIT = "C: QUIT\nS: 221 bye\n"


def session(
    script: str,
    *,
    ended: Literal["fin", "rst", "idle", "eof"] = "fin",
    by: Direction | None = "orig",
    **stream: Any,
) -> tuple[Dialogue, Stream]:
    """A session as the stages before would give it; `S!9` and `C!9` are gaps."""
    parser = DialogueParser(mail_port=True)
    payload = {"orig": 0, "resp": 0}
    gaps = []
    for number, line in enumerate(filter(None, map(str.strip, script.splitlines())), 1):
        direction: Direction = "resp" if line[0] == "S" else "orig"
        frame = FrameRef(0, number)
        if line[1] == "!":
            parser.gap(direction, int(line[2:]), frame, number)
            gaps.append(Gap(direction, int(line[2:]), frame))
        else:
            data = line[3:].encode().decode("unicode_escape").encode("latin-1") + b"\r\n"
            payload[direction] += len(data)
            parser.data(direction, data, frame, number)
    dialogue = parser.close(99)
    assert dialogue is not None
    facts: dict[str, Any] = {
        "syn": FrameRef(0, 1),
        "synack": FrameRef(0, 2),
        "packets_orig": 5,
        "packets_resp": 5,
        "payload_orig": payload["orig"],
        "payload_resp": payload["resp"],
        "gaps": gaps,
        **stream,
    }
    ends = Endpoint("192.0.2.1", 50000), Endpoint("198.51.100.1", 25)
    return dialogue, Stream(*ends, 0, 99, FrameRef(0, 1), FrameRef(0, 99), ended=ended, ended_by=by, **facts)


def judged(script: str, **facts: Any) -> tuple[str, bool, str | None]:
    """Outcome, partial, and the rejection as `command code cause`."""
    outcome, partial, rejection, _ = outcome_of(*session(script, **facts), RELAY)
    return outcome, partial, f"{rejection.command} {rejection.code:03} {rejection.cause}" if rejection else None


AUTH_530 = "authentication-required"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (HELLO + ASK + SEND + QUIT, ("accepted", False, None)),
        (
            HELLO + "C: MAIL FROM:<a@x.example>\nS: 530 5.7.0 Authentication required\n" + QUIT,
            ("rejected", False, f"MAIL 530 {AUTH_530}"),
        ),
        (HELLO + "C: MAIL FROM:<a@x.example>\nS: 450 4.2.0 later\n" + QUIT, ("deferred", False, "MAIL 450 other")),
        (
            HELLO + ASK + "C: RCPT TO:<c@far.example>\nS: 550 User unknown\n" + SEND,
            ("accepted", True, "RCPT 550 recipient-refused"),
        ),
        (
            HELLO + ASK + "C: DATA\nS: 354 go\nC: x\nC: .\nS: 554 5.7.1 no\n" + QUIT,
            ("rejected", False, "DATA 554 policy"),
        ),
        (HELLO + ASK + "C: DATA\nS: 451 later\n" + QUIT, ("deferred", False, "DATA 451 service-unavailable")),
        (
            HELLO + "C: MAIL FROM:<>\nS: 250 ok\nC: BDAT 2 LAST\nC: \nS: 552 big\n",
            ("rejected", False, "BDAT 552 other"),
        ),
        ("S: 554 no\n", ("rejected", False, "connect 554 client-address")),
        ("S: 421 busy\n", ("deferred", False, "connect 421 service-unavailable")),
        ("S: 220 x\nC: EHLO a\nS: 550 no\n" + QUIT, ("rejected", False, "EHLO 550 other")),
        ("S: 220 x\nC: EHLO a\nS: 502 no\nC: HELO a\nS: 550 no\n" + QUIT, ("rejected", False, "HELO 550 other")),
        ("S: 220 x\nC: EHLO a\nS: 502 no\nC: HELO a\nS: 250 hi\n" + ASK + SEND, ("accepted", False, None)),
        (HELLO + "C: AUTH PLAIN AAAA\nS: 535 5.7.8 no\n" + QUIT, ("rejected", False, "AUTH 535 bad-credentials")),
        (HELLO + "C: AUTH LOGIN\nS: 334 x\nC: abc\nS: 454 later\n" + QUIT, ("deferred", False, "AUTH 454 other")),
        (HELLO + "C: AUTH PLAIN AAAA\nS: 535 no\nC: AUTH PLAIN BBBB\nS: 235 ok\n" + QUIT, ("no-mail", False, None)),
        (HELLO + "C: AUTH PLAIN AAAA\nS: 535 no\n" + ASK + SEND, ("accepted", False, None)),
        (HELLO + "C: STARTTLS\nS: 454 no\n" + QUIT, ("deferred", False, "STARTTLS 454 tls-failure")),
        (HELLO + "C: NOOP\nS: 421 closing\n", ("deferred", False, "NOOP 421 service-unavailable")),
    ],
)
def test_replies_decide(script: str, expected: tuple[str, bool, str | None]) -> None:
    assert judged(script) == expected


def test_a_refusal_mended_by_auth_stays_recorded() -> None:
    """AUTH after a 530, and then accepted."""
    refused = "C: MAIL FROM:<a@site.example>\nS: 530 5.7.0 Authentication required\nC: AUTH PLAIN AAAA\nS: 235 ok\n"
    assert judged(HELLO + refused + ASK + SEND) == ("accepted", False, f"MAIL 530 {AUTH_530}")
    assert judged(HELLO + refused + ASK + QUIT) == ("aborted", False, f"MAIL 530 {AUTH_530}")


def test_a_recipient_accepted_later_is_mended() -> None:
    first = "C: MAIL FROM:<a@x.example>\nS: 250 ok\nC: RCPT TO:<B@far.example>\nS: 450 Greylisted\nC: RSET\nS: 250 ok\n"
    assert judged(HELLO + first + ASK + SEND) == ("accepted", False, "RCPT 450 greylisted")


def test_refusals_that_follow_from_an_earlier_one_do_not_decide() -> None:
    """Pipelined: all recipients deferred, so DATA has none, and its 554 makes no rejection."""
    script = (
        "C: MAIL FROM:<a@x.example>\nS: 250 ok\nC: RCPT TO:<b@far.example>\nS: 450 Greylisted\nC: DATA\nS: 554 none"
    )
    assert judged(HELLO + script) == ("deferred", False, "RCPT 450 greylisted")
    script = "C: MAIL FROM:<a@x.example>\nS: 451 later\nC: RCPT TO:<b@far.example>\nS: 503 no\nC: DATA\nS: 503 no"
    assert judged(HELLO + script) == ("deferred", False, "MAIL 451 service-unavailable")


def test_a_503_for_a_nested_mail_is_no_rejection() -> None:
    assert judged(HELLO + ASK + "C: MAIL FROM:<c@x.example>\nS: 503 nested\n" + SEND) == ("accepted", False, None)


def test_one_message_taken_and_one_refused_is_partial() -> None:
    second = (
        "C: MAIL FROM:<a@x.example>\nS: 250 ok\nC: RCPT TO:<c@far.example>\nS: 250 ok\nC: DATA\nS: 354\nC: .\nS: 554 no"
    )
    assert judged(HELLO + ASK + SEND + second) == ("accepted", True, "DATA 554 other")


def test_the_rejection_names_the_last_frame_of_its_reply() -> None:
    script = HELLO + "C: MAIL FROM:<a@x.example>\nS: 530-5.7.0 Authentication\nS: 530 5.7.0 required\n"
    rejection = outcome_of(*session(script), RELAY).rejection
    assert rejection is not None
    assert (rejection.frame, rejection.text, rejection.enhanced) == (FrameRef(0, 7), "Authentication required", "5.7.0")


@pytest.mark.parametrize(
    ("script", "facts", "outcome"),
    [
        (HELLO + QUIT, {}, "no-mail"),
        (HELLO, {"by": "orig"}, "no-mail"),
        (HELLO, {"by": "orig", "ended": "rst"}, "no-mail"),
        (HELLO, {"by": "resp"}, "aborted"),
        ("S: 220 x", {"by": "orig"}, "no-mail"),
        ("", {"by": "orig"}, "no-mail"),
        ("", {"ended": "eof", "by": None}, "unknown"),
        (HELLO, {"ended": "eof", "by": None}, "unknown"),
        (HELLO, {"ended": "idle", "by": None}, "unknown"),
        (HELLO + QUIT, {"ended": "eof", "by": None}, "no-mail"),
        (HELLO + ASK, {"ended": "rst", "by": "resp"}, "aborted"),
        (HELLO + ASK, {"ended": "eof", "by": None}, "unknown"),
        (HELLO + ASK + QUIT, {}, "aborted"),
        (HELLO + ASK + "C: DATA\nS: 354 go\nC: text", {"ended": "rst"}, "aborted"),
        (HELLO + ASK + "C: DATA\nS: 354 go\nC: text\nC: .\nS!20", {}, "unknown"),
        (HELLO + ASK + "C: DATA\nS: 354 go\nC: text\nC!20\nS: 250 taken", {}, "accepted"),
        (HELLO + "C!50", {}, "unknown"),
        ("C: EHLO a\nC: MAIL FROM:<>\nC: QUIT", {"packets_resp": 0, "synack": None}, "unknown"),
        ("S: 220 x\nS: 250 x\nS: 530 no\nS: 221 x", {"packets_orig": 0, "syn": None}, "unknown"),
    ],
)
def test_unrefused_sessions_end_by_who_ended_them(script: str, facts: dict[str, Any], outcome: str) -> None:
    assert judged(script, **facts)[0] == outcome


def test_a_refused_and_an_unanswered_connection() -> None:
    silent: dict[str, Any] = {"ended": "idle", "by": None, "packets_resp": 0, "synack": None}
    assert judged("", **silent)[0] == "unanswered"
    assert judged("", **{**silent, "packets_resp": 1}, refused=FrameRef(0, 2))[0] == "refused"


def test_tls_is_opaque_and_what_was_refused_in_clear_stays() -> None:
    tls = "C: STARTTLS\nS: 220 go\nC: \\x16\\x03\\x01\\x00\\x05"
    assert judged(HELLO + tls) == ("opaque", False, None)
    refused = "C: MAIL FROM:<a@x.example>\nS: 530 5.7.0 Must issue a STARTTLS command first\n"
    assert judged(HELLO + refused + tls) == ("opaque", False, "MAIL 530 starttls-required")
    assert judged(HELLO + ASK + SEND + tls)[0] == "accepted"


def test_decrypted_tls_counts_as_active() -> None:
    inside = "C: STARTTLS\nS: 220 go\nC: EHLO a\nS: 250 hi\nC: MAIL FROM:<a@x.example>\nS: 530 5.7.0 no\n"
    assert judged(HELLO + inside) == ("rejected", False, f"MAIL 530 {AUTH_530}")


def test_a_first_reply_of_a_stream_without_beginning_refuses_no_connection() -> None:
    assert judged("S: 550 no", syn=None, synack=None, ended="eof", by=None) == ("unknown", False, None)


LINES = st.sampled_from([
    "S: 220 x", "C: EHLO a", "S: 250 ok", "C: MAIL FROM:<a@x.example>", "S: 530 5.7.0 no", "C: RCPT TO:<b@x.example>",
    "S: 450 no", "C: DATA", "S: 354", "C: .", "S: 421 bye", "S: 503 no", "S!9", "C!9", "C: QUIT", "C: BDAT 0 LAST",
    "C: AUTH LOGIN", "S: 235 ok", "S: 535 no", "C: STARTTLS", "C: \\x16\\x03\\x01", "S: 999 ?", "C: HELO a", "S: 550 ",
])  # fmt: skip


@given(st.lists(LINES, max_size=20), st.sampled_from(["fin", "rst", "idle", "eof"]), st.sampled_from(["orig", "resp"]))
def test_every_session_has_an_outcome_and_every_rejecting_one_a_rejection(
    lines: list[str], ended: Any, by: Any
) -> None:
    outcome, partial, rejection, rejections = outcome_of(*session("\n".join(lines), ended=ended, by=by), RELAY)
    assert (outcome in ("rejected", "deferred")) <= (rejection is not None)
    assert partial <= (outcome == "accepted")
    assert rejection is None or rejection in rejections
    assert all(rejection.code >= 400 for rejection in rejections)


def refusals(script: str, **facts: Any) -> tuple[list[str], str | None]:
    """Every refusal as `command code`, and the one that says most."""
    ending = outcome_of(*session(script, **facts), RELAY)
    told = [f"{rejection.command} {rejection.code}" for rejection in ending.rejections]
    return told, f"{ending.rejection.command} {ending.rejection.code}" if ending.rejection else None


FROM = "C: MAIL FROM:<a@site.example>\n"
RCPT = "C: RCPT TO:<b@far.example>\n"
NO_AUTH = "S: 530 5.7.0 Authentication required\n"


@pytest.mark.parametrize(
    ("script", "all_of_them", "most"),
    [
        (HELLO + FROM + "S: 250 ok\n" + RCPT + "S: 550 5.1.1 User unknown\nC: RSET\nS: 250 ok\n" + FROM + NO_AUTH,
         ["RCPT 550", "MAIL 530"], "MAIL 530"),
        (HELLO + "C: MAIL FORM:<a@site.example>\nS: 501 what\n" + FROM + NO_AUTH, ["MAIL 501", "MAIL 530"], "MAIL 530"),
        (HELLO + FROM + "S: 555 no such parameter\n" + FROM + "S: 250 ok\n" + RCPT + NO_AUTH, ["MAIL 555", "RCPT 530"],
         "RCPT 530"),
        (HELLO + FROM + NO_AUTH + "C: AUTH PLAIN AAAA\nS: 235 ok\n" + ASK + "C: DATA\nS: 451 later\n",
         ["MAIL 530", "DATA 451"], "MAIL 530"),
        (HELLO + FROM + "S: 530 5.7.0 Must issue a STARTTLS command first\n" + FROM + NO_AUTH, ["MAIL 530", "MAIL 530"],
         "MAIL 530"),
        (HELLO + FROM + "S: 250 ok\n" + RCPT + "S: 450 Greylisted\nC: DATA\nS: 554 none\n", ["RCPT 450", "DATA 554"],
         "RCPT 450"),
        ("S: 220 x\nC: EHLO a\nS: 502 no\nC: HELO a\nS: 250 hi\n" + ASK + SEND, ["EHLO 502"], None),
        (HELLO + "C: NOOP\nS: 500 no\nC: VRFY x\nS: 502 no\n" + ASK + SEND, [], None),
        ("S: 554 no\n", ["connect 554"], "connect 554"),
    ],
)  # fmt: skip
def test_every_refusal_is_listed_and_the_one_that_may_be_the_links_named(
    script: str, all_of_them: list[str], most: str | None
) -> None:
    assert refusals(script + QUIT) == (all_of_them, most)


def test_a_refused_greeting_decides_though_commands_were_sent_behind_it() -> None:
    together = "S: 220 x\nC: EHLO a\\r\\nMAIL FROM:<a@site.example>\\r\\nRCPT TO:<b@far.example>\n"
    refused = "S: 500 5.5.1 Pipelining not supported\n"
    assert judged(together + refused, by="resp") == ("rejected", False, "EHLO 500 protocol")
    follow = "S: 503 hello first\nS: 503 need MAIL\n"
    assert judged(together + refused + follow + QUIT) == ("rejected", False, "EHLO 500 protocol")
    assert judged(together + refused + "S: 250 ok\nS: 250 ok\n" + SEND) == ("accepted", False, None)


def test_a_slip_that_was_typed_again_is_mended() -> None:
    start = HELLO + "C: MAIL FROM:<a@site.example>\nS: 250 ok\nC: RCPT TO b@far.example\nS: 501 what\n"
    assert judged(start + RCPT + "S: 250 ok\n" + SEND) == ("accepted", False, "RCPT 501 protocol")
    assert judged(start + RCPT + "S: 250 ok\nC: DATA\nS: 451 later\n")[0] == "deferred"
    assert judged(start + QUIT)[0] == "rejected"


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [("4.7.0 later", "deferred"), ("5.7.1 no", "rejected"), ("later, maybe", "unknown"), ("2.0.0 queued", "accepted")],
)
def test_a_reply_without_a_code_decides_by_its_enhanced_one(reply: str, outcome: str) -> None:
    """And the 221 to QUIT never does."""
    assert judged(HELLO + ASK + f"C: DATA\nS: 354 go\nC: text\nC: .\nS: {reply}\n" + QUIT)[0] == outcome


def test_nothing_follows_for_mail_from_a_reply_that_cannot_be_read() -> None:
    together = "C: MAIL FROM:<a@site.example>\\r\\nRCPT TO:<b@far.example>\\r\\nDATA\n"
    assert judged(HELLO + together + "S: no\nS: 503 no\nS: 503 no\n" + QUIT)[0] == "unknown"


def test_tls_that_was_answered_in_plain_text_is_not_opaque() -> None:
    assert judged("S: 220 x\nC: \\x16\\x03\\x01\\x00\\x05abc\nS: 500 what\n") == ("no-mail", False, None)
