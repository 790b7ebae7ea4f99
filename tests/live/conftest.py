"""What live runs need: root, network namespaces, dumpcap."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from live.segment import Segment


@pytest.fixture
def segment() -> Iterator[Segment]:
    if os.geteuid() or not os.path.isdir("/sys/class/net"):  # noqa: PTH112
        pytest.skip("needs root on Linux")
    segment = Segment(f"wwt{os.getpid()}")
    try:
        yield segment
    finally:
        segment.remove()
