"""A file that is cut short while it is read ends nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from english import all_english
from ingest.files import PACKETS, pcap
from wanwitness.ingest import CaptureFile

CUT = """
import os, sys
from wanwitness.ingest import capture_file
from wanwitness import analyze, WanwitnessError
capture_file._WINDOW = 1 << 16
path = sys.argv[1]
from wanwitness.ingest.pcap import PcapReader
frames, count = PcapReader.frames, 0
def then_cut(self, *args):
    global count
    count += 1
    if count == 9:
        os.truncate(path, 100_000)
    return frames(self, *args)
PcapReader.frames = then_cut
case = analyze(path, rows_only=True)
print(case.damage)
"""


def test_what_is_gone_is_damage(tmp_path: Path) -> None:
    """The frames until there are read; a row says that the file became shorter."""
    path = tmp_path / "capture.pcap"
    path.write_bytes(pcap(PACKETS * 20_000))
    size = path.stat().st_size
    file = CaptureFile(path)
    windows = file.windows(max_bytes=1 << 20)
    first = next(windows)
    os.truncate(path, size // 2)
    rest = list(windows)
    frames = len(first) + sum(len(window) for window in rest)
    assert 0 < frames < len(PACKETS) * 20_000
    assert all_english(row.reason for row in file.damage) == ["the file became shorter while it was read"]


def test_no_process_dies_of_it(tmp_path: Path) -> None:
    """Cut to less than what was just read, in the middle of an analysis."""
    office = Path(__file__).parents[2] / "captures" / "incident" / "lan0.pcap"
    content = office.read_bytes()
    path = tmp_path / "lan.pcap"
    path.write_bytes(content + 40 * content[24:])
    done = subprocess.run([sys.executable, "-c", CUT, path], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"became shorter" in done.stdout
