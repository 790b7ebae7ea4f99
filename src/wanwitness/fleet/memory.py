"""What memory there is, a worker's share of it, and what it takes."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from .wrong import wrong

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_LEAST = 256 << 20
"""Bytes of a worker: with less it could not read much."""
_CGROUP = Path("/sys/fs/cgroup/memory.max")
"""What a container may take (Linux, cgroup-v2.rst), or `max`."""
_HELD = re.compile(r"(?m)^Rss(?:Anon|Shmem):\s+(\d+) kB$")
"""proc_pid_status(5)"""


def bytes_of(text: str) -> int:
    """Read an amount of memory such as `1GiB`, `800M` or a number of bytes; letters count in powers of 1,024.

    Raises:
        UsageError: it is none, or less than a worker needs.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if found is None:
        raise wrong("memory-form", text=text)
    amount = int(float(found[1]) * _UNITS[found[2].upper()])
    if amount < _LEAST:
        raise wrong("memory-least", text=text, least=_LEAST >> 20)
    return amount


def share(workers: int) -> int | None:
    """Return the bytes of each of so many workers, where this machine's, or its container's, tells what it has."""
    try:
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return None
    with suppress(OSError, ValueError):
        there = min(there, int(_CGROUP.read_text()))
    return max(there // workers, _LEAST)


def taken(process: int) -> int | None:
    """Return the bytes that a process holds and nobody else, pages of files left out; None where nothing tells."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:  # it ended, or this is not Linux
        return None
    return sum(int(kilobytes) << 10 for kilobytes in _HELD.findall(status))
