"""Every threshold in force is told, once, with what it is for."""

from __future__ import annotations

from wanwitness.case.assumptions import assumption_values
from wanwitness.correlate.resolutions.assumptions import FEW_NS


def test_all_are_told() -> None:
    """Names are unique, units known, reasons sentences."""
    rows = assumption_values()
    assert len({row["name"] for row in rows}) == len(rows) > 80
    assert {row["unit"] for row in rows} == {"s", "ns/s", "share", "count"}
    assert all(row["why"].endswith((".", ",")) for row in rows)


def test_a_time_is_told_in_seconds_and_used_in_nanoseconds() -> None:
    row = next(row for row in assumption_values() if row["name"] == "resolutions.few")
    assert (row["value"], row["unit"], FEW_NS) == (1.0, "s", 1_000_000_000)
