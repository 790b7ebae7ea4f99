"""captures/README.md is true."""

from __future__ import annotations

import re
import subprocess

from places import PROJECT


def test_every_capture_has_its_row() -> None:
    """The table in captures/README.md names every file of the folder that is tracked, and no other."""
    captures = PROJECT / "captures"
    rows = re.findall(r"^\| (\S+) \| `(\S+)` \|", (captures / "README.md").read_text(), re.MULTILINE)
    listed = subprocess.run(
        ["git", "ls-files"], cwd=captures, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {f"{folder}/{file}" for folder, file in rows} == set(listed) - {"README.md"}
