"""A test that calls a command leaves nothing to those after it."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from wanwitness.cli.main import main


def test_a_command_has_the_collector_rest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Until its process ends."""
    monkeypatch.setattr("sys.argv", ["wanwitness", "analyze", str(tmp_path)])
    with pytest.raises(SystemExit):
        main()
    assert not gc.isenabled()
    assert gc.get_freeze_count()


def test_it_is_at_work_again_in_the_next_test() -> None:
    """This one comes behind the other, in whichever process."""
    assert gc.isenabled()
    assert not gc.get_freeze_count()
