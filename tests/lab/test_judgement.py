"""The lab's own reading of which answer counts and how a session ended."""

from __future__ import annotations

import pytest

from wanwitness.lab.facts import LabConnection, LabReply
from wanwitness.lab.judgement import LabAnswer, LabOpening, cause_of, decrypted, outcome, resolve
from wanwitness.lab.truth import owner_of, retried

RELAY = "198.18.1.25"


def answer(at: float, link: str | None, *, host: str = "c1", ttl: int = 300) -> LabAnswer:
    return LabAnswer(host, at - 0.1, at, {RELAY: ttl}, link, "198.18.1.53")


def opening(at: float, *, host: str = "c1", rewritten: bool = False) -> LabOpening:
    return LabOpening(host, RELAY, at, "isp1", rewritten)


def connection(*replies: tuple[str, int, str], ended: str = "closed", encrypted: bool = False) -> LabConnection:
    heard = [LabReply(command, code, text, encrypted=False) for command, code, text in replies]
    return LabConnection("", "c1", ("192.168.1.10", 1), (RELAY, 25), 0.0, ended, encrypted, heard)


def test_the_latest_answer_before_the_connection_counts() -> None:
    """Of two answers over one link the later counts; one that came after the connection does not."""
    answers = [answer(10, "isp1"), answer(12, "isp1"), answer(20, "isp2")]
    assert resolve(opening(13), answers, []) == (answers[1], None)


def test_without_an_answer_it_depends_on_who_opened() -> None:
    """A client without an answer asked nobody; a router without one has its address from elsewhere."""
    assert resolve(opening(13), [answer(12, "isp1", host="c2")], []) == (None, "no-dns-seen")
    assert resolve(opening(13, host="router", rewritten=True), [], []) == (None, "resolver-link-unknown")


def test_answers_of_two_links_are_ambiguous_unless_the_last_is_plainly_its_own() -> None:
    """Another connection in between, or more than five seconds, and nobody can tell which answer was used."""
    answers = [answer(10, "isp2"), answer(12, "isp1")]
    assert resolve(opening(13), answers, []) == (answers[1], None)
    assert resolve(opening(18), answers, []) == (None, "ambiguous-answer")
    assert resolve(opening(14), answers, [opening(13), opening(14)])[1] == "ambiguous-answer"


def test_an_expired_answer_of_another_link_makes_nothing_ambiguous() -> None:
    """Only answers that are still good stand beside the latest."""
    answers = [answer(10, "isp2", ttl=1), answer(12, "isp1")]
    assert resolve(opening(30), answers, []) == (answers[1], None)


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ((("MAIL", 250, ""), ("RCPT", 250, ""), ("DATA", 354, ""), (".", 250, "")), ("accepted", None)),
        ((("MAIL", 530, "5.7.0 Authentication required"),), ("rejected", "authentication-required")),
        (
            (("MAIL", 530, "5.7.0 Must issue a STARTTLS command first"), ("RCPT", 503, ""), ("DATA", 503, "")),
            ("rejected", "starttls-required"),
        ),
        (
            (("MAIL", 530, "Authentication required"), ("AUTH", 235, ""), ("MAIL", 250, ""), (".", 250, "")),
            ("accepted", "authentication-required"),
        ),
        ((("MAIL", 250, ""), ("RCPT", 450, "4.2.0 Greylisted")), ("deferred", "greylisted")),
        ((("AUTH", 535, "5.7.8 Error: authentication failed"),), ("rejected", "bad-credentials")),
        ((("EHLO", 250, ""), ("QUIT", 221, "")), ("no-mail", None)),
        ((("MAIL", 250, ""),), ("aborted", None)),
    ],
)
def test_an_outcome_follows_from_the_replies(
    heard: tuple[tuple[str, int, str], ...], expected: tuple[str, str | None]
) -> None:
    """DESIGN section 3, `outcome` and `rejection.cause`."""
    assert outcome(connection(*heard)) == expected


def test_a_connection_may_end_before_anything_was_said() -> None:
    """Refused, unanswered and encrypted sessions are called so."""
    assert outcome(connection(ended="refused"))[0] == "refused"
    assert outcome(connection(ended="unanswered"))[0] == "unanswered"
    assert outcome(connection(("EHLO", 250, ""), encrypted=True))[0] == "opaque"


def test_unknown_words_have_another_cause() -> None:
    """A text that no server of the lab says is `other`."""
    assert cause_of(LabReply("MAIL", 554, "No", encrypted=False)) == "other"


def test_an_address_belongs_to_the_provider_of_its_network() -> None:
    """The relays of a provider are its services' networks, of either family."""
    assert [owner_of(each) for each in ("198.18.2.125", "2001:db8:1::25", "198.18.9.25")] == ["isp2", "isp1", None]


def test_a_mail_tried_again_by_another_link_is_known_by_sender_and_recipients() -> None:
    """Only what failed before, by another link, and was for the same people counts."""
    first = connection(("MAIL", 530, "Authentication required"))
    again = connection(("MAIL", 250, ""), (".", 250, ""))
    for each in (first, again):
        each.sender, each.recipients = "alice@isp1.example", ["bob@third.example"]
    assert retried([(first, "isp2"), (again, "isp1")]) == [False, True]
    assert retried([(first, "isp1"), (again, "isp1")]) == [False, False]
    assert retried([(again, "isp2"), (again, "isp1")]) == [False, False]


def test_keys_show_how_an_encrypted_session_ended() -> None:
    """Without them it is opaque; with them its replies count like any other's."""
    private = connection(encrypted=True)
    private.replies = [LabReply("MAIL", 530, "5.7.0 Authentication required", encrypted=True)]
    assert outcome(private) == ("opaque", None)
    assert decrypted(private) == ("rejected", "authentication-required")
