"""DNS that cannot be read, before a session: never guessed through, and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from hello import client_hello
from wanwitness import analyze
from wanwitness.protocols import encrypted, unkept_uses

from . import wire
from .simulator import NAME, RELAY, ROUTER, Simulator
from .wire import ACK, PSH, SYN

PC, PC2, DOT, DOH = "192.168.1.20", "192.168.1.21", "192.0.2.53", "192.0.2.44"
ORANGE = "203.0.113.10"


def over_tls(site: Simulator, at: float, client: str = PC) -> None:
    """A client of DNS over TLS, seen on both sides."""
    for point, own in (("lan", client), ("orange", ORANGE)):
        if client != ORANGE or point == "orange":
            site.see(point, at, wire.tcp(own, 4000, DOT, 853, 1, 1, PSH | ACK, b"\x17\x03\x03\0\x01x"))


def over_https(site: Simulator, at: float) -> None:
    site.see("lan", at, wire.tcp(PC, 4001, DOH, 443, 1, 1, PSH | ACK, client_hello("dns.google")))


def over_quic(site: Simulator, at: float) -> None:
    site.see("lan", at, wire.udp(DOT, 853, PC, 4002, b"x"))


def outcome(site: Simulator, folder: Path) -> list[tuple[str | None, str | None, list[tuple[str, int]]]]:
    """Of each session: the resolver's link, why it has no verdict, and what the finding says, with its frames."""
    site.write(folder)
    found = []
    for session in analyze(folder, rows_only=True).document["sessions"]:
        told = [(f["text"], len(f["frames"])) for f in session["findings"] if f["kind"] == "encrypted-dns"]
        found.append((session["resolver_link"], session["undetermined_because"], told))
    return found


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (over_tls, f"DNS over TLS with {DOT} from {PC}"),
        (over_https, f"DNS over HTTPS with {DOH} (dns.google) from {PC}"),
        (over_quic, f"DNS over QUIC with {DOT} from {PC}"),
    ],
)
def test_without_a_plain_answer_the_resolver_is_unknown(tmp_path: Path, use: object, words: str) -> None:
    """Not `no-dns-seen`: the host did ask."""
    assert callable(use)
    site = Simulator()
    use(site, 1)
    site.connect(2, PC, "orange")
    site.connect(3, PC2, "orange")
    assert outcome(site, tmp_path) == [
        (None, "resolver-link-unknown", [(f"what was asked before cannot be read: {words}", 1)]),
        (None, "no-dns-seen", []),
    ]


def test_later_use_is_not_before(tmp_path: Path) -> None:
    """The address came from somewhere else."""
    site = Simulator()
    site.connect(2, PC, "orange")
    over_tls(site, 3)
    assert outcome(site, tmp_path) == [(None, "no-dns-seen", [])]


def test_a_plain_answer_in_force_counts(tmp_path: Path) -> None:
    """A browser's encrypted DNS is not the mail program's."""
    site = Simulator()
    site.ask(1, PC, "orange", ttl=300)
    over_tls(site, 2)
    site.connect(3, PC, "orange")
    assert outcome(site, tmp_path) == [("orange", None, [])]


def test_an_expired_answer_is_not_preferred_to_what_cannot_be_read(tmp_path: Path) -> None:
    """The host has asked in secret since; tried in vain, or before, the plain answer is the latest that it had."""
    site = Simulator()
    site.ask(1, PC, "orange", ttl=5)
    over_tls(site, 20)
    site.connect(30, PC, "orange")
    ((link, because, told),) = outcome(site, tmp_path)
    assert (link, because, len(told)) == (None, "resolver-link-unknown", 1)
    in_vain = Simulator()
    in_vain.ask(1, PC, "orange", ttl=5)
    in_vain.see("lan", 20, wire.tcp(PC, 4000, DOT, 853, 1, 0, SYN))
    in_vain.connect(30, PC, "orange")
    (tmp_path / "vain").mkdir()
    assert outcome(in_vain, tmp_path / "vain") == [("orange", None, [])]
    before = Simulator()
    over_tls(before, 1)
    before.ask(2, PC, "orange", ttl=5)
    before.connect(30, PC, "orange")
    (tmp_path / "before").mkdir()
    assert outcome(before, tmp_path / "before") == [("orange", None, [])]


