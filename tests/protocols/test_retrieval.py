"""Delivery reports among the messages that are fetched from a mailbox."""

from __future__ import annotations

from typing import Any

import pytest

from wanwitness.model import DeliveryReport, FrameRef
from wanwitness.protocols.retrieval import ImapRetrieval, PopRetrieval, Retrieval

SECRET = "what the mail is about"
REPORT = f"""\
From: MAILER-DAEMON@relay.example
To: Alice <alice@site.example>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b

It could not be delivered. {SECRET}
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; bob@far.example
Action: failed
Status: 5.7.1
Diagnostic-Code: smtp; 554 5.7.1 blocked

--b
Content-Type: message/rfc822

Message-ID: <one@site.example>
Subject: {SECRET}

{SECRET}
--b--
""".replace("\n", "\r\n").encode()
PLAIN = f"Subject: {SECRET}\r\n\r\n.. {SECRET}\r\n".encode()
Said = list[tuple[str, bytes]]


def pop(*messages: bytes) -> Said:
    said: Said = [
        ("orig", b"STAT\r\n"),
        ("resp", b"+OK 2 200\r\n"),
        ("orig", b"LIST\r\n"),
        ("resp", b"+OK\r\n1 9\r\n.\r\n"),
    ]
    for number, message in enumerate(messages, 1):
        stuffed = message.replace(b"\r\n.", b"\r\n..")
        said += [("orig", b"RETR %d\r\n" % number), ("resp", b"+OK\r\n" + stuffed + b".\r\n")]
        said += [("orig", b"DELE %d\r\n" % number), ("resp", b"+OK gone\r\n")]
    return said


def imap(*messages: bytes) -> Said:
    said: Said = [("orig", b"a3 SELECT INBOX\r\n"), ("resp", b"* 2 EXISTS\r\na3 OK\r\n")]
    for number, message in enumerate(messages, 1):
        head = b"* %d FETCH (UID 7 RFC822.SIZE %d BODY[] {%d}\r\n" % (number, len(message), len(message))
        said += [
            ("orig", b"a4 FETCH %d BODY.PEEK[]\r\n" % number),
            ("resp", head + message + b" FLAGS ())\r\na4 OK\r\n"),
        ]
    return said


WAYS: list[Any] = [pytest.param(PopRetrieval, pop, id="pop"), pytest.param(ImapRetrieval, imap, id="imap")]


def fetched(
    reader: Retrieval, said: Said, size: int, *, without: int | None = None
) -> list[tuple[DeliveryReport, int]]:
    """Read it in pieces, each a frame and a nanosecond; what is told, and when. `without` a piece there is a gap."""
    found, number = [], 0
    for side, data in said:
        for piece in (data[at : at + size] for at in range(0, len(data), size)):
            number += 1
            if number == without:
                reader.gap()
            elif side == "orig":
                reader.client(piece)
            else:
                found += [(report, times[0]) for report, times in reader.server(piece, FrameRef(0, number), number)]
    return found


@pytest.mark.parametrize("size", [1, 7, 100, 100_000])
@pytest.mark.parametrize(("reader", "way"), WAYS)
def test_the_report_among_other_messages_is_read_however_it_is_cut(reader: Any, way: Any, size: int) -> None:
    """With its frame and its time, for whom it is, and no text of any message."""
    told = reader()
    ((report, ts_ns),) = fetched(told, way(PLAIN, REPORT, PLAIN), size)
    (status,) = report.statuses
    assert (status.recipients, status.action, status.status) == (("bob@far.example",), "failed", "5.7.1")
    assert (report.message_id, report.to) == ("<one@site.example>", ("alice@site.example",))
    assert report.frames == (FrameRef(0, ts_ns),)
    assert SECRET not in repr(report)
    if size == 1:  # then a frame is a byte
        everything = b"".join(data for _, data in way(PLAIN, REPORT, PLAIN))
        assert everything[ts_ns - 1 :].startswith(b"Final-Recipient")


