"""Delivery reports that came back, tied to the session that sent the mail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from correlate.simulator import BEGIN, Script, Simulator
from wanwitness.language import ENGLISH
from wanwitness.model import Judgement

PC, SERVER = "192.168.1.20", "192.168.1.30"
MAIL = "Message-ID: <one@site.example>\r\nSubject: x\r\n\r\nhello\r\n."
TRACE = "Received: from pc.site.example (unknown [203.0.113.10]) by relay.isp.example with ESMTP id 1"
STATUS = """\
Final-Recipient: rfc822; bob@far.example
Action: failed
Status: 5.7.1
Remote-MTA: dns; mx.far.example
Diagnostic-Code: smtp; 554 5.7.1 Service unavailable; Client host [192.0.2.9]
    blocked using list.example"""


def report(status: str = STATUS, returned: str = f"{TRACE}\r\n{MAIL[:-3]}", kind: str = "message/rfc822") -> str:
    text = f"""\
From: MAILER-DAEMON@relay.isp.example
To: a@site.example
Message-ID: <bounce@relay.isp.example>
Content-Type: multipart/report; report-type=delivery-status;
    boundary="b"

--b

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.isp.example

{status}

--b
Content-Type: {kind}

{returned}
--b--
."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def sent(content: str = MAIL, to: tuple[str, ...] = ("bob@far.example",)) -> Script:
    return (
        ("", "220 relay ESMTP"),
        ("EHLO pc.example", "250 relay"),
        ("MAIL FROM:<a@site.example>", "250 ok"),
        *((f"RCPT TO:<{recipient}>", "250 ok") for recipient in to),
        ("DATA", "354 go"),
        (content, "250 taken"),
        ("QUIT", "221 bye"),
    )


def brought(content: str) -> Script:
    return (
        ("", "220 mail.site.example ESMTP"),
        ("EHLO relay.isp.example", "250 mail.site.example"),
        ("MAIL FROM:<>", "250 ok"),
        ("RCPT TO:<a@site.example>", "250 ok"),
        ("DATA", "354 go"),
        (content, "250 taken"),
        ("QUIT", "221 bye"),
    )


def judged(site: Simulator, folder: Path) -> list[Judgement]:
    return site.analyse(folder).judgements()


def test_a_report_is_the_later_fate_of_the_mail(tmp_path: Path) -> None:
    """By Message-ID; its frame is the one that tells, and no body is kept."""
    site = Simulator()
    site.connect(1, PC, "orange", script=sent())
    site.connect(2, PC, "orange", script=sent(MAIL.replace("<one@", "<two@")))
    site.connect(60, SERVER, "sfr", script=brought(report()))
    first, second, back = judged(site, tmp_path)
    (bounce,) = first.bounces
    assert (bounce.recipient, bounce.action, bounce.status, bounce.remote) == (
        "bob@far.example",
        "failed",
        "5.7.1",
        "mx.far.example",
    )
    assert bounce.text == "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using list.example"
    assert bounce.cause == "blocklisted"
    assert bounce.at_ns == back.session.start_ns
    assert bounce.frame in first.frames
    assert "Later the mail came back for bob@far.example" in ENGLISH.say(first.explanation)
    assert not second.bounces
    assert not back.bounces


