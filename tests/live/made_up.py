"""A journal made of a case, as a live run would write it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import wanwitness
from wanwitness.live.journal import Journal, moment

OFFICE = Path(__file__).parents[2] / "captures" / "lab-office"


def sessions() -> list[dict[str, Any]]:
    """The sessions of a case of ours, moved to the last hour."""
    document = wanwitness.analyze(OFFICE, rows_only=True).document
    now = datetime.now(UTC)
    found = []
    for n, session in enumerate(document["sessions"]):
        row = copy.deepcopy(session)
        row["start"] = moment(now - timedelta(minutes=50) + timedelta(seconds=10 * n))
        found.append(row)
    return found


def state(**changes: Any) -> dict[str, Any]:
    capture = {
        "interface": "eth1",
        "role": "lan",
        "link": None,
        "alive": True,
        "up": "up",
        "packets": 12_345,
        "bytes": 1_000_000,
        "dropped": 3,
        "last": moment(datetime.now(UTC)),
        "quiet": False,
        "restarts": 0,
    }
    wan = {**capture, "interface": "eth2", "role": "wan", "link": "orange", "up": "down", "dropped": None}
    return {
        "watermark": moment(datetime.now(UTC)),
        "lag_s": 0.8,
        "tick_s": 0.1,
        "sessions": 3,
        "told": 10,
        "memory_bytes": 100 << 20,
        "disk_bytes": 20 << 20,
        "disk_free_bytes": 5 << 30,
        "captures": [capture, wan],
        **changes,
    }


def write(folder: Path, rows: list[dict[str, Any]]) -> Journal:
    """Write a journal of sessions, each provisional first, and leave it open."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder)
    now = datetime.now(UTC)
    journal.add(now, "run", {"event": "begin", "pid": 1, "version": "0", "site": None, "command_line": "x"})
    journal.add(now, "state", state())
    for number, path in enumerate(("captures/lan.pcapng", "captures/orange.pcapng", "captures/sfr.pcapng")):
        capture = {"number": number, "path": path, "interface": None, "vlan": None, "role": "lan", "link": None}
        journal.add(now, "capture", capture)
    for row in told(rows):
        journal.add(now, "session", row[0], row[1])
    gap = {"kind": "gap", "interface": "eth2", "file": None, "from": moment(now), "to": moment(now), "text": "a gap"}
    journal.add(now, "coverage", gap)
    journal.commit()
    return journal


def told(rows: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for row in rows:
        early = {**row, "flagged": False, "verdict": "undetermined", "undetermined_because": None}
        yield early, {"revision": 1, "final": False, "watermark": None, "late": False}
        yield row, {"revision": 2, "final": True, "watermark": None, "late": False}
