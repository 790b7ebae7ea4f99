"""Links captured by machines whose clocks are ahead, drift, and are set: the case stays what it was."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clock_shift import SECOND, Shift, shifted_folder, times
from places import OFFICE, PROJECT, SHARED
from wanwitness import analyze
from wanwitness.correlate import correlate
from wanwitness.inputs import gather
from wanwitness.reading import read

INCIDENT = PROJECT / "captures" / "incident"
DAY = 86_400.0


def told(folder: Path) -> dict[str, Any]:
    """What a case says of each session, by its id."""
    return {
        session["id"]: (
            session["verdict"],
            session["undetermined_because"],
            session["flagged"],
            session["transport_link"],
            session["resolver_link"],
            session["outcome"],
            [finding["kind"] for finding in session["findings"]],
        )
        for session in analyze(folder, rows_only=True).document["sessions"]
    }


def begin(folder: Path) -> int:
    return min(times(folder / "lan0.pcap"))


def check(source: Path, tmp_path: Path, shifts: dict[str, Shift]) -> dict[str, Any]:
    """Analyse a folder with shifted clocks; return its captures' clocks by file."""
    target = tmp_path / "shifted"
    shifted_folder(source, target, shifts)
    assert told(target) == told(source)
    inputs = gather([str(target)])
    readings = read(inputs.files)
    timeline = correlate(readings.points, readings.captures, inputs.site).timeline
    index = {Path(capture.path).name: n for n, capture in enumerate(readings.captures)}
    for name, shift in shifts.items():
        point = next(p for p in readings.points if index[name] in p.captures)
        written = dict(zip(times(target / name), times(source / name), strict=True))
        for mail in point.rows.mail:
            for mark in mail.stream.marks:
                (at_ns,), doubt = timeline.times((mark.frame, mark.ts_ns))
                error = abs(at_ns - written[mark.ts_ns])
                assert error <= doubt.ns + 1_000, (name, shift, mark)
                assert error < 1_000_000, (name, shift, mark)
    case = analyze(target, rows_only=True).document
    return {Path(capture["path"]).name: capture["clock"] for capture in case["captures"]}


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (Shift(offset_s=DAY), Shift(offset_s=-DAY)),
        (Shift(drift_ppm=200.0), Shift(drift_ppm=-200.0)),
        (Shift(steps=[(0.9, 3.0)]), Shift(steps=[(0.4, -0.25)])),
        (Shift(steps=[(0.9, -7200.0)]), Shift()),
        (Shift(steps=[(0.9, 7200.0)]), Shift(steps=[(0.4, 86_400.0)])),
        (Shift(DAY, 200.0, [(0.8, 0.5)]), Shift(-DAY, -200.0, [(0.45, 0.02)])),
    ],
)
def test_the_offices_case_is_the_same(tmp_path: Path, one: Shift, two: Shift) -> None:
    since = begin(OFFICE)
    shifts = {
        name: Shift(shift.offset_s, shift.drift_ppm, shift.steps, since)
        for name, shift in (("wan1.pcap", one), ("wan2.pcap", two))
    }
    clocks = check(OFFICE, tmp_path, shifts)
    for name, shift in shifts.items():
        clock = clocks[name]
        true = shift.ahead_ns(times(OFFICE / name)[0]) / SECOND
        assert abs(clock["offset_s"] - true) <= clock["uncertainty_s"] + 2e-6
        assert clock["uncertainty_s"] < 0.001
        assert len(clock["steps"]) == len(shift.steps)
        for row, (at, by) in zip(clock["steps"], shift.steps, strict=True):
            assert abs(row["by_s"] - by) <= row["uncertainty_s"] + 2e-6
            moment = datetime.fromisoformat(row["at"]).astimezone(UTC).timestamp()
            assert abs(moment - since / SECOND - at) < 0.2


@pytest.mark.parametrize(
    "shifts",
    [
        {"wan1.pcap": Shift(DAY), "wan2.pcap": Shift(-DAY)},
        {"wan1.pcap": Shift(0, 200.0), "wan2.pcap": Shift(0, -200.0)},
        {"wan1.pcap": Shift(-17.3, -90.0, [(2_000_000.0, 5.0)]), "wan2.pcap": Shift(1.5, 30.0)},
        {"wan1.pcap": Shift(3600.0, 150.0, [(200_000.0, -1800.0)]), "wan2.pcap": Shift(-3600.0)},
    ],
)
def test_the_incidents_five_weeks_are_the_same(tmp_path: Path, shifts: dict[str, Shift]) -> None:
    since = begin(INCIDENT)
    check(
        INCIDENT,
        tmp_path,
        {name: Shift(s.offset_s, s.drift_ppm, s.steps, since) for name, s in shifts.items()},
    )


def test_a_drift_is_told_over_weeks(tmp_path: Path) -> None:
    shift = Shift(0, 123.0, (), begin(INCIDENT))
    clock = check(INCIDENT, tmp_path, {"wan1.pcap": shift})["wan1.pcap"]
    assert abs(clock["drift_ppm"] - 123.0) <= clock["drift_uncertainty_ppm"] + 1e-6 < 0.001


def test_equal_clocks_are_said_to_be(tmp_path: Path) -> None:
    """No drift and no step is claimed where nothing shows one."""
    for capture in analyze(OFFICE, rows_only=True).document["captures"]:
        clock = capture["clock"]
        assert (clock["drift_ppm"], clock["steps"]) == (None, [])
        assert abs(clock["offset_s"]) <= clock["uncertainty_s"] < 0.000_1


@pytest.mark.parametrize("by", [-3600.0, -2.0, 5.0, 3000.0])
def test_a_lan_clock_that_was_set_is_seen_to_be(tmp_path: Path, by: float) -> None:
    """Both links' clocks seem to jump at once then: it is the LAN's that did, and the reference goes on as before."""
    target = tmp_path / "shifted"
    since = begin(OFFICE)
    shifted_folder(OFFICE, target, {"lan0.pcap": Shift(0, 0, [(0.45, by)], since)})
    case = analyze(target, rows_only=True).document
    found = {Path(capture["path"]).name: capture["clock"] for capture in case["captures"]}
    (step,) = found["lan0.pcap"]["steps"]
    assert abs(step["by_s"] - by) < 0.001
    assert found["wan1.pcap"]["steps"] == found["wan2.pcap"]["steps"] == []
    starts = [session["start"] for session in case["sessions"]]
    assert starts == sorted(starts)
    plain = analyze(OFFICE, rows_only=True).document["sessions"]
    flags = {(s["client"]["ip"], s["client"]["port"]): s["verdict"] for s in plain}
    for session in case["sessions"]:
        assert session["verdict"] in (flags[session["client"]["ip"], session["client"]["port"]], "undetermined")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["lab-random", "lab-shared-address"])
def test_many_at_once_on_shifted_clocks(tmp_path: Path, name: str) -> None:
    source = SHARED / name
    since = begin(source)
    middle = (max(times(source / "lan0.pcap")) - since) / SECOND / 4
    check(
        source,
        tmp_path,
        {
            "wan1.pcap": Shift(-DAY, 200.0, [(middle, 1.5)], since),
            "wan2.pcap": Shift(DAY, -200.0, (), since),
        },
    )
