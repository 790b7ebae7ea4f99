"""What is made of a refusal's text is told again by the rules; what is made otherwise is a disagreement."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from places import OFFICE
from wanwitness import analyze
from wanwitness.verify import verify

from .tampering import tamper
from .test_tampering import verified

pytestmark = [pytest.mark.needs("tshark"), pytest.mark.usefixtures("read_once")]


def test_the_users_rules_are_applied_again(tmp_path: Path) -> None:
    """They come before the package's, and stand in the case."""
    for file in OFFICE.iterdir():
        shutil.copy(file, tmp_path)
    with (tmp_path / "site.toml").open("a") as site:
        site.write(
            '\n[[rule]]\ntext = "Authentic[aà]tion\\\\s+required"\ncodes = [530]\ncause = "policy"\nlink = "address"\n'
        )
    document = analyze(tmp_path, out=tmp_path / "case", rows_only=True).document
    assert verify(tmp_path / "case").disagreements == ()
    index, refused = next((n, row) for n, row in enumerate(document["sessions"]) if row["rejection"])
    assert (refused["rejection"]["cause"], refused["rejection"]["link"]) == ("policy", "address")
    for key, value in (("cause", "authentication-required"), ("link", "subscriber")):
        changed = document
        for place in (("rejection",), ("rejections", 0)):
            changed = tamper(changed, ("sessions", index, *place, key), value)
        assert not verified(changed, tmp_path / "case")


def test_whose_relay_it_is_is_asked_again(office: Path) -> None:
    """A server that nobody names as a relay knows no lines: nothing blames a link for what it refuses."""
    (office / "site.toml").write_text(
        (office / "site.toml").read_text().replace("relays = [", 'relays = ["relay.elsewhere.example"] # [')
    )
    document = analyze(office, out=office / "other", rows_only=True).document
    rows = [(n, m, r) for n, s in enumerate(document["sessions"]) for m, r in enumerate(s["rejections"])]
    assert rows
    assert {row["link"] for _, _, row in rows} == {"none"}
    assert verify(office / "other").disagreements == ()
    index, place, _ = next(row for row in rows if row[2]["cause"] == "authentication-required")
    changed = tamper(document, ("sessions", index, "rejections", place, "link"), "subscriber")
    if document["sessions"][index]["rejection"]:
        changed = tamper(changed, ("sessions", index, "rejection", "link"), "subscriber")
    assert not verified(changed, office / "other")


def test_a_redacted_case_is_not_asked(office: Path) -> None:
    """Its names and texts are others, so what rules say of them is said to be left out."""
    analyze(office, out=office / "redacted", redact=True)
    done = verify(office / "redacted")
    assert done.disagreements == ()
    assert any(one.where == "causes of refusals" for one in done.unread)
