"""`wanwitness demo`, from the project and from a wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from places import PROJECT
from wanwitness import UsageError
from wanwitness.case import Case
from wanwitness.demo import incident, lay_out


def run(*arguments: str | Path, folder: Path, python: str | Path = sys.executable) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder that is its home too, without a display."""
    keep = {key: value for key, value in os.environ.items() if key in ("PATH", "PYTHONPATH", "LANG", "LC_ALL")}
    environment = {**keep, "HOME": str(folder)}
    command = [str(python), "-m", "wanwitness", "demo", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def is_whole(folder: Path) -> bool:
    """Whether the demonstration lies there: the case, and the captures that it is of."""
    case = Case.load(folder / "case")
    paths = [folder / "case" / capture["path"] for capture in case.document["captures"]]
    assert case.document["answer"]["status"] == "explained"
    assert (folder / "case" / "report.html").stat().st_size > 10_000
    return all(path.is_file() and path.resolve().parent == (folder / "incident").resolve() for path in paths)


def test_the_incident_is_analysed_and_told(tmp_path: Path) -> None:
    """The captures and their story lie beside the case, and what the servers knew does not; again, it is done again."""
    for _ in range(2):
        done = run("--no-browser", folder=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert "Report: wanwitness-demo/case/report.html" in done.stdout
        assert done.stdout.startswith("Mail through Orange was refused where")
    assert is_whole(tmp_path / "wanwitness-demo")
    laid = {path.name for path in (tmp_path / "wanwitness-demo" / "incident").iterdir()}
    assert laid == {"README.md", "lan0.pcap", "wan1.pcap", "wan2.pcap", "site.toml"}
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["wanwitness-demo"]


def test_without_a_browser_it_says_where_the_page_is(tmp_path: Path) -> None:
    """No browser for the terminal is started in its place."""
    done = run("--out", "here", folder=tmp_path)
    assert done.returncode == 0
    assert done.stderr == "wanwitness: no browser was found; open here/case/report.html\n"


def test_nobodys_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "incident").mkdir()
    (tmp_path / "incident" / "lan0.pcap").write_text("mine")
    with pytest.raises(UsageError, match=r"lan0.pcap is another file"):
        lay_out(tmp_path)
    assert (tmp_path / "incident" / "lan0.pcap").read_text() == "mine"
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        lay_out(tmp_path / "file")


def test_the_project_has_the_incident() -> None:
    assert incident() == PROJECT / "captures" / "incident"


def test_a_wheel_brings_it_along(tmp_path: Path) -> None:
    """Built from the project, and unpacked into an environment of its own that has the dependencies alone."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    )
    (wheel,) = (tmp_path / "dist").iterdir()
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    names = {"base": str(tmp_path / "env"), "platbase": str(tmp_path / "env")}
    packages = Path(sysconfig.get_path("purelib", "venv", names))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (tmp_path / "home").mkdir()
    keep = os.environ.pop("PYTHONPATH", None)
    try:
        done = run("--no-browser", folder=tmp_path / "home", python=python)
    finally:
        if keep is not None:
            os.environ["PYTHONPATH"] = keep
    assert (done.returncode, done.stderr) == (0, "")
    assert is_whole(tmp_path / "home" / "wanwitness-demo")
