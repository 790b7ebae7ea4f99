"""The terminal's summary."""

from __future__ import annotations

import pytest

from wanwitness.report import summarise

from .documents import document, hostile, office, session


def test_nothing_found_says_what_was_looked_at_and_what_to_check() -> None:
    text = summarise(document([]), report=None)
    assert "No SMTP session was found in 3 capture points (12,963 packets)." in text
    assert "lan.pcapng: LAN, 4,321 packets, 2012-11-21 14:30:05 to 15:30:05 (13:30:05 to 14:30:05 UTC)" in text
    assert "port 25" in text


def test_an_empty_capture_has_no_first_and_last() -> None:
    case = document([])
    case["captures"][0].update(first=None, last=None, packets=0, role=None)
    assert "lan.pcapng: role not known, 0 packets\n" in summarise(case, report=None)


def test_one_session() -> None:
    text = summarise(document([session()]), report="out/report.html")
    assert text.startswith("The one SMTP session in 3 capture points (12,963 packets) was refused by the server, ")
    assert "In 1 session, which was refused, the links differ: the server's name was resolved over another" in text
    assert "Likely cause of 1 refusal: that the links differ. This is a correlation" in text
    assert "  sfr → orange  links differ, rejected, likely cause: links differ\n" in text
    assert "      192.168.1.20, 2012-11-21 14:30:22 (13:30:22 UTC)\n" in text
    assert "      asked for smtp.orange.example (192.0.2.25:25): “220 smtp.orange.example ESMTP”\n" in text
    assert "      530 5.7.0 Authentication required\n" in text
    assert text.endswith("\nReport: out/report.html\n")


def test_nothing_wrong_lists_nothing() -> None:
    text = summarise(document([session(resolver="orange", outcome="accepted")]), report=None)
    assert "was not refused by the server.\n  In the one session whose links could be compared" in text
    assert "the links agree.\n" in text
    assert "Worst" not in text


def test_a_mixed_case_is_counted_and_the_worst_come_first() -> None:
    text = summarise(office(), report=None)
    assert "4 of 20 SMTP sessions in 3 capture points (12,963 packets) were refused by the server" in text
    assert "In 3 sessions, 2 of them refused, the links differ" in text
    assert "2 sessions could not be judged, 1 of them refused: 1 because" in text
    places = ("likely cause: links differ\n", "links differ, accepted", "undetermined (resolver link not known)")
    order = [text.index(words) for words in places]
    assert order == sorted(order)


def test_refusals_without_a_mismatch_are_not_blamed_on_links() -> None:
    text = summarise(document([session(resolver="orange")]), report=None)
    assert "In the one session whose links could be compared the links agree." in text
    assert "Likely" not in text


def test_of_many_equal_ones_are_together_and_ten_are_shown() -> None:
    text = summarise(document([session(n) for n in range(300)]), report=None)
    assert "300 of 300 SMTP sessions" in text
    assert "  300 × sfr → orange  links differ, rejected, likely cause: links differ\n" in text
    several = [session(n, asked_name=f"smtp{n}.orange.example") for n in range(300)]
    text = summarise(document(several), report=None)
    assert text.count("likely cause: links differ\n") == 10
    assert "  and 290 more\n" in text


@pytest.mark.parametrize("case", [hostile(), office(), document([]), document([session(n) for n in range(300)])])
def test_lines_are_short_and_cannot_steer_a_terminal(case: dict[str, object]) -> None:
    for line in summarise(case, report="r\x1b[2J.html").splitlines():
        assert len(line) <= 100
        assert line.isprintable()


def test_long_links_are_cut_and_the_reason_never() -> None:
    """Whatever the width: all words of the refusal are there."""
    one = session(asked_name="relay." * 40 + "example", transport="t" * 80, resolver="r" * 80)
    one["client"]["ip"] = one["server"]["ip"] = "2001:db8:1111:2222:3333:4444:5555:6666"
    one["rejection"]["text"] = "<unknown[2001:db8::1]:24124>: Client host rejected: Authentication required, " * 3
    for width in (60, 80, 100, 160):
        lines = summarise(document([one]), report=None, width=width).splitlines()
        assert max(map(len, lines)) <= width
        assert any("…" in line and "links differ" in line for line in lines)
        assert " ".join(" ".join(lines).split()).count("Client host rejected: Authentication required") == 3


