"""When each side was captured, on the reference clock."""

from __future__ import annotations

from typing import Any

import pytest

from wanwitness.correlate.coverage.assumptions import QUIET_NS
from wanwitness.correlate.coverage.covered import Coverage, coverage_of
from wanwitness.correlate.coverage.drops import Drops, drops_of
from wanwitness.model import Capture, FrameRef, Sentence, Span
from wanwitness.reading.point import Point, PointRows

SECOND = 1_000_000_000


class SetBack:
    """A clock that was set back by 100 s when frame 10 had been written down."""

    def aligned(self, frame: FrameRef, ts_ns: int) -> int:
        return ts_ns + 100 * SECOND if frame.number > 10 else ts_ns

    def span(self, capture: int) -> tuple[int, int]:
        return 0, 1000 * SECOND


@pytest.mark.parametrize(("edges", "begin"), [((4, 5), 200), ((14, 15), 300)])
def test_a_gap_is_placed_by_the_frames_beside_it(edges: tuple[int, int], begin: int) -> None:
    """The clock showed the same time twice."""
    before, behind = edges
    gap = Span(0, 200 * SECOND, 210 * SECOND, "gap", Sentence(""), (FrameRef(0, before), FrameRef(0, behind)))
    clock: Any = SetBack()
    captures = [Capture("lan.pcap", 0, None, None, 1)]
    covered = coverage_of([Point("lan", [0], ["lan.pcap"], PointRows())], captures, clock, [gap])
    for at in (200, 300):
        assert covered.covers((at + 5) * SECOND) is (at != begin)


@pytest.mark.parametrize(
    ("unseen", "dark", "light"),
    [
        ((95, 97), (91, 96), (98, 99)),  # shortly before the first frame
        ((203, 204), (203.5, 209), (201, 202)),  # shortly behind the last
        ((80, 81), (), (92, 99)),  # so long before that the capture may have begun in between
        ((150, 151), (), (99, 150, 201)),  # meanwhile: then it went another way
    ],
)
def test_what_passed_unseen_tells_when_a_capture_did_not_run(
    unseen: tuple[int, int], dark: tuple[float, ...], light: tuple[float, ...]
) -> None:
    covered = Coverage([(100 * SECOND, 200 * SECOND)]).without([(unseen[0] * SECOND, unseen[1] * SECOND)])
    for at in dark:
        assert not covered.may_cover(round(at * SECOND), round(at * SECOND))
    for at in light:
        assert covered.may_cover(round(at * SECOND), round(at * SECOND))
    assert QUIET_NS == 10 * SECOND


class Alike:
    """A clock that is the reference, of captures that follow one another; the last of them holds nothing."""

    SPANS = ((100, 200), (300, 400), (390, 500), None)

    def span(self, capture: int) -> tuple[int, int] | None:
        own = self.SPANS[capture]
        return None if own is None else (own[0] * SECOND, own[1] * SECOND)


@pytest.mark.parametrize(
    ("lossy", "blind", "sure"),
    [
        (0, (95, 150, 299, 305), (89, 311, 450)),  # nothing was before; behind it up to where the next one begins
        (1, (191, 250, 350, 409), (189, 411)),
        (2, (381, 450, 509), (150, 379, 511)),
        (3, (0, 150, 600), ()),  # nothing tells when that was
    ],
)
def test_what_a_file_lost_was_lost_between_its_neighbours(
    lossy: int, blind: tuple[int, ...], sure: tuple[int, ...]
) -> None:
    captures = [Capture(f"lan{n}.pcap", 0, None, None, 1, dropped=5 if n == lossy else 0) for n in range(4)]
    clock: Any = Alike()
    drops = drops_of([Point("lan", [0, 1, 2, 3], [], PointRows())], captures, clock)
    assert drops
    for at in blind:
        assert drops.between(at * SECOND, at * SECOND)
    for at in sure:
        assert not drops.between(at * SECOND, at * SECOND)


def test_nothing_lost_blinds_nothing() -> None:
    captures = [Capture("lan.pcap", 0, None, None, 1, dropped=0)]
    clock: Any = Alike()
    drops = drops_of([Point("lan", [0], [], PointRows())], captures, clock)
    assert not drops and not drops.between(0, 1000 * SECOND)
    spans = Drops([(10, 20), (15, 30), (40, 50)])
    assert [spans.between(at, at + 1) for at in (8, 9, 25, 30, 31, 38, 39, 50, 51)] == [
        *(False, True, True, True, False, False, True, True, False)
    ]
