"""The folder of a case."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from places import OFFICE
from wanwitness import UsageError, analyze
from wanwitness.case import Case, CaseFolder
from wanwitness.case.folder import UNFINISHED


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("office") / "case"
    analyze(OFFICE, out=out)
    return out


@pytest.fixture
def case(office: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(office, tmp_path / "case"))


@pytest.mark.needs("sha256sum")
def test_the_seal_is_what_sha256sum_checks(case: Path) -> None:
    """Every file of the case is in it."""
    subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS"], cwd=case, check=True)
    named = {line.split("  ", 1)[1] for line in (case / "SHA256SUMS").read_text().splitlines()}
    files = {path.relative_to(case).as_posix() for path in case.rglob("*") if path.is_file()}
    assert named == files - {"SHA256SUMS"}
    assert Case.load(case).totals["flagged"] == 7


@pytest.mark.parametrize("file", ["case.json", "report.html", "sessions.csv", "figures/links.png"])
def test_a_folder_with_another_file_than_was_sealed_is_no_case(case: Path, file: str) -> None:
    """The message names it."""
    content = (case / file).read_bytes()
    (case / file).write_bytes(content + b" ")
    with pytest.raises(UsageError, match=f"no case .{file} is not as it was written"):
        Case.load(case)
    (case / file).unlink()
    with pytest.raises(UsageError, match=f"{file} is missing"):
        Case.load(case)


@pytest.mark.parametrize("seal", [None, b"", b"rubbish\n", b"\xff\n", b"0" * 64 + b"  ../case.json\n"])
def test_a_folder_without_a_seal_is_no_case(case: Path, seal: bytes | None) -> None:
    (case / "SHA256SUMS").unlink()
    if seal is not None:
        (case / "SHA256SUMS").write_bytes(seal)
    with pytest.raises(UsageError, match="no case"):
        Case.load(case)


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    """Its folder counts as empty."""
    left = tmp_path / "case" / UNFINISHED / "evidence"
    left.mkdir(parents=True)
    (left / "half.pcapng").write_bytes(b"half")
    analyze(OFFICE, out=tmp_path / "case", rows_only=True)
    tables = {"sessions.csv", "sessions.parquet", "dns.parquet"}
    assert {path.name for path in (tmp_path / "case").iterdir()} == {"case.json", "SHA256SUMS"} | tables


def test_an_error_leaves_the_older_case(case: Path) -> None:
    """Until all files are whole, nothing of it is touched."""
    before = {path: path.read_bytes() for path in case.rglob("*") if path.is_file()}

    def broken() -> None:
        with CaseFolder(case) as folder:
            folder.write("case.json", "{}")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert {path: path.read_bytes() for path in case.rglob("*") if path.is_file()} == before
    assert not (case / UNFINISHED).exists()


def test_nobody_else_writes_meanwhile(tmp_path: Path) -> None:
    """A second writer is told at once, and a third that comes when the first is done is not."""
    with CaseFolder(tmp_path / "case"), pytest.raises(UsageError, match="somebody else writes a case there now"):
        CaseFolder(tmp_path / "case")
    assert not (tmp_path / "case").exists()
    CaseFolder(tmp_path / "case").close()


def test_a_folder_that_is_taken_away_midway_is_told_of(tmp_path: Path) -> None:
    """Before anything is written it is made anew; later, what was written is lost."""
    with CaseFolder(tmp_path / "case") as folder:
        shutil.rmtree(tmp_path / "case")
        folder.write("case.json", "{}")
        shutil.rmtree(tmp_path / "case")
        with pytest.raises(UsageError, match="somebody took this folder away"):
            folder.write("report.html", "")
    with CaseFolder(tmp_path / "case") as folder:
        folder.write("case.json", "{}")
        (tmp_path / "case").rename(tmp_path / "elsewhere")
        with pytest.raises(UsageError, match="somebody took this folder away"):
            folder.finish()


@pytest.mark.parametrize("name", ["evidence", "figures"])
def test_a_link_in_the_folder_leads_nowhere(tmp_path: Path, name: str) -> None:
    """What lies where it leads is nobody's to delete."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "0123456789ab.pcapng").write_text("mine")
    analyze(OFFICE, out=tmp_path / "case", rows_only=True)
    (tmp_path / "case" / name).symlink_to(elsewhere)
    with pytest.raises(UsageError, match=f"{name} in it is a link"):
        analyze(OFFICE, out=tmp_path / "case")
    assert [path.name for path in elsewhere.iterdir()] == ["0123456789ab.pcapng"]
