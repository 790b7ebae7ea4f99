"""What the terminal says, in the language that was asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from places import OFFICE
from wanwitness import Case, UsageError
from wanwitness.cli.arguments import LANGUAGES
from wanwitness.language import LANGUAGES as KNOWN


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program under a locale; without any it is English."""
    told = {key: value for key, value in os.environ.items() if key not in ("LC_ALL", "LC_MESSAGES", "LANG")}
    command = [sys.executable, "-m", "wanwitness", *map(str, arguments)]
    return subprocess.run(
        command, env={**told, "PYTHONUTF8": "1", **environment}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def french(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("french") / "case"
    done = run("analyze", OFFICE, "--out", folder, "--lang", "fr")
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_summary_is_in_french(french: tuple[Path, str]) -> None:
    _, told = french
    assert "sessions SMTP sur" in told and "Le pire d\u2019abord" in told and "liens différents, refusé" in told
    assert "Rapport\u00a0: " in told


def test_the_case_is_english_whatever_was_said(french: tuple[Path, str]) -> None:
    folder, _ = french
    case = Case.load(folder)
    assert "SMTP sessions in" in case.answer
    assert "sessions SMTP sur" in case.answer_in("fr")
    assert case.answer_in("en") == case.answer
    with pytest.raises(UsageError, match="no such language"):
        case.answer_in("tlh")


def test_a_session_is_explained_in_french_and_drawn_again_in_either(french: tuple[Path, str]) -> None:
    folder, _ = french
    told = run("explain", folder, "--refused", "--lang", "fr").stdout
    assert "La connexion part par" in told and "serveur\u00a0: 530" in told.lower()
    assert run("report", folder, "--lang", "fr").stdout.startswith("Rapport\u00a0: ")
    assert '<html lang="fr"' in (folder / "report.html").read_text(encoding="utf-8")
    assert run("report", folder).stdout.startswith("Report: ")
    assert '<html lang="en"' in (folder / "report.html").read_text(encoding="utf-8")


def test_the_locale_decides_where_nothing_is_asked_for(french: tuple[Path, str]) -> None:
    folder, _ = french
    row = json.loads((folder / "case.json").read_text(encoding="utf-8"))["sessions"][0]["id"]
    assert "se connecte" in run("explain", folder, row, LANG="fr_FR.UTF-8").stdout
    assert "connects to" in run("explain", folder, row, LANG="fr_FR.UTF-8", LC_ALL="C.UTF-8").stdout
    assert "connects to" in run("explain", folder, row, "--lang", "en", LANG="fr_FR.UTF-8").stdout


def test_what_may_be_asked_for_is_what_there_is() -> None:
    assert LANGUAGES == KNOWN
    assert "'tlh' is not one of 'en', 'fr'" in run("explain", "nowhere", "--lang", "tlh").stderr


def test_a_site_file_is_drafted_in_french(tmp_path: Path) -> None:
    for path in OFFICE.glob("*.pcap"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    drafted = run("site", tmp_path, "--lang", "fr").stdout
    assert "Ce que ces captures montrent" in drafted and "[[capture]]" in drafted
    comments = [line.partition("#")[2] for line in drafted.splitlines()]
    assert [line for line in comments if " the " in line or " this " in line] == []
    (tmp_path / "site.toml").write_text(drafted, encoding="utf-8")
    assert run("analyze", tmp_path, "--rows-only", "--out", tmp_path / "case").returncode == 0
    assert "dit déjà ce que montrent les captures" in run("site", tmp_path, "--write", "--lang", "fr").stdout


@pytest.mark.needs("tshark")
def test_a_verification_is_told_in_french(french: tuple[Path, str]) -> None:
    folder, _ = french
    assert run("verify", folder, "--lang", "fr").stdout.startswith("Tout concorde\u00a0: ")
