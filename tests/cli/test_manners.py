"""The small things that make a command feel finished."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from places import OFFICE, PROJECT
from wanwitness.cli.output import plain

PYTHON = [sys.executable, "-m", "wanwitness"]
LAN = OFFICE / "lan0.pcap"


def run(
    *arguments: str | Path, folder: Path, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a module in a folder."""
    whole = {**os.environ, **environment}
    return subprocess.run([*PYTHON, *arguments], cwd=folder, input=stdin, capture_output=True, check=False, env=whole)


def test_alone_it_prints_its_help(tmp_path: Path) -> None:
    """So do the lab's commands; both are no error."""
    for words in ((), ("lab",)):
        done = run(*words, folder=tmp_path)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout == run(*words, "--help", folder=tmp_path).stdout
        assert b"Commands:" in done.stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp850", "utf-8"])
def test_any_encoding_gets_what_it_can_show(encoding: str, tmp_path: Path) -> None:
    """An arrow that it has not is drawn with what it has; nothing ends in a traceback."""
    done = run("analyze", OFFICE, "--rows-only", folder=tmp_path, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding)
    assert f"isp1 {'→' if encoding == 'utf-8' else '->'} isp2" in text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_errors_get_there_too(encoding: str, tmp_path: Path) -> None:
    """With a file name that the encoding lacks."""
    done = run("analyze", "réseau→.pcap", folder=tmp_path, PYTHONIOENCODING=encoding)
    assert done.returncode == 2
    assert b"no such file" in done.stderr
    assert b"Traceback" not in done.stderr


def test_documents_are_utf8_whatever_the_locale(tmp_path: Path) -> None:
    """JSON and TOML know nothing else."""
    done = run("analyze", OFFICE, "--json", "--rows-only", folder=tmp_path, PYTHONIOENCODING="cp1252")
    assert json.loads(done.stdout.decode("utf-8"))["totals"]["sessions"] == 20
    site = run("site", OFFICE, folder=tmp_path, PYTHONIOENCODING="cp1252").stdout
    assert site == run("site", OFFICE, folder=tmp_path, PYTHONIOENCODING="utf-8").stdout


