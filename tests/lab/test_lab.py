"""The lab itself, with its real servers: it comes up, plays, tells the truth, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.left import nothing_left
from wanwitness import analyze
from wanwitness.lab import LabError, chosen, play, programs, state, topology, up
from wanwitness.lab.exits import DIAL
from wanwitness.lab.table import tabulate
from wanwitness.lab.topology import LINKS
from wanwitness.lab.worlds import WORLDS
from wanwitness.verify import verify

WORLDS_PLAYED = ("vlan", "boxes", "pppoe", "dhcp", "new-address", "incident", "consistent")
WANWITNESS = [sys.executable, "-c", "from wanwitness.cli import main; main()"]
pytestmark = pytest.mark.needs(
    "ip", "nft", "conntrack", "tcpdump", "unbound", "dnsmasq", "udhcpc", "postfix", "dovecot", "postgrey"
)


def wanwitness(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*WANWITNESS, *words], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.usefixtures("alone")
def test_scenarios_are_analysed_as_they_happened(tmp_path: Path) -> None:
    """Up, a few scenarios of each kind and a random mixture, the analysis beside the truth, down: no difference."""
    assert wanwitness("lab", "up").returncode == 0
    again = wanwitness("lab", "up")
    assert again.returncode == 2
    assert again.stderr.count("\n") == 1 and "up already" in again.stderr

    names = ("consistent", "wrong-link-resolution", "forwarded-wrong", "proxied-wrong", "cached-twice", "race")
    more = ("ipv6", "dual-stack", "refused", "starttls", "asymmetric-return", "one-source-port", "three-links")
    inner = ("behind-second-router", "behind-second-router-dual-stack", "starttls-key-log")
    told = wanwitness("lab", "run", *names, *more, *inner, "--out", str(tmp_path / "some"), "--check")
    assert (told.returncode, told.stderr) == (0, ""), told.stdout
    assert "no difference" in told.stdout

    files = {path.name for path in (tmp_path / "some").iterdir()}
    captures = {"lan0.pcap", "wan1.pcap", "wan2.pcap", "wan3.pcap"}
    assert files == captures | {"site.toml", "truth.json", "README.md", "keylog.txt"}
    rows = json.loads((tmp_path / "some" / "truth.json").read_text())
    assert [row["scenario"] for row in rows[:3]] == ["consistent", "wrong-link-resolution", "forwarded-wrong"]
    opened = [row["decrypted"]["outcome"] for row in rows if row["scenario"] == "starttls-key-log"]
    assert opened == ["accepted", "rejected"]
    assert rows[1]["cause"] == "authentication-required" and rows[1]["likely_cause"] is True
    keys = tmp_path / "some" / "keylog.txt"
    unlocked = analyze(tmp_path / "some", keylog=keys, out=tmp_path / "unlocked", rows_only=True).document["sessions"]
    inside = [row for row in unlocked if row["tls"]["decrypted"]]
    assert [(row["outcome"], row["likely_cause"]) for row in inside] == [("accepted", False), ("rejected", True)]
    assert inside[1]["rejection"]["code"] == 530 and inside[1]["flagged"]
    assert verify(tmp_path / "unlocked", [str(keys)]).disagreements == ()

    mixed = (
        "drawn",
        "shared-address",
        "forwarded-right",
        "proxied-wrong",
        "dual-stack",
        "pop-first",
        "random-source-port",
    )
    (run,) = play(chosen(mixed), tmp_path / "mixed", seed=3, sessions=60, clients=4)
    lines, wrong = tabulate(run, analyze(tmp_path / "mixed", rows_only=True).document["sessions"])
    assert wrong == 0, lines
    assert len(run.truth) >= 60

    told = wanwitness("lab", "run", *WORLDS_PLAYED, "--out", str(tmp_path / "two"), "--check")
    assert (told.returncode, told.stderr) == (0, ""), told.stdout
    assert {path.name for path in (tmp_path / "two").iterdir()} == set(WORLDS) - {"pop-opens"}  # which takes minutes
    for world, means, address in (("dhcp", "dhcp", LINKS[0].leased), ("pppoe", "ipcp", DIAL.router)):
        assert f'"{LINKS[0].resolver}"' not in (tmp_path / "two" / world / "site.toml").read_text()
        link = analyze(tmp_path / "two" / world, rows_only=True).document["links"][0]
        assert (link["addresses"], link["resolvers"]) == ([address], [LINKS[0].resolver])
        given = {(row["what"], row["value"]) for row in link["shown"] if row["source"] == means}
        assert given >= {("address", address), ("resolver", LINKS[0].resolver)}
    story = analyze(tmp_path / "two" / "incident", out=tmp_path / "told", rows_only=True)
    (bounce,) = [one for row in story.document["sessions"] for one in row["bounces"]]
    assert (bounce["cause"], bounce["remote"]) == ("blocklisted", topology.STRICT_MX)
    assert verify(tmp_path / "told").disagreements == ()
    assert "SFR's relay is on a block list" in (tmp_path / "two" / "incident" / "README.md").read_text()

    assert wanwitness("lab", "down").returncode == 0
    assert nothing_left()
    assert wanwitness("lab", "down").returncode == 0


@pytest.mark.usefixtures("alone")
def test_down_removes_what_a_kill_left(tmp_path: Path) -> None:
    """A run killed in the middle leaves captures running; `down` ends them with all the rest."""
    up()
    words = ["lab", "run", "port-25-blocked", "telnet", "--out", str(tmp_path)]
    with subprocess.Popen([*WANWITNESS, *words], stdout=subprocess.DEVNULL) as running:
        wait_for(lambda: (tmp_path / "wan2.pcap").exists())
        running.kill()
    assert any(path.read_text().startswith("tcpdump") for path in (state.FOLDER / "pids").iterdir())
    assert "a run is under way, or was killed" in wanwitness("lab", "run", "telnet", "--out", str(tmp_path)).stderr
    assert wanwitness("lab", "down").returncode == 0
    assert nothing_left()


@pytest.mark.usefixtures("alone")
def test_interrupting_up_leaves_nothing() -> None:
    """Ctrl-C while the lab is being built takes down what was there already."""

    def listen() -> None:  # what a shell starts in the background is deaf to it
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    words = [*WANWITNESS, "lab", "up"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, preexec_fn=listen) as running:
        wait_for(lambda: len(list(state.FOLDER.glob("pids/*"))) > 3)
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130
    assert nothing_left()


@pytest.mark.usefixtures("alone")
def test_a_run_without_a_lab_says_so(tmp_path: Path) -> None:
    """One line, and what to do."""
    told = wanwitness("lab", "run", "consistent", "--out", str(tmp_path))
    assert told.returncode == 2
    assert told.stderr == "wanwitness: no lab is up: `wanwitness lab up` first\n"


def wait_for(condition: object, seconds: float = 20) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_unknown_scenario_is_an_error() -> None:
    """The message names it and says where the names are."""
    with pytest.raises(LabError, match=r"no scenario 'nonsense'.*lab list"):
        chosen(("consistent", "nonsense"))


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is missing is told at once, each with the Debian package that brings it."""
    monkeypatch.setattr(programs, "SEARCH", "/nonexistent")
    monkeypatch.setattr(programs, "require_root", lambda: None)
    with pytest.raises(LabError, match=r"dnsmasq \(Debian package dnsmasq-base\)"):
        programs.require()


def test_root_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the message says so, and how to get it."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LabError, match=r"needs root.*sudo"):
        programs.require_root()
