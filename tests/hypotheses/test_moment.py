"""Times that are far off end no analysis: those of events are the user's, those of packets may be damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

from places import PROJECT
from wanwitness import analyze
from wanwitness.hypotheses.moment import FURTHEST_NS, moment


def test_events_of_any_year_are_tested(tmp_path: Path) -> None:
    """TOML knows the years 1 to 9999, and 64 bits of nanoseconds those from 1677 to 2262."""
    folder = tmp_path / "incident"
    shutil.copytree(PROJECT / "captures" / "incident", folder)
    with (folder / "site.toml").open("a") as file:
        for kind, at in (("first", "0001-01-02T00:00:00Z"), ("last", "9999-12-30T00:00:00Z")):
            file.write(f'\n[[event]]\nat = {at}\nkind = "{kind}"\nwhat = "{kind}"\n')
    found = {row["id"]: row["status"] for row in analyze(folder, rows_only=True).document["hypotheses"]}
    assert found["event:first"] != "named"
    assert found["event:last"] != "named"
    assert found["link-mismatch"] == "named"


def test_what_is_too_far_is_the_furthest() -> None:
    assert [moment(ns) for ns in (-(10**30), 7, 10**30)] == [-FURTHEST_NS, 7, FURTHEST_NS - 1]
