"""A network namespace with an interface for each side of the office's router, and a live run in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from places import OFFICE, PROJECT
from wanwitness.live.told import TOO_EARLY, renumbered

SIDES = {"lan0": "lan0", "wan1": "wan1", "wan2": "wan2"}
"""Interfaces, and the office's captures that come in by them."""
SITE = OFFICE / "site.toml"
SETTLED_S = 15.0
PROMPTLY_S = 0.02
"""Who connects so soon after an answer is not late by any habit."""
Row = dict[str, Any]
_SENTENCES = ("explanation", "explanation_args", "text_args", "what_args", "decide_args", "why_args")


class Segment:
    """A namespace; each interface is one end of a cable, and what is sent is put into the other."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._runs: list[Live] = []
        self._begun: list[subprocess.Popen[bytes]] = []
        self._ip("netns", "add", name)
        for interface in SIDES:
            self.plug(interface)

    def plug(self, interface: str) -> None:
        """Make an interface with the cable's other end."""
        self._ip("-n", self.name, "link", "add", interface, "type", "veth", "peer", "name", f"{interface}p")
        for end in (interface, f"{interface}p"):
            self._ip("-n", self.name, "link", "set", end, "up")

    def link(self, *words: str) -> None:
        """Do something to an interface."""
        self._ip("-n", self.name, "link", *words)

    def replay(self, *, speed: float = 1.0, rounds: int = 1) -> None:
        """Send what the office's captures hold."""
        self.send(
            *(f"{interface}p={OFFICE / file}.pcap" for interface, file in SIDES.items()), speed=speed, rounds=rounds
        )

    def begin_replay(self, *, speed: float) -> subprocess.Popen[bytes]:
        """Begin to send it."""
        sides = [f"{interface}p={OFFICE / file}.pcap" for interface, file in SIDES.items()]
        return self.begin([sys.executable, str(Path(__file__).with_name("replayed.py")), str(speed), "1", *sides])

    def send(self, *sides: str, speed: float = 1.0, rounds: int = 1) -> None:
        """Send what files hold, each named with the end that it goes into: END=FILE."""
        script = Path(__file__).with_name("replayed.py")
        self.run([sys.executable, str(script), str(speed), str(rounds), *sides])

    def begin(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Begin something in the namespace; it ends with it."""
        before = ["ip", "netns", "exec", self.name]
        self._begun.append(subprocess.Popen([*before, *command], stderr=subprocess.DEVNULL))
        return self._begun[-1]

    def run(self, command: Sequence[str]) -> None:
        """Run something in the namespace."""
        subprocess.run(["ip", "netns", "exec", self.name, *command], check=True, capture_output=True)

    def output(self, command: Sequence[str]) -> str:
        """Run something in the namespace, and return what it printed."""
        return subprocess.run(
            ["ip", "netns", "exec", self.name, *command], check=True, capture_output=True, text=True
        ).stdout

    def live(self, out: Path, *options: str, lan: str = "lan0", ignoring: bool = False, unread: bool = False) -> Live:
        """Start a live run of all interfaces."""
        sides = ["--lan", lan, "--wan", "isp1=wan1", "--wan", "isp2=wan2"]
        before = ["ip", "netns", "exec", self.name]
        self._runs.append(Live(before, out, [*sides, "--site", str(SITE), *options], ignoring=ignoring, unread=unread))
        return self._runs[-1]

    def command(self, out: Path, command: Sequence[str]) -> Live:
        """Start what becomes a live run."""
        self._runs.append(Live(["ip", "netns", "exec", self.name], out, command=command))
        return self._runs[-1]

    def mirror(self, out: Path, site: Path) -> Live:
        """Start a live run of one interface that shows all sides."""
        options = ["--mirror", "lan0", "--site", str(site)]
        self._runs.append(Live(["ip", "netns", "exec", self.name], out, options))
        return self._runs[-1]

    def remove(self) -> None:
        """Take the namespace away, and all that runs in it."""
        for run in self._runs:
            run.clear_away()
        for process in self._begun:
            process.kill()
            process.wait()
        self._ip("netns", "delete", self.name)

    @staticmethod
    def _ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)


class Live:
    """A live run in a process of its own."""

    def __init__(
        self,
        before: Sequence[str],
        out: Path,
        options: Sequence[str] = (),
        *,
        command: Sequence[str] = (),
        ignoring: bool = False,
        unread: bool = False,
    ) -> None:
        self.out = out
        self._said = out.with_suffix(f".{time.monotonic_ns()}.said")

        def ignore() -> None:
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, signal.SIG_IGN)

        command = command or [sys.executable, "-m", "wanwitness", "live", *options, "--out", str(out)]
        environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [*before, *command],
                stdout=subprocess.PIPE if unread else subprocess.DEVNULL,
                stderr=said,
                env=environment,
                preexec_fn=ignore if ignoring else None,
            )

    @property
    def said(self) -> str:
        """What it said to people."""
        return self._said.read_text()

    def begun(self) -> Live:
        """Wait until it captures."""
        until(lambda: "capturing" in self.said or self._journaled or self.process.poll() is not None, 20)
        assert self.process.poll() is None, self.said
        return self

    @property
    def _journaled(self) -> bool:
        """Whether it has written that it began, as it does when it captures."""
        return any(row["run"]["pid"] == self.process.pid for row in self.rows("run"))

    def rows(self, kind: str) -> list[Row]:
        """The journal's rows of a kind."""
        lines = [
            line for path in sorted(self.out.glob("journal-*.jsonl")) for line in path.read_bytes().splitlines(True)
        ]
        rows = [json.loads(line) for line in lines if line.endswith(b"\n")]
        return [row for row in rows if kind in row]

    def coverage(self, kind: str) -> list[Row]:
        """The rows of coverage.jsonl of a kind."""
        path = self.out / "captures" / "coverage.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [row for row in rows if row["kind"] == kind]

    def finals(self) -> dict[str, Row]:
        """The final row that holds of each session that was not withdrawn, its frames cited by the captures' paths."""
        captures = [row["capture"] for row in self.rows("capture")]
        paths = [row["path"] for row in sorted(captures, key=lambda row: int(row["number"]))]
        final: dict[str, Row] = {}
        for row in self.rows("revision"):
            if "withdrawn" in row:
                final.pop(row["withdrawn"], None)
            elif row["final"]:
                final[row["session"]["id"]] = row["session"]
        return {name: cited_by_path(row, paths) for name, row in final.items()}

    def decided(self) -> set[str]:
        """The sessions of which all is said, but for flags of a run's first minutes that wait for hosts' habits."""
        last = {row["session"]["id"]: row for row in self.rows("session")}
        return {name for name, row in last.items() if row["final"] or _waits_for_habits(row["session"])}

    def settle(self) -> None:
        """Wait until there is nothing more to say: what is final is looked at again every ten seconds."""
        said, since = len(self.rows("session")), time.monotonic()
        while time.monotonic() - since < SETTLED_S:
            time.sleep(0.5)
            if (count := len(self.rows("session"))) != said:
                said, since = count, time.monotonic()

    def end(self, signum: int = signal.SIGTERM) -> int:
        """End it, and return its exit status."""
        self.process.send_signal(signum)
        return self.process.wait(60)

    def kill(self) -> None:
        """Kill it, and nothing that it started."""
        self.process.kill()
        self.process.wait()

    def clear_away(self) -> None:
        """Kill it, and what it started."""
        self.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()
        for pid in self.capturing():
            os.kill(pid, signal.SIGKILL)

    def capturing(self, interface: str | None = None) -> list[int]:
        """The programs that capture for it: all, or those of an interface."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                except OSError:
                    continue
                ours = words[0].endswith("dumpcap") and any(word.startswith(str(self.out.resolve())) for word in words)
                if ours and (interface is None or interface in words):
                    found.append(int(entry.name))
        return found


def _waits_for_habits(row: Row) -> bool:
    resolution = row["resolution"]
    return row["explanation"] == TOO_EARLY and (resolution is None or resolution["age_s"] > PROMPTLY_S)


def cited_by_path(row: Row, paths: Sequence[str]) -> Row:
    """A session's row, its frames in order of path and number; figures that other sessions change are left out."""
    told: Row = in_order(renumbered(row, paths))
    if told["crossing"] is not None:
        told["crossing"] |= {"confidence": None, "runner_up": None}
    return told


def in_order(value: Any, key: str = "") -> Any:
    """The same with lists of frames in order, and without sentences, which name frames in order of their captures."""
    if isinstance(value, dict):
        return {name: in_order(content, name) for name, content in value.items() if name not in _SENTENCES}
    if isinstance(value, list):
        return sorted(value) if key == "frames" else [in_order(content) for content in value]
    return value


def until(true: Callable[[], object], seconds: float) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)
