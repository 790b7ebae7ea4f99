"""The page in a browser: offline, silent, sorted, filtered, grouped, opened, copied, printed; whoever reads it."""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from places import INCIDENT
from wanwitness import analyze
from wanwitness.language import LANGUAGES
from wanwitness.report import draw, render

from .browser import opened, program
from .documents import HOSTILE, document, hostile, hypothesis, office, session, wording

pytest.importorskip("playwright")


def _written(folder: Path, case: dict[str, Any], code: str = "en", *, drawn: bool = True) -> Path:
    say = wording(case, code)
    path = folder / f"report-{code}.html"
    path.write_text(render(case, draw(case, None, say) if drawn else [], say=say), encoding="utf-8")
    return path


def _case() -> dict[str, Any]:
    case = office(40)
    case["hypotheses"] = [hypothesis(), hypothesis("webmail", status="not-shown", ci95=[0.2, 9.0], bound=None)]
    return case


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _written(tmp_path_factory.mktemp("page"), _case())


@pytest.fixture
def page(report: Path) -> Iterator[Any]:
    with opened(report) as shown:
        yield shown


def _column(page: Any, n: int) -> list[str]:
    texts: list[str] = page.eval_on_selector_all(
        f".view .one > :nth-child({n})", "cells => cells.map(c => c.innerText)"
    )
    return texts


def _count(page: Any) -> str:
    return str(page.inner_text(".controls output"))


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_first_screen_has_the_answer_and_what_to_do(tmp_path: Path, size: tuple[int, int]) -> None:
    sentence = {"id": "named", "args": {}, "text": "Mail was refused where the links differ (11 of 11)."}
    to_try = {"id": "try-link", "args": {}, "text": "Switch it off for this relay."}
    answer = {"status": "explained", "sentences": [sentence] * 6, "to_try": [to_try] * 3, "to_capture": [to_try]}
    case = office() | {"answer": {**answer, "contradictions": []}}
    with opened(_written(tmp_path, case, drawn=False), size=size) as page:
        for place in (".answer", ".todo ol"):
            box = page.locator(place).bounding_box()
            assert box["y"] + box["height"] <= size[1], place
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_equal_connections_are_one_row_until_each_is_asked_for(page: Any) -> None:
    assert _count(page) == "40 of 40 connections"
    groups = len(_column(page, 1))
    assert groups < 10
    page.uncheck(".controls input[type=checkbox]")
    assert page.get_attribute(".view table", "aria-rowcount") == "41"


def test_a_header_sorts_and_sorts_the_other_way(page: Any) -> None:
    page.uncheck(".controls input[type=checkbox]")
    result = page.locator(".view thead button", has_text="Result")
    result.click()
    first = _column(page, 8)
    assert first == sorted(first)
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Result")
    result.click()
    last = _column(page, 8)
    assert last == sorted(last, reverse=True)
    assert last[0] != first[0]


def test_filters_and_search_leave_what_fits(page: Any) -> None:
    page.uncheck(".controls input[type=checkbox]")
    page.select_option(".controls select >> nth=0", label="refused")
    assert set(_column(page, 8)) == {"refused"}
    page.select_option(".controls select >> nth=1", label="different links")
    assert set(_column(page, 7)) == {"different links"}
    assert _count(page) == "3 of 40 connections"
    page.fill(".controls input[type=search]", "AUTHENTICATION req")
    assert _count(page) == "3 of 40 connections"
    page.fill(".controls input[type=search]", "no such words")
    assert _count(page) == "0 of 40 connections"


def test_who_answered_stands_in_the_row_and_is_found(tmp_path: Path) -> None:
    """Of the incident: the server that the router led mail to, and not the one that the computer had dialled."""
    case = analyze(INCIDENT, rows_only=True).document
    spoke = {"ip": "198.18.1.135", "called": "public.orange.example"}
    led = [one for one in case["sessions"] if (one["answered_by"] or {}).get("ip") == spoke["ip"]]
    theirs = [one for one in case["sessions"] if one in led or one["server"]["ip"] == spoke["ip"]]
    assert 0 < len(led) < len(case["sessions"])
    with opened(_written(tmp_path, case)) as page:
        page.fill(".controls input[type=search]", spoke["ip"])
        assert _count(page) == f"{len(theirs)} of {len(case['sessions'])} connections"
        told = [text.split() for text in _column(page, 4)]
        assert told.count([f"{spoke['ip']}:25", spoke["called"]]) == 1  # equal ones are one row
        whole = "cells => cells.every(c => c.scrollHeight <= c.clientHeight + 1 && c.scrollWidth <= c.clientWidth + 1)"
        for column in (3, 4, 9):
            assert page.eval_on_selector_all(f".view .one > :nth-child({column}) > div", whole), column
        assert {text[-23:] for text in _column(page, 9)} <= {"Authentication required", ""}
        page.uncheck(".controls input[type=checkbox]")
        page.fill(".controls input[type=search]", led[0]["start"][:19].replace("T", " ") + " utc")
        then = sum(one["start"][:19] == led[0]["start"][:19] for one in case["sessions"])
        assert _count(page).startswith(f"{then} of")
    with opened(_written(tmp_path, case), size=(390, 844)) as page:
        page.fill(".controls input[type=search]", spoke["ip"])
        assert any(f"{spoke['ip']}:25" in text for text in _column(page, 8))


