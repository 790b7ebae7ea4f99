"""Other people's captures, read as tshark reads them; they lie beside the checkout and are not the project's."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from places import SHARED
from wanwitness import CaptureError, analyze

REAL = SHARED / "real"

REORDERED = "the capture wrote an ACK before the segment it acknowledges, which tshark takes for a retransmission"
CUT_REPLY = "a multi-line reply lies in two segments, and tshark counts it once in each"
DAMAGED = "three bytes are too many in the file, behind which tshark gives up"
DIFFERENCES = {
    "OISF__suricata-verify/tests/smtp-to-comma/10.7.29.101_49898-178.63.41.150_25.pcap": DAMAGED,
    "OISF__suricata-verify/tests/issue-4220-01-ids/1flowB.pcap": REORDERED,
    "arkime__arkime/tests/pcap/smtp-decrypted.pcap": REORDERED,
    "OISF__suricata-verify/tests/smtp-extract-url-schemes/input.pcap": CUT_REPLY,
    "arkime__arkime/tests/pcap/smtp-subject-windows.pcap": CUT_REPLY,
    "zeek__zeek/testing/btest/Traces/smtp/rfc3030-bdat-nonascii.pcap": CUT_REPLY,
    "zeek__zeek/testing/btest/Traces/http/connect-with-smtp.pcap": (
        "SMTP in an HTTP tunnel on port 8240, and tshark goes by the port"
    ),
}
"""Where our reply codes differ from tshark's, and why ours are right."""
LIMIT = 1500
"""The index cuts its cells at so many characters, and lists at most 12 streams; then only the sums are compared."""


def _index() -> Iterator[dict[str, str]]:
    if REAL.is_dir():
        with (REAL / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def _tshark_codes(row: dict[str, str]) -> list[list[int]]:
    streams = (stream.partition(":")[2].split() for stream in row["smtp_codes_by_stream"].split(";"))
    return sorted([int(code) for code in codes] for codes in streams if codes)


def _tshark_sums(row: dict[str, str]) -> Counter[int]:
    pairs = (pair.split("x") for pair in row["smtp_reply_codes"].split())
    return Counter({int(code): int(count) for code, count in pairs})


def _our_codes(path: Path) -> list[list[int]]:
    sessions = analyze(path, rows_only=True).document["sessions"]
    codes = ([exchange["reply"]["code"] for exchange in s["commands"] if exchange["reply"]] for s in sessions)
    return sorted(found for found in codes if found)


@pytest.mark.shared
@pytest.mark.parametrize(
    "row", [row for row in _index() if row["smtp_streams"] not in ("", "0")], ids=lambda row: row["path"]
)
def test_reply_codes_are_tsharks(row: dict[str, str]) -> None:
    """Every TCP connection has the reply codes that tshark finds in it, or a reason why not stands here."""
    ours, theirs = _our_codes(REAL / row["path"]), _tshark_codes(row)
    if row["path"] in DIFFERENCES:
        assert ours != theirs, "the difference is gone: take it off the list"
        return
    if len(row["smtp_codes_by_stream"]) >= LIMIT or int(row["smtp_streams"]) > len(theirs):
        assert Counter(code for codes in ours for code in codes) == _tshark_sums(row)
        return
    assert ours == theirs


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("row", list(_index()), ids=lambda row: row["path"])
def test_nothing_else_is_raised(row: dict[str, str]) -> None:
    """A file is analysed, or refused as no capture; no other exception comes out."""
    with suppress(CaptureError):
        analyze(REAL / row["path"], rows_only=True)
