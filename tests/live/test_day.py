"""A day of an office's mail, made up, and judged while it goes by: in the end as an analysis of the whole judges it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from correlate.simulator import ACCEPTED, BEGIN, REJECTED, RELAY, Simulator
from live import test_engine
from live.test_engine import check, run_of
from wanwitness import analyze
from wanwitness.live.told import SECOND, Told

HOUR_S, TICK_S = 3600.0, 60.0
CLIENTS = tuple(f"192.168.1.{n}" for n in range(20, 26))
SITE = """\
[site]
name = "A made-up office"
lan = ["192.168.1.0/24"]
"""


def day(seed: int, sessions: int) -> Simulator:
    """Sessions over 24 hours: answers fresh and kept, with TTLs up to a day, connections of an hour, some that nobody
    answers or that a proxy ends, and a link that is silent for most of the day.
    """
    site, random = Simulator(seed=seed), Random(seed)
    kept: dict[str, tuple[float, str]] = {}
    """By client, until when it may use the answer that it has, and by which link that came."""
    at = 0.0
    for _ in range(sessions):
        at += random.expovariate(sessions / (24 * HOUR_S))
        client, link = random.choice(CLIENTS), "orange" if random.random() < 0.9 else "sfr"
        until, resolver = kept.get(client, (0.0, ""))
        opened = at
        if at > until or random.random() < 0.5:
            ttl = random.choice([30, 300, 3600, 86_400])
            resolver = link if random.random() < 0.7 else "orange"
            opened = site.ask(at, client, resolver, ttl=ttl) + random.uniform(0.000_5, 0.01)
            kept[client] = at + ttl, resolver
        script = REJECTED if resolver != link else ACCEPTED
        kind = random.random()
        if kind < 0.08:
            site.connect(opened, client, link, answer="no")
        elif kind < 0.16:
            site.connect(opened, client, link, script=script, proxy=True)
        elif kind < 0.24:
            site.connect(opened, client, link, script=script, step=HOUR_S / len(script))
        else:
            site.connect(opened, client, link, script=script)
        at += 1
    return site


def _written(site: Simulator, folder: Path) -> Path:
    """The captures, with a site file and what says that one machine wrote them."""
    text = SITE
    for name, up in site.links.items():
        text += f'[[link]]\nname = "{name}"\naddresses = ["{up.address}"]\nresolvers = ["{up.resolver}"]\n'
        text += f'relays = ["{RELAY}"]\n' if name == "orange" else ""
        text += f'[[capture]]\nfile = "{name}.pcap"\nrole = "wan"\nlink = "{name}"\n'
    (folder / "site.toml").write_text(text + '[[capture]]\nfile = "lan.pcap"\nrole = "lan"\n')
    (folder / "coverage.jsonl").write_text('{"kind": "begin"}\n')
    site.write(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_day_goes_by(tmp_path: Path, seed: int) -> None:
    for name in ("whole", "growing"):
        (tmp_path / name).mkdir()
    folder = _written(day(seed, 60), tmp_path / "whole")
    rows, _ = run_of(folder, tmp_path / "growing", TICK_S, Told(tmp_path / "growing"))
    check(folder, rows)


def test_nobody_is_flagged_by_habits_that_are_being_learnt(tmp_path: Path) -> None:
    """A connection that is the first of a run may come late after its answer, as those behind it show; one that comes
    at once is flagged at once.
    """
    for name in ("whole", "growing"):
        (tmp_path / name).mkdir()
    site = Simulator()
    site.connect(site.ask(0, CLIENTS[0], "orange") + 0.6, CLIENTS[0], "sfr", script=REJECTED)
    for number in range(1, 16):
        link = "orange" if number == 1 else "sfr"
        opened = site.ask(10.0 * number, CLIENTS[0], link) + 0.001
        site.connect(opened, CLIENTS[0], "sfr", script=REJECTED if link == "orange" else ACCEPTED)
    folder = _written(site, tmp_path / "whole")
    rows, _ = run_of(folder, tmp_path / "growing", 1.0, Told(tmp_path / "growing"))
    check(folder, rows)
    sessions: list[Any] = [row.content for row in rows if row.kind == "session"]
    (place,) = (place for place, session in enumerate(sessions) if session["flagged"])
    assert place < len(sessions) // 4


def test_what_is_final_is_flagged_when_habits_are_learnt(tmp_path: Path) -> None:
    """The first connection is late by the next ones, and in time by slow ones; who knows by those behind them?"""
    for name in ("whole", "growing"):
        (tmp_path / name).mkdir()
    site, client = Simulator(), CLIENTS[0]
    site.connect(site.ask(0, client, "orange") + 0.6, client, "sfr", script=REJECTED)
    takes = {1.5 + 0.2 * number: 0.001 for number in range(9)} | {10.0 + number: 0.5 for number in range(32)}
    for begin, connects in takes.items():
        site.connect(site.ask(begin, client, "sfr") + connects, client, "sfr", script=ACCEPTED)
    folder = _written(site, tmp_path / "whole")
    rows, _ = run_of(folder, tmp_path / "growing", 2.0, Told(tmp_path / "growing"))
    told: list[Any] = [row.content for row in rows if row.kind == "session"]
    assert [session["flagged"] for session in told if session["id"] == told[0]["id"]][-2:] == [False, True]
    assert told[-1]["flagged"], "as the run ends"


def test_who_ends_with_the_run_is_not_flagged_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What speaks against it may not be written down yet; the next run in its folder, and an analysis, flag it."""
    for name in ("whole", "growing"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(test_engine, "QUIET_NS", SECOND)
    site = Simulator()
    for number in range(16):
        opened = site.ask(10.0 * number, CLIENTS[0], "orange") + 0.001
        site.connect(opened, CLIENTS[0], "orange" if number < 15 else "sfr", script=ACCEPTED)
    folder = _written(site, tmp_path / "whole")
    rows, _ = run_of(folder, tmp_path / "growing", 1.0, Told(tmp_path / "growing"))
    told: list[Any] = [row for row in rows if row.kind == "session"]
    assert not any(row.content["flagged"] for row in told)
    (open_still,) = {row.content["id"] for row in told} - {row.content["id"] for row in told if row.beside["final"]}
    document = analyze(folder, rows_only=True).document
    assert [row["id"] for row in document["sessions"] if row["flagged"]] == [open_still]


@pytest.mark.parametrize("goes_on", [True, False])
def test_behind_a_gap_nothing_is_learnt_of_what_was_before(tmp_path: Path, goes_on: bool) -> None:
    """So what a run tells as it ends is what the next one in its folder tells, and an analysis of both."""
    site, client = Simulator(), CLIENTS[0]
    site.connect(site.ask(0, client, "orange") + 0.6, client, "sfr", script=REJECTED)
    takes = {1.5 + 0.2 * number: 0.001 for number in range(9)} | {10.0 + number: 0.5 for number in range(32)}
    for begin, connects in takes.items():
        site.connect(site.ask(begin, client, "sfr") + connects, client, "sfr", script=ACCEPTED)
    folder = _written(site, tmp_path)
    if not goes_on:
        begun, ended = (
            f"{datetime.fromtimestamp(BEGIN + after, UTC):%Y-%m-%dT%H:%M:%S.000000000Z}" for after in (4, 9)
        )
        row = {"kind": "gap", "from": begun, "to": ended}
        (folder / "coverage.jsonl").write_text(f'{{"kind": "begin"}}\n{json.dumps(row)}\n')
    document = analyze(folder, rows_only=True).document
    assert document["sessions"][0]["flagged"] == goes_on
    assert not any(session["flagged"] for session in document["sessions"][1:])
