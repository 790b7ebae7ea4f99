"""What to try, router by router."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from places import PROJECT
from wanwitness import analyze
from wanwitness.language import ENGLISH, Language
from wanwitness.language.drawing import arguments
from wanwitness.model import Router
from wanwitness.remedies import Aim, Cause, Family, families, family_of, remedies
from wanwitness.remedies.router import general

AIM = Aim("smtp.orange.example", "Orange", "orange", "198.18.1.53")
CAUSES: tuple[Cause, ...] = ("look-up", "way", "redirection")


@pytest.mark.parametrize("family", families(), ids=lambda family: family.id)
def test_a_family_tells_all_that_is_needed_and_where_it_is_told(family: Family) -> None:
    """Where the name is looked up, the rule that pins it, how to capture; each with what can be filled in."""
    assert {"look-up", "way", "capture"} <= set(family.texts) <= {*CAUSES, "capture"}
    assert family.models and all(word == word.lower() for word in family.models)
    assert family.sources and all(source.url.startswith("http") and source.what for source in family.sources)
    for text in family.texts.values():
        assert arguments(text) <= {"relay", "isp", "link", "resolver"}
        assert text.endswith(".")
    assert "{resolver}" in family.texts["look-up"] and "{link}" in family.texts["way"]


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("Peplink Balance 20", "peplink"),
        ("Balance One", "peplink"),
        ("Netgate 4100 (pfSense Plus)", "pfsense"),
        ("OPNsense DEC750", "opnsense"),
        ("OpenWrt on a Linux box", "openwrt"),
        ("MikroTik hEX S", "mikrotik"),
        ("UDM-Pro", "unifi"),
        ("DrayTek Vigor2927", "draytek"),
        ("ZyWALL USG 20", "zyxel"),
        ("Zyxel USG FLEX 200", "zyxel"),
        ("Debian 12, nftables", "linux"),
        ("Cisco RV340", None),
        ("chromium", None),
    ],
)
def test_a_model_is_of_its_family(model: str, family: str | None) -> None:
    """By whole words; an unknown one is of none."""
    found = family_of(Router(model))
    assert (found.id if found else None) == family


def test_firmware_tells_it_too() -> None:
    """Of a board that runs somebody else's."""
    found = family_of(Router("Linksys WRT3200ACM", "OpenWrt 23.05"))
    assert found is not None and found.id == "openwrt"
    assert family_of(Router()) is None


def test_a_remedy_names_isp_relay_router_and_setting() -> None:
    """Those of the causes that the router has settings for, and how to capture on it."""
    told, capture = remedies(CAUSES, AIM, Router("Peplink Balance 20", "5.4"))
    texts = [ENGLISH.say(one) for one in told]
    assert len(texts) == 3
    assert all(text.startswith("On Peplink Balance 20 5.4, for Orange's relay smtp.orange.example: ") for text in texts)
    assert "Enforced" in texts[1] and "SMTP Forwarding" in texts[2]
    assert "support.cgi" in ENGLISH.say(capture[0])
    assert len(remedies(CAUSES, AIM, Router("MikroTik"))[0]) == 2  # it does nothing with port 25 of itself


def test_without_a_router_the_general_remedy_and_a_list() -> None:
    """Of the routers that are known, by their names."""
    told, capture = remedies(("way",), AIM, Router())
    assert [one.id for one in told] == ["remedy-for", "remedy-known"] and capture == []
    assert all(family.name in ENGLISH.say(told[1]) for family in families())
    assert general().texts["way"].partition("{")[0] in ENGLISH.say(told[0])


def test_a_resolver_that_nobody_told_is_described() -> None:
    """In the reader's language."""
    told, _ = remedies(("look-up",), replace(AIM, resolver=None), Router())
    assert "Orange's own resolver" in ENGLISH.say(told[0])
    assert "le résolveur de Orange" in Language.of("fr").say(told[0])


def test_the_answer_tells_the_remedy_of_the_sites_router(tmp_path: Path) -> None:
    """In case.json, with ids and arguments, so that any language can say it."""
    folder = tmp_path / "incident"
    shutil.copytree(PROJECT / "captures" / "incident", folder)
    with (folder / "site.toml").open("a") as site:
        site.write('\n[router]\nmodel = "Peplink Balance 20"\n')
    answer = analyze(folder, rows_only=True).document["answer"]
    told = [one for one in answer["to_try"] if one["id"] == "remedy-on"]
    assert [one["args"]["remedy"]["id"] for one in told] == [f"remedy-peplink-{cause}" for cause in CAUSES]
    assert told[0]["text"].startswith("On Peplink Balance 20, for Orange's relay smtp.orange.example: ")
    french = Language.of("fr").say(told[2])
    assert french.startswith("Sur Peplink Balance 20, pour le relais smtp.orange.example (Orange)\u00a0: ")
    assert "désactivez SMTP Forwarding" in french