def test_a_forwarder_that_asks_in_secret_is_told(tmp_path: Path) -> None:
    """The client asks in the clear, and the router over TLS: the answer's way cannot be followed."""
    site = Simulator()
    over_tls(site, 1, client=ORANGE)
    site.ask(2, PC, None)
    site.connect(3, PC, "orange")
    ((link, because, told),) = outcome(site, tmp_path)
    assert (link, because) == (None, "resolver-link-unknown")
    assert told == [(f"what was asked before cannot be read: DNS over TLS with {DOT} from {ORANGE}", 1)]


@pytest.mark.parametrize("secret", [True, False])
def test_an_answer_that_was_not_passed_on_at_once_may_have_come_in_secret(tmp_path: Path, secret: bool) -> None:
    """Two clients ask at once; the router asks for the one in the clear, and for the other over TLS."""
    site = Simulator()
    for n in range(25):
        site.ask(n * 4, PC2, "sfr", ttl=1)
    if secret:
        over_tls(site, 400.000_2, client=ORANGE)
    site.ask(400.003, PC2, "sfr", rtt=0.005)
    site.question("lan", 400, 400.03, PC, ROUTER, NAME, [RELAY])
    site.connect(400.035, PC, "orange")
    ((link, because, _),) = outcome(site, tmp_path)
    assert (link, because) == ((None, "resolver-link-unknown") if secret else ("sfr", None))


def flooded(site: Simulator, point: str, at: float, server: str) -> None:
    """Others use such DNS, so many that for what comes next there is no room."""
    for n in range(7):
        site.see(point, at, wire.tcp(f"192.168.1.{100 + n}", 4000, server, 853, 1, 1, PSH | ACK, b"x"))


NOT_KEPT = (
    "the DNS messages in these captures not all are kept, for there are too many, and an answer that gave this "
    "address may be among the others"
)


def reasons(site: Simulator, folder: Path) -> list[tuple[str | None, str | None, bool]]:
    """Of each session: the resolver's link, why it has no verdict, and whether it is said what is not kept."""
    site.write(folder)
    return [
        (row["resolver_link"], row["undetermined_because"], NOT_KEPT in row["explanation"])
        for row in analyze(folder, rows_only=True).document["sessions"]
    ]


KNOWN, DOUBTED = ("orange", None, False), (None, "resolver-link-unknown", True)


@pytest.mark.parametrize("most", [unkept_uses.MOST_PAIRS, 0])
def test_what_a_host_asked_in_secret_and_is_not_kept_is_a_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """In its time, for that host; where there are too many hosts for everyone."""
    monkeypatch.setattr(encrypted, "MOST_ROWS", 4)
    monkeypatch.setattr(unkept_uses, "MOST_PAIRS", most)
    site = Simulator()
    for client in (PC, PC2):
        site.ask(1, client, "orange", ttl=5)
    site.connect(3, PC, "orange")
    flooded(site, "lan", 20, DOT)
    over_tls(site, 30)
    for at in (150, 151):
        site.connect(at, PC if at == 150 else PC2, "orange")
    site.ask(160, PC, "orange", ttl=5)
    site.connect(170, PC, "orange")
    assert reasons(site, tmp_path) == [KNOWN, DOUBTED, KNOWN if most else DOUBTED, KNOWN]


@pytest.mark.parametrize(("use", "bound"), [(False, 4), (True, 4), (True, 1_000)])
def test_what_the_router_asked_in_secret_and_is_not_kept_is_a_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: bool, bound: int
) -> None:
    """Its cache may hold what it was told so, whether that is kept or not; only what is said of it differs."""
    monkeypatch.setattr(encrypted, "MOST_ROWS", bound)
    site = Simulator()
    site.ask(1, PC, "orange", ttl=45)
    site.connect(3, PC, "orange")
    flooded(site, "orange", 20, ORANGE)
    if use:
        over_tls(site, 30, client=ORANGE)
    site.ask(40, PC, None, ttl=6)
    site.connect(41, PC, "orange")
    doubted = (None, "resolver-link-unknown", bound == 4)
    assert reasons(site, tmp_path) == [KNOWN, doubted if use else KNOWN]


def test_what_strangers_ask_the_router_is_no_question_of_its_own(tmp_path: Path) -> None:
    """Scanners try port 853 as any other."""
    site = Simulator()
    site.connect(1, PC2, "orange")
    for flags, data in ((SYN, b""), (PSH | ACK, b"x")):
        site.see("orange", 2, wire.tcp("198.51.100.99", 4000, ORANGE, 853, 1, 1, flags, data))
    site.ask(3, PC, None)
    site.connect(4, PC, "orange")
    (_, (link, because, told)) = outcome(site, tmp_path)
    assert (link, because, told) == (None, "resolver-link-unknown", [])
