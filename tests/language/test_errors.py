"""What the terminal says of an error: a sentence that any language can tell, and never English of its own."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import wanwitness
from wanwitness.cli.main import main
from wanwitness.errors import SiteError, UsageError
from wanwitness.language import ENGLISH, Language, said_of
from wanwitness.site import load
from wanwitness.wrong_use import wrong

SOURCE = Path(wanwitness.__file__).parent
ERRORS = {"WanwitnessError", "UsageError", "SiteError", "CaptureError", "ArchiveError"}
ENGLISH_ALONE = ("language/language.py",)
"""Says that there is no such language: it stands before every catalogue."""


def raw(source: str) -> Iterator[int]:
    """Yield the lines that make an error of a text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
            yield node.lineno


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCE.rglob("*.py") if not path.relative_to(SOURCE).as_posix().startswith(ENGLISH_ALONE)],
    ids=lambda path: path.relative_to(SOURCE).as_posix(),
)
def test_no_error_is_made_of_a_text(path: Path) -> None:
    assert list(raw(path.read_text(encoding="utf-8"))) == []


def test_an_error_that_is_made_of_a_text_is_found() -> None:
    assert list(raw('def f():\n    raise UsageError(f"{path}: no such file")\n')) == [2]
    assert list(raw("raise failure(UsageError, said)\nraise wrong('no-demo')\n")) == []


def test_an_error_is_told_in_every_language_and_is_english_to_programs() -> None:
    error = wrong("case-not-there", case=Path("reports/office"))
    assert isinstance(error, UsageError)
    assert str(error) == ENGLISH.say(said_of(error)) == "reports/office: there is no such folder"
    assert Language.of("fr").say(said_of(error)) == "reports/office\N{NO-BREAK SPACE}: ce dossier n’existe pas"
    assert ENGLISH.say(said_of(UsageError("{as it is}"))) == "{as it is}"


def test_what_is_wrong_in_a_site_file_is_told_in_french_with_file_line_and_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("site.toml").write_text('[[link]]\nname = "isp1"\nadresses = []\n', encoding="utf-8")
    with pytest.raises(SiteError) as caught:
        load(Path("site.toml"))
    assert str(caught.value) == "site.toml:3: link[1].adresses: unknown key; did you mean 'addresses'?"
    told = Language.of("fr").say(said_of(caught.value)).translate({0xA0: " ", 0x202F: " "})
    assert told == "site.toml:3 : link[1].adresses : clé inconnue ; vouliez-vous dire 'addresses' ?"


@pytest.mark.parametrize("given", [["--lang", "fr"], ["--lang=fr"], []])
def test_the_command_line_says_it_in_the_language_that_it_is_told(
    given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr(sys, "argv", ["wanwitness", "analyze", *given, str(tmp_path)])
    with pytest.raises(SystemExit) as stopped:
        main()
    said = "no captures in this folder" if not given else "aucune capture dans ce dossier"
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
