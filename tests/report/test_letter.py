"""Letters to ISPs, and what each may be sent."""

from __future__ import annotations

import hashlib
import io
import stat
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from wanwitness.case import CaseFolder
from wanwitness.report import Forms, printing, write
from wanwitness.report.isps import isps
from wanwitness.report.letter import WIDTH, as_html, as_text, letter

from .browser import opened, program
from .documents import HOSTILE, document, hostile, office, session, wording
from .test_page import Page


def _case() -> dict[str, Any]:
    case = office()
    case["links"][0].update(relays=["192.0.2.0/24"], isp="Orange Pro / Télé")
    return case


def _text(case: dict[str, Any]) -> str:
    (isp,) = isps(case)
    return as_text(letter(isp, case, wording(case)))


def test_a_letter_has_facts_times_reply_and_request_on_one_page() -> None:
    text = _text(_case())
    for fact in (
        "Mail from 203.0.113.10 refused by 192.0.2.25\n",
        "Our public address: 203.0.113.10\n",
        "192.0.2.25, port 25",
        "“220 smtp.orange.example ESMTP”",
        "“530 5.7.0 Authentication required”",
        "4 connections of 20",
        "  2012-11-21 14:30:05 (13:30:05 UTC), from 203.0.113.10:61000\n",
        "Head office",
    ):
        assert fact in text
    assert "may use without a log-in" in " ".join(text.split())
    assert len(text.splitlines()) <= 55
    assert max(map(len, text.splitlines())) <= WIDTH


def test_a_letter_accuses_nobody_and_needs_no_glossary() -> None:
    text = _text(_case()).lower()
    for word in ("fault", "wrong", "mistake", "must", "resolver", "transport", "crossing", "session", "verdict", "tcp"):
        assert word not in text, word


def test_a_refusal_that_no_link_can_be_to_blame_for_concerns_no_isp() -> None:
    case = document([session(n) for n in range(3)])
    for one in case["sessions"]:
        one["rejection"] |= {"link": "none", "cause": "recipient-refused"}
    assert isps(case) == []


def test_of_an_address_that_a_relay_minds_it_is_asked_what_has_to_change() -> None:
    case = document([session(n) for n in range(3)])
    for one in case["sessions"]:
        one["rejection"] |= {"link": "address", "cause": "blocklisted"}
    assert "what has to change for it to do so" in " ".join(_text(case).split())


def test_a_relay_is_its_owners_whatever_link_the_mail_took() -> None:
    case = document([session(n) for n in range(3)])
    case["links"][1]["relays"] = ["192.0.2.25"]
    assert [isp.name for isp in isps(case)] == ["Sfr"]


def test_two_isps_of_one_name_have_files_of_their_own() -> None:
    case = document([session(1), session(2, resolver="orange", transport="sfr")])
    for row in case["links"]:
        row["isp"] = "Net & Co"
    case["links"][0]["relays"] = case["links"][1]["relays"] = []
    assert sorted(isp.stem for isp in isps(case)) == ["net-co", "net-co-2"]


def test_texts_of_strangers_are_harmless_in_a_letter() -> None:
    case = hostile()
    (isp,) = isps(case)
    assert isp.stem.isascii() and not set(isp.stem) - set("abcdefghijklmnopqrstuvwxyz0123456789-")
    written = letter(isp, case, wording(case))
    assert "\x1b" not in as_text(written) and "\u202e" not in as_text(written)
    html = as_html(written, wording(case))
    read = Page(html)
    assert "<script" not in html and HOSTILE not in html
    assert not any("style" in facts for _, facts in read.elements)


def _evidence(folder: CaseFolder, case: dict[str, Any]) -> set[str]:
    ids = {one["id"] for one in case["sessions"]}
    for each in ids:
        folder.write(f"evidence/{each}.pcapng", each.encode())
    return ids


def _written(path: Path, case: dict[str, Any], forms: Forms) -> list[str]:
    with CaseFolder(path, ours=("figures", "evidence")) as folder:
        folder.write("case.json", "{}")
        unmade = write(case, folder, evidence=_evidence(folder, case), forms=forms)
        folder.finish()
    return unmade


