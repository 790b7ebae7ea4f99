"""Which files the capture rules name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wanwitness.errors import SiteError
from wanwitness.model import CaptureRule, Site
from wanwitness.site import captures_of, load, rules_for

FILES = ("lan.pcap", "wan1.pcap", "wan2.pcap", ".hidden.pcap", "day/wan1.pcap", "day/night/a.pcap", ".trash/wan1.pcap")


def make_site(folder: Path, *files: str) -> Site:
    return Site(captures=tuple(CaptureRule(file, "lan") for file in files), path=str(folder / "site.toml"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "office [1]"
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def named(folder: Path, *files: str) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in captures_of(make_site(folder, *files))]


def test_sorted_and_once(folder: Path) -> None:
    """The files come sorted, and once each, however many rules name them and in whatever words."""
    assert named(folder, "wan*.pcap", "wan1.pcap", "./lan.pcap", "day/../lan.pcap") == [
        "lan.pcap",
        "wan1.pcap",
        "wan2.pcap",
    ]


def test_any_depth(folder: Path) -> None:
    """`**` reaches files at any depth, and folders and hidden files are no captures."""
    assert named(folder, "**/*.pcap") == ["day/night/a.pcap", "day/wan1.pcap", "lan.pcap", "wan1.pcap", "wan2.pcap"]
    assert named(folder, "*") == ["lan.pcap", "wan1.pcap", "wan2.pcap"]


def test_absolute(folder: Path) -> None:
    """A rule may be absolute, as a path or as a glob."""
    assert named(folder, str(folder / "lan.pcap")) == ["lan.pcap"]
    elsewhere = Site(captures=(CaptureRule(f"{folder.parent}/*/wan?.pcap", "lan"),))
    assert captures_of(elsewhere) == [folder / "wan1.pcap", folder / "wan2.pcap"]
    assert rules_for(elsewhere, folder / "wan1.pcap") == list(elsewhere.captures)


def test_missing_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain name without a file is an error at its line; a glob without a match is none."""
    monkeypatch.chdir(tmp_path)
    path = Path("site.toml")
    path.write_text(
        "[[capture]]\nfile = '*.pcap'\nrole = 'lan'\n[[capture]]\nrole = 'lan'\n\nfile = 'lan.pcap'  # later\n"
    )
    site = load(path)
    with pytest.raises(SiteError, match=r"^site\.toml:7: capture\[2\]\.file: there is no file 'lan\.pcap'$"):
        captures_of(site)
    path.unlink()
    with pytest.raises(SiteError, match=r"^site\.toml: capture\[2\]\.file: there is no file 'lan\.pcap'$"):
        captures_of(site)


@pytest.mark.parametrize("name", ["folder", "x" * 5000])
def test_no_file(tmp_path: Path, name: str) -> None:
    """A folder, or a name that no file can have, is no file; a site made by hand has no line to tell."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(SiteError, match=r"^capture\[1\]\.file: there is no file '"):
        captures_of(Site(captures=(CaptureRule(str(tmp_path / name), "lan"),)))


def test_site_file_is_no_capture(tmp_path: Path) -> None:
    """A glob that matches the site file does not make it a capture."""
    (tmp_path / "site.toml").touch()
    (tmp_path / "a").touch()
    assert named(tmp_path, "*") == ["a"]


def test_name_with_brackets(tmp_path: Path) -> None:
    """A file whose name looks like a glob is meant by its own name."""
    (tmp_path / "lan[1].pcap").touch()
    (tmp_path / "lan1.pcap").touch()
    site = make_site(tmp_path, "lan[1].pcap")
    assert captures_of(site) == [tmp_path / "lan[1].pcap"]
    assert rules_for(site, tmp_path / "lan[1].pcap")
    assert not rules_for(site, tmp_path / "lan1.pcap")


def test_rules_in_file_order(folder: Path) -> None:
    """All rules that name a capture are found, in the file's order; the rest are not."""
    site = make_site(folder, "**", "lan.pcap", "wan?.pcap", "day/*.pcap", "wan1.pcap")
    assert [rule.file for rule in rules_for(site, folder / "wan1.pcap")] == ["**", "wan?.pcap", "wan1.pcap"]
    assert [rule.file for rule in rules_for(site, folder / "day/wan1.pcap")] == ["**", "day/*.pcap"]


def test_other_names(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture is the same by a relative path, through a linked folder, and as the target of a linked file."""
    (tmp_path / "linked").symlink_to(folder)
    (tmp_path / "rotated.pcap").symlink_to(folder / "wan1.pcap")
    monkeypatch.chdir(folder / "day")
    for name in (Path("../wan1.pcap"), tmp_path / "linked/wan1.pcap", tmp_path / "linked/day/../wan1.pcap"):
        assert len(rules_for(make_site(folder, "wan*.pcap", "wan1.pcap"), name)) == 2
    assert rules_for(make_site(tmp_path, "rotated*"), tmp_path / "rotated.pcap")
    assert rules_for(make_site(tmp_path, "rotated.pcap"), folder / "wan1.pcap")
    assert captures_of(make_site(tmp_path, "linked/wan1.pcap", "rotated*")) == [tmp_path / "rotated.pcap"]


def test_links_in_a_circle(tmp_path: Path) -> None:
    """A symbolic link that leads to itself names no file, and is still the name that was written."""
    (tmp_path / "round.pcap").symlink_to(tmp_path / "round.pcap")
    site = make_site(tmp_path, "round*")
    assert captures_of(site) == []
    assert rules_for(site, tmp_path / "round.pcap") == list(site.captures)
    assert rules_for(make_site(tmp_path, "round.pcap"), tmp_path / "round.pcap")


def test_capture_need_not_exist(folder: Path) -> None:
    """A live capture has its rules before its file is there."""
    assert rules_for(make_site(folder, "new.pcap", "new/*.pcap"), folder / "new.pcap")
    assert rules_for(make_site(folder, "new/*.pcap"), folder / "new/a.pcap")


WILDCARDS = ("*", "**", "?an1*", "*.pcap", "[w.]*", ".*", "**n1.pcap")


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*WILDCARDS, "day", "wan1.pcap"]), min_size=1, max_size=4).filter(
        set(WILDCARDS).intersection
    )
)
def test_both_ways_agree(folder: Path, pattern: list[str]) -> None:
    """A file is among a rule's captures exactly where the rule is among the file's rules."""
    site = make_site(folder, "/".join(pattern))
    found = {path.relative_to(folder).as_posix() for path in captures_of(site)}
    assert found == {name for name in FILES if rules_for(site, folder / name)}
