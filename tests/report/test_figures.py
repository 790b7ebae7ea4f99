"""The figures: whole PNGs, the same for the same case, with words for those who cannot see them."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from PIL import Image

from wanwitness.report import draw

from .documents import document, hostile, office, session

NAMES = ("fibre-with-a-very-long-name-indeed", "sfr", "$x^2$", "漢字 \U0001f4e7", "a\u202eb")


def _meshed(links: tuple[str, ...]) -> dict[str, Any]:
    sessions = [
        session(n, resolver=links[n % len(links)], transport=links[n * n % len(links)]) for n in range(4 * len(links))
    ]
    return document(sessions, links=links)


CASES = {
    "one": document([session(resolver="orange", outcome="accepted")], links=("orange",)),
    "office": office(),
    "long names": _meshed(NAMES),
    "twelve links": _meshed(tuple(f"link{n}" for n in range(12))),
    "hostile": hostile(),
    "weeks": document([session(n, after=timedelta(hours=3 * n)) for n in range(300)]),
    "same instant": document([session(n, after=timedelta()) for n in range(30)]),
    "crowd": document([session(n, after=timedelta(seconds=n)) for n in range(500)]),
    "no link known": document([session(resolver=None, transport=None, outcome="strange")], links=()),
    "bad zone": document([session()], site={"timezone": "../etc/passwd"}),
}


@pytest.mark.parametrize("name", CASES)
def test_each_figure_is_a_whole_png_of_sensible_size(tmp_path: Path, name: str) -> None:
    figures = draw(CASES[name], tmp_path / "figures")
    matrix = [] if name == "no link known" else ["links.png"]
    assert [figure.file for figure in figures] == [*matrix, "timeline.png", "outcomes.png"]
    for figure in figures:
        assert (tmp_path / "figures" / figure.file).read_bytes() == figure.png
        with Image.open(io.BytesIO(figure.png)) as image:
            image.load()
            assert image.format == "PNG"
            assert set(image.info) <= {"dpi"}
            assert abs(image.width / 2 - figure.width) <= 1
            assert 150 < figure.width < 2000
            assert 120 < figure.height < 1400
        assert figure.alt.endswith(".")
        assert figure.alt.isprintable()


def test_the_same_case_gives_the_same_bytes_whatever_the_users_settings() -> None:
    before = draw(office(), None)
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "savefig.dpi": 20}):
        after = draw(office(), None)
    assert before == after


def test_drawing_leaves_the_settings_alone() -> None:
    before = dict(mpl.rcParams)
    draw(office(), None)
    assert dict(mpl.rcParams) == before


def test_no_sessions_give_no_figures(tmp_path: Path) -> None:
    assert draw(document([]), tmp_path / "figures") == []
    assert not (tmp_path / "figures").exists()


def test_where_no_links_could_be_compared_no_bar_says_that_none_differ() -> None:
    """A bar of length 0 would read as an acquittal."""
    (_, outcomes) = (figure.alt for figure in draw(CASES["no link known"], None))
    assert "links differ" not in outcomes
    assert "links agree" not in outcomes
    assert "undetermined: 1 session" in outcomes


def test_the_words_say_the_numbers() -> None:
    links, timeline, outcomes = (figure.alt for figure in draw(office(), None))
    assert links.startswith("Of 20 sessions, 3 had resolver and transport link differ.")
    assert "resolver link sfr, transport link orange: 0 accepted, 2 rejected, 0 other" in links
    assert "orange: 16 sessions, 3 rejected, 2 flagged" in timeline
    assert "links differ: 3 sessions (1 accepted, 2 rejected)" in outcomes


def test_importing_loads_neither_matplotlib_nor_jinja2() -> None:
    code = "import sys, wanwitness.report; sys.exit(bool({'matplotlib', 'jinja2', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
