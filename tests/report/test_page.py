"""report.html: whole, escaped, alone."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from wanwitness.report import draw, order, page, render, summarise

from .documents import HOSTILE, START, document, hostile, office, session, stamp

VOID = {"meta", "link", "img", "input", "br"}


class Page(HTMLParser):
    """Reads a page strictly: every end tag must close the latest open element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.content: dict[str, str] = {"style": "", "script": "", "": ""}
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        assert len(facts) == len(attrs), f"an attribute twice in <{tag}>"
        self.elements.append((tag, facts))
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [facts["id"] or ""] if "id" in facts else []
        if tag == "a":
            self.targets.append(facts["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        where = self.open[-1] if self.open and self.open[-1] in self.content else ""
        self.content[where] += data


def _page(case: dict[str, Any]) -> Page:
    return Page(render(case, draw(case, None)))


def _rich() -> dict[str, Any]:
    case = office()
    case["captures"][0]["damage"] = [{"offset": 24, "bytes": 9, "reason": "cut short"}] * 7
    case["captures"][1].update(left_out={"link type 147": 12}, dropped=31, snaplen_cut=1, several_interfaces=True)
    case["captures"][2].update(role=None, vlan=7, first=None, last=None)
    case["coverage"] = [{"capture": 0, "from": stamp(START), "to": stamp(START), "kind": "gap", "text": "a gap"}]
    case["hypotheses"] = [
        {
            "id": "h",
            "statement": "links differ",
            "table": [[2, 1], [0, 13]],
            "status": "not-shown",
            "p_turned": 0.5,
            "p_runs": None,
            "reading": "Unclear.",
        }
    ]
    case["sessions"][0]["transactions"] *= 12
    case["sessions"][0]["transactions"][0]["rcpt_to"] = ["a@dest.example"] * 12
    return case


CASES = {
    "none": document([], links=()),
    "one": document([session()]),
    "accepted": document([session(resolver="orange", outcome="accepted")]),
    "office": office(),
    "rich": _rich(),
    "hostile": hostile(),
    "many": document([session(n) for n in range(300)]),
    "no site": document([session(transport=None)], site=None),
}


@pytest.mark.parametrize("name", CASES)
def test_the_page_is_well_formed_and_every_anchor_leads_somewhere(name: str) -> None:
    read = _page(CASES[name])
    assert len(read.ids) == len(set(read.ids))
    assert {target for target in read.targets if not target.startswith("#")} == set()
    assert {target[1:] for target in read.targets} <= set(read.ids)


@pytest.mark.parametrize("name", CASES)
def test_headings_descend_and_tables_and_figures_have_their_words(name: str) -> None:
    read = _page(CASES[name])
    tags = [tag for tag, _ in read.elements]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert tags.count("caption") == tags.count("table")
    assert all(facts.get("scope") for tag, facts in read.elements if tag == "th")
    assert all(facts.get("alt") for tag, facts in read.elements if tag == "img")


def test_the_policy_admits_exactly_the_inlined_style_and_script() -> None:
    read = _page(office())
    (policy,) = (facts["content"] or "" for tag, facts in read.elements if "http-equiv" in facts)
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(read.content[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_asks_for_nothing_outside_itself() -> None:
    read = _page(office())
    for tag, facts in read.elements:
        assert "style" not in facts, f"<{tag}> has a style attribute, which the policy forbids"
        assert not any(name.startswith("on") for name in facts)
        for name in ("src", "href"):
            assert (facts.get(name) or "#").startswith(("#", "data:"))


def test_texts_of_strangers_are_shown_and_never_obeyed() -> None:
    html = render(hostile(), draw(hostile(), None))
    assert "<script>alert" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    read = Page(html)
    assert sum(tag == "script" for tag, _ in read.elements) == 1
    assert r"""<script>alert('x')</script> "q" \x1b[31m \u202egnp.exe =cmd|' /C calc'!A0""" in read.content[""]
    assert HOSTILE not in read.content[""]


def _text(case: dict[str, Any]) -> str:
    return " ".join(Page(render(case, [])).content[""].split())


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        (document([]), "No SMTP session was found in 3 capture points (12,963 packets)."),
        (
            CASES["accepted"],
            "The one SMTP session in 3 capture points (12,963 packets) was not refused by the server.",
        ),
        (
            document([session(outcome="accepted"), session(2, outcome="accepted")]),
            "None of the 2 SMTP sessions in 3 capture points (12,963 packets) was refused by the server. "
            "In 2 sessions, none of them refused, the links differ: the server's name was resolved over another link "
            "than the mail took.",
        ),
        (
            document([session()]),
            "was refused by the server, asking for a log-in. In 1 session, which was refused, the links differ: the "
            "server's name was resolved over another link than the mail took.",
        ),
        (
            office(),
            "4 of 20 SMTP sessions in 3 capture points (12,963 packets) were refused by the server, asking for a "
            "log-in. In 3 sessions, 2 of them refused, the links differ",
        ),
        (
            document([session(resolver="orange"), session(2, resolver=None)]),
            "2 of 2 SMTP sessions in 3 capture points (12,963 packets) were refused by the server, asking for a "
            "log-in. In the one session whose links could be compared the links agree.",
        ),
    ],
)
def test_the_answer_is_a_careful_sentence(case: dict[str, Any], answer: str) -> None:
    """And the terminal says it in the same words."""
    assert answer in _text(case)
    assert answer in " ".join(summarise(case, report=None).split())


def test_what_could_not_be_decided_is_counted_and_named() -> None:
    text = _text(office())
    assert "2 sessions could not be judged, 1 of them refused:" in text
    assert "1 because no WAN capture shows this connection, so the link it left by is not known" in text
    assert "where the links differ, 2 of 3 were refused; where they agree, 1 of 15" in text


def test_the_page_names_nothing_that_is_not_there() -> None:
    """No command that does not exist, and no program that took no part."""
    html = render(office(), [])
    assert "wanwitness explain" not in html
    assert "with tshark" not in html


def test_times_are_local_with_utc_beside_them() -> None:
    """And in UTC alone where the site names no zone."""
    assert "2012-11-21 14:30:22.123 (13:30:22.123 UTC)" in _text(document([session()]))
    text = _text(document([session()], site=None))
    assert "2012-11-21 13:30:22.123 UTC" in text and "14:30:22" not in text


def test_contradictions_stand_before_the_answer() -> None:
    row = {"id": "sides-exchanged", "args": {}, "text": "lan.pcap is given as the WAN side.", "frames": []}
    text = _text(document([session(resolver=None, transport=None)], answer={"contradictions": [row]}))
    assert text.index("lan.pcap is given as the WAN side.") < text.index("These captures cannot answer")


def test_details_come_worst_first_with_frames_and_filters() -> None:
    case = office()
    read = Page(render(case, []))
    details = [facts["id"] for tag, facts in read.elements if facts.get("class") == "session"]
    worst = [one["id"] for one in case["sessions"] if one["likely_cause"]]
    assert details[:2] == [f"s-{one}" for one in worst]
    assert len(details) == 20
    text = read.content[""]
    assert "frame.number in {280..282, 289}" in text
    assert "tshark -r lan.pcapng -Y 'tcp.stream eq 14'" in text
    assert "530 5.7.0 Authentication required" in text


def test_very_many_sessions_get_details_only_where_they_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "DETAILS", 10)
    monkeypatch.setattr(page, "ROWS", 15)
    read = Page(render(office(), []))
    assert sum(facts.get("class") == "session" for _, facts in read.elements) == 5
    assert sum("data-verdict" in facts for _, facts in read.elements) == 15
    text = " ".join(read.content[""].split())
    assert "The details of 5 are given here" in text
    assert "The table holds 15 of 20 sessions" in text


def test_of_thousands_of_oddities_the_first_are_shown_and_all_counted() -> None:
    case = office()
    case["oddities"] = [
        {"capture": 0, "frame": n, "offset": None, "reason": "loop" if n % 3 else "cut"} for n in range(1, 3001)
    ]
    text = _text(case)
    assert "Oddities: 3,000" in text
    assert "2,000 × loop" in text
    assert "The first 200 of 3,000" in text
    assert "lan.pcapng #200–loop" in text
    assert "lan.pcapng #201–cut" not in text


def test_how_the_clocks_ran_is_told_in_words() -> None:
    case = document([session()])
    step = {"at": "2012-11-21T14:30:00.000000000Z", "by_s": -0.25, "uncertainty_s": 0.0001}
    case["captures"][1]["clock"] = {
        "offset_s": 17.304,
        "drift_ppm": -106.25,
        "drift_uncertainty_ppm": 0.5,
        "steps": [step],
        "uncertainty_s": 0.00021,
        "pairs": 812,
    }
    shown = " ".join(render(case, []).split())
    assert "+17.304000 s ± 0.000210 s" in shown
    assert "ran 106.250 ± 0.500 millionths too slow" in shown
    assert "was set back by 0.250000 s about 2012-11-21 15:30:00.000 (14:30:00.000 UTC)" in shown
    assert "812 packets seen on both sides" in shown


def test_the_same_case_gives_the_same_page() -> None:
    assert render(office(), draw(office(), None)) == render(office(), draw(office(), None))


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def test_a_browser_shows_the_whole_page_and_runs_its_filter(tmp_path: Path) -> None:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is needed in CI")
        pytest.skip("chromium is not installed")
    path = tmp_path / "report.html"
    path.write_text(render(office(), draw(office(), None)), encoding="utf-8")
    switches = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    switches += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command = [CHROMIUM, *switches, f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--dump-dom"]
    shown = subprocess.run([*command, path.as_uri()], check=True, capture_output=True, text=True, timeout=120)
    assert "Content Security Policy" not in shown.stderr
    assert "20 of 20 shown" in shown.stdout  # the script ran
    assert shown.stdout.rstrip().endswith("</html>")
    assert shown.stdout.count('class="session"') == 20


def test_where_nothing_could_be_judged_no_figure_reads_as_an_acquittal() -> None:
    """`0 flagged` is told only where some could have been."""
    one = session(resolver=None, transport=None)
    blind, seen = (render(document([s]), []).partition("<h2")[2].partition("</dl>")[0] for s in (one, session()))
    for words in ("flagged: links differ</dt>", "links agree</dt>", "of these, likely cause"):
        assert words not in blind
        assert words in seen
