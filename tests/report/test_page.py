"""report.html: whole, escaped, alone."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

import catalogues
from places import INCIDENT
from wanwitness import analyze
from wanwitness.language import LANGUAGES
from wanwitness.report import draw, order, page, render, summarise
from wanwitness.report.frame_roles import roles

from .documents import HOSTILE, START, document, hostile, hypothesis, office, session, stamp, wording

VOID = {"meta", "link", "img", "input", "br"}


class Page(HTMLParser):
    """Reads a page strictly: every end tag must close the latest open element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.content: dict[str, str] = {"style": "", "script": "", "data": "", "": ""}
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
        if tag in ("dt", "dd", "td", "th", "small", "p", "li"):
            self.content[""] += " "

    def handle_data(self, data: str) -> None:
        where = self.open[-1] if self.open and self.open[-1] in self.content else ""
        if where == "script" and self.elements[-1][1].get("type") == "application/json":
            where = "data"
        self.content[where] += data


def html(case: dict[str, Any], *, drawn: bool = False) -> str:
    say = wording(case)
    return render(case, draw(case, None, say) if drawn else [], say=say)


def _page(case: dict[str, Any]) -> Page:
    return Page(html(case, drawn=True))


def _rich() -> dict[str, Any]:
    case = office()
    case["captures"][0]["damage"] = [{"offset": 24, "bytes": 9, "reason": "cut short"}] * 7
    case["captures"][1].update(left_out={"link type 147": 12}, dropped=31, snaplen_cut=1, several_interfaces=True)
    case["captures"][2].update(role=None, vlan=7, first=None, last=None)
    case["coverage"] = [{"capture": 0, "from": stamp(START), "to": stamp(START), "kind": "gap", "text": "a gap"}]
    case["hypotheses"] = [
        hypothesis(),
        hypothesis("webmail", status="not-shown", table=[[2, 1], [0, 13]], odds_ratio=1.5, ci95=[0.2, 9.0], bound=None),
        hypothesis("size", status="not-observable", table=None, ci95=[None, None], bound=None),
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
    assert all(facts.get("aria-label") for tag, facts in read.elements if tag == "svg")
    assert tags.count("svg") == tags.count("figure")


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
    page = html(hostile(), drawn=True)
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    read = Page(page)
    assert sum(tag == "script" for tag, _ in read.elements) == 2
    assert r"""<script>alert('x')</script> "q" \x1b[31m \u202egnp.exe =cmd|' /C calc'!A0""" in read.content[""]
    assert HOSTILE not in read.content[""]
    assert not set("<>&") & set(read.content["data"])


def _text(case: dict[str, Any]) -> str:
    return " ".join(Page(html(case)).content[""].split())


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
    text = _text(case)
    assert all(sentence in text for sentence in re.split(r"(?<=\.) ", answer))
    assert answer in " ".join(summarise(case, report=None).split())


def test_what_could_not_be_decided_is_counted_and_named() -> None:
    text = _text(office())
    assert "2 sessions could not be judged, 1 of them refused:" in text
    assert "1 because no WAN capture shows this connection, so the link it left by is not known" in text
    assert "where the links differ, 2 of 3 were refused; where they agree, 1 of 15" in text


def test_the_page_names_nothing_that_is_not_there() -> None:
    """No command that does not exist, and no program that took no part."""
    page = html(office())
    assert "wanwitness explain" not in page
    assert "with tshark" not in page


def test_times_are_local_with_utc_beside_them() -> None:
    """And in UTC alone where the site names no zone."""
    assert "2012-11-21 14:30:22.123 (13:30:22.123 UTC)" in _text(document([session()]))
    text = _text(document([session()], site=None))
    assert "2012-11-21 13:30:22.123 UTC" in text and "14:30:22" not in text


def test_contradictions_stand_before_the_answer() -> None:
    row = {"id": "sides-exchanged", "args": {}, "text": "lan.pcap is given as the WAN side.", "frames": []}
    text = _text(document([session(resolver=None, transport=None)], answer={"contradictions": [row]}))
    assert text.index("lan.pcap is given as the WAN side.") < text.index("These captures cannot answer")


def test_each_isp_has_what_its_desk_needs() -> None:
    case = office()
    case["links"][0]["relays"] = ["192.0.2.0/24"]
    text = _text(case)
    begin = text.index("For each ISP concerned")
    block = text[begin : text.index("All connections", begin)]
    for fact in (
        "Orange",
        "Our public address 203.0.113.10",
        "192.0.2.25, port 25, which greets with 220 smtp.orange.example ESMTP",
        "530 5.7.0 Authentication required",
        "4 connections of 20, 2012-11-21 14:30:05 to 14:34:03 (13:30:05 to 13:34:03 UTC)",
        "smtp.orange.example was looked up over Sfr, at the name server 198.51.100.53, which gave 192.0.2.25 (2 times)",
        "Please tell us which of your mail servers, by name and address, 203.0.113.10 may use without a log-in",
    ):
        assert fact in block, block


def test_a_desk_finds_each_refused_connection_and_one_answer_in_full() -> None:
    case = office()
    said = "<unknown[203.0.113.10]:40000>: Client host rejected: <b>"
    refused = [one for one in case["sessions"] if one["rejection"]]
    for one in refused:
        one["rejection"]["text"] = said
    html_of = html(case)
    assert "rejected: <b>" not in html_of
    text = " ".join(Page(html_of).content[""].split())
    block = text[text.index("For each ISP concerned") : text.index("All connections")]
    assert "Nothing here says that a mail server is at fault" in block
    assert "Whether the clocks of the captures were right is not verified" in block
    assert f"in full, once: 530 5.7.0 {said}" in block
    for one in refused:
        if one["crossing"]:
            own = one["crossing"]["client"]
            assert f"{one['start'][11:19]} {own['ip']}:{own['port']}" in block


def test_each_frame_of_a_proof_is_called_what_it_is() -> None:
    case = analyze(INCIDENT, rows_only=True).document
    one = next(row for row in case["sessions"] if row["outcome"] == "rejected")
    step, told = one["resolution"]["steps"][0], roles(one, wording(case))
    assert [list(frame) for frame in told] == one["frames"]
    assert told[tuple(step["query_frame"])] == "the question for the name"
    assert told[tuple(step["answer_frame"])] == "the answer with the address"
    assert told[tuple(one["rejection"]["frame"])] == "the refusal: 530 5.7.0"
    assert {told[frame[0], frame[1]] for frame in one["crossing"]["frames"]} == {"the connection begins"}
    assert list(told.values()).count("the connection ends") == 2
    one["crossing"]["frames"] = one["crossing"]["frames"][::2]  # of the opening only what the client sent
    assert "the connection ends" not in roles(one, wording(case)).values()


def test_refused_sessions_are_there_on_paper_and_without_the_script_worst_first() -> None:
    case = office()
    read = Page(html(case))
    told = [str(facts["id"]) for tag, facts in read.elements if facts.get("class") == "session"]
    worst = [one["id"] for one in case["sessions"] if one["likely_cause"]]
    refused = [one["id"] for one in case["sessions"] if one["rejection"] or one["flagged"]]
    assert told[:2] == [f"s-{one}" for one in worst]
    assert sorted(told) == sorted(f"s-{one}" for one in refused)
    text = " ".join(read.content[""].split())
    assert "frame.number in {280..282, 289}" in text
    assert "tcp.stream eq 14" in text
    assert "name server of Sfr" in text
    assert "over Sfr · wan-orange.pcap #284" in text


def test_the_data_tell_every_session_and_open_each() -> None:
    case = office()
    data = json.loads(Page(html(case)).content["data"])
    assert [row[0] for row in data["rows"]] == [one["id"] for one in case["sessions"]]
    assert data["details"].keys() == {one["id"] for one in case["sessions"]}
    assert all(0 <= number < len(data["texts"]) for row in data["rows"] for number in row[4:])


def test_very_many_sessions_have_details_only_where_they_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "DETAILS", 10)
    monkeypatch.setattr(page, "ROWS", 15)
    monkeypatch.setattr(page, "PRINTED", 3)
    read = Page(html(office()))
    assert sum(facts.get("class") == "session" for _, facts in read.elements) == 3
    data = json.loads(read.content["data"])
    assert (len(data["rows"]), len(data["details"])) == (15, 5)
    text = " ".join(read.content[""].split())
    assert "The table holds 15 of 20 connections" in text
    assert "2 more are in the table above and in case.json." in text


