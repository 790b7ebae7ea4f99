"""What all tests share: what to do where a program or the shared captures are missing."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from shutil import which

import pytest
from hypothesis import settings

from places import SHARED

pytest.register_assert_rewrite("live.checks")  # before any folder's tests import it

settings.register_profile("no time is asserted", deadline=None)
settings.load_profile("no time is asserted")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["LC_ALL"] = "C.UTF-8"  # commands are held against their English, whatever the developer reads
    config.addinivalue_line("markers", "needs(program, …): skipped where a program is missing; under CI it fails then")
    config.addinivalue_line("markers", "shared: uses captures that a user's clone does not have")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        missing = [program for program in mark.args if which(program) is None]
        if missing and os.environ.get("CI"):
            pytest.fail(f"missing under CI: {', '.join(missing)}")
        if missing:
            pytest.skip(f"needs {', '.join(missing)}")
    if item.get_closest_marker("shared") and not SHARED.is_dir():
        pytest.skip("needs the shared captures")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Let Python look for cycles again: a command has it rest until its process ends, and where a test calls one in its
    own that would go on for all that come after it.
    """
    yield
    gc.unfreeze()
    gc.enable()
