"""What a session is evidence of, and that case.json's readers find the same in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from verdict.test_outcome import HELLO, QUIT, RELAY, SEND, session
from wanwitness.case.build_sessions import session_value
from wanwitness.hypotheses.attempts import attempts_of
from wanwitness.model import Judgement, Session
from wanwitness.verdict.outcome import outcome_of
from wanwitness.verdict.relays import Relays
from wanwitness.verify.originals import originals
from wanwitness.verify.reading import Reading
from wanwitness.verify.servers import Servers
from wanwitness.verify.tries import tried

REFUSED = "S: 530 5.7.0 Authentication required\n"
ASKS, FAILS, LOGS_IN = "C: AUTH LOGIN\n", "S: 535 5.7.8 no\n", "S: 235 2.7.0 yes\n"
MAIL, TO = "C: MAIL FROM:<A@site.example> SIZE=2048\n", "C: RCPT TO:<B@far.example>\nS: 250 ok\n"
TAKEN = MAIL + "S: 250 ok\n" + TO + SEND


@pytest.mark.parametrize(
    ("script", "left_out", "refused", "log_in"),
    [
        (HELLO + TAKEN + QUIT, None, False, False),
        (HELLO + MAIL + REFUSED + QUIT, None, True, False),
        (HELLO + ASKS + LOGS_IN + TAKEN + QUIT, "authenticated", None, None),
        (HELLO + ASKS + FAILS + MAIL + REFUSED + QUIT, None, True, True),
        (HELLO + ASKS + FAILS + TAKEN + QUIT, None, False, True),
        (HELLO + MAIL + REFUSED + ASKS + LOGS_IN + TAKEN + QUIT, None, True, False),
        ("S: 220 relay.example ESMTP\nC!40\nS: 250 ok\n" + MAIL + REFUSED + QUIT, None, True, None),
        (HELLO + QUIT, "outcome-unknown", None, None),
        (HELLO + MAIL + "S: 552 5.2.3 too big\n" + QUIT, "other-refusal", None, None),
    ],
)
def test_what_counts_is_read_alike(
    script: str, left_out: str | None, refused: bool | None, log_in: bool | None
) -> None:
    """A log-in that was taken before the mail leaves a session out; one that was only asked for is a condition."""
    dialogue, stream = session(script)
    one = Session("0123456789ab", 1_350_370_800_000_000_000, 1, stream.orig, stream.resp, dialogue, stream, None)
    judgement = Judgement(one, *outcome_of(dialogue, stream, RELAY), "undetermined", "transport-link-unknown")
    attempts, reasons = attempts_of([judgement], Relays([], []), "subscriber")
    assert [(attempt.refused, attempt.log_in) for attempt in attempts] == ([] if left_out else [(refused, log_in)])
    assert reasons == ({left_out: 1} if left_out else {})
    servers = Servers({"links": []}, Reading([], originals([], Path())))
    assert tried([session_value(judgement)], servers, "subscriber") == (attempts, reasons)
