"""The case of a live run as it ends, when there is no time left for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from places import PROJECT

ENDS_LATE = """
import sys, time
from pathlib import Path
from wanwitness.cli import live_case
from wanwitness.cli.stopped import told_of_signals
from wanwitness.language import Language
from wanwitness.live.ending import RunEnding
from wanwitness.live.run import Ran

class Slow:
    def __del__(self):
        time.sleep(60)

def analysed(folder, command_line):
    Slow()
    time.sleep(60)

live_case._analysed = analysed
folder, ending = Path(sys.argv[1]), RunEnding()
(folder / "captures").mkdir()
ending.begin()
with told_of_signals(print):
    live_case.write_case(Ran(folder, 0.0), folder, [], Language.of("en"), ending)
"""


def test_time_that_is_up_in_a_destructor_ends_it_too(tmp_path: Path) -> None:
    """Python lets no exception out of one; the run ends in its time, and says what became of its case."""
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", ENDS_LATE, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(PROJECT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert f"wanwitness analyze {tmp_path} makes a case" in done.stderr
    assert time.monotonic() - begin < 30
