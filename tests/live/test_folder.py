"""A run writes to a new folder, or to one that earlier runs wrote: never among files of somebody else's, unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanwitness.errors import UsageError
from wanwitness.language import Language, said_of
from wanwitness.live.folder import run_folder

STRANGE = ["letter.txt", "captures/lan.pcap", ".hidden", "my/letter.txt"]
OURS = ["journal-2026-11-26.jsonl", "captures/coverage.jsonl", "case.json"]


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.parametrize("name", STRANGE)
def test_a_strangers_folder_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    put(out, name)
    with pytest.raises(UsageError, match="is not empty") as caught, run_folder(out):
        pytest.fail("it was written to")
    assert "--force" in str(caught.value) and "--force" in Language.of("fr").say(said_of(caught.value))
    assert [path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()] == [name]
    assert name.startswith("captures/") or not (out / "captures").exists()
    with run_folder(out, force=True) as folder:
        assert (folder / "captures").is_dir() and (folder / name).is_file()


@pytest.mark.parametrize("name", OURS)
def test_what_a_run_or_an_analysis_wrote_is_gone_on_with(tmp_path: Path, name: str) -> None:
    """Also where somebody has put other files beside it since."""
    put(tmp_path, name, "letter.txt")
    with run_folder(tmp_path) as folder:
        assert (folder / "captures").is_dir()


def test_a_new_folder_and_a_site_file_that_waits_for_the_run_are_taken(tmp_path: Path) -> None:
    for names in ((), ("site.toml",)):
        out = tmp_path / str(len(names))
        put(out, *names)
        with run_folder(out), pytest.raises(UsageError, match="another live run writes there"), run_folder(out):
            pytest.fail("two runs share it")
        with run_folder(out):
            pass
    with run_folder(tmp_path / "new" / "below") as folder:
        assert (folder / "captures").is_dir()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    put(tmp_path, "file")
    with pytest.raises(UsageError, match="cannot be written"), run_folder(tmp_path / "file"):
        pytest.fail("it was written to")
