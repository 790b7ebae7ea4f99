"""Captures without a site file: the same is found, and the site file that they show finds it too."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from places import OFFICE, PROJECT, SHARED
from wanwitness import Case, analyze
from wanwitness.site import draft, load

CASES = [
    pytest.param(OFFICE, "*.pcap", id="office"),
    pytest.param(PROJECT / "captures" / "incident", "*.pcap", id="incident"),
    *(
        pytest.param(SHARED / name, pattern, id=f"{name}/{pattern}", marks=pytest.mark.shared)
        for name, pattern in (
            ("lab-scenarios", "*.pcap"),
            ("lab-scenarios", "all.pcapng"),
            ("lab-random", "*.pcap"),
            ("lab-vlan", "*.pcap"),
            ("lab-shared-address", "*.pcap"),
        )
    ),
]
FACTS = ("flagged", "verdict", "undetermined_because", "outcome", "likely_cause", "asked_name")
BLIND = {"isp1": "wan1", "isp2": "wan2", "orange": "wan1", "sfr": "wan2", None: None}


def found(case: Case, names: dict[str | None, str | None] | None = None) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """What is said of each session, by its client and the second in which it began."""
    rows = {}
    for s in case.document["sessions"]:
        links = [names[s[key]] if names else s[key] for key in ("transport_link", "resolver_link")]
        cause = (s["rejection"] or {}).get("cause")
        key = (s["client"]["ip"], s["client"]["port"], s["start"][:19])
        rows[key] = (*(s[fact] for fact in FACTS), cause, *links)
    assert len(rows) == len(case.document["sessions"])
    return rows


def copied(folder: Path, pattern: str, to: Path) -> Path:
    to.mkdir()
    for path in folder.glob(pattern):
        shutil.copy(path, to)
    return to


@pytest.mark.parametrize(("folder", "pattern"), CASES)
def test_the_same_is_found_without_a_site_file(tmp_path: Path, folder: Path, pattern: str) -> None:
    """Flags, verdicts, outcomes and links, which are called after their captures; all is said to be inferred."""
    bare = copied(folder, pattern, tmp_path / "bare")
    case = analyze(bare, rows_only=True)
    assert found(case) == found(analyze(folder, rows_only=True), BLIND)
    assert {(c["role"], c["link"], c["role_source"]) for c in case.document["captures"]} == {
        ("lan", None, "inferred"),
        ("wan", "wan1", "inferred"),
        ("wan", "wan2", "inferred"),
    }
    assert [link["source"] for link in case.document["links"]] == ["inferred", "inferred"]

    (bare / "site.toml").write_text(draft(case.document))
    described = analyze(bare, rows_only=True)
    assert found(described) == found(case)
    assert {c["role_source"] for c in described.document["captures"]} == {"configured"}
    assert {link["source"] for link in described.document["links"]} == {"configured"}
    assert [link["addresses"] for link in described.document["links"]] == [
        link["addresses"] for link in case.document["links"]
    ]


@pytest.mark.parametrize("name", [pytest.param("lab-scenarios", marks=pytest.mark.shared), "office"])
def test_every_line_says_where_it_comes_from(tmp_path: Path, name: str) -> None:
    """And each frame that a comment names is one of that file."""
    folder = OFFICE if name == "office" else SHARED / name
    text = draft(analyze(copied(folder, "*.pcap", tmp_path / "bare"), rows_only=True).document)
    lines = [line for line in text.splitlines() if line and line[0] != "#" and line.strip("[]\n ") == line]
    told = [line for line in lines if not line.endswith("= [") and line != "]" and not line.startswith("[")]
    assert len(told) >= 10
    assert all(re.search(r"  # .{8,}", line) for line in told)
    frames = re.findall(r"frame (\d+) of (\S+\.pcap)", text)
    assert len(frames) >= 4
    assert {file for _, file in frames} <= {"lan0.pcap", "wan1.pcap", "wan2.pcap"}


def wanwitness(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from wanwitness.cli import main; main()", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_prints_it(tmp_path: Path) -> None:
    """Also while the shell has already made the empty file that it is written to, and beside another site file."""
    bare = copied(OFFICE, "*.pcap", tmp_path / "bare")
    (bare / "site.toml").write_text("no TOML")
    told = wanwitness("site", str(bare))
    assert (told.returncode, told.stderr) == (0, "")
    (bare / "site.toml").write_text(told.stdout)
    site = load(bare / "site.toml")
    assert [link.name for link in site.links] == ["wan1", "wan2"]
    assert {rule.file for rule in site.captures} == {"lan0.pcap", "wan1.pcap", "wan2.pcap"}


def test_the_command_takes_sides_as_analyze_does(tmp_path: Path) -> None:
    """Links have the names that the user gives, and the captures' folder is where they have in common."""
    files = [str(OFFICE / f"{name}.pcap") for name in ("lan0", "wan1", "wan2")]
    told = wanwitness("site", "--lan", files[0], "--wan", f"orange={files[1]}", "--wan", f"sfr={files[2]}")
    assert told.returncode == 0
    (tmp_path / "site.toml").write_text(told.stdout)
    site = load(tmp_path / "site.toml")
    assert [link.name for link in site.links] == ["orange", "sfr"]
    assert [(rule.file, rule.role, rule.link) for rule in site.captures] == [
        ("lan0.pcap", "lan", None),
        ("wan1.pcap", "wan", "orange"),
        ("wan2.pcap", "wan", "sfr"),
    ]


