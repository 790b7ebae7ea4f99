"""Python's collector of cycles, at rest while an analysis makes its rows."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector rest: rows form no cycles, and going through them again and again took a quarter of
    the time (`tests/test_api.py` holds the first to be true).
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
