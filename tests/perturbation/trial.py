"""One cell tried on one case: perturbed, analysed, compared with what happened."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from wanwitness import analyze

from .cells import Cell
from .clock import Clock
from .recording import Recording, load, store

Row = dict[str, Any]
End = tuple[str, int]
"""Address and port."""
_NS = 1_000_000_000
FALSE_UNDER_LOSS = 0.001
"""Share of the sessions that may be flagged falsely where packets are missing."""
NEAR_S = 0.001
"""Clocks are told to this where no packet is missing."""
_LATE_S = 30.0
"""A session whose beginning was lost begins later than in truth, but not by more than this."""


@dataclass(frozen=True, slots=True)
class Original:
    """A case as it was captured, with the truth about it."""

    captures: dict[str, Recording]
    """By name of file, without suffix."""
    site: str
    truth: list[Row]
    outside: list[End | None]
    """For each row of truth the address and port at the router, where a capture of a link shows them."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a case says of a capture's clock, beside what is true."""

    capture: str
    what: str
    """`offset` at the first frame or `step`, s; or `drift`, ppm."""
    error: float
    uncertainty: float

    @property
    def within(self) -> bool:
        """Whether the stated interval holds what is true, but for the file's own resolution."""
        return self.error <= self.uncertainty + (1e-9 if self.what != "drift" else 1e-3)


@dataclass(slots=True)
class Tried:
    """What a cell gave."""

    cell: Cell
    sessions: int = 0
    true: int = 0
    """Flags that are right."""
    missed: int = 0
    """Sessions to be flagged, and not: not found, judged otherwise, or undetermined."""
    undetermined: int = 0
    """Sessions that truth can judge, and the case does not."""
    wrong: list[str] = field(default_factory=list)
    """Sessions said to be consistent, that are not."""
    false: list[str] = field(default_factory=list)
    """Flags that are not right: session, and what the flag was founded on."""
    reasons: dict[str, int] = field(default_factory=dict)
    """Why sessions were left undetermined that truth can judge, how often."""
    extra: int = 0
    """Sessions beyond those that happened: a connection taken for two."""
    estimates: list[Estimate] = field(default_factory=list)
    untied: list[str] = field(default_factory=list)
    """Captures whose clock nothing tied to the reference."""

    @property
    def share_missed(self) -> float:
        """Of the sessions to be flagged."""
        return self.missed / max(1, self.true + self.missed)

    @property
    def share_false(self) -> float:
        """Of all sessions."""
        return len(self.false) / max(1, self.sessions)

    @property
    def broken(self) -> list[str]:
        """The bounds that do not hold."""
        cell, told = self.cell, []
        most_false = FALSE_UNDER_LOSS * self.sessions if cell.lossy else 0
        if len(self.false) > most_false:
            told.append("false")
        if cell.most_missed is not None and self.missed > cell.most_missed * (self.true + self.missed):
            told.append("missed")
        if cell.because and not cell.because >= self.reasons.keys():
            told.append("because")
        if not all(estimate.within for estimate in self.estimates):
            told.append("interval")
        if not cell.lossy and any(e.error >= NEAR_S for e in self.estimates if e.what != "drift"):
            told.append("1 ms")
        return told


def original(folder: Path) -> Original:
    """Read a folder of captures with its site.toml and truth.json."""
    truth = json.loads((folder / "truth.json").read_text())
    captures = {path.stem: load(path) for path in sorted(folder.glob("*.pcap"))}
    document = analyze(folder, rows_only=True).document
    outside: list[End | None] = [None] * len(truth)
    for session, index in _matched(document["sessions"], truth, []):
        crossing = session["crossing"]
        if index is not None and crossing is not None:
            outside[index] = crossing["client"]["ip"], crossing["client"]["port"]
    return Original(captures, (folder / "site.toml").read_text(), truth, outside)


def perturb(case: Original, cell: Cell, folder: Path, seed: int = 1) -> list[str]:
    """Write a case perturbed as a cell says into an empty folder; return the captures that are left."""
    begin, end = _span(case)
    there = [name for name in case.captures if not any(Path(name).match(pattern) for pattern in cell.absent)]
    for name in there:
        rng = Random(f"{seed} {cell.name} {name}")
        frames = case.captures[name].frames
        for change in cell.changes_of(name):
            frames = change(frames, rng)
        store(folder / f"{name}.pcap", case.captures[name].linktype, cell.clock_of(name).write(frames, begin, end))
    (folder / "site.toml").write_text(_without(case.site, set(case.captures) - set(there)))
    return there


def attempt(case: Original, cell: Cell, folder: Path, seed: int = 1) -> Tried:
    """Perturb a case as a cell says, into an empty folder, analyse it, and compare with the truth."""
    there = perturb(case, cell, folder, seed)
    document = analyze(folder, rows_only=True).document
    tried = compare(case, cell, document["sessions"])
    for capture in document["captures"]:
        name = Path(capture["path"]).stem
        if capture["clock"] is None:
            tried.untied.append(name)
        elif name != there[0]:
            tried.estimates += _estimates(name, capture, cell.clock_of(name), _span(case))
    return tried


