"""case.json has a form that is published, and a document of another form is refused with the place."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from places import OFFICE, PROJECT
from wanwitness import Case, analyze
from wanwitness.case.schema import PUBLISHED, check, json_schema
from wanwitness.case.values import moment_value


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    case = analyze(OFFICE, rows_only=True)
    found: dict[str, Any] = json.loads(case.to_json())
    return found


def test_the_published_schema_is_that_of_the_types() -> None:
    """`wanwitness.case.schema.publish` writes it anew."""
    assert PUBLISHED.read_text(encoding="utf-8") == json_schema()


def test_moments_have_four_digits_of_a_year() -> None:
    """An event of the year 1, say; RFC 3339 section 5.6 has `date-fullyear = 4DIGIT`."""
    assert moment_value(datetime(1, 1, 2, tzinfo=UTC)) == "0001-01-02T00:00:00.000000000Z"
    assert moment_value(datetime(2012, 11, 21, 13, 30, 5, 120, UTC)) == "2012-11-21T13:30:05.000120000Z"


def test_cases_have_the_form(document: dict[str, Any]) -> None:
    check(document)
    check(json.loads(analyze(PROJECT / "captures" / "incident", rows_only=True).to_json()))


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("sessions", 0, "client", "port"), "25", "$.sessions[0].client.port"),
        (("sessions", 0, "verdict"), "guilty", "$.sessions[0].verdict"),
        (("sessions", 0, "start"), "yesterday", "$.sessions[0].start"),
        (("captures", 0, "sha256"), "abc", "$.captures[0].sha256"),
        (("totals", "sessions"), -1, "$.totals.sessions"),
        (("answer",), None, "$.answer"),
    ],
)
def test_another_form_is_refused(
    document: dict[str, Any], path: tuple[str | int, ...], value: object, place: str, tmp_path: Path
) -> None:
    changed = deepcopy(document)
    row: Any = changed
    for step in path[:-1]:
        row = row[step]
    row[path[-1]] = value
    (tmp_path / "case.json").write_text(json.dumps(changed))
    with pytest.raises(ValueError, match=r"case\.json: ") as raised:
        Case.load(tmp_path / "case.json")
    assert place in str(raised.value)


def test_an_added_field_is_no_other_form(document: dict[str, Any]) -> None:
    check(document | {"later": 1})
