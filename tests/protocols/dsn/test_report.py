"""Delivery status notifications, whole and broken."""

from __future__ import annotations

import cProfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanwitness.protocols.dsn import is_report, read_report
from wanwitness.protocols.dsn.report import MAX_BOUNDARIES, MAX_FIELD

HEADER = b"Subject: x\r\nContent-Type: multipart/report;\r\n\tboundary=b\r\n\r\n"
STATUS = b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a.example\r\n\r\n"
ONE = (
    b"Original-Recipient: rfc822;al@far.example\r\n"
    b"Final-Recipient: rfc822;bob@far.example\r\nStatus: 5.1.1 (no)\r\n\r\n"
)
RETURNED = b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <x@y.example>\r\nReceived: from a by b\r\n\r\n"
WHOLE = HEADER + STATUS + ONE + RETURNED + b"--b--\r\n"


def test_it_is_known_by_its_header() -> None:
    assert is_report(HEADER)
    assert is_report(b"content-type:\r\n multipart/REPORT\r\n")
    assert not is_report(b"Content-Type: multipart/mixed\r\nX: multipart/report\r\n")


def test_what_it_says_is_read() -> None:
    """Addresses without their type, the code without its comment; an action that is not told is a failure."""
    report = read_report(WHOLE)
    assert report is not None
    (status,) = report.statuses
    assert status.recipients == ("bob@far.example", "al@far.example")
    assert (status.action, status.status) == ("failed", "5.1.1")
    assert (report.message_id, report.received) == ("<x@y.example>", ("from a by b",))
    assert WHOLE[status.place :].startswith(b"Final-Recipient")


def test_a_cut_report_says_what_there_is_of_it() -> None:
    report = read_report(WHOLE[: WHOLE.index(b"Message-ID")])
    assert report is not None
    assert (len(report.statuses), report.message_id) == (1, None)


@given(st.binary(max_size=200), st.integers(0, len(WHOLE)), st.integers(0, 50))
def test_anything_is_read_without_an_error(noise: bytes, at: int, drop: int) -> None:
    read_report(WHOLE[:at] + noise + WHOLE[at + drop :])


def test_parts_within_parts_are_no_trap() -> None:
    """`email` goes as deep as they do."""
    deep = b"".join(b"Content-Type: multipart/report; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(2000))
    assert read_report(deep[:131072]) is None


@pytest.mark.parametrize("field", ["To: " + "(" * 30_000, "To: " + "a," * 30_000, "X: y", "Received: " + "(" * 30_000])
def test_what_email_does_not_bear_is_no_error(field: str) -> None:
    """It goes as deep as comments do."""
    written = field.encode() + b"\r\n"
    read_report(HEADER[:-2] + written + b"\r\n" + STATUS + ONE + b"--b--\r\n")
    read_report(HEADER + STATUS + ONE[:-2] + written.replace(b"To", b"Diagnostic-Code") + b"\r\n" + RETURNED + written)


def test_parts_in_parts_take_no_square_of_the_lines() -> None:
    """Of a hundred of them each line would be held against the boundaries of all."""
    work = []
    for times in (1, 2):
        parts = range(200 * times)
        deep = b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in parts)
        profile = cProfile.Profile()
        profile.runcall(read_report, HEADER + b"--b\r\n" + deep + b"x\r\n" * (5_000 * times))
        work.append(sum(entry.callcount for entry in profile.getstats()))
    assert work[1] <= 2.3 * work[0] + 100


def test_a_report_whose_parts_are_too_many_or_too_long_to_tell_is_cut_or_none() -> None:
    """What stands before them is told."""
    parts = b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n" * (MAX_BOUNDARIES + 1)
    told = read_report(HEADER + STATUS + ONE + parts + RETURNED)
    assert told is not None
    assert (told.cut, len(told.statuses), told.message_id) == (True, 1, None)
    assert read_report(HEADER[:-2] + b"Content-Type: x/y; z=" + b";" * MAX_FIELD + b"\r\n\r\n" + STATUS + ONE) is None
