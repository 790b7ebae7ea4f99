"""The figures of an explanation cannot be changed but with all that they follow from."""

from __future__ import annotations

from typing import Any

import pytest

from places import PROJECT
from wanwitness import analyze
from wanwitness.verify.checks import Checks
from wanwitness.verify.weighed import check_hypotheses

from .tampering import tamper


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The incident's case."""
    out = tmp_path_factory.mktemp("incident") / "case"
    return analyze(PROJECT / "captures" / "incident", out=out, rows_only=True).document


def wrong(document: dict[str, Any]) -> list[str]:
    """Where the explanations disagree with what they follow from."""
    checks = Checks()
    check_hypotheses(document, checks)
    return [one.where for one in checks.disagreements]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (("bracket_s", 0), 368_399.0),
        (("bracket_s", 1), 522_300.5),
        (("window_s",), 900.0),
        (("p_turned",), 0.9),
        (("reading_args", "refused"), 3),
        (("reading_args", "without"), 28),
        (("left_out", "retry"), 4),
    ],
)
def test_each_is_compared(document: dict[str, Any], key: tuple[Any, ...], value: Any) -> None:
    """Of the log-ins: with its sentence, its table, the sessions and the acts."""
    index = next(n for n, row in enumerate(document["hypotheses"]) if row["id"] == "mail-login")
    assert wrong(document) == []
    found = wrong(tamper(document, ("hypotheses", index, *key), value))
    assert found
    assert all(where.startswith(f"hypotheses[{index}].") for where in found)


def test_a_bracket_is_of_sessions_that_went_so(document: dict[str, Any]) -> None:
    """What was refused so long after a log-in was not accepted."""
    index, row = next((n, row) for n, row in enumerate(document["hypotheses"]) if row["id"] == "mail-login")
    place = ("hypotheses", index, "bracket_s")
    turned = tamper(document, place, row["bracket_s"][::-1])
    assert wrong(turned) == [f"hypotheses[{index}].bracket_s[{end}]" for end in (0, 1)]
