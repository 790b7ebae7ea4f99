"""The incident's report in each language, as it lies in `reports/` for who only reads."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from places import INCIDENT, PROJECT
from wanwitness.case import Case
from wanwitness.language import LANGUAGES


@pytest.fixture(params=LANGUAGES)
def report(request: pytest.FixtureRequest) -> Path:
    return PROJECT / "reports" / f"incident-{request.param}"


class Links(HTMLParser):
    """What a page leads to beside it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.language: str | None = None
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of what it leads to, and of the page's language."""
        facts = dict(attrs)
        if tag == "html":
            self.language = facts.get("lang")
        target = facts.get("href") or facts.get("src") or ""
        if target and not target.startswith(("#", "data:")):
            self.found.add(target)


def test_its_sums_agree_and_it_is_a_case(report: Path) -> None:
    case = Case.load(report)
    assert case.document["answer"]["status"] == "explained"
    names = {path.relative_to(report).as_posix() for path in report.rglob("*") if path.is_file()}
    sealed = {line.partition("  ")[2] for line in (report / "SHA256SUMS").read_text(encoding="utf-8").splitlines()}
    assert names == sealed | {"SHA256SUMS"}


def test_its_links_lead_somewhere_and_it_speaks_its_language(report: Path) -> None:
    pages = [Links(page) for page in report.glob("*.html")]
    assert len(pages) > 1
    assert {f"incident-{page.language}" for page in pages} == {report.name}
    linked = {target for page in pages for target in page.found}
    assert [target for target in linked if not (report / target).is_file()] == []
    assert any(target.startswith("letter-") for target in linked)


def test_it_names_the_captures_by_the_way_from_it_to_them_and_they_are_as_they_were(report: Path) -> None:
    document = json.loads((report / "case.json").read_bytes())
    for capture in document["captures"]:
        path = report / capture["path"]
        assert not Path(capture["path"]).is_absolute()
        assert path.resolve().parent == INCIDENT.resolve()
        assert path.stat().st_size == capture["bytes"]
    assert not any(Path(word).is_absolute() for word in document["tool"]["command_line"].split())
    assert b"file:" not in (report / "report.pdf").read_bytes()
