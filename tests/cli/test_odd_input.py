"""What nobody means to give a program: it says so in one line, and ends."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from places import OFFICE
from processes import of_session
from wanwitness import Case, UsageError, WanwitnessError, analyze
from wanwitness.inputs import gather
from wanwitness.reading import workers
from wanwitness.verify.originals import originals

PYTHON = [sys.executable, "-m", "wanwitness"]
ESCAPES = "a\x1b[31mb\x07\u202ec\nd"
"""Colour, bell, a direction override and a line's end."""


def run(*arguments: str | Path, folder: Path, shell: str = "", **more: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a folder, its streams redirected as a shell does it."""
    command = ["sh", "-c", f'exec "$0" "$@" {shell}', *PYTHON, *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120, **more)


def refused(done: subprocess.CompletedProcess[bytes], *words: str) -> None:
    said = done.stderr.decode()
    assert (done.returncode, said.count("\n")) == (2, 1), said
    assert said.startswith("wanwitness: ")
    assert all(word in said for word in words), said
    assert not any(sign in said for sign in "\x1b\x07\u202e")


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    for arguments in (["one"], ["--wan", "a=one"], [OFFICE, "--site", "one"], [OFFICE, "--out", "one"]):
        refused(run("analyze", *arguments, folder=tmp_path), "one: ")


@pytest.mark.parametrize("name", ["n" * 300, "m/" * 3000])
def test_names_that_no_system_takes(tmp_path: Path, name: str) -> None:
    for arguments in ([name], ["--lan", f"{name}:eth0"], [OFFICE, "--site", name], [OFFICE, "--out", name]):
        refused(run("analyze", *arguments, folder=tmp_path), name[:100])


@pytest.mark.parametrize("arguments", [[ESCAPES], ["--lan", ESCAPES], ["--wan", f"x={ESCAPES}"], ["--site", ESCAPES]])
def test_names_that_would_steer_a_terminal_are_escaped(tmp_path: Path, arguments: list[str]) -> None:
    refused(run("analyze", *arguments, folder=tmp_path), r"a\x1b[31mb\x07\u202ec\x0ad")


def test_a_name_that_is_no_utf8(tmp_path: Path) -> None:
    """The case is JSON to the strictest reader, and `verify` finds the file by the name that the case has for it."""
    odd = os.fsdecode(b"r\xe9seau.pcap")
    (tmp_path / odd).mkdir()
    shutil.copy(OFFICE / "lan0.pcap", tmp_path / odd / odd)
    run("analyze", f"{odd}/{odd}", "--rows-only", "--out", f"{odd}/case", folder=tmp_path)
    case = tmp_path / odd / "case"
    document = msgspec.json.decode((case / "case.json").read_bytes())
    assert document["captures"][0]["path"] == "../r\\xe9seau.pcap"
    assert "r\\xe9seau.pcap" in document["tool"]["command_line"]
    assert originals(document["captures"], case)["../r\\xe9seau.pcap"].state == "unhashed"
    elsewhere = [{**document["captures"][0], "path": "r\\xe9seau.pcap/r\\xe9seau.pcap"}]
    assert originals(elsewhere, tmp_path)[elsewhere[0]["path"]].state == "unhashed"
    assert len(Case.load(case).dns) > 0


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may read all, so the system's answer is made up."""
    (tmp_path / "closed").mkdir()

    def closed(path: Path) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", closed)
    with pytest.raises(UsageError, match=r"closed: cannot be read \(Permission denied\)"):
        gather([str(tmp_path / "closed")])
    with pytest.raises(UsageError, match="cannot be written"):
        analyze(OFFICE / "lan0.pcap", out=tmp_path / "closed")


@pytest.mark.parametrize("command", [["analyze", str(OFFICE), "--json", "--rows-only"], ["site", str(OFFICE)], ["-h"]])
def test_output_that_cannot_be_written(tmp_path: Path, command: list[str]) -> None:
    refused(run(*command, folder=tmp_path, shell="> /dev/full"), "No space left on device")


def test_closed_streams(tmp_path: Path) -> None:
    """Those of a daemon, or of a careless script."""
    refused(run("analyze", "-", folder=tmp_path, shell="<&-"), "standard input is closed")
    refused(run("analyze", OFFICE, "--json", "--rows-only", folder=tmp_path, shell=">&-"), "standard output is closed")
    assert run("analyze", "missing", folder=tmp_path, shell="2>&-").returncode == 2
    assert run("analyze", "missing", folder=tmp_path, shell="2>/dev/full").returncode == 2
    done = run("analyze", OFFICE, "--rows-only", "--out", "case", folder=tmp_path, shell="<&- >&- 2>&-")
    assert done.returncode == 0
    assert (tmp_path / "case" / "SHA256SUMS").is_file()
    for command in (["explain", "case", "--refused"], ["compare", "case", "case"]):
        said = run(*command, folder=tmp_path, shell=">&-").stderr
        assert b"Traceback" not in said


def test_a_site_file_without_end(tmp_path: Path) -> None:
    refused(run("analyze", OFFICE, "--site", "/dev/zero", folder=tmp_path), "/dev/zero", "no site file")


def test_what_is_no_file_in_a_folder_is_told(tmp_path: Path) -> None:
    """Each is named in the case's notes; none is opened, which may wait for ever."""
    shutil.copytree(OFFICE, tmp_path / "site")
    folder = tmp_path / "site"
    (folder / "dangling.pcap").symlink_to("nowhere.pcap")
    os.mkfifo(folder / "pipe.pcap")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket.pcap"))
        notes = analyze(folder, rows_only=True).document["notes"]
    for name, what in (("dangling", "a link that leads nowhere"), ("pipe", "a named pipe"), ("socket", "a socket")):
        assert any(f"{name}.pcap: not read, since it is {what}" in note for note in notes)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Captures of which several processes read the greater part of a second each."""
    folder = tmp_path / "large"
    folder.mkdir()
    for name in ("lan0.pcap", "wan1.pcap"):
        content = (OFFICE / name).read_bytes()
        (folder / name).write_bytes(content + content[24:] * 700)
    return folder


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc")
def test_no_worker_outlives_its_master(large: Path, tmp_path: Path, signum: signal.Signals) -> None:
    """However that ends; asked to end, it says so in one line."""
    with subprocess.Popen(
        [*PYTHON, "analyze", large, "--out", tmp_path / "case"], stderr=subprocess.PIPE, start_new_session=True
    ) as running:
        until = time.monotonic() + 60
        while len(of_session(running.pid)) < 2 and running.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        assert len(of_session(running.pid)) == 2
        running.send_signal(signum)
        said = running.communicate(timeout=60)[1].decode()
    until = time.monotonic() + 20
    while of_session(running.pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert of_session(running.pid) == []
    if signum == signal.SIGTERM:
        assert (running.returncode, said) == (128 + signum, "wanwitness: stopped; nothing was written\n")
        assert not (tmp_path / "case").exists()


def _within(captures: Path, answer: Any) -> None:
    try:
        answer.put(len(analyze(captures, rows_only=True).document["sessions"]))
    except (WanwitnessError, AssertionError) as error:
        answer.put(str(error))


def test_in_another_engine_s_worker_one_process_reads_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemonic process may have no children."""
    monkeypatch.setattr(workers, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2})
    context: Any = multiprocessing.get_context("fork")
    answer = context.Queue()
    process = context.Process(target=_within, args=(OFFICE, answer), daemon=True)
    process.start()
    assert answer.get(timeout=120) == 20
    process.join(timeout=60)
