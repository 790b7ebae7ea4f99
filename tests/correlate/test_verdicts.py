"""What is said of a session: its verdict, why none can be given, and its findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanwitness.language import ENGLISH
from wanwitness.model import FrameRef

from . import wire
from .simulator import ACCEPTED, BEGIN, REJECTED, RELAY, RELAY2, Script, Simulator

PC, PC2 = "192.168.1.20", "192.168.1.21"
SITE = """
[[link]]
name = "orange"
addresses = ["203.0.113.10"]
resolvers = ["198.51.100.53"]
relays = ["198.51.100.25"]
[[link]]
name = "sfr"
addresses = ["203.0.113.20"]
resolvers = ["198.51.100.54"]
relays = ["198.51.100.26"]
"""


def verdict(site: Simulator, folder: Path, port: int, *leave_out: str, client: str = PC) -> tuple[str, str | None]:
    judgement = site.analyse(folder, leave_out).judgement(client, port)
    return judgement.verdict, judgement.undetermined_because


def findings(site: Simulator, folder: Path, port: int, client: str = PC) -> dict[str, tuple[FrameRef, ...]]:
    file = folder / "site.toml"
    file.write_text(SITE)
    judgement = site.analyse(folder, site_file=file).judgement(client, port)
    return {finding.kind: finding.frames for finding in judgement.findings}


def test_equal_links_are_consistent(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr")
    assert verdict(site, tmp_path, site.connect(1, PC, "sfr")) == ("consistent", None)


def test_different_links_are_a_mismatch_and_flagged(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "sfr")
    port = site.connect(1, PC, "orange", script=REJECTED)
    judgement = site.analyse(tmp_path).judgement(PC, port)
    assert judgement.verdict == "link-mismatch" and judgement.flagged and judgement.likely_cause
    assert judgement.frames


def test_no_answer_seen(tmp_path: Path) -> None:
    site = Simulator()
    port = site.connect(1, PC, "orange")
    assert verdict(site, tmp_path, port) == ("undetermined", "no-dns-seen")


def test_a_cache_filled_before_the_capture(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, None)
    port = site.connect(1, PC, "orange")
    assert verdict(site, tmp_path, port) == ("undetermined", "resolver-link-unknown")


def test_encrypted_dns(tmp_path: Path) -> None:
    site = Simulator()
    site.see("lan", 0, wire.tcp(PC, 50_000, "198.51.100.53", 853, 1, 0, wire.SYN))
    port = site.connect(1, PC, "orange")
    assert verdict(site, tmp_path / "a", port) == ("undetermined", "resolver-link-unknown")
    (tmp_path / "b").mkdir()
    assert "encrypted-dns" in findings(site, tmp_path / "b", port)


def test_the_transport_link_comes_first_of_all_reasons(tmp_path: Path) -> None:
    site = Simulator()
    port = site.connect(1, PC, "sfr")
    assert verdict(site, tmp_path, port, "sfr") == ("undetermined", "transport-link-unknown")


def test_an_unknown_resolver_link_comes_before_ambiguity(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    site.ask(1, PC, None, ttl=77)
    site.connect(1.5, PC, "orange")
    port = site.connect(2, PC, "orange")
    assert verdict(site, tmp_path, port) == ("undetermined", "resolver-link-unknown")


def test_an_earlier_answer_by_an_unknown_link_may_be_the_one_used(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, None, ttl=77)
    site.ask(1, PC, "orange")
    own = site.connect(1.5, PC, "orange")
    port = site.connect(2, PC, "orange")
    assert verdict(site, tmp_path / "a", own) == ("consistent", None)
    assert verdict(site, tmp_path / "b", port) == ("undetermined", "ambiguous-answer")


def test_a_redirected_session_is_found_with_its_frames(tmp_path: Path) -> None:
    site = Simulator()
    site.upstream(0, "orange")
    port = site.connect(1, PC, "orange", RELAY2, to=RELAY)
    found = findings(site, tmp_path, port)
    assert set(found) == {"redirected"} and found["redirected"]


def test_a_proxied_session_is_found_redirected(tmp_path: Path) -> None:
    site = Simulator()
    site.upstream(0, "orange")
    port = site.connect(1, PC, "orange", proxy=True)
    assert set(findings(site, tmp_path, port)) == {"redirected"}


def test_rewritten_sequence_numbers_are_no_redirection(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    port = site.connect(1, PC, "orange", modulated=True)
    assert findings(site, tmp_path, port) == {}


def test_a_resolver_of_the_other_link_is_foreign(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange", resolver="198.51.100.54")
    port = site.connect(1, PC, "orange")
    assert set(findings(site, tmp_path, port)) == {"foreign-resolver"}


def test_a_relay_of_the_other_links_isp(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange", RELAY2)
    port = site.connect(1, PC, "orange", RELAY2)
    assert set(findings(site, tmp_path, port)) == {"relay-owner-mismatch"}


def test_an_expired_answer_is_found(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange", ttl=10)
    port = site.connect(60, PC, "orange")
    assert set(findings(site, tmp_path, port)) == {"expired-answer"}


def test_an_asymmetric_return_is_found_with_frames_of_both_links(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    port = site.connect(1, PC, "orange", back="sfr")
    found = findings(site, tmp_path, port)
    assert set(found) == {"asymmetric-return"}
    assert len({frame.capture for frame in found["asymmetric-return"]}) == 2


def test_an_address_that_was_only_answered_by_a_link_is_not_of_it(tmp_path: Path) -> None:
    """It is that of the link by which the connection left."""
    site = Simulator()
    site.ask(0, PC, "orange")
    site.connect(1, PC, "orange", back="sfr")
    site.ask(20, PC, "sfr")
    site.connect(21, PC, "sfr")
    links = {link.name: link for link in site.analyse(tmp_path).correlated.links}
    shown = {name: {row.value for row in link.shown if row.what == "address"} for name, link in links.items()}
    assert shown["orange"] and shown["sfr"]
    assert shown["orange"].isdisjoint(shown["sfr"])


def test_a_mail_tried_again_by_another_link_is_found(tmp_path: Path) -> None:
    site = Simulator()
    deferred = [
        ("", "220 relay"),
        ("EHLO pc.example", "250 relay"),
        ("MAIL FROM:<a@site.example>", "250 ok"),
        ("RCPT TO:<b@far.example>", "450 4.2.0 later"),
        ("QUIT", "221 bye"),
    ]
    site.ask(0, PC, "orange")
    site.connect(1, PC, "orange", script=deferred)
    site.ask(60, PC, "orange", ttl=300)
    port = site.connect(61, PC, "sfr", script=deferred)
    assert set(findings(site, tmp_path, port)) >= {"retried-other-link"}


def test_times_are_on_the_reference_clock(tmp_path: Path) -> None:
    site = Simulator(clock={"orange": 900.0})
    site.ask(0, PC, "orange")
    port = site.connect(1, PC, "orange")
    session = site.analyse(tmp_path).rows[PC, port][0]
    assert session.start_ns == BEGIN * 1_000_000_000 + 1_000_000_000
    assert session.resolution is not None and 0.9 < session.resolution.age_s < 1


def causes(site: Simulator, folder: Path, port: int, text: str = "") -> tuple[str, ...]:
    file = folder / "site.toml"
    file.write_text(text)
    return site.analyse(folder, site_file=file).judgement(PC, port).likely_causes


def test_a_relay_asked_for_by_an_alias_is_a_relay(tmp_path: Path) -> None:
    """A CNAME that leads to a relay's name leads to that relay."""
    site = Simulator()
    site.ask(0, PC, "orange", name="mail.site.example", alias="smtp.isp.example")
    text = '[[link]]\nname = "orange"\nrelays = ["smtp.isp.example"]\n[[link]]\nname = "sfr"\n'
    found = causes(site, tmp_path, site.connect(1, PC, "sfr", script=REJECTED), text)
    assert found == ("link-mismatch", "relay-owner-mismatch")


