"""What another machine captures, and sends: by a named pipe, a pipe of a shell, or as a TZSP stream."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from live.segment import SITE, Live, Segment, cited_by_path, until
from office import records, write
from places import OFFICE
from wanwitness import analyze
from wanwitness.live.capture.clock import RemoteClock

SESSIONS = 20
TCPDUMP = ["tcpdump", "-U", "-i", "lan0", "-w"]


def _same(live: Live) -> None:
    """What the journal holds is what an analysis of the folder tells, and some of it is flagged."""
    document = analyze(live.out, rows_only=True).document
    paths = [f"captures/{Path(capture['path']).name}" for capture in document["captures"]]
    told = live.finals()
    assert {row["id"]: cited_by_path(row, paths) for row in document["sessions"]} == told
    assert any(row["flagged"] for row in told.values())


def test_another_clock_is_known_by_what_came_quickest() -> None:
    """What is late says that it is further behind than it is."""
    clock = RemoteClock()
    assert (clock.known, clock.ahead_ns) == (False, 0)
    for dated_ns, now_ns in ((1000, 5000), (5900, 9000), (6000, 12_000)):
        clock.note(dated_ns, now_ns)
    assert (clock.known, clock.ahead_ns) == (True, -3100)


@pytest.mark.needs("ip", "dumpcap", "tcpdump")
def test_a_named_pipe_is_copied_and_goes_on_with_another_writer(segment: Segment, tmp_path: Path) -> None:
    """The end of the first is told, and the time between them is a gap."""
    pipe = tmp_path / "lan.pipe"
    os.mkfifo(pipe)
    live = segment.live(tmp_path / "out", lan=str(pipe)).begun()
    writer = segment.begin([*TCPDUMP, str(pipe)])
    until(lambda: list((live.out / "captures").glob("lan-*.pcapng")), 10)
    segment.replay(speed=2)
    until(lambda: len(live.decided()) >= SESSIONS, 30)
    writer.send_signal(signal.SIGINT)
    until(lambda: live.coverage("interface"), 10)
    segment.begin([*TCPDUMP, str(pipe)])
    until(lambda: live.coverage("gap"), 10)
    segment.replay(speed=2)
    until(lambda: len(live.decided()) >= 2 * SESSIONS - 2, 30)
    assert live.end() == 0
    ends = [(row["state"], row["text"]) for row in live.coverage("interface")]
    assert ends == [("gone", f"{pipe} came to its end"), ("up", f"{pipe} is written to again")]
    assert [row["text"] for row in live.coverage("gap")] == [f"{pipe} had come to its end"]
    assert not live.capturing()
    _same(live)


@pytest.mark.needs("ip", "dumpcap", "tcpdump", "bash")
def test_a_shell_gives_a_pipe(segment: Segment, tmp_path: Path) -> None:
    """As `--lan <(ssh router tcpdump -U -w - …)` does."""
    out = tmp_path / "out"
    wan = ["--wan", "isp1=wan1", "--wan", "isp2=wan2", "--site", str(SITE), "--out", str(out)]
    script = 'exec "$0" -m wanwitness live --lan <(tcpdump -U -i lan0 -w - 2>/dev/null) "$@"'
    live = segment.command(out, ["bash", "-c", script, sys.executable, *wan]).begun()
    until(lambda: list((out / "captures").glob("lan-*.pcapng")), 10)
    segment.replay(speed=2)
    until(lambda: len(live.decided()) >= SESSIONS, 30)
    assert live.end() == 0
    _same(live)


@pytest.mark.needs("ip", "dumpcap")
def test_what_a_router_sniffs_and_sends(segment: Segment, tmp_path: Path) -> None:
    """Each packet in a datagram of its own, as MikroTik's routers send them."""
    from scapy.contrib.tzsp import TZSP, TZSPTagEnd
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether

    head = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src="192.0.2.1", dst="192.0.2.2")
    sent = []
    for at, frame in records("lan0"):
        sent.append((at, bytes(head / UDP(sport=37008, dport=37008, chksum=0) / TZSP() / TZSPTagEnd() / frame)))
    write(tmp_path / "tzsp.pcap", 1, sent)
    live = segment.live(tmp_path / "out", lan="tzsp:37008/lan0").begun()
    sides = [f"{name}p={OFFICE / name}.pcap" for name in ("wan1", "wan2")]
    segment.send(f"lan0p={tmp_path / 'tzsp.pcap'}", *sides, speed=2)
    until(lambda: len(live.decided()) >= SESSIONS, 30)
    assert live.end() == 0
    assert not live.coverage("gap")
    _same(live)


@pytest.mark.needs("ip", "dumpcap")
def test_what_is_no_pipe_is_refused(segment: Segment, tmp_path: Path) -> None:
    """In a line that says what reads it."""
    for name, why in ((SITE, "is no pipe; wanwitness analyze reads files"), (tmp_path / "none", "cannot be read")):
        command = [sys.executable, "-m", "wanwitness", "live", "--lan", str(name), "--out", str(tmp_path / "out")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert why in done.stderr
