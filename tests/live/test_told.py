"""What is told of sessions, and when that is told otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from places import OFFICE
from wanwitness.inputs import gather
from wanwitness.judged import join_and_judge
from wanwitness.live.told import SECOND, Addition, Told
from wanwitness.model import Judgement
from wanwitness.reading import read

HOUR_NS = 3600 * SECOND


def test_what_is_final_is_told_otherwise_when_it_is_so_twice(tmp_path: Path) -> None:
    """For a moment one side may be read further than another, and a flag's link seem not to be known."""
    inputs = gather([str(OFFICE)])
    readings = read(inputs.files)
    judged = join_and_judge(readings.points, readings.captures, readings.coverage, inputs)
    captures, there = judged.correlated.captures, {session.id for session in judged.correlated.sessions}
    told, now = Told(tmp_path), max(session.end_ns for session in judged.correlated.sessions) + HOUR_NS

    def looked_at(judgements: list[Judgement]) -> list[Addition]:
        return list(told.sessions(judgements, there, captures, now, None))

    list(told.captures(captures))
    flagged = next(judgement for judgement in judged.judgements if judgement.flagged)
    unknown = replace(flagged, verdict="undetermined", undetermined_because="resolver-link-unknown")
    assert all(row.beside["final"] for row in looked_at(judged.judgements))
    for seen in (unknown, flagged, unknown):
        assert looked_at([seen]) == []
    (row,) = looked_at([unknown])
    assert (row.beside["revision"], row.beside["final"], row.beside["late"]) == (2, True, True)
