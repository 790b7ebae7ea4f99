"""What the case says of an explanation follows from its sessions, or is a disagreement."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from places import PROJECT
from wanwitness import analyze
from wanwitness.verify.checks import Checks
from wanwitness.verify.originals import originals
from wanwitness.verify.reading import Reading
from wanwitness.verify.reweighed import check_reweighed
from wanwitness.verify.servers import Servers

from .tampering import tamper

FIGURES: tuple[tuple[str, Any], ...] = (
    ("p_turned", 0.02),
    ("p_runs", 0.0003),
    ("runs", 7),
    ("episodes", 33),
    ("status", "tied"),
    ("by", ["hour"]),
    ("with", []),
    ("table", [[12, 1], [0, 21]]),
    ("left_out", {"retry": 3, "authenticated": 1}),
    ("odds_ratio", 40.0),
    ("bound", None),
    ("next_observation", None),
)
"""Of the explanation that the incident's case names: other values, each as likely as its own."""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The incident's case."""
    out = tmp_path_factory.mktemp("incident") / "case"
    return analyze(PROJECT / "captures" / "incident", out=out, rows_only=True).document


def reweighed(document: dict[str, Any], *, whole: bool = True) -> Checks:
    """Compare the explanations; the relays of this case are known by the site file's networks."""
    checks = Checks()
    servers = Servers(document, Reading(document["captures"], originals(document["captures"], Path("/nowhere"))))
    servers.whole = whole
    check_reweighed(document, servers, checks)
    return checks


def where(document: dict[str, Any]) -> set[str]:
    return {one.where for one in reweighed(document).disagreements}


def test_a_case_agrees_with_itself(document: dict[str, Any]) -> None:
    """Every explanation is compared, and the answer."""
    checks = reweighed(document)
    assert checks.disagreements == [] and checks.unread == []
    assert checks.compared["inner"] > 20 * len(document["hypotheses"]) > 300


@pytest.mark.parametrize(("key", "value"), FIGURES)
def test_each_figure_is_made_again(document: dict[str, Any], key: str, value: Any) -> None:
    """Also one that goes well with all others of its row, as a p whose sentence says no p."""
    index = next(n for n, row in enumerate(document["hypotheses"]) if row["id"] == "link-mismatch")
    assert value != document["hypotheses"][index][key]
    assert where(tamper(document, ("hypotheses", index, key), value)) == {f"hypotheses[{index}].{key}"}


def test_a_refusal_less_is_another_table(document: dict[str, Any]) -> None:
    """Whoever takes one out would have to make every explanation anew."""
    refused = [n for n, row in enumerate(document["sessions"]) if row["likely_cause"]]
    for place in refused[::5]:
        forged = deepcopy(document)
        del forged["sessions"][place]
        found = where(forged)
        assert all(
            any(one.startswith(f"hypotheses[{index}].") for one in found)
            for index, row in enumerate(document["hypotheses"])
            if row["table"] is not None and row["id"] != "egress"
        )


def test_a_log_in_more_is_another_table(document: dict[str, Any]) -> None:
    """An act that no capture shows changes what is said of log-ins."""
    forged = deepcopy(document)
    refused = next(row for row in document["sessions"] if row["likely_cause"])
    forged["acts"].append({"at": refused["start"], "kind": "mail-login", "link": None, "frame": None})
    index = next(n for n, row in enumerate(document["hypotheses"]) if row["id"] == "mail-login")
    assert f"hypotheses[{index}].table" in where(forged)


@pytest.mark.parametrize("part", ["sentences", "to_try", "to_capture"])
def test_the_answer_follows(document: dict[str, Any], part: str) -> None:
    """A sentence less, and one in another place, are another answer."""
    told = document["answer"][part]
    assert where(tamper(document, ("answer", part), told[1:])) == {f"answer.{part}"}
    if len(told) > 1:
        assert where(tamper(document, ("answer", part), told[::-1])) == {f"answer.{part}"}


def test_other_random_series_are_no_disagreement(document: dict[str, Any]) -> None:
    """Another version of numpy may draw others: then a p may be a little different, and not much."""
    others = deepcopy(document)
    for row in others["hypotheses"]:
        if row["p_runs"] not in (None, 1.0):
            row["p_runs"] += 0.0001
    checks = reweighed(others)
    assert checks.disagreements == []
    assert any(one.why == "its tests were made with other random series" for one in checks.unread)
    for row in others["hypotheses"]:
        if row["p_runs"] not in (None, 1.0):
            row["p_runs"] += 0.05
    assert any(place.endswith(".p_runs") for place in where(others))


def test_what_cannot_be_read_again_accuses_nobody(document: dict[str, Any]) -> None:
    """Where captures are gone, whose relay a server is may not be known; of another version, what it would say."""
    index = next(n for n, row in enumerate(document["hypotheses"]) if row["id"] == "link-mismatch")
    forged = tamper(document, ("hypotheses", index, "p_runs"), 0.5)
    gone = reweighed(forged, whole=False)
    assert gone.disagreements == [] and [one.where for one in gone.unread] == ["hypotheses"]
    assert reweighed(document, whole=False).unread == []
    for key, value in (("redacted", True), ("acts", document["acts"] * 2_000)):
        checks = reweighed({**forged, key: value})
        assert checks.disagreements == [] and [one.where for one in checks.unread] == ["hypotheses"]
    later = reweighed(tamper(forged, ("tool", "version"), "99"))
    assert later.disagreements == [] and len(later.unread) == 1