def test_the_command_s_exit_status(tmp_path: Path) -> None:
    """2 where nothing can be read, 3 where something was damaged, each with one line."""
    told = wanwitness("site", str(tmp_path / "nothing.pcap"))
    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    whole = (OFFICE / "wan1.pcap").read_bytes()
    (tmp_path / "wan1.pcap").write_bytes(whole[:-7])
    told = wanwitness("site", str(tmp_path / "wan1.pcap"))
    assert (told.returncode, told.stderr.count("\n")) == (3, 1)
    assert "[[capture]]" in told.stdout


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    """No LAN side, no WAN side, one link alone."""
    whole = draft(analyze(copied(OFFICE, "*.pcap", tmp_path / "whole"), rows_only=True).document)
    assert "a capture of the LAN side" not in whole and "one link alone" not in whole
    for name, words in (("lan0", "captures of the WAN sides"), ("wan1", "a capture of the LAN side")):
        text = draft(analyze(copied(OFFICE, f"{name}.pcap", tmp_path / name), rows_only=True).document)
        assert f"- {words}" in text.split("[site]")[0]
    one = tmp_path / "one"
    copied(OFFICE, "lan0.pcap", one)
    shutil.copy(OFFICE / "wan1.pcap", one)
    assert "one link alone cannot disagree" in draft(analyze(one, rows_only=True).document)


@pytest.mark.parametrize("stem", ['wan "1" \\', "wan=1", "wan\t1", "wan*[1]", "wan # 1", "wan " + "x" * 100, "wan ´é"])
def test_any_file_name_can_be_written_down(tmp_path: Path, stem: str) -> None:
    """Quotes, wildcards and comments in names do not break the file; what a site file cannot name is said to be so."""
    bare = copied(OFFICE, "*.pcap", tmp_path / "bare")
    (bare / "wan1.pcap").rename(bare / f"{stem}.pcap")
    case = analyze(bare, rows_only=True)
    (bare / "site.toml").write_text(draft(case.document))
    site = load(bare / "site.toml")
    assert len(site.links) == 2
    if "\t" in stem:
        assert "cannot name this one" in (bare / "site.toml").read_text()
        return
    assert sorted(rule.file for rule in site.captures) == sorted(["lan0.pcap", f"{stem}.pcap", "wan2.pcap"])
    flags = [(s["id"], s["flagged"], s["verdict"]) for s in case.document["sessions"]]
    again = analyze(bare, rows_only=True).document["sessions"]
    assert [(s["id"], s["flagged"], s["verdict"]) for s in again] == flags
