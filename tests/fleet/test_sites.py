"""Which folders are sites, and what they are called."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wanwitness.errors import UsageError
from wanwitness.fleet import find_sites
from wanwitness.fleet.sites import SiteFolder
from wanwitness.language import ENGLISH


def _why(site: SiteFolder) -> str:
    assert site.wrong is not None
    return ENGLISH.say(site.wrong)


def site(folder: Path, text: str = "") -> Path:
    folder.mkdir(parents=True)
    (folder / "site.toml").write_text(text)
    return folder


def test_every_folder_with_a_site_file(tmp_path: Path) -> None:
    """However deep; called as the site file says, else by its place; hidden ones are not looked into."""
    site(tmp_path / "b")
    site(tmp_path / "a" / "deep", '[site]\nname = "Head office"\n')
    site(tmp_path / ".old" / "c")
    (tmp_path / "nothing").mkdir()
    assert [(one.name, one.folder) for one in find_sites(tmp_path)] == [
        ("Head office", tmp_path / "a" / "deep"),
        ("b", tmp_path / "b"),
    ]


def test_a_wrong_site_file_is_a_site_all_the_same(tmp_path: Path) -> None:
    """Its task will tell what is wrong, and others go on."""
    site(tmp_path / "a", "[sites]\n")
    assert [one.name for one in find_sites(tmp_path)] == ["a"]


def test_a_fleet_file_names_sites(tmp_path: Path) -> None:
    """By folder or pattern, relative to the file; a name there goes before the site file's."""
    site(tmp_path / "north" / "a", '[site]\nname = "A"\n')
    site(tmp_path / "north" / "b")
    site(tmp_path / "south", '[site]\nname = "S"\n')
    file = tmp_path / "fleet.toml"
    file.write_text('[[site]]\nfolder = "north/*"\n[[site]]\nfolder = "south"\nname = "Lyon"\n')
    assert [one.name for one in find_sites(file)] == ["A", "b", "Lyon"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no"),
        ("site = 1\n", r"must be written \[\[site\]\]"),
        ("[[sites]]\n", "sites: unknown key"),
        ("[[site]]\nname = 'x'\n", "folder: is missing"),
        ("[[site]]\nfolder = 1\n", "must be a string"),
        ("[[site]]\nfolder = 'gone'\n", "'gone' is no folder"),
        ("[[site]]\nfolder = 'empty'\n", "no site.toml in it"),
        ("[[site]]\nfolder = 'a'\nplace = 'x'\n", "place: unknown key"),
        ("[[site]]\nfolder = 'a*'\nname = 'x'\n", "2 folders, and one name"),
        ("[[site]\n", "is not TOML"),
    ],
)
def test_a_wrong_fleet_file_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    site(tmp_path / "a")
    site(tmp_path / "ab")
    (tmp_path / "empty").mkdir()
    file = tmp_path / "fleet.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=said) as error:
        find_sites(file)
    assert "\n" not in str(error.value)


def test_two_sites_of_one_name(tmp_path: Path) -> None:
    """Neither is analysed, and each names the other: sessions are told by site and id, and others go on."""
    for name in "ab":
        site(tmp_path / name, '[site]\nname = "Branch"\n')
    site(tmp_path / "c")
    found = find_sites(tmp_path)
    assert [(one.name, one.wrong is None) for one in found] == [("Branch", False), ("Branch", False), ("c", True)]
    assert f"{tmp_path / 'b'} is called so, too" in _why(found[0])
    assert f"{tmp_path / 'a'} is called so, too" in _why(found[1])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda file: file.symlink_to("/dev/zero"), "is no plain file"),
        (os.mkfifo, "is no plain file"),
        (lambda file: file.symlink_to(file.name), "symbolic links"),
        (lambda file: file.symlink_to("gone"), "No such file"),
    ],
)
def test_a_site_file_without_end(tmp_path: Path, make: Callable[[Path], None], said: str) -> None:
    """It is not read, and others go on, whether it was found or named."""
    site(tmp_path / "sound")
    (tmp_path / "wrong").mkdir()
    make(tmp_path / "wrong" / "site.toml")
    file = tmp_path / "fleet.toml"
    file.write_text('[[site]]\nfolder = "sound"\n[[site]]\nfolder = "wrong"\n')
    for where in (tmp_path, file):
        sound, wrong = find_sites(where)
        assert (sound.name, sound.wrong, wrong.name) == ("sound", None, "wrong")
        assert f"{tmp_path / 'wrong' / 'site.toml'}: " in _why(wrong)
        assert said in _why(wrong)


def test_a_folder_that_nobody_may_look_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be a site: it is told as one that failed; all else goes on."""
    site(tmp_path / "a")
    site(tmp_path / "closed")
    looked = os.scandir

    def scandir(path: str) -> Any:  # as root is refused nothing
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", path)
        return looked(path)

    monkeypatch.setattr(os, "scandir", scandir)
    sound, closed = find_sites(tmp_path)
    assert (sound.name, sound.wrong, closed.name) == ("a", None, "closed")
    assert _why(closed) == f"{tmp_path / 'closed'}: cannot be looked through (Permission denied)"


def test_no_site_at_all(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no folder in it has a site\.toml"):
        find_sites(tmp_path)
    with pytest.raises(UsageError, match="no such folder"):
        find_sites(tmp_path / "gone")
