"""A report made again from the case's folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from places import OFFICE
from wanwitness import UsageError, analyze
from wanwitness.case import Case
from wanwitness.redraw import redraw


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case whose captures are gone."""
    place = tmp_path_factory.mktemp("office")
    shutil.copytree(OFFICE, place / "captures")
    analyze(place / "captures", out=place / "case")
    shutil.rmtree(place / "captures")
    return place / "case"


@pytest.fixture
def case(office: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(office, tmp_path / "case"))


def files(folder: Path) -> dict[str, str]:
    """SHA-256 of each file."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in found}


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wanwitness", "report", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_same_is_drawn_without_the_captures(case: Path) -> None:
    before = files(case)
    redraw(case)
    assert files(case) == before


def test_what_is_drawn_may_be_lost_or_changed(case: Path) -> None:
    """It is drawn again, and what an older version had drawn beyond it is no more; a user's own file stays."""
    before = files(case)
    (case / "report.html").unlink()
    (case / "figures" / "links.png").write_bytes(b"")
    (case / "figures" / "mine.txt").write_text("mine")
    (case / "letter-old.txt").write_text("an older version's")
    with (case / "SHA256SUMS").open("a") as seal:
        seal.write(f"{sha256((case / 'letter-old.txt').read_bytes()).hexdigest()}  letter-old.txt\n")
    done = run(case)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Report: {case / 'report.html'}\n"
    after = files(case)
    assert after.pop("figures/mine.txt")
    assert after == before
    assert Case.load(case).totals["flagged"] == 7


def test_a_link_in_an_older_case_leads_nowhere(case: Path, tmp_path: Path) -> None:
    """A seal that names files through it takes none of them away."""
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "mine.txt").write_text("mine")
    (case / "away").symlink_to(tmp_path / "else")
    with (case / "SHA256SUMS").open("a") as seal:
        seal.write(f"{'0' * 64}  away/mine.txt\n")
    redraw(case)
    assert (tmp_path / "else" / "mine.txt").exists()


@pytest.mark.parametrize("name", ["case.json", "sessions.csv", "evidence"])
def test_what_was_found_must_be_as_it_was_sealed(case: Path, name: str) -> None:
    """Else nothing is written."""
    place = case / name if name != "evidence" else min((case / "evidence").iterdir())
    place.write_bytes(place.read_bytes() + b" ")
    before = files(case)
    done = run(case)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "is not as it was written" in line
    assert files(case) == before


def test_a_case_of_another_schema_is_told_in_a_line(case: Path) -> None:
    document = json.loads((case / "case.json").read_text())
    (case / "case.json").write_text(json.dumps({**document, "schema": 0}))
    seal = (case / "SHA256SUMS").read_text().splitlines()
    changed = sha256((case / "case.json").read_bytes()).hexdigest()
    rows = [f"{changed}  case.json" if row.endswith("  case.json") else row for row in seal]
    (case / "SHA256SUMS").write_text("\n".join(rows) + "\n")
    with pytest.raises(UsageError, match="schema 0, and this program reads 1"):
        redraw(case)


def test_what_is_no_case_is_told_in_a_line(case: Path, tmp_path: Path) -> None:
    (case / "SHA256SUMS").unlink()
    for place, why in ((case, "it has no SHA256SUMS"), (tmp_path / "none", "no such folder"), (tmp_path, "no case")):
        with pytest.raises(UsageError, match=why):
            redraw(place)
    with pytest.raises(UsageError, match="name the case's folder"):
        redraw(case / "case.json")
    assert {path.name for path in tmp_path.iterdir()} == {"case"}