def test_of_thousands_of_oddities_the_kinds_are_counted() -> None:
    case = office()
    case["oddities"] = [
        {"capture": 0, "frame": n, "offset": None, "reason": "loop" if n % 3 else "cut"} for n in range(1, 3001)
    ]
    text = _text(case)
    assert "Broken or unexpected traffic: 3,000" in text
    assert "2,000 × loop" in text


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
    text = _text(case)
    assert "17.3 s ahead, to within 210 µs" in text
    assert "loses 9.18 s a day" in text
    assert "was set back by 0.25 s about 2012-11-21 15:30:00 (14:30:00 UTC)" in text
    assert "812 packets seen on both sides" in text
    assert "agrees with the reference to better than a thousandth of a second" in text


def test_numbers_have_sense_and_no_term_of_art_stands_alone() -> None:
    text = _text(CASES["rich"])
    assert "almost certain: same sequence numbers on both sides of the router" in text
    assert "0.040 s before" in text
    for word in ("transport link", "resolver link", "crossing", "confidence", "capture point "):
        assert word not in text.replace("3 capture points", ""), word


def test_the_same_case_gives_the_same_page() -> None:
    assert html(office(), drawn=True) == html(office(), drawn=True)


def test_explanations_come_with_rates_and_status_the_telling_ones_first() -> None:
    text = _text(CASES["rich"])
    one = text.index("Name looked up over another link than the mail took 7 of 7 0 of 18 goes with the refusals")
    assert one < text.index("Visit to the webmail 2 of 3 0 of 13 not shown") < text.index("cannot be seen here")


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_a_translation_has_the_places_of_its_english(code: str) -> None:
    """One that lacked a place, or had another, would lose a number or end in a traceback."""
    for message in catalogues.held(code, "page"):
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
        if ids[0]:
            wanted = [set(re.findall(r"\{(\w*)\}", text)) for text in ids]
            for text in strings:
                assert set(re.findall(r"\{(\w*)\}", text)) in wanted, text


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_every_text_of_the_page_is_in_the_language(name: str, code: str) -> None:
    """In a language in which every text of the catalogue is marked, nothing else has letters but what is data."""
    case = CASES[name]
    say = wording(case, code)
    html_of = render(case, draw(case, None, say), say=say)
    english = {
        m.id for m in catalogues.held(code, "page") if isinstance(m.id, str) and " " in m.id and m.string != m.id
    }
    text = Page(html_of).content[""]
    found = [one for one in english if "{" not in one and one in text]
    assert found == []


def test_where_nothing_was_refused_the_page_does_not_say_that_mail_was() -> None:
    assert "Was mail refused?" in _text(CASES["accepted"]) and "Why mail was refused" not in _text(CASES["accepted"])
    assert "Why mail was refused" in _text(CASES["office"])
