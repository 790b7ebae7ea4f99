"""What the lab's tests need: root, and the machine's only lab."""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.left import nothing_left
from wanwitness.lab import state


@pytest.fixture
def alone() -> Iterator[None]:
    """One test at a time has the machine's only lab, whichever process runs it."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        if os.environ.get("CI"):
            pytest.fail("the lab's tests need root on Linux")
        pytest.skip("needs root on Linux")
    with Path(tempfile.gettempdir(), "wanwitness-lab.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if state.is_up():
            pytest.fail("a lab is up on this machine: wanwitness lab down")
        try:
            yield
        finally:
            state.clean()
            assert nothing_left()
