"""Which processes are alive."""

from __future__ import annotations

from pathlib import Path


def of_session(session: int) -> list[int]:
    """Return the processes of a session that are alive, by number."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found
