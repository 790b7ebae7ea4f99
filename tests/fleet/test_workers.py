"""Workers of this machine: what they are asked is done, whatever becomes of one of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from places import PROJECT
from wanwitness.fleet import memory
from wanwitness.fleet.engine import FleetEngine, Here, WorkerEndedError
from wanwitness.fleet.workers import local

MIB = 1 << 20


@pytest.fixture(scope="module")
def engine() -> Iterator[FleetEngine]:
    with pytest.MonkeyPatch.context() as changed:
        changed.syspath_prepend(PROJECT)  # workers have this process's path, and find the calls below by it
        with local(2, 512 * MIB) as made:
            yield made


def test_each_call_has_its_answer(engine: FleetEngine) -> None:
    """In workers that are none of them this process."""
    asked = [engine.executor.submit(pow, n, 2) for n in range(40)]
    assert [future.result() for future in asked] == [n**2 for n in range(40)]
    assert os.getpid() not in {engine.executor.submit(os.getpid).result() for _ in range(4)}


def test_an_error_is_its_call_s(engine: FleetEngine) -> None:
    wrong, sound = engine.executor.submit(int, "x"), engine.executor.submit(int, "7")
    with pytest.raises(ValueError, match="invalid literal"):
        wrong.result()
    assert sound.result() == 7


def test_what_ends_its_worker_twice_is_named(engine: FleetEngine) -> None:
    """And nothing else: the others are done meanwhile and afterwards."""
    before = [engine.executor.submit(abs, -n) for n in range(10)]
    deadly = engine.executor.submit(signal.raise_signal, signal.SIGKILL)
    after = [engine.executor.submit(abs, -n) for n in range(10)]
    with pytest.raises(WorkerEndedError):
        deadly.result(timeout=60)
    assert [future.result() for future in before + after] == [*range(10), *range(10)]


def test_what_ended_its_worker_once_is_done_by_the_next(engine: FleetEngine, tmp_path: Path) -> None:
    assert engine.executor.submit(ends_once, tmp_path / "here before").result(timeout=60) == "done"


def ends_once(mark: Path) -> str:
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def test_no_more_memory_than_its_share(engine: FleetEngine) -> None:
    """What takes more is ended, and does not get a second worker; those after it are done."""
    greedy = [engine.executor.submit(takes, 600 * MIB) for _ in range(4)]
    modest = engine.executor.submit(takes, 300 * MIB)
    for future in greedy:
        with pytest.raises(MemoryError):
            future.result(timeout=60)
    assert modest.result(timeout=60) == 300 * MIB


def takes(memory: int) -> int:
    """Hold that much for a while."""
    held = b"\1" * memory
    time.sleep(1)
    return len(held)


def test_a_share_is_of_the_container_s_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "_CGROUP", limit)
    alone = memory.share(1)
    assert alone is not None
    limit.write_text("max\n")
    assert memory.share(1) == alone
    limit.write_text(f"{1024 * MIB}\n")
    assert memory.share(1) == 1024 * MIB
    assert memory.share(3) == 1024 * MIB // 3
    assert memory.share(100) == 256 * MIB


def test_one_alone_is_this_process() -> None:
    with local(1) as made:
        assert isinstance(made.executor, Here)
        assert made.executor.submit(os.getpid).result() == os.getpid()


def test_workers_that_do_not_start_are_said() -> None:
    """As where there is no room for as many processes."""
    code = (
        "import resource, sys\n"
        "from wanwitness.errors import UsageError\n"
        "from wanwitness.fleet.workers import local\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))\n"
        "try:\n"
        "    with local(30):\n"
        "        print('started')\n"
        "except UsageError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("the workers did not start: "), done.stderr
    assert "--workers 1" in done.stdout


BUSY = (
    "import os, signal, time\n"
    "from functools import partial\n"
    "from wanwitness.fleet.workers import local\n"
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell in the background has it ignored
    "with local(2) as engine:\n"
    "    print(*[engine.executor.submit(os.getpid).result() for _ in range(2)], flush=True)\n"
    "    [engine.executor.submit(time.sleep, 600) for _ in range(2)][0].result()\n"
)


def test_workers_end_with_a_process_that_was_killed() -> None:
    """However busy they are: nobody is left to end them."""
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        workers = [int(pid) for pid in process.stdout.readline().split()]
        process.kill()
    assert all(ended(pid) for pid in workers)


@pytest.mark.parametrize("after_s", [0.2, 0.6, 1.0, 1.5, None])
def test_ctrl_c_reaches_no_worker(after_s: float | None) -> None:
    """A terminal sends it to all of its processes: only the first says so, whenever it comes."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", BUSY], stdout=pipe, stderr=pipe, text=True, process_group=0
    ) as process:
        assert process.stdout is not None
        if after_s is None:
            process.stdout.readline()
        else:
            time.sleep(after_s)
        while process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.2)
        _, errors = process.communicate(timeout=30)
    assert errors.count("Traceback") <= 1, errors


def ended(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False