@pytest.mark.parametrize(("reader", "way"), WAYS)
def test_behind_a_gap_nothing_is_taken_for_a_message(reader: Any, way: Any) -> None:
    """Wherever it is: at most what was complete before it is told."""
    said = way(REPORT, REPORT)
    pieces = sum(-(-len(data) // 40) for _, data in said)
    for without in range(1, pieces + 1):
        assert len(fetched(reader(), said, 40, without=without)) <= 2
    assert fetched(reader(), said, 40, without=1) == []


def test_a_refused_retr_has_no_message_behind_it() -> None:
    """What follows is the next command's reply; a header alone (TOP) tells no status."""
    said: Said = [
        ("orig", b"RETR 9\r\nTOP 1 0\r\nRETR 1\r\n"),
        ("resp", b"-ERR no such message\r\n+OK\r\n" + REPORT.split(b"\r\n\r\n")[0] + b"\r\n\r\n.\r\n"),
        ("resp", b"+OK\r\n" + REPORT + b".\r\n"),
    ]
    assert len(fetched(PopRetrieval(), said, 1000)) == 1


def test_a_part_of_a_message_is_none() -> None:
    """Neither its header nor a range from within it."""
    for what in (b"BODY[HEADER]", b"BODY[]<100>", b"BODY[1]"):
        head = b"* 1 FETCH (%s {%d}\r\n" % (what, len(REPORT))
        said: Said = [("resp", head + REPORT + b")\r\na OK\r\n")]
        assert fetched(ImapRetrieval(), said, 1000) == []
    head = b"* 1 FETCH (BODY[]<0> {%d}\r\n" % len(REPORT)
    assert len(fetched(ImapRetrieval(), [("resp", head + REPORT + b")\r\na OK\r\n")], 1000)) == 1


@pytest.mark.parametrize("reader", [PopRetrieval, ImapRetrieval])
@pytest.mark.parametrize(
    "data", [b"\x00" * 5000, b"+OK" * 2000, b"{99999999}\r\n" * 50, b"* 1 FETCH (BODY[] {0}\r\n)\r\n"]
)
def test_noise_is_no_message(reader: Any, data: bytes) -> None:
    """Nor an error."""
    assert fetched(reader(), [("orig", data), ("resp", data), ("resp", data)], 333) == []


@pytest.mark.parametrize(("reader", "way"), WAYS)
def test_a_report_that_comes_in_many_frames_is_told_like_another(reader: Any, way: Any) -> None:
    """What stands before its statuses may be long: a message of the server, and its header."""
    long = REPORT.replace(b"It could", b"It could " * 500)
    told = reader()
    ((report, ts_ns),) = fetched(told, way(long), 2)
    assert (len(report.statuses), report.frames, told.cut) == (1, (FrameRef(0, ts_ns),), 0)


GROUP = REPORT[REPORT.index(b"Final-Recipient") : REPORT.index(b"--b\r\nContent-Type: message/rfc822")]


@pytest.mark.parametrize(
    ("report", "size", "statuses"),
    [
        (REPORT.replace(GROUP, GROUP * 120), 1000, 100),
        (REPORT.replace(b"Reporting-MTA", b"X: %s\r\nReporting-MTA" % (b"x" * 200_000)), 1000, None),
        (REPORT.replace(GROUP, GROUP * 90), 2, 69),
        (PLAIN + b"x" * 200_000 + b"\r\n", 1000, None),
    ],
    ids=["recipients", "bytes", "frames", "none"],
)
@pytest.mark.parametrize(("reader", "way"), WAYS)
def test_a_report_that_is_longer_than_is_read_is_counted(
    reader: Any, way: Any, report: bytes, size: int, statuses: int | None
) -> None:
    """Every status has the frame that it begins in; a long message that is no report does not count."""
    told = reader()
    found = fetched(told, way(report, REPORT), size)
    assert told.cut == (not report.startswith(PLAIN))
    assert [len(one.statuses) for one, _ in found] == [n for n in (statuses, 1) if n is not None]
    assert all(len(set(one.frames)) == len(one.statuses) for one, _ in found if size == 2)


def test_a_reply_longer_than_a_line_may_be_is_one_reply() -> None:
    """What comes behind it is read as ever."""
    said: Said = [("orig", b"NOOP\r\nRETR 1\r\n"), ("resp", b"+OK " + b"x" * 3000 + b"\r\n+OK\r\n" + REPORT + b".\r\n")]
    assert len(fetched(PopRetrieval(), said, 700)) == 1


@pytest.mark.parametrize(("reader", "way"), WAYS)
def test_a_message_whose_header_is_longer_than_is_searched_is_counted(reader: Any, way: Any) -> None:
    """It may be a report; one that is known to be one counts as that, and a mail that is merely long not at all."""
    fields = b"X-A: " + b"a" * 900 + b"\r\n"
    told = reader()
    messages = [fields * 80 + REPORT, PLAIN + fields * 80, b"Content-Type: multipart/report\r\n" + fields * 80, REPORT]
    assert len(fetched(told, way(*messages), 1_000)) == 1
    assert told.long == 2
