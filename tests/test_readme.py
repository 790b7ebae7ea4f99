"""README.md is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from places import PROJECT

README = (PROJECT / "README.md").read_text()


def test_the_python_snippet_prints_what_it_promises(tmp_path: Path) -> None:
    """Run from the project's folder, as a clone has it."""
    (snippet,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (promised,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", snippet], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == promised


def test_every_fence_is_closed() -> None:
    """Also within lists."""
    assert len(re.findall(r"^ *```", README, re.MULTILINE)) % 2 == 0


@pytest.mark.needs("tcpdump")
def test_the_recipe_finds_a_vlans_frames(tmp_path: Path) -> None:
    """Of frames in a VLAN it keeps as many as of the same frames without."""
    capture = (PROJECT / "captures" / "lab-office" / "lan0.pcap").read_bytes()
    tagged, at = bytearray(capture[:24]), 24
    while at < len(capture):
        caplen, length = (int.from_bytes(capture[at + i : at + i + 4], "little") for i in (8, 12))
        frame = capture[at + 16 : at + 16 + caplen]
        tagged += capture[at : at + 8] + (caplen + 4).to_bytes(4, "little") + (length + 4).to_bytes(4, "little")
        tagged += frame[:12] + b"\x81\x00\x03\x43" + frame[12:]
        at += 16 + caplen
    kept = []
    for name, content in (("plain.pcap", capture), ("vlan.pcap", bytes(tagged))):
        (tmp_path / name).write_bytes(content)
        printed = subprocess.run([sys.executable, "-m", "wanwitness", "filter"], capture_output=True, check=True)
        command = ["tcpdump", "-n", "-r", str(tmp_path / name), printed.stdout.decode().strip()]
        kept.append(len(subprocess.run(command, capture_output=True, check=True).stdout.splitlines()))
    assert kept[0] == kept[1] > 400
