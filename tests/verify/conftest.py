"""Cases that are read once more."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from places import OFFICE
from wanwitness import analyze
from wanwitness.case import Case
from wanwitness.hypotheses import Weighed, weigh_tried
from wanwitness.verify import reweighed
from wanwitness.verify.frame import Frame
from wanwitness.verify.second_reader import SecondReader


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the office's captures, and its case in `case`, to be copied, not changed."""
    folder = tmp_path_factory.mktemp("office")
    for file in OFFICE.iterdir():
        shutil.copy(file, folder)
    analyze(folder, out=folder / "case")
    return folder


@pytest.fixture
def office(kept: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(kept, tmp_path / "office"))


@pytest.fixture(scope="session")
def case(kept: Path) -> Case:
    """Its case."""
    return Case.load(kept / "case")


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have tshark read each file but once, and say once who it is: that does not depend on the case.

    The explanations of the same tries are the same, too.
    """
    read: dict[Path, list[Frame]] = {}
    versions: list[str] = []
    frames, version = SecondReader.frames, SecondReader._version

    def kept(self: SecondReader, file: Path, wanted: Collection[int]) -> Iterator[Frame]:
        if file not in read:
            read[file] = list(frames(self, file, range(1 << 40)))
        return iter(read[file])

    def told(self: SecondReader) -> str:
        if not versions:
            versions.append(version(self))
        return versions[0]

    explanations: dict[str, Weighed] = {}

    def weighed(*given: Any) -> Weighed:
        if repr(given) not in explanations:
            explanations[repr(given)] = weigh_tried(*given)
        return explanations[repr(given)]

    monkeypatch.setattr(reweighed, "weigh_tried", weighed)
    monkeypatch.setattr(SecondReader, "frames", kept)
    monkeypatch.setattr(SecondReader, "_version", told)
