"""The package page and the rooms' pages lead to the files that there are."""

from __future__ import annotations

import ast
import re
import tomllib
from itertools import takewhile
from pathlib import Path

import pytest

from places import PROJECT

PACKAGE = PROJECT / "src" / "wanwitness"
IN_MANY = {"assumptions", "__init__"}
"""They need no word in each room."""
WITH_PAGES = (
    "packets",
    "packets/*/",
    "streams",
    "protocols",
    "protocols/dns",
    "protocols/smtp",
    "reading",
    "correlate/*/",
    "verdict",
    "verdict/refusals",
    "hypotheses",
)
"""Rooms of so many files that their pages name each."""


def page(folder: Path) -> str:
    return ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""


def part(title: str) -> str:
    """The indented lines of the package page behind a line."""
    lines = page(PACKAGE).partition(title)[2].lstrip("\n").splitlines()
    return "\n".join(takewhile(lambda line: not line or line.startswith(" "), lines))


def listed() -> list[str]:
    """The rooms in the package page's order."""
    told = part("each imports only rooms above it in this list:")
    return [name for names in re.findall(r"(?m)^    (\w+(?:, \w+)*)", told) for name in names.split(", ")]


def test_every_room_stands_on_the_package_page() -> None:
    rooms = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").is_file()}
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__", "errors"}
    assert rooms | modules == set(listed())


def test_rooms_stand_in_the_order_of_their_imports() -> None:
    """As the import contract has it, from the first stage to the last."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [re.findall(r"wanwitness\.(\w+)", layer) for layer in reversed(contracts[0]["layers"])]
    place = {name: n for n, names in enumerate(layers) for name in names}
    order = [place[name] for name in listed() if name in place and place[name] < place["pipeline"]]
    assert order == sorted(order)


def test_where_a_change_goes_is_a_place_that_there_is() -> None:
    """Of the page's list; a file's name without a folder stands beside the one before it, or in several rooms."""
    folder = PACKAGE
    paths = re.findall(r"(?<=[ (])(?:\w+/[\w/]*(?:\.\w+)?|[\w*]+\.(?:py|toml))", part("Where a change goes:"))
    for path in paths:
        pattern = re.sub(r"[A-Z]{2,}", "*", path.rstrip("/"))
        found = list(folder.glob(pattern)) or list(PACKAGE.glob(pattern)) or list(PACKAGE.rglob(pattern))
        assert found, path
        folder = found[0] if found[0].is_dir() else found[0].parent
    assert len(paths) > 30


@pytest.mark.parametrize(
    "room",
    [page.parent for name in WITH_PAGES for page in sorted(PACKAGE.glob(f"{name.rstrip('/')}/__init__.py"))],
    ids=lambda room: str(room.name),
)
def test_a_room_s_page_names_its_files(room: Path) -> None:
    """Whoever looks for one need not open them all."""
    assert {path.stem for path in room.glob("*.py")} - IN_MANY <= set(re.findall(r"\w+", page(room)))


def test_no_two_classes_have_one_name() -> None:
    """So that a name in a traceback, a report or a talk means one thing; those of one file alone aside."""
    files: dict[str, list[Path]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                files.setdefault(node.name, []).append(path)
    assert {name: paths for name, paths in files.items() if len(paths) > 1} == {}
    assert len(files) > 300
