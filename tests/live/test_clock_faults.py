"""The machine's clock is set while a run judges: packets are dated by it, and so is what the run reads of it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from random import Random
from shutil import copy
from struct import pack
from typing import Any

import pytest

from live.checks import SAID, ends_of, flagged_office
from live.test_engine import records_of
from places import OFFICE
from wanwitness import analyze
from wanwitness.case.values import rfc3339
from wanwitness.inputs import gather
from wanwitness.live.engine import LiveEngine
from wanwitness.live.journal import encoded
from wanwitness.live.told import SECOND, Addition, Told
from wanwitness.reading.following import NEVER, Followed, Following

FILES = ("lan0", "wan1", "wan2")
TICK_NS = SECOND // 5
LATENCY_NS = 3 * SECOND // 2
Row = dict[str, Any]


class Machine:
    """The office's captures, written as time goes by, by a clock that is set at a moment.

    Args:
        folder: where they go.
        moment_ns: when it is set, by the right time.
        by_ns: by how much.
    """

    def __init__(self, folder: Path, moment_ns: int, by_ns: int) -> None:
        self.folder, self._moment_ns, self._by_ns = folder, moment_ns, by_ns
        self._waiting = {folder / f"{name}.pcap": list(records_of(OFFICE / f"{name}.pcap")) for name in FILES}
        copy(OFFICE / "site.toml", folder)
        for name in FILES:
            (folder / f"{name}.pcap").write_bytes((OFFICE / f"{name}.pcap").read_bytes()[:24])
        self._log = folder / "coverage.jsonl"
        self._log.write_text('{"kind": "begin"}\n')
        self._set = False

    def clock(self, now_ns: int) -> int:
        """What it shows at a time."""
        return now_ns + (self._by_ns if now_ns >= self._moment_ns else 0)

    def write(self, until_ns: int) -> None:
        """Write what has come until a time."""
        for path, waiting in self._waiting.items():
            with path.open("ab") as file:
                while waiting and waiting[0][0] <= until_ns:
                    at_ns, record = waiting.pop(0)
                    shown = self.clock(at_ns)
                    file.write(pack("<II", shown // SECOND, shown % SECOND // 1000) + record[8:])
        if not self._set and until_ns >= self._moment_ns:
            self._set = True
            ends = sorted((self._moment_ns, self._moment_ns + self._by_ns))
            row = {"kind": "clock", "from": rfc3339(ends[0]), "to": rfc3339(ends[1]), "text": "the clock was set"}
            with self._log.open("a") as file:
                file.write(json.dumps(row) + "\n")


def _followed(machine: Machine, begin_ns: int, end_ns: int) -> list[Addition]:
    """What a run tells that judges while they are written."""
    inputs = gather([str(machine.folder)])
    rows: list[Addition] = []
    with Following() as following:
        for item in inputs.files:
            following.add(item)
        engine = LiveEngine(machine.folder, inputs.site, following, Told(machine.folder))
        now = begin_ns
        while now < end_ns:
            now += TICK_NS
            machine.write(now)
            if following.read(partial(_at, machine.clock(now) - LATENCY_NS)) or engine.undecided:
                watermark = following.watermark_ns
                rows += engine.tick(NEVER if watermark is None else watermark, None)
        for followed in following.followed:
            following.end(followed)
        following.read(lambda _: NEVER)
        rows += engine.tick(now, None, ended=True)
    return rows


def _at(read_to_ns: int, _: Followed) -> int:
    """Everything has been read up to then."""
    return read_to_ns


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("by_s", [2, -2, pytest.param(3600, marks=pytest.mark.slow), -3600])
def test_a_clock_that_is_set_accuses_nobody(tmp_path: Path, by_s: int, seed: int) -> None:
    """What is final in the end is what an analysis tells; whoever was flagged at any time was rightly flagged."""
    times = [at_ns for at_ns, _ in records_of(OFFICE / "lan0.pcap")]
    moment_ns = Random(seed).randrange(times[0], times[-1])
    machine = Machine(tmp_path, moment_ns, by_s * SECOND)
    rows = _followed(machine, times[0], times[-1] + 70 * SECOND)
    told: dict[str, Row] = {}
    for row in rows:
        if row.kind == "session":
            content = json.loads(encoded(row.content))
            assert not content["flagged"] or row.beside["final"]
            assert not content["flagged"] or ends_of(content) in flagged_office()
            told[content["id"]] = content
        elif row.kind == "withdrawn":
            told.pop(str(row.content))
    whole = {row["id"]: row for row in analyze(tmp_path, rows_only=True).document["sessions"]}
    assert {name: [row[key] for key in SAID] for name, row in told.items()} == {
        name: [row[key] for key in SAID] for name, row in whole.items()
    }
