"""What live capturing loses of one stream: wanwitness live beside dumpcap alone, tshark, pyshark and scapy.

    python -m tests.bench.live_load OUT [--packets 60000] [--one-of 20] [--rates 2000,20000,0]

In a network namespace each program in turn gets the same packets, so many a second (0: as fast as they can be sent).
One of twenty is mail's, the others are web traffic, which the capture filter leaves out. It needs root. What is counted
is what a program wrote down, or printed, until it took nothing more. Ours judges as well, which no other one does: for
it there is also how long after the last packet it told of a session for the last time: each is final five seconds after
its end, so that more than that is what judging takes.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from wanwitness.ingest import CaptureFile
from wanwitness.live.journal import Follower, days
from wanwitness.packets.capture_filter import capture_filter

from .live import environment, namespace, running
from .live_traffic import records
from .mail import ACCEPTED, Frame, Session
from .rows import from_frames, write

INTERFACE = "lan0"
SETTLED_S = 4.0
"""A program that has taken nothing for so long takes nothing more."""
JUDGED_S = 20.0
"""A run that has told nothing of sessions for so long has told all."""
BEGUN_S = 6.0
"""All of them capture by then."""
_WEB_BYTES = 600
_PYSHARK = """
import sys, pyshark
for packet in pyshark.LiveCapture(sys.argv[1], bpf_filter=sys.argv[2]).sniff_continuously():
    print(packet.length, flush=True)
"""
_SCAPY = """
import sys
from scapy.all import sniff
sniff(iface=sys.argv[1], filter=sys.argv[2], store=False, prn=lambda packet: print(len(packet), flush=True))
"""


def stream(packets: int, one_of: int) -> list[bytes]:
    """Make frames, of which one of so many is mail's, and each other one is of a web page."""
    mail: list[Frame] = []
    number = 0
    while len(mail) < packets // one_of:
        mail += Session(number, ACCEPTED, 0).frames(1_000_000, number).frames[0]
        number += 1
    content = io.BytesIO()
    write(content, [from_frames(sorted(mail)[: packets // one_of])])
    wanted = [frame for _, frame in records(content.getvalue())]
    web = bytearray(next(frame for frame in wanted if frame[23] == socket.IPPROTO_TCP).ljust(_WEB_BYTES, b"\0"))
    web = web[:_WEB_BYTES]
    web[16:18], web[34:38] = (_WEB_BYTES - 14).to_bytes(2), (443).to_bytes(2) + (50_000).to_bytes(2)
    return [frame for one in wanted for frame in (*[bytes(web)] * (one_of - 1), one)]


def send(interface: str, frames: Sequence[bytes], rate: float) -> float:
    """Send them, and return how many a second that were; run in the namespace."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind((interface, 0))
        begin = time.monotonic()
        for place, frame in enumerate(frames):
            if rate and not place % 20 and (wait := begin + place / rate - time.monotonic()) > 0:
                time.sleep(wait)
            out.send(frame)
        return len(frames) / (time.monotonic() - begin)


def counted(paths: Iterable[Path]) -> int:
    """Count the packets in capture files that may be growing, or the lines of a text."""
    count = 0
    for path in paths:
        if path.suffix == ".txt":
            count += path.read_bytes().count(b"\n")
        elif path.exists() and path.stat().st_size:
            count += sum(len(window.number) for window in CaptureFile(path).windows())
    return count


def last_told_s(out: Path) -> float | None:
    """Return when a run told of a session for the last time, seconds since 1970; None where it told of none."""
    told: str | None = None
    journal, since = Follower(out), time.monotonic()
    while time.monotonic() - since < JUDGED_S and days(out):
        fresh = [row["at"] for row in journal.poll() if "session" in row]
        if fresh:
            told, since = fresh[-1], time.monotonic()
        else:
            time.sleep(0.2)
    return datetime.fromisoformat(told).timestamp() if told is not None else None


@contextmanager
def _program(before: Sequence[str], command: Sequence[str], out: Path) -> Any:
    with out.open("wb") as lines:
        process = subprocess.Popen([*before, *command], stdout=lines, stderr=subprocess.DEVNULL, env=environment())
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def programs(before: Sequence[str], out: Path) -> dict[str, tuple[AbstractContextManager[Any], Callable[[], int]]]:
    """Give what runs each program, and what counts what it took."""
    wanted = capture_filter()
    dumped, ours = out / "dumpcap.pcapng", out / "ours"
    commands = {
        "dumpcap alone": ["dumpcap", "-q", "-i", INTERFACE, "-B", "64", "-f", wanted, "-w", str(dumped)],
        "tshark": ["tshark", "-l", "-n", "-i", INTERFACE, "-f", wanted, "-T", "fields", "-e", "frame.len"],
        "pyshark": [sys.executable, "-c", _PYSHARK, INTERFACE, wanted],
        "scapy": [sys.executable, "-c", _SCAPY, INTERFACE, wanted],
    }
    made: dict[str, tuple[AbstractContextManager[Any], Callable[[], int]]] = {
        "wanwitness live": (running(before, ours), lambda: counted((ours / "captures").glob("lan-*.pcapng")))
    }
    for name, command in commands.items():
        said = out / f"{name.split()[0]}.txt"
        path = dumped if command[0] == "dumpcap" else said
        made[name] = _program(before, command, said), partial(counted, [path])
    return made


def measured(before: Sequence[str], out: Path, packets: int, one_of: int, rate: float) -> None:
    """Run each program under the same load, and print a row of what it took."""
    for name in programs(before, out):
        folder = out / f"{name.replace(' ', '-')}-{rate:g}"
        folder.mkdir()
        with ExitStack() as stack:
            program, count = programs(before, folder)[name]
            stack.enter_context(program)
            time.sleep(BEGUN_S)
            sender = [sys.executable, "-m", "tests.bench.live_load", "send", str(packets), str(one_of), str(rate)]
            sent = subprocess.run([*before, *sender], env=environment(), capture_output=True, text=True, check=True)
            begin, taken, since = time.monotonic(), count(), time.monotonic()
            while time.monotonic() - since < SETTLED_S:
                time.sleep(0.5)
                if (now := count()) != taken:
                    taken, since = now, time.monotonic()
            behind_s = since - begin
            sent_s = time.time() - (time.monotonic() - begin)
            told_s = last_told_s(folder / "ours")
        wanted = packets // one_of
        lost = 100 * (wanted - taken) / wanted
        took = f"{taken:>6} of {wanted}: {lost:5.1f} % lost, {behind_s:5.1f} s behind"
        if told_s is not None:
            took += f", all judged after {told_s - sent_s:.1f} s"
        print(f"{float(sent.stdout):>9,.0f} packets/s  {name:<16} {took}", flush=True)


def main() -> None:
    """Measure, and print a table."""
    if sys.argv[1] == "send":
        frames = stream(int(sys.argv[2]), int(sys.argv[3]))
        print(send(f"{INTERFACE}p", frames, float(sys.argv[4])))
        return
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--packets", type=int, default=60_000)
    parser.add_argument("--one-of", type=int, default=20)
    parser.add_argument("--rates", default="2000,20000,0")
    said = parser.parse_args()
    out = said.out.resolve()
    out.mkdir(parents=True)
    with namespace(f"wwl{os.getpid()}") as before:
        for rate in map(float, said.rates.split(",")):
            measured(before, out, said.packets, said.one_of, rate)


if __name__ == "__main__":
    main()
