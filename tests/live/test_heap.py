"""Memory that a long run gives back."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

HELD = """
import sys
from wanwitness.live.heap import give_large_blocks_back
from wanwitness.live.state import memory

if sys.argv[1] == "True":
    give_large_blocks_back()
bytearray(30 << 20)  # so large a block was freed: the heap takes them from now on
before, large, small = memory(), [], []
for _ in range(20):
    large.append(bytearray(4 << 20))
    small.append(bytearray(100_000))
large.clear()
print((memory() - before) >> 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
@pytest.mark.parametrize("given_back", [True, False])
def test_large_blocks_among_small_ones_are_given_back(given_back: bool) -> None:
    """Without it, 80 MiB are not."""
    command = [sys.executable, "-c", HELD, str(given_back)]
    mib = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert mib < 10 if given_back else mib > 60
