"""Models of clocks from what pairs of them saw."""

from __future__ import annotations

from itertools import chain

from wanwitness.correlate.clocks.frame_order import FrameOrder
from wanwitness.correlate.clocks.sightings import Shared, estimate

SECOND = 1_000_000_000


def test_a_clock_that_seems_to_be_set_where_its_frames_are_out_of_order() -> None:
    """The far side wrote some packets down with times of 40 s before, amid those that the near side has around them."""
    shared = Shared(FrameOrder([], []))
    seen = [
        (991, 37_066_302_000, 174, 37_066_281_000, False),
        (997, 37_067_815_000, 2, -2_932_203_000, False),
        (999, 37_083_198_000, 180, 37_083_166_000, False),
        (1013, 37_091_391_000, 193, 37_091_375_000, False),
        (1019, 37_093_468_000, 199, 37_093_511_000, True),
        (1024, 37_094_027_000, 3, -2_905_956_000, True),
        (1050, 37_100_298_000, 227, 37_100_316_000, True),
        (1052, 37_100_522_000, 4, -2_899_461_000, True),
        (1053, 37_100_934_000, 229, 37_100_922_000, False),
        (1079, 37_107_555_000, 6, 35_107_572_000, True),
        (1080, 37_108_880_000, 254, 37_108_866_000, False),
        (1081, 37_108_976_000, 255, 37_108_993_000, True),
    ]
    shared.sightings[0, 1].extend(chain.from_iterable(seen))
    course = estimate(0, shared, [1])[1]
    assert course is not None
    assert abs(course.at(255, 37 * SECOND).at_ns - 37 * SECOND) < SECOND
