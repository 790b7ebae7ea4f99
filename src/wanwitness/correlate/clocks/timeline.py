"""All captures' times on the reference clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from wanwitness.model import Capture, Clock, ClockStep, FrameRef, Stream

from .clock_model import ClockModel
from .frame_order import FrameOrder

REFERENCE = ClockModel()


class Uncertainty(NamedTuple):
    """How far a time on the reference clock may be wrong."""

    clock: int
    ns: int
    loose_ns: int = 0
    """The same towards times that the same clock wrote."""
    tied: bool = True
    """Whether the clock may be compared with the reference at all."""

    def against(self, other: Uncertainty) -> int:
        """Return by how much the order of two times may be wrong, ns."""
        return self.loose_ns + other.loose_ns if self.clock == other.clock else self.ns + other.ns


class AlignedTime(NamedTuple):
    """A time on the reference clock."""

    ns: int
    doubt: Uncertainty

    def surely_before(self, other: AlignedTime) -> bool:
        """Whether the clocks leave no doubt that it came before another."""
        return self.ns + self.doubt.against(other.doubt) < other.ns

    def may_precede(self, other: AlignedTime) -> bool:
        """Whether it may have come before another, or together with it, as far as the clocks tell."""
        return not other.surely_before(self)


class AlignedTimes(NamedTuple):
    """Times that one clock wrote, on the reference clock."""

    at_ns: tuple[int, ...]
    doubt: Uncertainty
    """How far the least sure of them may be wrong."""


class Timeline:
    """Brings raw times to the reference clock, and says how far two of them may be apart.

    A clock that nothing ties to the reference is taken as equal to it; who rests on that asks `tied` first.

    Args:
        frames: the frames' places.
        models: each clock against the reference, as far as that is known.
        captures: all captures.
        alike: clocks of which nothing is known, and nothing speaks against their being equal to the reference.
    """

    def __init__(
        self,
        frames: FrameOrder,
        models: Mapping[int, ClockModel | None],
        captures: Sequence[Capture],
        alike: Collection[int] = (),
    ) -> None:
        self._frames, self._captures, self._alike, self._models = frames, captures, alike, models
        self._model_of = {capture: models[clock] or REFERENCE for capture, clock in frames.clock_of.items()}

    def aligned(self, frame: FrameRef, ts_ns: int) -> int:
        """Bring a time that `frame`'s capture wrote, about when it wrote `frame`, to the reference clock."""
        return self._model_of[frame.capture].at(self._frames.begin[frame.capture] + frame.number, ts_ns).at_ns

    def times(self, *written: tuple[FrameRef, int]) -> AlignedTimes:
        """Bring such times of one clock, one at least, to the reference clock."""
        frame = written[0][0]
        model = self._model_of[frame.capture]
        if not model.spans:  # the reference clock itself, as all captures of one machine have it
            doubt = Uncertainty(self._frames.clock_of[frame.capture], 0, 0, self.tied(frame))
            return AlignedTimes(tuple([ts_ns for _, ts_ns in written]), doubt)
        begin = self._frames.begin
        moments = [model.at(begin[frame.capture] + frame.number, ts_ns) for frame, ts_ns in written]
        doubt_ns, loose_ns = max([m.doubt_ns for m in moments]), max([m.loose_ns for m in moments])
        doubt = Uncertainty(self._frames.clock_of[frame.capture], doubt_ns, loose_ns, self.tied(frame))
        return AlignedTimes(tuple([m.at_ns for m in moments]), doubt)

    def doubt_of(self, stream: Stream) -> Uncertainty:
        """Return how far a connection's times may be wrong."""
        return self.times((stream.first, stream.start_ns), *stream.ends).doubt

    def ended(self, stream: Stream) -> int:
        """Return when a connection's last packet was seen, also where the clock was set back meanwhile."""
        return max(self.aligned(frame, ts_ns) for frame, ts_ns in stream.ends)

    def apart(self, one: Stream, two: Stream) -> int:
        """Return by how much the order of two connections' packets may be wrong, ns."""
        return self.doubt_of(one).against(self.doubt_of(two))

    def tied(self, frame: FrameRef) -> bool:
        """Whether the clock of `frame`'s capture may be compared with the reference."""
        clock = self._frames.clock_of[frame.capture]
        return self._models[clock] is not None or clock in self._alike

    def span(self, capture: int) -> tuple[int, int] | None:
        """Return a capture's first and last time on the reference clock; None where it holds nothing."""
        row, model = self._captures[capture], self._model_of[capture]
        if row.first_ns is None or row.last_ns is None or row.begin_ns is None or row.end_ns is None:
            return None
        before, behind = self._frames.span(capture)
        first, last = model.at(before, row.begin_ns).at_ns, model.at(behind, row.end_ns).at_ns
        if not self._steps(capture, model):  # frames may stand in the file out of order
            first = min(first, model.at(before, row.first_ns).at_ns)
            last = max(last, model.at(behind, row.last_ns).at_ns)
        return first, last

    def clock(self, capture: int) -> Clock | None:
        """Return the capture's clock against the reference; None where nothing ties them."""
        model, span = self._models[self._frames.clock_of[capture]], self.span(capture)
        if model is None:
            return None
        if span is None:
            return Clock(0, 0, model.pairs)
        begin_ns = self._captures[capture].begin_ns
        assert begin_ns is not None
        places = self._frames.span(capture)
        moment, drift = model.at(places[0], begin_ns), model.drift_ppm(places)
        return Clock(
            begin_ns - moment.at_ns,
            moment.doubt_ns,
            model.pairs,
            *_told(drift),
            self._steps(capture, model),
            *span,
        )

    def _steps(self, capture: int, model: ClockModel) -> tuple[ClockStep, ...]:
        before, behind = self._frames.span(capture)
        return tuple(
            ClockStep(step.at_ns, step.by_ns, step.uncertainty_ns)
            for step in model.steps
            if step.places[1] > before and step.places[0] < behind
        )


def _told(drift: tuple[float, float] | None) -> tuple[float | None, float | None]:
    """A drift and how far it may be wrong; where it may be none, how great it may be at most."""
    if drift is None:
        return None, None
    ppm, doubt = drift
    return (ppm, doubt) if abs(ppm) > doubt else (None, abs(ppm) + doubt)