def test_text_in_ascii_is_as_near_as_that_comes() -> None:
    """Letters lose their accents; what is no letter here becomes a question mark."""
    assert plain("refusé → “Zürich” … 日本") == 'refuse -> "Zurich" ... ??'


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture that takes seconds: so many plain frames that reading them is no matter of a moment."""
    path = tmp_path_factory.mktemp("many") / "lan.pcap"
    head = LAN.read_bytes()
    path.write_bytes(head + head[24:] * 3000)
    return path


@pytest.mark.parametrize("command", ["analyze", "site"])
def test_stopped_it_says_that_nothing_was_written(command: str, many: Path, tmp_path: Path) -> None:
    """Ctrl-C gives one line, no traceback, and the status that shells expect."""
    out = tmp_path / "case"
    options = ["--rows-only", "--out", str(out)] if command == "analyze" else []
    with subprocess.Popen(
        [*PYTHON, command, str(many), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as running:
        time.sleep(1.5)
        os.killpg(running.pid, signal.SIGINT)
        printed, said = running.communicate(timeout=30)
    assert (running.returncode, printed) == (130, b"")
    assert said.decode().strip() == "wanwitness: stopped; nothing was written"
    assert not out.exists()


@pytest.mark.parametrize("module", ["click", "numpy"])
def test_stopped_while_it_is_loaded(module: str) -> None:
    """Also before anything of it runs but its first lines."""
    code = (
        "import sys\nclass Stop:\n    @staticmethod\n    def find_spec(name, path=None, target=None):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop)\nfrom wanwitness.cli import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code, "analyze", str(LAN)], capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode().strip()) == (130, "wanwitness: stopped; nothing was written")


def on_a_terminal(*command: str | Path, columns: int = 80) -> str:
    """What a command shows on a terminal."""
    reader, terminal = pty.openpty()
    wide = {**os.environ, "COLUMNS": str(columns)}
    with subprocess.Popen([*PYTHON, *command], stdin=terminal, stdout=terminal, stderr=terminal, env=wide) as running:
        os.close(terminal)
        shown = bytearray()
        while True:
            try:
                some = os.read(reader, 4096)
            except OSError:  # Linux says so when nobody holds the other end
                break
            if not some:
                break
            shown += some
        running.wait()
    os.close(reader)
    return shown.decode()


def test_a_narrow_terminal_is_no_reason_to_break_lines_twice(tmp_path: Path) -> None:
    """Sentences are as long as forty columns are; only what is there to be copied is longer, and stands alone."""
    case = tmp_path / "case"
    shown = on_a_terminal("analyze", OFFICE, "--rows-only", "--out", case, columns=40)
    shown += on_a_terminal("explain", case, "--refused", columns=40)
    long = [line for line in shown.splitlines() if len(line) > 40]
    assert all(re.search(r"case\.json|: tcp |^ *(tcp|frame\.number) |^Worst first|^  \S+ → ", line) for line in long), (
        long
    )


def test_who_waits_at_a_terminal_is_told(many: Path, tmp_path: Path) -> None:
    """How far it is, on a line that is gone in the end; in a pipe nothing of it stands."""
    shown = on_a_terminal("analyze", many, "--rows-only", "--out", tmp_path / "case")
    assert "MB read, " in shown
    assert "SMTP connections" in shown
    piped = run("analyze", many, "--rows-only", "--out", "other", folder=tmp_path)
    assert b"MB read" not in piped.stdout + piped.stderr
    assert "MB read" not in on_a_terminal("analyze", LAN, "--rows-only", "--out", tmp_path / "short")


def test_rows_only_says_where_they_are(tmp_path: Path) -> None:
    """The last line names the file."""
    done = run("analyze", OFFICE, "--rows-only", "--out", "case", folder=tmp_path)
    assert done.stdout.decode().splitlines()[-1] == "Rows: case/case.json and tables beside it"


def test_another_case_in_the_default_place_stays(tmp_path: Path) -> None:
    """What came from a pipe cannot be told from what came before; it is said once it is written."""
    for place in ("stdin", "stdin-2"):
        done = run("analyze", "-", "--rows-only", folder=tmp_path, stdin=LAN.read_bytes())
        assert f"Rows: reports/{place}/case.json".encode() in done.stdout
        assert (b"so this one is in reports/stdin-2" in done.stderr) == (place == "stdin-2")
    assert b"stdin-3" not in run("analyze", "-", folder=tmp_path, stdin=b"nothing").stderr


def test_what_comes_from_a_pipe_has_a_name(tmp_path: Path) -> None:
    """Its case is not called after a hyphen, and its faults neither."""
    frame = b"\x02" * 12 + b"\x88\xcc" + bytes(50)
    capture = LAN.read_bytes()[:24] + struct.pack("<4I", 0, 0, len(frame), len(frame)) + frame
    done = run("analyze", "-", "--rows-only", folder=tmp_path, stdin=capture)
    assert (tmp_path / "reports" / "stdin" / "case.json").is_file()
    assert done.returncode == 3
    assert done.stderr.decode().startswith("wanwitness: -: 1 frames were left out: none of this capture's frames")


def test_a_site_file_is_not_written_over(tmp_path: Path) -> None:
    """Who edited it finds his edits, and what the captures show beside them."""
    folder = tmp_path / "captures"
    folder.mkdir()
    for name in ("lan0.pcap", "wan1.pcap", "wan2.pcap"):
        (folder / name).write_bytes((OFFICE / name).read_bytes())
    first = run("site", "captures", "--write", folder=tmp_path)
    assert (first.returncode, first.stderr) == (0, b"")
    drafted = (folder / "site.toml").read_text()
    assert drafted == run("site", "captures", folder=tmp_path).stdout.decode()
    assert b"says already" in run("site", "captures", "--write", folder=tmp_path).stdout
    edited = drafted.replace("[site]", '[site]\nname = "Head office"')
    (folder / "site.toml").write_text(edited)
    again = run("site", "captures", "--write", folder=tmp_path)
    assert b"stays as it is" in again.stdout
    assert (folder / "site.toml").read_text() == edited
    assert (folder / "site.toml.new").read_text() == drafted


def test_a_site_file_is_not_printed_into_its_own_place(tmp_path: Path) -> None:
    """A shell empties it before this program begins: told the first time, when nothing is lost yet, nobody loses edits
    the second time. What the shell left is no file that `--write` would spare."""
    (tmp_path / "lan.pcap").write_bytes(LAN.read_bytes())
    file = tmp_path / "site.toml"
    for mode, said in (("wb", b"is empty now"), ("ab", b"is empty now")):
        with file.open(mode) as target:
            done = subprocess.run([*PYTHON, "site", tmp_path], stdout=target, stderr=subprocess.PIPE, check=False)
        assert (done.returncode, said in done.stderr, b"use --write" in done.stderr) == (2, True, True)
        assert file.read_text() == ""
    assert b"is written" in run("site", tmp_path, "--write", folder=tmp_path).stdout
    edited = file.read_text() + "# edited\n"
    file.write_text(edited)
    with file.open("ab") as target:
        done = subprocess.run([*PYTHON, "site", tmp_path], stdout=target, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, b"is left as it is" in done.stderr, file.read_text()) == (2, True, edited)
    with (tmp_path / "other.toml").open("wb") as target:
        done = subprocess.run([*PYTHON, "site", tmp_path], stdout=target, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "other.toml").read_text() + "# edited\n" == edited


def test_one_folder_is_where_it_belongs(tmp_path: Path) -> None:
    """`--write` needs to know which."""
    done = run("site", LAN, "--write", folder=tmp_path)
    assert (done.returncode, b"--write: name the one folder" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("wanwitness an", ["plain,analyze"]),
        ("wanwitness analyze --rows", ["plain,--rows-only"]),
        ("wanwitness analyze la", ["file,la"]),
        ("wanwitness analyze --wan orange=wan", ["file,wan"]),
        ("wanwitness analyze --out re", ["dir,re"]),
        ("wanwitness site ca", ["file,ca"]),
    ],
)
def test_a_shell_completes_commands_options_and_files(words: str, completed: list[str]) -> None:
    """The names of files are the shell's own matter."""
    program = Path(sys.executable).parent / "wanwitness"
    environment = {
        **os.environ,
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
        "_WANWITNESS_COMPLETE": "bash_complete",
    }
    done = subprocess.run([program], capture_output=True, text=True, check=False, env=environment)
    assert done.stdout.split() == completed


def test_the_filter_is_one_line(tmp_path: Path) -> None:
    """Fit for `tcpdump "$(wanwitness filter)"` and for a file; what is no host is said."""
    done = run("filter", folder=tmp_path)
    assert (done.returncode, done.stderr, done.stdout.count(b"\n")) == (0, b"", 1)
    assert done.stdout.startswith(b"not (")
    wider = run("filter", "--rivals", "--host", "192.0.2.7", "--port", "2526", folder=tmp_path).stdout
    assert all(port in wider for port in (b"=993", b"=2526", b"=0xc0000207"))
    refused = run("filter", "--host", "webmail.example", folder=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"name an address" in refused.stderr


def test_every_command_is_in_the_readme(tmp_path: Path) -> None:
    """With the options of the filter and the site file."""
    readme = (PROJECT / "README.md").read_text()
    for command in ("analyze", "filter", "site", "lab"):
        assert f"wanwitness {command}" in readme
    for option in ("--rivals", "--host", "--port", "--write"):
        assert option in readme
