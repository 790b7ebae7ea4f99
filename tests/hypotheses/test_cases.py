"""What whole captures answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scapy.all import PcapReader, PcapWriter

import wanwitness
from places import PROJECT
from wanwitness.language import ENGLISH
from wanwitness.report.labels import outcome
from wanwitness.report.wording import Wording

INCIDENT, POP_OPENS = PROJECT / "captures" / "incident", PROJECT / "captures" / "pop-opens"
Rows = dict[str, dict[str, Any]]


def analyzed(folder: Path) -> tuple[wanwitness.Case, Rows]:
    case = wanwitness.analyze(folder)
    return case, {row["id"]: row for row in case.document["hypotheses"]}


@pytest.fixture(scope="module")
def incident() -> tuple[wanwitness.Case, Rows]:
    return analyzed(INCIDENT)


def test_the_incident_names_the_link(incident: tuple[wanwitness.Case, Rows]) -> None:
    """The link is named, by way of the relay's address, and the mail that would tell the two apart is told."""
    case, rows = incident
    link = rows["link-mismatch"]
    assert link["status"] == "named" and "relay-address" in link["with"]
    assert (rows["relay-address"]["status"], rows["relay-address"]["by"]) == ("by-way-of", ["link-mismatch"])
    assert max(link["p_turned"], link["p_runs"]) <= 0.05
    assert link["odds_ratio"] is None and link["bound"] == "infinite" and link["ci95"][0] > 10
    assert link["next_observation"]["id"] == "tell-address" and "198.18.1.135" in link["next_observation"]["text"]
    assert case.document["answer"]["status"] == "explained"


def test_the_incident_names_nothing_else(incident: tuple[wanwitness.Case, Rows]) -> None:
    """Neither what the administrator tried, nor the hour, nor the redirection."""
    _, rows = incident
    for name in ("event:hotline", "event:webmail", "event:mailbox", "webmail", "mail-login", "hour", "redirected"):
        assert rows[name]["status"] == "not-shown", name
    assert [name for name, row in rows.items() if row["status"] == "named"] == ["link-mismatch"]


def test_that_nobody_logged_in_is_told(incident: tuple[wanwitness.Case, Rows]) -> None:
    """The relay asks for a log-in, and takes the same mails without one: the first that an ISP's help desk asks for."""
    case, rows = incident
    row = rows["smtp-login"]
    assert (row["status"], row["table"]) == ("not-shown", [[0, 0], [13, 21]])
    assert row["reading_id"] == "not-shown-without" and "21 of 34 were accepted all the same" in row["reading"]
    assert row["reading"] in case.answer


def test_the_incident_answers_in_one_paragraph(incident: tuple[wanwitness.Case, Rows]) -> None:
    """ISP, relay, router and remedy, with the counts of sessions; terminal, page and Python say the same."""
    case, _ = incident
    assert case.answer.startswith(
        "Mail through Orange was refused where the router itself had looked up smtp.orange.example through SFR and "
        "the mail left by Orange (16 of 16), and never otherwise (0 of 15). The wrong answer always led to "
        "198.18.1.135 (public.orange.example)."
    )
    assert any("Peplink: SMTP Forwarding" in sentence["text"] for sentence in case.document["answer"]["to_try"])
    for sentence in case.document["answer"]["sentences"]:
        assert sentence["id"] and sentence["text"] in case.answer


def test_the_bounce_that_was_fetched_is_the_later_fate_of_its_mail(incident: tuple[wanwitness.Case, Rows]) -> None:
    """SFR's relay is on a block list: the report was fetched by POP, and no text of it is kept."""
    case, _ = incident
    ((session, bounce),) = [(row, one) for row in case.document["sessions"] for one in row["bounces"]]
    assert (session["transport_link"], session["outcome"]) == ("sfr", "accepted")
    assert (bounce["cause"], bounce["action"], bounce["status"]) == ("blocklisted", "failed", "5.7.1")
    assert bounce["recipient"] in session["transactions"][0]["rcpt_to"]
    assert "block list of bigmail.example" in session["explanation"]
    assert session["told_address"]["address"] == "203.0.113.10"
    assert "This is the mail system" not in case.to_json()
    said = [outcome(row, Wording(ENGLISH, None)) for row in case.document["sessions"] if row["outcome"] == "accepted"]
    assert said.count("accepted, came back later") == 1 and set(said) == {"accepted", "accepted, came back later"}


def only_mail_and_dns(packet: Any) -> bool:
    ports = {getattr(packet.payload.payload, side, None) for side in ("sport", "dport")}
    return bool(ports & {25, 53})


def filtered(folder: Path, to: Path, keep: Callable[[Any], bool]) -> Path:
    to.mkdir()
    for path in folder.glob("*.pcap"):
        with PcapReader(str(path)) as reader, PcapWriter(str(to / path.name)) as writer:
            for packet in reader:
                if keep(packet):
                    writer.write(packet)
    site = (folder / "site.toml").read_text()
    (to / "site.toml").write_text(site.split("[[event]]")[0])
    return to


def test_what_a_filter_left_out_is_not_refuted(tmp_path: Path) -> None:
    """Filtered to ports 25 and 53, without events: nothing is said against log-ins, webmail and events."""
    case, rows = analyzed(filtered(INCIDENT, tmp_path / "filtered", only_mail_and_dns))
    assert rows["link-mismatch"]["status"] == "named"
    for name in ("mail-login", "webmail", "event"):
        assert rows[name]["status"] == "not-observable", name
    assert "The log-in by POP or IMAP: these captures hold nothing of POP or IMAP" in case.answer
    assert "not shown" not in rows["webmail"]["reading"]


def test_two_refusals_are_not_enough(tmp_path: Path) -> None:
    """Of the first two parts alone nothing is named, and it is said what is lacking."""
    begin = 1350370800
    case, rows = analyzed(filtered(INCIDENT, tmp_path / "short", lambda packet: packet.time < begin + 3 * 3600))
    assert {row["status"] for row in rows.values()} <= {"not-enough-evidence", "not-observable"}
    assert case.document["answer"]["status"] == "not-enough-evidence"
    assert "of at least 20" in case.answer


def test_pop_opens_names_the_log_in() -> None:
    """Where a log-in opens the relay for an hour, that is named, its bracket holds the hour, and the link is not."""
    case, rows = analyzed(POP_OPENS)
    login = rows["mail-login"]
    assert login["status"] == "named" and login["episodes"] >= 40
    accepted, refused = login["bracket_s"]
    assert accepted <= 3600 <= refused
    assert rows["link-mismatch"]["status"] == "not-shown"
    assert [name for name, row in rows.items() if row["status"] == "named"] == ["mail-login"]
    assert "log-in by POP or IMAP" in case.answer
