"""A live run, with real interfaces and a real dumpcap, and what may happen to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from live.checks import each_once, flags_hold, nobody_wrongly_flagged, said_alike, same
from live.segment import SITE, Live, Segment, until
from office import records, write
from wanwitness import Case, analyze
from wanwitness.live.ending import END_S

pytestmark = pytest.mark.needs("ip", "dumpcap")
SESSIONS = 20


def _all_decided(live: Live, count: int = SESSIONS) -> bool:
    return len(live.decided()) >= count


def test_a_run_tells_what_an_analysis_of_its_folder_tells(segment: Segment, tmp_path: Path) -> None:
    """Session by session, row by row; and in the end the folder is a case."""
    live = segment.live(tmp_path / "out").begun()
    segment.replay(speed=0.5)
    until(lambda: _all_decided(live), 30)
    assert not any(row["late"] for row in live.rows("session")), "nothing came late"
    begin = time.monotonic()
    assert live.end() == 0
    assert time.monotonic() - begin < END_S
    flags_hold(live)
    each_once(live)
    assert ("case and report:" in live.said) != ("wanwitness analyze" in live.said), live.said
    if "wanwitness analyze" in live.said:  # others used the machine, and there was no time for a case
        analyze(live.out, out=live.out, force=True)
    case = Case.load(live.out)
    assert case.totals["sessions"] == SESSIONS and case.totals["flagged"] > 0
    same(live, case.document)
    same(live, analyze(live.out, rows_only=True).document)
    assert [row["run"]["event"] for row in live.rows("run")] == ["begin", "end"]
    assert not live.coverage("gap")
    assert not live.capturing()
    assert (live.out / "report.html").is_file()
    done = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=live.out / "captures", capture_output=True, check=False
    )
    assert done.returncode == 0, "the captures are sealed"


@pytest.mark.slow
def test_a_run_at_load_ends_in_time(segment: Segment, tmp_path: Path) -> None:
    """Judging that is under way is broken off; the next run goes on with what is left, and nothing is told twice."""
    live = segment.live(tmp_path / "out").begun()
    segment.replay(speed=20, rounds=20)
    begin = time.monotonic()
    assert live.end(signal.SIGINT) == 0
    assert time.monotonic() - begin < END_S, "the machine may be busy"
    assert not live.capturing()
    assert [row["run"]["event"] for row in live.rows("run")] == ["begin", "end"]
    again = segment.live(tmp_path / "out").begun()
    time.sleep(20)
    until(lambda: _all_decided(again, 20 * SESSIONS - 20), 120)
    each_once(again)
    flags_hold(again)
    nobody_wrongly_flagged(again)


@pytest.mark.slow
def test_files_that_follow_one_another_lose_and_repeat_nothing(segment: Segment, tmp_path: Path) -> None:
    """Two programs capture for a while; sessions over the change of files are whole, and told once."""
    live = segment.live(tmp_path / "out", "--rotate", "10s").begun()
    segment.replay(speed=0.06)
    until(lambda: _all_decided(live), 40)
    live.end()
    document = analyze(live.out, rows_only=True).document
    assert len(list((live.out / "captures").glob("lan-*.pcapng"))) >= 3
    same(live, document)
    flags_hold(live)
    assert not live.coverage("gap")


@pytest.mark.slow
def test_a_run_that_was_killed_is_gone_on_with(segment: Segment, tmp_path: Path) -> None:
    """What captures for it goes on alone; who takes over tells nothing twice, and misses nothing."""
    live = segment.live(tmp_path / "out").begun()
    segment.replay()
    until(lambda: _all_decided(live, 5), 30)
    live.kill()
    before = live.rows("session")
    working = live.capturing()
    assert len(working) == 3
    segment.replay(speed=2)
    again = segment.live(tmp_path / "out").begun()
    until(lambda: _all_decided(again, 2 * SESSIONS), 40)
    until(lambda: not set(again.capturing()) & set(working), 20)
    assert again.rows("session")[: len(before)] == before, "what was written stays"
    each_once(again)
    assert again.end() == 0
    assert not again.coverage("gap"), "the captures overlap"
    assert set(again.finals()) == {row["id"] for row in analyze(again.out, rows_only=True).document["sessions"]}
    flags_hold(again)


@pytest.mark.slow
def test_a_program_that_dies_is_followed_by_another(segment: Segment, tmp_path: Path) -> None:
    """The time between is a gap of its interface."""
    live = segment.live(tmp_path / "out").begun()
    segment.replay(speed=4)
    time.sleep(1)
    (victim,) = live.capturing("wan1")
    os.kill(victim, signal.SIGKILL)
    until(lambda: live.coverage("gap"), 20)
    segment.replay()
    until(lambda: _all_decided(live, 2 * SESSIONS - 2), 40)
    live.end()
    (gap,) = live.coverage("gap")
    assert gap["source"] == "wan-isp1-wan1"
    document = analyze(live.out, rows_only=True).document
    gaps = [row for row in document["coverage"] if row["kind"] == "gap"]
    assert {document["captures"][row["capture"]]["link"] for row in gaps} == {"isp1"}
    flags_hold(live)


@pytest.mark.slow
def test_what_a_program_captured_that_does_not_end_is_a_gap(segment: Segment, tmp_path: Path) -> None:
    """The run ends in its time, kills it, and accuses nobody by what it has not written."""
    live = segment.live(tmp_path / "out").begun()
    segment.replay(speed=4)
    live.settle()
    (victim,) = live.capturing("wan1")
    os.kill(victim, signal.SIGSTOP)
    stopped_s = time.time()
    segment.replay()
    live.end()
    (gap,) = live.coverage("gap")
    assert gap["source"] == "wan-isp1-wan1"
    assert stopped_s - 5 < datetime.fromisoformat(gap["from"][:19] + "+00:00").timestamp() <= stopped_s
    flags_hold(live)
    nobody_wrongly_flagged(live)
    said_alike(live, analyze(live.out, rows_only=True).document)


@pytest.mark.slow
def test_an_interface_that_was_down_or_gone_leaves_a_gap(segment: Segment, tmp_path: Path) -> None:
    """What captures it is begun anew, which would not notice by itself."""
    live = segment.live(tmp_path / "out").begun()
    segment.link("set", "wan2", "down")
    until(lambda: live.coverage("interface"), 10)
    segment.link("set", "wan2", "up")
    until(lambda: live.coverage("gap"), 20)
    segment.link("delete", "wan2")
    until(lambda: any(row["state"] == "gone" for row in live.coverage("interface")), 10)
    segment.plug("wan2")
    until(lambda: len(live.coverage("gap")) == 2, 30)
    segment.replay()
    until(lambda: _all_decided(live), 30)
    live.end()
    assert [row["text"] for row in live.coverage("gap")] == ["wan2 was down", "wan2 was gone"]
    assert {row["source"] for row in live.coverage("gap")} == {"wan-isp2-wan2"}
    same(live, analyze(live.out, rows_only=True).document)
    flags_hold(live)


@pytest.mark.slow
def test_a_full_disk_loses_no_verdict(segment: Segment, tmp_path: Path) -> None:
    """What cannot be written waits; when there is room it is written, once, and capturing goes on."""
    (tmp_path / "out").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(tmp_path / "out")], check=True)
    try:
        live = segment.live(tmp_path / "out").begun()
        segment.replay(speed=2)
        time.sleep(2)
        full = live.out / "full"
        with pytest.raises(OSError, match="No space"):
            _fill(full)
        until(lambda: "cannot be written" in live.said, 20)
        assert not _all_decided(live)
        full.unlink()
        until(lambda: _all_decided(live), 30)
        each_once(live)
        segment.replay(speed=2)
        until(lambda: _all_decided(live, 2 * SESSIONS - 2), 40)
        live.end()
        each_once(live)
        flags_hold(live)
    finally:
        subprocess.run(["umount", "-l", str(tmp_path / "out")], check=True)


def test_a_mirror_port_shows_all_sides(segment: Segment, tmp_path: Path) -> None:
    """Told apart by their VLANs, as the site file says."""
    site, sides = SITE.read_text(), []
    for vlan, name in enumerate(("lan0", "wan1", "wan2"), 10):
        tag = b"\x81\x00" + vlan.to_bytes(2)
        path = tmp_path / f"{name}.pcap"
        write(path, 1, [(at, frame[:12] + tag + frame[12:]) for at, frame in records(name)])
        site = site.replace(f'file = "{name}.pcap"', f'file = "any"\nvlan = {vlan}')
        sides.append(f"lan0p={path}")
    (tmp_path / "site.toml").write_text(site)
    live = segment.mirror(tmp_path / "out", tmp_path / "site.toml").begun()
    segment.send(*sides)
    until(lambda: _all_decided(live), 30)
    assert live.end() == 0
    same(live, analyze(live.out, rows_only=True).document)
    assert sum(row["flagged"] for row in live.finals().values()) > 0


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_also_where_they_were_ignored(segment: Segment, tmp_path: Path, signum: int) -> None:
    """As a shell has SIGINT ignored for what it runs in the background."""
    live = segment.live(tmp_path / "out", ignoring=True).begun()
    assert live.end(signum) == 0
    assert not live.capturing()
    assert "Traceback" not in live.said


def _refused(segment: Segment, out: Path, *options: str) -> str:
    command = ["ip", "netns", "exec", segment.name, sys.executable, "-m", "wanwitness", "live", "--out", str(out)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    return done.stderr


def test_what_cannot_be_captured_is_refused_in_a_line(segment: Segment, tmp_path: Path) -> None:
    """Each with what to do."""
    out = tmp_path / "out"
    assert "there is no interface eth9 here; there are lan0, " in _refused(segment, out, "--lan", "eth9")
    segment.link("set", "wan2", "down")
    assert "ip link set wan2 up" in _refused(segment, out, "--wan", "isp2=wan2")
    assert "[[capture]]" in _refused(segment, out, "--mirror", "lan0")
    assert "Say --wan LINK=wan1" in _refused(segment, out, "--wan", "wan1")
    assert "named twice" in _refused(segment, out, "--lan", "lan0", "--wan", "isp1=lan0")
    assert "nothing to capture" in _refused(segment, out)
    assert "no such link" in _refused(segment, out, "--wan", "isp9=wan1", "--site", str(SITE))
    assert "no length of time" in _refused(segment, out, "--lan", "lan0", "--keep", "long")


def test_two_runs_do_not_share_a_folder(segment: Segment, tmp_path: Path) -> None:
    """The second is refused, and the first goes on."""
    live = segment.live(tmp_path / "out").begun()
    assert "another live run writes there" in _refused(segment, tmp_path / "out", "--lan", "lan0")
    assert len(live.capturing()) == 3
    assert live.end() == 0


@pytest.mark.needs("curl")
def test_who_watches_and_who_is_told(segment: Segment, tmp_path: Path) -> None:
    """The page has what the journal has; each flag reaches the command once, over a kill as well."""
    heard = tmp_path / "heard"
    script = tmp_path / "tell"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$WANWITNESS_ALERT" >> {heard}\n')
    script.chmod(0o755)
    options = ["--web", "127.0.0.1:18530", "--alert", f"run:{script}", "--lang", "en"]
    segment.run(["ip", "link", "set", "lo", "up"])
    live = segment.live(tmp_path / "out", *options).begun()
    segment.replay(speed=2.0)
    until(lambda: _all_decided(live), 30)
    flagged = {name for name, row in live.finals().items() if row["flagged"]}
    page = ["curl", "-s", "http://127.0.0.1:18530/"]
    until(lambda: segment.output(page).count('class="flagged"') == len(flagged), 10)
    assert "to watch it: http://127.0.0.1:18530/" in live.said
    live.kill()
    again = segment.live(tmp_path / "out", *options).begun()
    until(lambda: _told_of(heard) >= flagged, 30)
    assert again.end() == 0
    told = [alert["session"]["id"] for alert in _alerts(heard)]
    assert len(told) == len(set(told)), "nobody is told twice of one flag"


def _alerts(heard: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in heard.read_text().splitlines()] if heard.exists() else []


def _told_of(heard: Path) -> set[str]:
    """The sessions that an alert told of, or that its ledger has as told together with another."""
    ledger = heard.with_name("out") / "alerts.jsonl"
    rows = [json.loads(line) for line in ledger.read_text().splitlines()] if ledger.exists() else []
    return {row["id"] for row in rows if "id" in row}
