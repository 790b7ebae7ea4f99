"""The figures: whole PNGs and inline drawings, the same for the same case, with words for those who cannot see them."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from PIL import Image

from wanwitness.report import Figure, draw
from wanwitness.report.palette import LIGHT

from .documents import HOSTILE, START, document, hostile, hypothesis, office, session, stamp, wording

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
    "bursts": document([session(n, after=timedelta(days=9 * (n // 3), seconds=n)) for n in range(30)]),
    "no link known": document([session(resolver=None, transport=None, outcome="strange")], links=()),
    "bad zone": document([session()], site={"timezone": "../etc/passwd"}),
    "explained": document([session()], hypotheses=[hypothesis(), hypothesis("webmail", ci95=[0.0, 7.0], bound=None)]),
}


def drawn(case: dict[str, Any], folder: Path | None = None) -> dict[str, Figure]:
    return {figure.file: figure for figure in draw(case, folder, wording(case))}


@pytest.mark.parametrize("name", CASES)
def test_each_figure_is_a_whole_png_of_sensible_size(tmp_path: Path, name: str) -> None:
    figures = drawn(CASES[name], tmp_path / "figures")
    assert ("site-map.png" in figures) == ("links.png" in figures) == (name != "no link known")
    assert ("explanations.png" in figures) == (name in ("explained", "hostile"))
    for figure in figures.values():
        assert (tmp_path / "figures" / figure.file).read_bytes() == figure.png
        with Image.open(io.BytesIO(figure.png)) as image:
            image.load()
            assert image.format == "PNG"
            assert set(image.info) <= {"dpi"}
            assert abs(image.width / 2 - figure.width) <= 1
            assert 150 < figure.width < 1100
            assert 100 < figure.height < 1600
        assert figure.alt.endswith(".")
        assert re.sub("[\xa0\u202f]", " ", figure.alt).isprintable()


def test_the_drawing_in_the_page_has_texts_as_text_and_no_style_that_a_policy_refuses() -> None:
    figures = drawn(CASES["explained"] | {"sessions": office()["sessions"]})
    assert figures.keys() >= {"site-map.png", "timeline.png", "links.png", "explanations.png", "clocks.png"}
    ids: list[str] = []
    for figure in figures.values():
        assert "style=" not in figure.svg and "<style" not in figure.svg and "xlink" not in figure.svg
        found = re.findall(r'\bid="([^"]+)"', figure.svg)
        ids += found
        assert {
            ref for pair in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', figure.svg) for ref in pair if ref
        } <= set(found)
        assert not re.search(r'(?:fill|stroke)="#(?!fff)', figure.svg), "a colour that is not of the palette"
    assert len(ids) == len(set(ids)), "an id twice in one page"
    assert ">name server 198.51.100.53</text>" in figures["site-map.png"].svg


def test_texts_of_strangers_stay_texts_in_a_drawing() -> None:
    for figure in drawn(hostile()).values():
        assert "<script" not in figure.svg and "\x1b" not in figure.svg and "\u202e" not in figure.svg
        assert HOSTILE not in figure.alt


def test_the_same_case_gives_the_same_bytes_whatever_the_users_settings() -> None:
    before = drawn(office())
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "savefig.dpi": 20}):
        after = drawn(office())
    assert before == after


def test_drawing_leaves_the_settings_alone() -> None:
    before = dict(mpl.rcParams)
    drawn(office())
    assert dict(mpl.rcParams) == before


def test_no_sessions_give_no_figures(tmp_path: Path) -> None:
    assert drawn(document([]), tmp_path / "figures") == {}
    assert not (tmp_path / "figures").exists()


def test_the_words_say_the_numbers() -> None:
    figures = drawn(office())
    links = figures["links.png"].alt
    assert "Looked up over Sfr, sent over Orange: 2 refused" in links
    timeline = figures["timeline.png"].alt
    assert "Orange: 12 accepted" in timeline
    assert "2 refused, name looked up over another link" in timeline
    assert "asked 2 times, for mail by Orange" in figures["site-map.png"].alt


def test_a_coincidence_is_not_drawn_as_a_fault() -> None:
    """Only where the case as a whole says that it is the look-up's link that goes with the refusals."""
    case = office()
    doubtful, sure = drawn(case)["site-map.png"], drawn(case | {"hypotheses": [hypothesis()]})["site-map.png"]
    assert (doubtful.title, sure.title) == ("What went over which link", "Where it went wrong")
    assert "refused" not in re.findall(r'class="[fs]-(\w+)', doubtful.svg)
    assert "refused" in re.findall(r'class="[fs]-(\w+)', sure.svg)


def _colours(figure: Figure, name: str) -> int:
    """Pixels of a colour of the palette."""
    wanted = tuple(bytes.fromhex(LIGHT[name][1:]))
    with Image.open(io.BytesIO(figure.png)) as image:
        return sum(n for n, colour in image.convert("RGB").getcolors(1 << 24) or () if colour == wanted)


@pytest.mark.parametrize("number", [20, 200, 6000])
def test_in_the_timeline_refusals_and_acceptances_never_hide_each_other(number: int) -> None:
    """One refusal among thousands of acceptances is to be seen, and the reverse; all in the same seconds."""
    for few, many in (("rejected", "accepted"), ("accepted", "rejected")):
        rows = [
            session(n, resolver="orange", outcome=few if n == number // 2 else many, after=timedelta(seconds=n // 50))
            for n in range(number)
        ]
        figure = drawn(document(rows, links=("orange",)))["timeline.png"]
        assert _colours(figure, "refused") > 20
        assert _colours(figure, "accepted") > 20


def test_events_are_named_and_placed() -> None:
    case = office()
    case["site"]["events"] = [
        {"at": stamp(START + timedelta(minutes=2)), "kind": "hotline", "what": "called the hotline"}
    ]
    assert "called the hotline</text>" in drawn(case)["timeline.png"].svg


def test_log_ins_have_a_row_and_those_in_a_quiet_time_are_left_out() -> None:
    case = office()
    at = [stamp(START + timedelta(minutes=2)), stamp(START + timedelta(days=40))]
    case["acts"] = [{"at": when, "kind": "mail-login", "link": "orange"} for when in at]
    svg = drawn(case)["timeline.png"].svg
    alone = drawn(case | {"acts": case["acts"][1:]})["timeline.png"].svg
    assert "mailbox log-ins</text>" in svg
    assert svg.count("<use ") == alone.count("<use ") + 1


def test_a_gap_outside_what_is_drawn_is_not_hatched() -> None:
    case = office()
    gap = {"capture": 0, "kind": "gap", "text": "lost"}
    within = {**gap, "from": stamp(START + timedelta(minutes=1)), "to": stamp(START + timedelta(minutes=2))}
    before = {**gap, "from": stamp(START - timedelta(days=2)), "to": stamp(START - timedelta(days=1))}
    shown, left_out = (drawn(case | {"coverage": [row]})["timeline.png"].svg for row in (within, before))
    assert "<pattern" in shown
    assert "<pattern" not in left_out


def test_a_ladder_is_drawn_of_flagged_sessions_and_of_no_more_than_some() -> None:
    names = [name for name in drawn(document([session(n) for n in range(30)])) if name.startswith("ladder-")]
    assert len(names) == 6
    assert names[0] == "ladder-000000000000.png"


def test_importing_loads_neither_matplotlib_nor_jinja2() -> None:
    code = "import sys, wanwitness.report; sys.exit(bool({'matplotlib', 'jinja2', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