def test_an_archive_holds_that_isps_evidence_only_and_its_sums_agree(tmp_path: Path) -> None:
    case = _case()
    assert _written(tmp_path / "case", case, Forms(archives=True)) == []
    with ZipFile(tmp_path / "case" / "report.zip") as packed:
        names = set(packed.namelist())
        contents = {name: packed.read(name) for name in names}
    (isp,) = isps(case)
    assert {name for name in names if name.startswith("evidence/")} == {
        f"evidence/{one['id']}.pcapng" for one in isp.sessions
    }
    assert {"report.html", "letter-orange-pro-tele.txt", "letter-orange-pro-tele.html"} < names
    lines = (line.split("  ") for line in contents["SHA256SUMS"].decode().splitlines())
    sums = {name: digest for digest, name in lines}
    assert sums.keys() == names - {"SHA256SUMS"}
    assert all(hashlib.sha256(contents[name]).hexdigest() == digest for name, digest in sums.items())
    page = Page(contents["report.html"].decode())
    assert {target for target in page.targets if not target.startswith("#")} <= names


def test_the_same_case_gives_the_same_archive(tmp_path: Path) -> None:
    for name in ("a", "b"):
        _written(tmp_path / name, _case(), Forms(archives=True))
    assert (tmp_path / "a" / "report.zip").read_bytes() == (tmp_path / "b" / "report.zip").read_bytes()


def test_each_of_several_isps_has_an_archive(tmp_path: Path) -> None:
    case = document([session(1), session(2, resolver="orange", transport="sfr")])
    for row in case["links"]:
        row["relays"] = []
    _written(tmp_path / "case", case, Forms(archives=True))
    assert sorted(path.name for path in (tmp_path / "case").glob("*.zip")) == ["report-orange.zip", "report-sfr.zip"]
    with ZipFile(io.BytesIO((tmp_path / "case" / "report-sfr.zip").read_bytes())) as packed:
        assert [name for name in packed.namelist() if "evidence" in name] == ["evidence/000000000002.pcapng"]
        assert stat.S_IMODE(packed.getinfo("report.html").external_attr >> 16) == 0o644


def test_the_page_is_printed_by_the_browser_that_is_there(tmp_path: Path) -> None:
    program()
    assert _written(tmp_path / "case", document([session()]), Forms(pdf=True)) == []
    assert (tmp_path / "case" / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_what_is_printed_names_no_place_on_this_machine(tmp_path: Path) -> None:
    """Links to files beside the page would be the whole paths of files that have other places by then."""
    program()
    case = document([session()])
    page = tmp_path / "report.html"
    page.write_text(f'<p><a href="#s">in it</a> <a href="evidence/{case["sessions"][0]["id"]}.pcapng">beside</a></p>')
    pdf = printing.printed(page, wording(case))
    assert pdf.startswith(b"%PDF-") and b"file:" not in pdf and str(tmp_path).encode() not in pdf


def test_without_a_browser_there_is_no_pdf_and_a_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "BROWSERS", ("no-such-browser",))
    (line,) = _written(tmp_path / "case", document([session()]), Forms(pdf=True))
    assert line == "report.pdf needs a browser that prints without a window: no-such-browser"
    assert not (tmp_path / "case" / "report.pdf").exists()


def test_a_browser_that_fails_leaves_no_pdf_and_a_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "browser", lambda: "/bin/false")
    (line,) = _written(tmp_path / "case", document([session()]), Forms(pdf=True))
    assert line == "false did not print report.pdf (exit status 1)"


def test_a_letter_is_one_printed_page(tmp_path: Path) -> None:
    case = _case()
    (isp,) = isps(case)
    path = tmp_path / "letter.html"
    path.write_text(as_html(letter(isp, case, wording(case)), wording(case)), encoding="utf-8")
    with opened(path) as page:
        pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") == 1