def _span(case: Original) -> tuple[int, int]:
    """Times of the case's first and last frame, ns."""
    times = [frame.at_ns for recording in case.captures.values() for frame in recording.frames]
    return min(times), max(times)


def _estimates(name: str, capture: Row, clock: Clock, span: tuple[int, int]) -> Iterable[Estimate]:
    """Compare a capture's clock, as it was estimated, with what it was; the reference's is right."""
    told = capture["clock"]
    true = clock.ahead_ns(round(_seconds(capture["first"]) * _NS), *span) / _NS
    yield Estimate(name, "offset", abs(told["offset_s"] - true), told["uncertainty_s"])
    if told["drift_uncertainty_ppm"] is not None:
        width = told["drift_uncertainty_ppm"]
        if told["drift_ppm"] is not None:
            yield Estimate(name, "drift", abs(told["drift_ppm"] - clock.drift_ppm), width)
        else:  # the interval holds 0
            yield Estimate(name, "drift", abs(clock.drift_ppm), 2 * width)
    first, last = (_seconds(capture[end]) * _NS for end in ("first", "last"))
    stepped = clock.step_s and first < (span[0] + span[1]) // 2 < last
    steps = told["steps"] or ([{"by_s": 0.0, "uncertainty_s": 0.0}] if stepped else [])
    for step in steps:
        yield Estimate(name, "step", abs(step["by_s"] - clock.step_s), step["uncertainty_s"])


def _without(site: str, absent: set[str]) -> str:
    """A site file without the captures that there are none of."""
    head, *captures = site.split("[[capture]]")
    return head + "".join(f"[[capture]]{each}" for each in captures if not any(f'"{name}.' in each for name in absent))


def compare(case: Original, cell: Cell, sessions: Sequence[Row]) -> Tried:
    """Count what a case's sessions say of the true ones."""
    tried = Tried(cell)
    found: dict[int, list[Row]] = defaultdict(list)
    shifts = {0.0, *(cell.clock_of(name).skew_s for name in case.captures)}
    for session, index in _matched(sessions, case.truth, case.outside, shifts):
        if index is None or found[index]:
            tried.extra += 1
        if index is not None:
            found[index].append(session)
        if session["flagged"] and (index is None or not case.truth[index]["flagged"]):
            tried.false.append(_told(session, None if index is None else case.truth[index]))
    for index, row in enumerate(case.truth):
        own = found.get(index, [])
        flagged = any(session["flagged"] for session in own)
        tried.sessions += 1
        tried.true += row["flagged"] and flagged
        tried.missed += row["flagged"] and not flagged
        if row["verdict"] == "undetermined" or any(session["verdict"] == row["verdict"] for session in own):
            continue
        open_ = [session for session in own if session["verdict"] == "undetermined"]
        if len(open_) < len(own):
            tried.wrong += [_told(session, row) for session in own if session["verdict"] == "consistent"]
            continue
        tried.undetermined += 1
        why = open_[0]["undetermined_because"] if open_ else "not found"
        tried.reasons[why] = tried.reasons.get(why, 0) + 1
    return tried


def _matched(
    sessions: Iterable[Row],
    truth: Sequence[Row],
    outside: Sequence[End | None],
    shifts: Iterable[float] = (0.0,),
) -> Iterable[tuple[Row, int | None]]:
    """Yield each session with its place in truth; None where nothing happened that it could be.

    Args:
        shifts: what the case's clocks may be ahead of truth, s.
    """
    by_end: dict[End, list[int]] = defaultdict(list)
    for index, row in enumerate(truth):
        by_end[row["client_ip"], row["client_port"]].append(index)
    for index, end in enumerate(outside):
        if end is not None:
            by_end[end].append(index)
    for session in sessions:
        start = _seconds(session["start"])
        near = [
            (abs(start - shift - truth[index]["start"]), index)
            for index in by_end.get((session["client"]["ip"], session["client"]["port"]), ())
            for shift in shifts
        ]
        yield session, min(near)[1] if near and min(near)[0] < _LATE_S else None


def _told(session: Row, row: Row | None) -> str:
    """Say in a line what was said of a session, and what is true."""
    told = f"{session['id']} {session['client']['ip']}:{session['client']['port']} {session['start']}"
    crossing = session["crossing"]
    by = f"crossing by {crossing['method']} {crossing['confidence']}" if crossing else "no crossing"
    true = f"{row['scenario']}: {row['resolver_link']} / {row['transport_link']}" if row else "no such session"
    said = f"{session['resolver_link']} / {session['transport_link']} ({by})"
    return f"{told} said {said}, true {true}; {session['explanation']}"


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
