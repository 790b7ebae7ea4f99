"""The benchmark's case and its harness, at a tiny size. No time is asserted."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import wanwitness

from .case import Generated, Size, generate, load
from .compare import table
from .mail import KINDS
from .processes import ProgramFailed, Usage, measure
from .scaling import measure as measure_correlation
from .site import FILES
from .tools import OURS, Run, Tool

ROOT = Path(__file__).parents[2]
TINY = Size(packets=4000, sessions=24, names=30, seed=3)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    return generate(tmp_path_factory.mktemp("bench"), TINY)


def test_every_session_is_found_and_judged_as_generated(case: Generated) -> None:
    """All verdicts, outcomes and links are the ones that the generator gave; there are some of each kind."""
    document = wanwitness.analyze(case.folder).document
    told = [
        {
            "client": session["client"]["ip"],
            "port": session["client"]["port"],
            "verdict": session["verdict"],
            "because": session["undetermined_because"],
            "outcome": session["outcome"],
            "transport_link": session["transport_link"],
            "resolver_link": session["resolver_link"],
        }
        for session in document["sessions"]
    ]
    assert told == case.sessions
    assert {(session["verdict"], session["outcome"]) for session in told} == {(k.verdict, k.outcome) for k in KINDS}
    assert Counter(session["verdict"] for session in told)["link-mismatch"] > 1
    assert {session["crossing"]["method"] for session in document["sessions"]} == {"isn"}
    assert document["oddities"] == []
    assert sum(capture["packets"] for capture in document["captures"]) == case.packets == TINY.packets


def test_correlation_is_timed_within_the_run() -> None:
    """The benchmark of sizes times a part of the whole, and finds every session judged as generated."""
    whole, correlation, wrong = measure_correlation(40, seed=1)
    assert 0 < correlation < whole
    assert wrong == 0


def test_a_seed_gives_the_same_bytes(case: Generated, tmp_path: Path) -> None:
    again = generate(tmp_path, TINY)
    assert [path.read_bytes() for path in again.files] == [path.read_bytes() for path in case.files]
    assert load(tmp_path) == again


def test_chunks_do_not_break_the_order_of_time(tmp_path: Path) -> None:
    """A case of several chunks has its frames in order, and all of the sessions that span them."""
    many = generate(tmp_path, Size(packets=60_000, sessions=40, names=10, seed=5))
    document = wanwitness.analyze(many.folder).document
    assert [session["verdict"] for session in document["sessions"]] == [true["verdict"] for true in many.sessions]
    assert document["oddities"] == []


@pytest.mark.parametrize("size", [Size(packets=0, sessions=6, names=0), Size(packets=0, sessions=1, names=200)])
def test_cases_without_background(tmp_path: Path, size: Size) -> None:
    """Mail alone, and DNS beside a single session."""
    small = generate(tmp_path, size)
    assert len(wanwitness.analyze(small.folder).sessions) == size.sessions
    assert small.flows == 0


def test_compare_runs_to_its_table(tmp_path: Path) -> None:
    """One run, as by hand; scapy reads everything, so that its DNS count is compared too."""
    size = ("--packets", "3000", "--sessions", "8", "--names", "10")
    command = [sys.executable, "-m", "tests.bench.compare", *size, "--runs", "1", "--scapy-packets", "0"]
    ran = subprocess.run([*command, "--keep", str(tmp_path / "kept")], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"\n{OURS} " in ran.stdout
    assert "\nscapy " in ran.stdout
    assert "agree: SMTP sessions on the LAN side: generated 8, wanwitness 8" in ran.stdout
    assert "agree: sessions judged as generated: generated 8, wanwitness 8" in ran.stdout
    assert "DIFFER" not in ran.stdout
    assert all((tmp_path / "kept" / name).exists() for name in FILES)
    other = subprocess.run([*command, "--seed", "9", "--keep", str(tmp_path / "kept")], cwd=ROOT, capture_output=True)
    assert other.returncode == 2


def test_a_failing_program_is_reported_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match=r"status 3\nno such thing"):
        measure(
            [sys.executable, "-c", "import sys; print('no such thing', file=sys.stderr); sys.exit(3)"], tmp_path / "o"
        )


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is sampled from /proc")
def test_memory_of_the_whole_tree_is_counted(tmp_path: Path) -> None:
    """Two processes of 100 MB each are 200 MB together."""
    hold = "import time; held = b'x' * 100_000_000; time.sleep(0.5)"
    both = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {hold!r}]); {hold}; child.wait()"
    usage = measure([sys.executable, "-c", both], tmp_path / "o")
    assert usage.peak_bytes > 200_000_000
    assert usage.anonymous_bytes is not None
    assert 200_000_000 < usage.anonymous_bytes <= usage.peak_bytes


def test_the_table_gives_medians_and_ratios() -> None:
    def tool(name: str, *walls: float) -> tuple[Tool, list[Run]]:
        runs = [Run(Usage(wall, wall, 50 << 20, None, 50 << 20), 1000, wall) for wall in walls]
        return Tool(name, lambda _case, _work: runs[0]), runs

    ours, other = tool(OURS, 1.0, 2.0, 9.0), tool("slow", 100.0)
    lines = table([ours[0], other[0]], {OURS: ours[1], "slow": other[1]}).split("\n")
    assert lines[1].split()[2:] == ["500", "2.00", "1.00", "9.00", "2.00", "50", "-", "1.00"]
    assert lines[2].split()[1] == "10"
    assert lines[2].split()[-1] == "50.00"
