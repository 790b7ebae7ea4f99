"""Every threshold in force is told, once, with what it is for."""

from __future__ import annotations

import re
from html import unescape

from places import OFFICE
from wanwitness import analyze
from wanwitness.case.assumptions import assumption_values
from wanwitness.correlate.resolutions.assumptions import FEW_NS
from wanwitness.language import ENGLISH
from wanwitness.report import Wording, render


def test_all_are_told() -> None:
    """Names are unique, units known, reasons sentences."""
    rows = assumption_values()
    assert len({row["name"] for row in rows}) == len(rows) > 80
    assert {row["unit"] for row in rows} == {"s", "ns/s", "share", "count"}
    assert all(row["why"].endswith((".", ",")) for row in rows)


def test_a_time_is_told_in_seconds_and_used_in_nanoseconds() -> None:
    row = next(row for row in assumption_values() if row["name"] == "resolutions.few")
    assert (row["value"], row["unit"], FEW_NS) == (1.0, "s", 1_000_000_000)


def test_case_and_report_tell_those_in_force() -> None:
    """Each with its value, its unit and why, in the case; and in the page's section on the method."""
    document = analyze(OFFICE, rows_only=True).document
    assert document["assumptions"] == assumption_values()
    page = unescape(render(document, [], say=Wording(ENGLISH, None)))
    method = re.sub(r"<[^>]+>", " ", page[page.index('id="method"') :])
    method = " ".join(method.split())
    for row in assumption_values():
        unit = "" if row["unit"] in ("count", "share") else f" {row['unit']}"
        assert f"{row['name']} {row['value']:,}{unit} {row['why']}" in method
