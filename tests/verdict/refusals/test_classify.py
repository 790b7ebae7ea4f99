"""Texts of refusals, and the causes they stand for."""

from __future__ import annotations

import pytest

from wanwitness.model import FrameRef, Reply
from wanwitness.verdict.refusals import Server, classify, provider_of, telling
from wanwitness.verdict.refusals.table import rules


def reply_of(text: str) -> Reply:
    lines = text.split("|")
    code = int(lines[0][:3])
    texts = tuple(line[4:] if line[:3].isdigit() else line for line in lines)
    first = texts[0].split(" ")[0].strip("[]")
    enhanced = first if first.count(".") == 2 and first.replace(".", "").isdigit() else None
    return Reply(code, enhanced, texts, 0, (FrameRef(0, 1),))


def cause_of(text: str, command: str = "MAIL", *, names: tuple[str, ...] = (), tls: bool = False) -> str:
    return classify(reply_of(text), command, Server(names=names), tls_active=tls)[0]


@pytest.mark.parametrize(
    ("text", "command", "cause"),
    [
        # FIELD-NOTES, row by row.
        ("530 5.7.0 Authentication required", "MAIL", "authentication-required"),
        ("530 Authentication required", "RCPT", "authentication-required"),
        ("550 5.7.1 Relais refusé", "RCPT", "relaying-denied"),
        ("550 Relais refus\\xe9", "RCPT", "relaying-denied"),
        ("503 AUTH first (#5.5.1)", "MAIL", "authentication-required"),
        ("550 5.7.1 Client does not have permissions to send as this sender", "MAIL", "sender-refused"),
        ("550 relay not permitted", "RCPT", "relaying-denied"),
        ("553 Relaying disallowed", "RCPT", "relaying-denied"),
        ("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "RCPT", "relaying-denied"),
        ("554 5.7.1 <bob@far.example>: Relay access denied", "RCPT", "relaying-denied"),
        ("454 4.7.1 <bob@far.example>: Relay access denied", "RCPT", "relaying-denied"),
        ("530 5.7.0 Must issue an AUTH command first", "MAIL", "authentication-required"),
        ("530 SMTP authentication is required.", "MAIL", "authentication-required"),
        ("530 [5.7.0] Must issue a STARTTLS command first", "MAIL", "starttls-required"),
        ("530 5.7.0 Must issue a STARTTLS command first", "AUTH", "starttls-required"),
        ("530 5.7.0 TLS required", "MAIL", "starttls-required"),
        ("530 5.5.1 Authentication Required. Learn more|530 5.5.1 at x - gsmtp", "MAIL", "authentication-required"),
        ("530 5.7.57 Client not authenticated to send mail", "MAIL", "authentication-required"),
        ("535 5.7.8 Authentication credentials invalid", "AUTH", "bad-credentials"),
        ("534 5.7.9 Authentication mechanism is too weak", "AUTH", "bad-credentials"),
        ("538 5.7.11 Encryption required for requested authentication mechanism", "AUTH", "bad-credentials"),
        ("553 Please first check your mail", "MAIL", "pop-before-smtp"),
        ("451 please authenticate before send", "MAIL", "pop-before-smtp"),
        (
            "550-5.7.1 The IP you are using is not authorized to|550-5.7.1 send directly to us",
            "connect",
            "client-address",
        ),
        ("550 5.7.1 refused (S3140)", "MAIL", "blocklisted"),
        ("550 SC-001 refused", "MAIL", "blocklisted"),
        ("554 5.7.1 Service unavailable; Client host blocked using list.example", "RCPT", "blocklisted"),
        ("421 mwinf OFR004_104 [104] Service refuse", "connect", "rate-limited"),
        ("450 4.2.0 <b@far.example>: Recipient address rejected: Greylisted", "RCPT", "greylisted"),
        # Their like.
        (
            "554 5.7.1 <a@site.example>: Sender address rejected: Authentication required",
            "RCPT",
            "authentication-required",
        ),
        ("530 5.7.0 Authentification requise", "MAIL", "authentication-required"),
        ("550 authentification obligatoire", "RCPT", "authentication-required"),
        ("530 L'authentification est nécessaire", "MAIL", "authentication-required"),
        ("550 Veuillez vous authentifier", "RCPT", "authentication-required"),
        ("553 5.7.1 <a@site.example>: Sender address rejected: not logged in", "RCPT", "authentication-required"),
        ("503 This server requires authentication", "MAIL", "authentication-required"),
        ("550 5.7.1 Unable to relay for b@far.example", "RCPT", "relaying-denied"),
        ("550 5.7.1 <b@far.example>... Relaying denied", "RCPT", "relaying-denied"),
        ("550 5.7.1 Relaying denied. Proper authentication required.", "RCPT", "relaying-denied"),
        ("530 Encryption required", "MAIL", "starttls-required"),
        ("554 5.7.1 rejected, see spamhaus", "connect", "blocklisted"),
        ("451 4.7.1 Greylisting in action, please try again later", "RCPT", "greylisted"),
        ("450 Trop de connexions", "connect", "rate-limited"),
        ("421 4.7.0 Too many connections", "connect", "rate-limited"),
        ("452 4.5.3 Too many recipients", "RCPT", "rate-limited"),
        ("450 4.1.8 <a@nowhere.example>: Sender address rejected: Domain not found", "RCPT", "sender-refused"),
        ("550 SPF check failed", "MAIL", "sender-authentication"),
        ("553 bad sender", "MAIL", "sender-refused"),
        ("550 5.7.26 Unauthenticated email is not accepted due to DMARC", "DATA", "sender-authentication"),
        ("550 5.1.1 <b@far.example>: User unknown", "RCPT", "recipient-refused"),
        ("552 Mailbox full", "RCPT", "mailbox-full"),
        ("550 Destinataire inconnu", "RCPT", "recipient-refused"),
        ("554 5.7.1 Message refused", "DATA", "policy"),
        ("554 5.7.1 <pc.example>: Client host rejected: Access denied", "RCPT", "client-address"),
        ("451 4.3.0 Temporary lookup failure", "RCPT", "service-unavailable"),
        ("550 computer says no", "DATA", "other"),
        ("503 5.5.1 Bad sequence", "RCPT", "protocol"),
    ],
)
def test_a_text_has_its_cause(text: str, command: str, cause: str) -> None:
    assert cause_of(text, command) == cause


@pytest.mark.parametrize(
    ("text", "command", "cause"),
    [
        ("550 5.7.11 no", "MAIL", "bad-credentials"),
        ("530 5.7.10 no", "MAIL", "starttls-required"),
        ("550 5.7.23 no", "DATA", "sender-authentication"),
        ("550 5.7.25 no", "MAIL", "client-address"),
        ("550 5.7.27 no", "MAIL", "sender-refused"),
        ("450 4.7.28 no", "MAIL", "rate-limited"),
        ("535 5.7.8 no", "RCPT", "bad-credentials"),
        ("552 5.2.2 no", "RCPT", "mailbox-full"),
        ("554 5.6.0 no", "DATA", "content"),
        ("554 5.3.4 no", "MAIL", "message-too-big"),
        ("554 5.4.6 no", "DATA", "routing"),
        ("452 4.5.3 no", "RCPT", "rate-limited"),
        ("550 5.1.1 no", "RCPT", "recipient-refused"),
        ("550 5.1.8 no", "MAIL", "sender-refused"),
        ("451 4.3.0 no", "MAIL", "service-unavailable"),
        ("550 5.5.1 no", "MAIL", "protocol"),
        ("550 5.7.1 no", "MAIL", "policy"),
        ("553 no (#5.7.1)", "MAIL", "sender-refused"),
        ("552 no", "RCPT", "mailbox-full"),
        ("550 no", "MAIL", "other"),
        ("554 no", "DATA", "other"),
    ],
)
def test_where_words_say_nothing_the_codes_do(text: str, command: str, cause: str) -> None:
    """RFC 3463 and its registry, else RFC 5321; what these leave open is `other`."""
    assert cause_of(text, command) == cause


def test_the_pair_530_570_alone_decides_nothing() -> None:
    """RFC 4954 and RFC 3207 both use it; only TLS that is there already rules one out."""
    assert cause_of("530 5.7.0 Access refused by us") == "other"
    assert cause_of("530 5.7.0 Access refused by us", tls=True) == "authentication-required"
    assert cause_of("530 5.7.0 Access refused by us", "AUTH") == "starttls-required"


def test_starttls_is_not_asked_for_where_tls_is_active() -> None:
    assert cause_of("530 5.7.0 Must issue a STARTTLS command first", tls=True) == "authentication-required"


@pytest.mark.parametrize(
    ("text", "names", "provider"),
    [
        ("Authentication Required. abc - gsmtp", (), "Gmail"),
        ("no", ("smtp.gmail.com",), "Gmail"),
        ("Client not authenticated to send mail", (), "Microsoft"),
        ("no", ("SMTP.Office365.com.",), "Microsoft"),
        ("no", ("smtp.mail.yahoo.com",), "Yahoo"),
        ("no", ("smtp.mail.me.com",), "iCloud"),
        ("no", ("ssl0.ovh.net",), "OVH"),
        ("Authentication required", ("smtp.relay.example", "notgmail.com"), None),
        ("<bob@yahoo.com>: relay access denied", (), None),
    ],
)
def test_a_provider_is_known_by_its_names_or_its_words(text: str, names: tuple[str, ...], provider: str | None) -> None:
    assert provider_of(text, names) == provider


def test_every_rule_names_its_source() -> None:
    assert all(rule.source for rule in rules())


def test_of_thousands_of_names_those_count_that_tell_a_provider() -> None:
    """One for each: a hosted server has a name of every customer's."""
    names = [f"mx{n}.customer.example" for n in range(3000)] + ["a.google.com", "b.google.com", "mx1.zoho.eu"]
    assert telling(names) == ["a.google.com", "mx1.zoho.eu"]
