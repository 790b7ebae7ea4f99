"""What goes from one stage to the next: it can be handed to another process, and a stage does not change it."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from places import OFFICE, PROJECT
from wanwitness import analyze, judged, pipeline
from wanwitness.correlate import Correlated, correlate
from wanwitness.inputs import Inputs, gather
from wanwitness.reading import Readings, read
from wanwitness.verdict import judge

PLACES = [OFFICE, PROJECT / "captures" / "incident"]


def told(correlated: Correlated) -> list[dict[str, Any]]:
    """What is told of each session before it is judged, in an order of its own."""
    return sorted(
        (
            {
                "id": session.id,
                "by": (session.transport_link, session.resolver_link, session.direction),
                "resolution": session.resolution,
                "answers": session.answers,
                "objections": session.objections,
                "because": session.resolved.because,
                "frames": session.resolved.frames,
                "crossing": session.crossing,
            }
            for session in correlated.sessions
        ),
        key=lambda row: str(row["id"]),
    )


def joined(readings: Readings, inputs: Inputs) -> Correlated:
    return correlate(readings.points, readings.captures, inputs.site, readings.coverage)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_rows_and_sessions_can_be_handed_on(place: Path) -> None:
    """Pickled and read again, the rows give the same sessions, and the sessions are the same."""
    inputs = gather([str(place)], [], [], None)
    readings = read(inputs.files)
    copy = pickle.loads(pickle.dumps(readings))
    expected = joined(readings, inputs)
    assert told(joined(copy, inputs)) == told(expected)
    assert told(pickle.loads(pickle.dumps(expected))) == told(expected)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_the_same_rows_give_the_same_sessions_twice(place: Path) -> None:
    """The first time leaves nothing behind that the second would see."""
    inputs = gather([str(place)], [], [], None)
    readings = read(inputs.files)
    assert told(joined(readings, inputs)) == told(joined(readings, inputs))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_no_stage_changes_what_it_is_given(place: Path) -> None:
    """Neither the rows, when they are correlated, nor the sessions, when they are judged."""
    inputs = gather([str(place)], [], [], None)
    readings = read(inputs.files)
    rows = pickle.dumps(readings)
    correlated = joined(readings, inputs)
    assert pickle.dumps(readings) == rows
    exchanges = [exchange for point in correlated.points for exchange in point.rows.dns]
    held = pickle.dumps(correlated)
    judgements = judge(correlated.sessions, correlated.links, exchanges, correlated.captures, correlated.gaps)
    assert pickle.dumps(correlated) == held
    assert [judgement.session for judgement in judgements] == correlated.sessions


STAGES = (
    (pipeline, "read"),
    (pipeline, "unlock"),
    (judged, "correlate"),
    (pipeline, "join_and_judge"),
    (pipeline, "weigh_case"),
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_what_every_stage_hands_on_may_be_a_copy(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pickled and read again behind each stage, the case is the same to the last value."""

    def values() -> dict[str, Any]:
        return {**analyze(place, rows_only=True).document, "analysed_at": None}

    def copied(stage: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            copy = pickle.loads(pickle.dumps(stage(*arguments)))
            handed.append(stage.__name__)
            return copy

        return run

    handed: list[str] = []
    expected = values()
    for module, name in STAGES:
        monkeypatch.setattr(module, name, copied(getattr(module, name)))
    assert values() == expected
    assert handed == [name for _, name in STAGES]