@pytest.mark.parametrize("code", LANGUAGES)
def test_on_a_telephone_no_cell_of_the_table_is_cut(tmp_path: Path, code: str) -> None:
    with opened(_written(tmp_path, _case(), code, drawn=False), size=(390, 844)) as page:
        page.wait_for_selector(".view .one")
        cut = page.eval_on_selector_all(
            ".view .one div",
            "boxes => boxes.filter(box => box.scrollHeight > box.clientHeight + 1).map(box => box.innerText)",
        )
    assert cut == []


def test_a_row_opens_its_ladder_and_a_filter_is_copied(page: Any) -> None:
    """By keyboard alone."""
    page.locator(".view .one button").first.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    text = dialog.inner_text()
    for words in (
        "name server of Sfr",
        "asks for smtp.orange.example",
        "530 5.7.0 Authentication required",
        "Frames".lower(),
    ):
        assert words.lower() in text.lower()
    dialog.locator("dl.filters button").first.click()
    page.wait_for_function("document.querySelector('dl.filters button').textContent === 'Copied'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("(ip.addr == 192.168.1.20 && ip.addr == 192.0.2.25 && tcp.port == 40000")
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0


def test_an_address_opens_its_connection(report: Path) -> None:
    with opened(report) as page:
        page.evaluate("location.hash = '#s-000000000008'")
        page.wait_for_selector("dialog[open]")
        assert "192.0.2.25" in page.inner_text("dialog[open]")


def test_in_french_it_sorts_filters_and_opens_too(tmp_path: Path) -> None:
    with opened(_written(tmp_path, _case(), "fr")) as page:
        assert page.get_attribute("html", "lang") == "fr"
        assert _count(page) == "40 connexions sur 40"
        page.select_option(".controls select >> nth=0", label="refusée")
        assert set(_column(page, 8)) == {"refusée"}
        page.locator(".view .one button").first.click()
        assert "serveur DNS" in page.inner_text("dialog[open]")


def test_without_the_script_the_page_tells_the_same(report: Path) -> None:
    with opened(report, script=False) as page:
        text = page.inner_text("main")
        assert "Equal connections in one row" in text
        assert page.locator("article.session:visible").count() > 0
        assert page.locator("#table:visible").count() == 0


@pytest.mark.parametrize("code", LANGUAGES)
def test_printed_the_incident_has_four_pages_and_then_the_refused_one_by_one(tmp_path: Path, code: str) -> None:
    case = analyze(INCIDENT, rows_only=True).document
    with opened(_written(tmp_path, case, code)) as page:
        (tmp_path / "page.pdf").write_bytes(page.pdf(prefer_css_page_size=True))
    command = [program("pdftotext"), "-layout", str(tmp_path / "page.pdf"), "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    say = wording(case, code)
    title = say.gettext("Refused connections, and those over different links, one by one")
    body, appendix = text.split(title[:40])
    assert body.count("\f") <= 4
    assert say.gettext("Why mail was refused") in body and say.gettext("All connections") in body
    assert appendix.count(say.gettext("Server's answer")) == sum(one["flagged"] for one in case["sessions"])


@pytest.mark.parametrize(
    ("size", "dark"), [((1280, 800), False), ((1280, 800), True), ((390, 844), False), ((390, 844), True)]
)
def test_no_reader_is_shut_out(report: Path, size: tuple[int, int], dark: bool) -> None:
    """Axe, the checks of WCAG 2.2 AA: of the page, and of an opened connection."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with opened(report, size=size, dark=dark, quiet=False) as page:
        page.add_init_script("")
        found = _violations(axe, page)
        page.locator(".view .one button").first.click()
        found += _violations(axe, page)
    assert found == []


def _violations(axe: Any, page: Any) -> list[str]:
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    result = axe.Axe().run(page, options=rules).response
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in result["violations"]]


# What strangers write

ATTACKS = (
    "<script>document.title='got'</script>",
    "<img src=x onerror=\"document.title='got'\">",
    '"><svg onload="document.title=\'got\'">',
    "</script><script>document.title='got'</script>",
    "<!--<script>",
    "javascript:document.title='got'",
    "{{7*7}}{% raw %}${7*7}",
    "\u202egnp.exe\u2066",
    "\x1b[31mred\x00\x07",
    "' onmouseover='document.title=1",
    "</title></style></textarea>",
    "A" * 3000,
    "W" * 200 + " " + "x\u0301" * 100,
    "{n} {some} {0}",
    "]]>&lt;b&gt;",
)


def _attacked(value: Any, draw: random.Random, keep: frozenset[str]) -> Any:
    """Put an attack into every text of a document, but for those that are not texts: times, ids, kinds."""
    if isinstance(value, dict):
        return {key: one if key in keep else _attacked(one, draw, keep) for key, one in value.items()}
    if isinstance(value, list):
        return [_attacked(one, draw, keep) for one in value]
    return draw.choice(ATTACKS) + str(draw.randrange(10**6)) if isinstance(value, str) else value


_KEPT = frozenset(
    {
        *("start", "end", "id", "sha256", "analysed_at", "answered_at", "first", "last", "at", "from", "to", "verdict"),
        *(
            "outcome",
            "direction",
            "role",
            "role_source",
            "kind",
            "source",
            "asked_by",
            "method",
            "timezone",
            "ip",
            "link",
        ),
        *(
            "undetermined_because",
            "likely_causes",
            "address",
            "resolver_ip",
            "community_id",
            "cause",
            "status",
            "point",
        ),
        *("transport_link", "resolver_link", "by", "with", "by_verdict", "by_outcome", "unit"),
    }
)
"""Fields that are no texts."""


def test_five_hundred_hostile_texts_run_nothing_and_move_nothing(tmp_path: Path) -> None:
    case = hostile()
    case["sessions"] = [session(n, outcome="rejected" if n % 2 else "accepted") for n in range(40)]
    case["hypotheses"] = [hypothesis(f"event:{n}", status="not-shown") for n in range(5)]
    case = _attacked(case, random.Random(5), _KEPT)
    for row, name in zip(case["links"], ("orange", "sfr"), strict=True):
        row["name"] = name  # as the sessions call them
    text = json.dumps(case)
    assert sum(text.count(json.dumps(attack)[1:-1]) for attack in ATTACKS) >= 500
    path = _written(tmp_path, case)
    with opened(path) as page:
        title = page.title()
        places = page.evaluate("Array.from(document.querySelectorAll('section > h2')).map(h => h.id)")
        assert places[:7] == ["isps", "explanations", "map", "timeline", "by-links", "sessions", "details"]
        assert page.evaluate("document.querySelectorAll('script').length") == 2
        assert (
            page.evaluate("document.querySelectorAll('img, iframe, object, [onerror], [onload], [onmouseover]').length")
            == 0
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        page.locator(".view .one button").first.click()
        assert page.evaluate("document.querySelectorAll('dialog img, dialog script, dialog svg').length") == 0
        assert page.title() == title != "got"
    with opened(path, size=(390, 844)) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_one_hostile_text_in_each_place_is_shown_as_text(tmp_path: Path) -> None:
    with opened(_written(tmp_path, hostile())) as page:
        shown = page.inner_text("body")
        assert "<script>alert('x')</script>" in shown
        assert HOSTILE not in shown


# Very many

MANY = 20_000


def test_twenty_thousand_connections_are_filtered_at_once(tmp_path: Path) -> None:
    """By the browser's own measure, which is printed."""
    turns: list[dict[str, Any]] = [{}, *({"resolver": "orange", "outcome": "accepted"},) * 8]
    rows = [session(n, after=timedelta(seconds=7 * n), **turns[n % 9]) for n in range(MANY)]
    path = _written(tmp_path, document(rows))
    size = path.stat().st_size
    assert size < 15e6
    with opened(path) as page:
        ready = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
        page.uncheck(".controls input[type=checkbox]")
        assert _count(page) == "20,000 of 20,000 connections"
        page.wait_for_timeout(300)
        page.evaluate("performance.clearMeasures()")
        page.fill(".controls input[type=search]", "authentication")
        page.select_option(".controls select >> nth=0", label="refused")
        assert _count(page) == "2,223 of 20,000 connections"
        taken = page.evaluate("performance.getEntriesByName('wanwitness-filter').map(one => one.duration)")
        page.fill(".controls input[type=search]", "")
        page.select_option(".controls select >> nth=0", label="all")
        page.evaluate("document.querySelector('.view').scrollTop = 1e9")
        page.wait_for_function("document.querySelectorAll('.view .one').length < 60")
        last = page.wait_for_selector(f".view .one[aria-rowindex='{MANY + 1}']")
        assert last is not None
    print(f"{size / 1e6:.1f} MB, ready after {ready:.0f} ms, a filter in {', '.join(f'{ms:.1f}' for ms in taken)} ms")
    assert len(taken) == 2
    assert max(taken) < 100
    assert re.search("Head office", path.read_text(encoding="utf-8"))