def test_a_provider_behind_an_alias_is_no_relay(tmp_path: Path) -> None:
    """A known provider asks for a password over any link, by whatever name the site calls it."""
    site = Simulator()
    site.ask(0, PC, "orange", name="mail.site.example", alias="smtp.gmail.com")
    assert causes(site, tmp_path, site.connect(1, PC, "sfr", script=REJECTED)) == ()


def test_a_provider_is_known_by_its_banner(tmp_path: Path) -> None:
    site = Simulator()
    site.ask(0, PC, "orange", name="mail.site.example")
    script = (("", "220 smtp.gmail.com ESMTP ready"), *REJECTED[1:])
    assert causes(site, tmp_path, site.connect(1, PC, "sfr", script=script)) == ()


MENDED: Script = (
    *REJECTED[:3],
    ("AUTH PLAIN AAAA", "235 ok"),
    *ACCEPTED[2:4],
    ("DATA", "354 go"),
    ("text\r\n.", "250 taken"),
    ("QUIT", "221 bye"),
)
SECOND: Script = (
    *ACCEPTED[:3],
    ("RCPT TO:<nobody@far.example>", "550 5.1.1 User unknown"),
    ("RSET", "250 ok"),
    *REJECTED[2:],
)


@pytest.mark.parametrize("script", [REJECTED, MENDED, SECOND])
def test_any_refusal_of_a_relay_may_be_the_links(tmp_path: Path, script: Script) -> None:
    """Also one that was mended by a password, and one behind a refusal of another cause."""
    site = Simulator()
    site.ask(0, PC, "orange", name="smtp.isp.example")
    text = '[[link]]\nname = "orange"\nrelays = ["smtp.isp.example"]\n[[link]]\nname = "sfr"\n'
    assert "link-mismatch" in causes(site, tmp_path, site.connect(1, PC, "sfr", script=script), text)


def test_a_server_may_tell_the_address_that_no_capture_shows(tmp_path: Path) -> None:
    """Where no WAN side was captured, that is a finding; the transport link stays unknown."""
    site = Simulator()
    site.ask(0, PC, "orange")
    greeted = (REJECTED[0], ("EHLO pc.example", "250 relay Hello pc.example [203.0.113.20]"), *REJECTED[2:])
    port = site.connect(1, PC, "sfr", script=greeted)
    file = tmp_path / "site.toml"
    file.write_text(SITE)
    judgement = site.analyse(tmp_path, ("orange", "sfr"), site_file=file).judgement(PC, port)
    (finding,) = [finding for finding in judgement.findings if finding.kind == "address-told-by-server"]
    assert ENGLISH.say(finding.text) == "the server says that it saw 203.0.113.20, an address of sfr"
    assert len(finding.frames) == 1
    assert (judgement.verdict, judgement.undetermined_because) == ("undetermined", "transport-link-unknown")
    assert judgement.likely_causes == ()