def test_the_trace_of_the_returned_mail_tells_the_address_that_the_relay_saw(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(1, PC, "orange", script=sent())
    site.connect(60, SERVER, "sfr", script=brought(report()))
    judgement = judged(site, tmp_path)[0]
    assert judgement.told_address is not None
    assert (judgement.told_address.address, judgement.told_address.link) == ("203.0.113.10", "orange")
    assert judgement.told_address.frame == judgement.bounces[0].frame


def test_without_the_mail_s_header_sender_recipient_and_time_decide(tmp_path: Path) -> None:
    """If they leave one mail only."""
    site = Simulator()
    site.connect(1, PC, "orange", script=sent())
    site.connect(60, SERVER, "sfr", script=brought(report(returned="", kind="text/plain")))
    assert len(judged(site, tmp_path)[0].bounces) == 1


def test_what_may_be_of_two_mails_is_of_none(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(1, PC, "orange", script=sent())
    site.connect(2, PC, "orange", script=sent())
    site.connect(60, SERVER, "sfr", script=brought(report(returned="", kind="text/plain")))
    assert not any(one.bounces for one in judged(site, tmp_path))


@pytest.mark.parametrize(
    "content",
    [
        report().replace("<one@", "<three@"),
        report(STATUS.replace("failed", "delivered")),
        report().replace("multipart/report", "multipart/mixed"),
        report(status="Status: 5.7.1"),
    ],
)
def test_what_reports_no_trouble_of_this_mail_is_no_bounce(tmp_path: Path, content: str) -> None:
    """Another mail's, a delivery, no report, a status of nobody."""
    site = Simulator()
    site.connect(1, PC, "orange", script=sent())
    site.connect(60, SERVER, "sfr", script=brought(content))
    assert not any(one.bounces for one in judged(site, tmp_path))


def test_a_report_before_the_mail_is_not_of_it(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(1, SERVER, "sfr", script=brought(report()))
    site.connect(60, PC, "orange", script=sent())
    assert not any(one.bounces for one in judged(site, tmp_path))


def test_of_two_tries_the_last_one_before_the_report_brought_it(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(1, PC, "orange", script=sent())
    site.connect(30, PC, "sfr", script=sent())
    site.connect(60, SERVER, "sfr", script=brought(report()))
    assert [len(one.bounces) for one in judged(site, tmp_path)] == [0, 1, 0]


def test_each_recipient_has_his_own_fate(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(1, PC, "orange", script=sent(to=("bob@far.example", "eve@far.example")))
    late = "Final-Recipient: rfc822; eve@far.example\nAction: delayed\nStatus: 4.4.1"
    site.connect(60, SERVER, "sfr", script=brought(report(f"{STATUS}\n\n{late}")))
    bounces = judged(site, tmp_path)[0].bounces
    assert [(bounce.recipient, bounce.action, bounce.status) for bounce in bounces] == [
        ("bob@far.example", "failed", "5.7.1"),
        ("eve@far.example", "delayed", "4.4.1"),
    ]
    assert bounces[1].text is None
    assert bounces[1].cause is None


def fetched_by_pop(content: str) -> Script:
    return (
        ("", "+OK ready"),
        ("USER a", "+OK"),
        ("PASS not-a-secret", "+OK in"),
        ("RETR 1", f"+OK\r\n{content}"),
        ("QUIT", "+OK bye"),
    )


def fetched_by_imap(content: str) -> Script:
    content = content.removesuffix(".")  # which ends it in SMTP and POP
    size = len(content.encode())
    return (
        ("", "* OK ready"),
        ("a1 LOGIN a not-a-secret", "a1 OK in"),
        ("a2 FETCH 1 BODY[]", f"* 1 FETCH (BODY[] {{{size}}}\r\n{content})\r\na2 OK done"),
        ("a3 LOGOUT", "* BYE\r\na3 OK"),
    )


@pytest.mark.parametrize(("port", "script"), [(110, fetched_by_pop), (143, fetched_by_imap)])
def test_a_report_that_is_fetched_from_the_mailbox_is_tied_too(
    tmp_path: Path, port: int, script: Callable[[str], Script]
) -> None:
    """Once, though both sides of the router show it, and though it is fetched again every hour."""
    site = Simulator()
    site.connect(1, PC, "orange", script=sent())
    site.connect(2, PC, "orange", script=sent(MAIL.replace("<one@", "<two@")))
    for hour in range(3):
        site.connect(60 + 3600 * hour, PC, "orange", script=script(report()), server_port=port)
    first, second = judged(site, tmp_path)
    (bounce,) = first.bounces
    assert (bounce.recipient, bounce.status, bounce.cause) == ("bob@far.example", "5.7.1", "blocklisted")
    assert 0 <= bounce.at_ns - BEGIN * 10**9 - 60 * 10**9 < 10**9
    assert bounce.frame in first.frames and not second.bounces


def test_without_a_message_id_the_one_to_whom_the_fetched_report_is_addressed_decides(tmp_path: Path) -> None:
    """He sent the mail; of another's it says nothing."""
    site = Simulator()
    site.connect(1, PC, "orange", script=sent())
    bare = report(returned="Subject: x\r\n", kind="text/rfc822-headers")
    site.connect(60, PC, "orange", script=fetched_by_pop(bare), server_port=110)
    assert len(judged(site, tmp_path / "one")[0].bounces) == 1
    other = Simulator()
    other.connect(1, PC, "orange", script=sent())
    other.connect(60, PC, "orange", script=fetched_by_pop(bare.replace("To: a@", "To: z@")), server_port=110)
    assert not judged(other, tmp_path / "two")[0].bounces