def test_equal_refusals_are_told_once() -> None:
    """With the hosts and the span of time; what belongs to each session alone is left out of the server's words."""
    several = [session(n) for n in (1, 2, 3)]
    for n, one in enumerate(several):
        one["client"]["ip"] = f"192.168.1.{10 + n}"
        one["rejection"]["text"] = f"<unknown[203.0.113.10]:{5000 + n}>: Authentication required"
    text = summarise(document(several), report=None)
    assert "  3 × sfr → orange  links differ" in text
    assert "192.168.1.10 to .12, 2012-11-21 14:30:22 to 14:30:56 (13:30:22 to 13:30:56 UTC)\n" in text
    assert "      530 5.7.0 …: Authentication required\n" in text


def test_both_servers_are_told() -> None:
    """The one that was asked for, and behind a redirection the one that answered, with its banner."""
    one = session(answered_by={"ip": "192.0.2.125", "port": 25, "banner": "220 public.orange.example ESMTP"})
    text = " ".join(summarise(document([one]), report=None).split())
    asked = "asked for smtp.orange.example (192.0.2.25:25), answered by 192.0.2.125:25"
    assert f"{asked}, “220 public.orange.example ESMTP” 530 5.7.0 Authentication required" in text


def test_the_headline_follows_the_causes() -> None:
    """Causes that hold together are told together, and another refusal than the relay's is not counted with it."""
    both, tls = session(2, likely_causes=["link-mismatch", "relay-owner-mismatch"]), session(3, likely_causes=[])
    tls["rejection"] = {**tls["rejection"], "cause": "starttls-required"}
    text = " ".join(summarise(document([session(1), both, tls]), report=None).split())
    assert "refused by the server: 2 asking for a log-in, 1 asking for STARTTLS first." in text
    either = "in 1, either that the links differ, or that one ISP's relay was reached through another ISP's link"
    assert f"Likely causes of 2 refusals: in 1, that the links differ; {either} (none is preferred)." in text


def test_where_nothing_can_be_judged_nobody_is_acquitted() -> None:
    """It is said first, with the capture that is missing and how to take it."""
    text = " ".join(summarise(document([session(resolver=None), session(2, transport=None)]), report=None).split())
    said = "the links of none of the 2 sessions that left the site could be compared. That acquits nobody."
    assert text.startswith(f"These captures cannot answer the question: {said}")
    assert "What would tell more: - A capture of the other link (2 sessions)." in text
    assert "tcpdump -i IFACE" in text
    assert "differ" not in text


def test_what_came_in_or_stayed_within_is_not_judged() -> None:
    """It is counted apart, and no link is told to differ or to be unknown."""
    inward = session(1, direction="inbound", resolver=None, undetermined_because="no-dns-seen")
    within = session(2, direction="internal", resolver=None, transport=None, outcome="accepted")
    text = " ".join(summarise(document([inward, within, session(3, resolver="orange")]), report=None).split())
    assert "1 session came in from outside and 1 session stayed within the site: these are told, and not judged" in text
    assert "could not be judged" not in text
    assert "orange → LAN came in, rejected" in text


def test_a_contradiction_comes_first() -> None:
    """Before the answer, which says that nothing is judged."""
    row = {"id": "sides-exchanged", "args": {}, "text": "lan.pcap is given as the WAN side.", "frames": []}
    case = document([session(resolver=None, transport=None)], answer={"contradictions": [row]})
    lines = summarise(case, report=None).splitlines()
    assert lines[0] == "Contradiction: lan.pcap is given as the WAN side."
    assert "because what was said of the captures cannot be" in " ".join(lines)
