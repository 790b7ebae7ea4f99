"""Which folders are sites, and what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanwitness.errors import UsageError
from wanwitness.fleet import find_sites


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
    """Both are named: sessions are told by site and id."""
    for name in "ab":
        site(tmp_path / name, '[site]\nname = "Branch"\n')
    with pytest.raises(UsageError, match=r"/a and .*/b are both called 'Branch'"):
        find_sites(tmp_path)


def test_no_site_at_all(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no folder in it has a site\.toml"):
        find_sites(tmp_path)
    with pytest.raises(UsageError, match="no such folder"):
        find_sites(tmp_path / "gone")
