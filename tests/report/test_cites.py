"""How frames are cited."""

from __future__ import annotations

import shlex
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from wanwitness.report.cites import cite, file_names

from .documents import HOSTILE, capture


def test_frames_are_grouped_by_file_though_several_points_share_it() -> None:
    captures = [capture("a.pcapng", "lan", None), capture("a.pcapng", "wan", "sfr"), capture("b.pcap", "wan", "orange")]
    citations = cite(captures, [[0, 9], [1, 3], [2, 1], [0, 1], [0, 2], [1, 3]])
    assert [(c.path, c.frames) for c in citations] == [("a.pcapng", (1, 2, 3, 9)), ("b.pcap", (1,))]
    assert citations[0].display_filter == "frame.number in {1..3, 9}"
    assert citations[0].command == "tshark -r a.pcapng -Y 'frame.number in {1..3, 9}'"


def test_two_frames_in_a_row_are_no_range() -> None:
    assert cite([capture("a.pcap", "lan", None)], [[0, 4], [0, 5]])[0].display_filter == "frame.number in {4, 5}"


def test_a_hostile_file_name_stays_one_argument() -> None:
    command = cite([capture(f"a b/{HOSTILE}", "lan", None)], [[0, 4]])[0].command
    assert command.isprintable()
    assert len(shlex.split(command)) == 5


def test_files_of_one_name_are_told_apart_by_folder() -> None:
    captures = [capture(path, "lan", None) for path in ("x/a.pcap", "y/a.pcap", "y/b.pcap")]
    assert file_names(captures) == ["x/a.pcap", "y/a.pcap", "b.pcap"]
    assert file_names([captures[0], captures[0]]) == ["a.pcap", "a.pcap"]


def test_a_way_to_a_folder_elsewhere_stands_in_no_name_and_no_command() -> None:
    captures = [capture(f"../../../srv/{path}", "lan", None) for path in ("x/a.pcap", "y/a.pcap", "y/b.pcap")]
    assert file_names(captures) == ["x/a.pcap", "y/a.pcap", "b.pcap"]
    assert cite(captures, [[2, 4]])[0].command == "tshark -r b.pcap -Y 'frame.number in {4}'"


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_the_command_runs_as_it_stands(tmp_path: Path) -> None:
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    (tmp_path / "it's a.pcap").write_bytes(header + struct.pack("<IIII", 0, 0, 14, 14) + bytes(14))
    command = cite([capture("it's a.pcap", "lan", None)], [[0, n] for n in (1, 2, 3, 7)])[0].command
    ran = subprocess.run(command, shell=True, cwd=tmp_path, check=True, capture_output=True)
    assert len(ran.stdout.splitlines()) == 1
