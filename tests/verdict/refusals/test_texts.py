"""Real refusals, each with its source: cause and blame of every one.

`texts.tsv`: a text's lines are parted by ` // `; `role` is what the server was to the client: `relay`, `mx` (a
recipient's mail exchange), `msa` (a submission port) or `any`. Collected in seven lots, each held back from the rules
until it was counted once:

    lot      texts  causes right  blames right  accused without ground  not accused
    first    129    84 %          96 %          0                       0
    second   144    76 %          85 %          0                       5
    third     99    74 %          90 %          1                       5
    fourth    68    72 %          88 %          0                       2
    fifth    208    74 %          96 %          1                       1
    sixth     17    82 %          94 %          0                       1
    seventh  183    90 %          95 %          0                       6

What had no source, or no plain cause, was then left out or given another. The sixth lot is of traps; of the seventh,
what only translates others is left out.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from wanwitness.model import FrameRef, Reply
from wanwitness.protocols.smtp.reply_line import enhanced_of
from wanwitness.verdict.refusals import Server, classify

TEXTS = Path(__file__).with_name("texts.tsv")
UNCLEAR = {"policy", "other", "protocol"}


class Row(NamedTuple):
    collected: str
    code: str
    text: str
    command: str
    role: str
    server: str
    cause: str
    link: str
    source: str


def rows() -> list[Row]:
    with TEXTS.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        assert tuple(next(reader)) == Row._fields
        return [Row(*fields) for fields in reader]


def read(row: Row) -> tuple[str, str]:
    lines = tuple(row.text.split(" // "))
    enhanced = next((code for line in lines if (code := enhanced_of(int(row.code), line))), None)
    names = (row.server,) if row.server else ()
    server = Server(names, port=587 if row.role == "msa" else 25, relay=row.role != "mx")
    return classify(Reply(int(row.code), enhanced, lines, 0, (FrameRef(0, 1),)), row.command, server)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.code} {row.text[:50]}")
def test_no_link_is_accused_without_ground(row: Row) -> None:
    """`subscriber` is said of those alone that it is true of, and of all of them."""
    assert (read(row)[1] == "subscriber") == (row.link == "subscriber")


def test_nearly_all_have_their_cause_and_blame() -> None:
    found = [(row, *read(row)) for row in rows()]
    causes = [row for row, cause, _ in found if cause == row.cause or {cause, row.cause} <= UNCLEAR]
    links = [row for row, _, link in found if link == row.link]
    assert len(causes) >= 0.98 * len(found)
    assert len(links) >= 0.99 * len(found)


def test_every_text_has_a_source() -> None:
    assert all(row.source for row in rows())
