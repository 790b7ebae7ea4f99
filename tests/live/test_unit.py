"""The systemd unit: right, and allowed nothing that it does not need."""

from __future__ import annotations

import doctest
import re
import subprocess
from pathlib import Path

import pytest

from wanwitness.live import unit as module
from wanwitness.live.unit import unit

MOST_EXPOSED = 2.0
"""Of 10, as systemd-analyze counts; its rating of this is OK."""


def test_words_are_quoted() -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.needs("systemd-analyze")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    """Nor much that it is exposed to."""
    file = tmp_path / "wanwitness.service"
    file.write_text(unit(["/bin/true", "live", "--lan", "eth1", "--wan", "my isp=eth2", "--out", module.STATE]))
    checked = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True)
    assert not [line for line in checked.stderr.splitlines() if "wanwitness" in line], checked.stderr
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", file], capture_output=True, text=True
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", rated.stdout)
    assert found is not None, rated.stdout + rated.stderr
    assert float(found[1]) <= MOST_EXPOSED
