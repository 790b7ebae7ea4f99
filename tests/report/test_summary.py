"""The terminal's summary."""

from __future__ import annotations

import pytest

from wanwitness.report import summarise

from .documents import document, hostile, office, session


def test_nothing_found_says_what_was_looked_at_and_what_to_check() -> None:
    text = summarise(document([]), report=None)
    assert "No SMTP session was found in 3 capture points (12,963 packets)." in text
    assert "lan.pcapng: LAN, 4,321 packets, 2012-11-21 13:30:05 to" in text
    assert "port 25" in text


def test_an_empty_capture_has_no_first_and_last() -> None:
    case = document([])
    case["captures"][0].update(first=None, last=None, packets=0, role=None)
    assert "lan.pcapng: role not known, 0 packets\n" in summarise(case, report=None)


def test_one_session() -> None:
    text = summarise(document([session()]), report="out/report.html")
    assert text.startswith("1 SMTP session in 3 capture points")
    assert "1 refused by the server, and in it the relay's name was resolved over another link" in text
    assert "1 flagged: the links differ, in 1 a likely cause of the refusal (a correlation, no proof)" in text
    assert "2012-11-21 13:30:22  192.168.1.20  sfr → orange  likely cause\n" in text
    assert "smtp.orange.example → 192.0.2.25: 530 5.7.0 Authentication required\n" in text
    assert text.endswith("\nReport: out/report.html\n")


def test_nothing_wrong_lists_nothing() -> None:
    text = summarise(document([session(resolver="orange", outcome="accepted")]), report=None)
    assert "none refused by the server\n  none flagged (links that differ)\n  none undetermined\n" in text
    assert "Worst" not in text


def test_a_mixed_case_is_counted_and_the_worst_come_first() -> None:
    text = summarise(office(), report=None)
    assert "4 refused by the server, and in 2 of these the relay's name was" in text
    assert "2 undetermined: 1 resolver link not known, 1 transport link not known" in text
    order = [text.index(words) for words in ("likely cause\n", "links differ, accepted", "undetermined, rejected")]
    assert order == sorted(order)


def test_refusals_without_a_mismatch_are_not_blamed_on_links() -> None:
    text = summarise(document([session(resolver="orange")]), report=None)
    assert "in none of these is the relay's name known to have been" in text


def test_of_many_ten_are_shown_and_the_rest_counted() -> None:
    text = summarise(document([session(n) for n in range(300)]), report=None)
    assert "300 refused by the server, and in all of these" in text
    assert text.count("likely cause\n") == 10
    assert "  and 290 more\n" in text


@pytest.mark.parametrize("case", [hostile(), office(), document([]), document([session(n) for n in range(300)])])
def test_lines_are_short_and_cannot_steer_a_terminal(case: dict[str, object]) -> None:
    for line in summarise(case, report="r\x1b[2J.html").splitlines():
        assert len(line) <= 100
        assert line.isprintable()


def test_long_addresses_and_names_are_cut_not_wrapped() -> None:
    one = session(asked_name="relay." * 40 + "example", transport="t" * 80, resolver="r" * 80)
    one["client"]["ip"] = one["server"]["ip"] = "2001:db8:1111:2222:3333:4444:5555:6666"
    lines = summarise(document([one]), report=None).splitlines()
    assert max(map(len, lines)) <= 100
    assert any("…" in line and "2001:db8:1111:2222:3333:4444:5555:6666: 530" in line for line in lines)
