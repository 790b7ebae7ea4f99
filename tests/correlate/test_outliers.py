"""The line that the fewest bounds contradict."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest

from wanwitness.correlate.clocks.assumptions import MOST_HALVINGS
from wanwitness.correlate.clocks.outliers import least_contradicted


@pytest.mark.parametrize("far_s", [1e3, 1e9, 1e13, 2.1e13])
def test_the_search_ends_however_far_off_a_time_is(far_s: float) -> None:
    """In doubles two drifts may be no nearer to one another than a nanosecond over that time."""
    x = np.array([0.0, 1, 2, 3, 4, 5, far_s])
    v = np.array([10.0, -10, 10, -10, 10, -10, 1e18])
    with patch.object(np, "argsort", wraps=np.argsort) as looked:
        offset, drift = least_contradicted(x, v, np.array([True, False] * 3 + [True]))
    assert looked.call_count <= MOST_HALVINGS + 3
    assert np.isfinite([offset, drift]).all()
