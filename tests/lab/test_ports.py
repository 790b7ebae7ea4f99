"""Source ports that the router knows of before they are used, and hosts that act in time."""

from __future__ import annotations

import os
from threading import Event, Thread

import pytest

from wanwitness.lab import router
from wanwitness.lab.ports import AT_ONCE, Ports
from wanwitness.lab.priority import first_served
from wanwitness.lab.topology import BY_NAME

ONE, OTHER = "192.168.1.10", "192.168.1.11"


def test_between_a_question_and_its_connection_the_router_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that it is to know was told before."""
    told: list[str] = []
    monkeypatch.setattr(router, "nft", told.append)
    ports = Ports()
    ports.ready(ONE)
    assert len(told) == 1
    found = [ports.over(ONE, link) for link in BY_NAME for _ in range(AT_ONCE)]
    assert len(told) == 1
    assert len(set(found)) == len(found)
    ports.ready(ONE)
    assert len(told) == 2


def test_a_host_does_not_wait_while_the_router_is_told_anothers_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Telling takes a process."""
    begun, go_on = Event(), Event()

    def slow(commands: str) -> None:
        if ONE in commands:
            begun.set()
            assert go_on.wait(20)

    monkeypatch.setattr(router, "nft", slow)
    ports = Ports()
    waiting = Thread(target=ports.ready, args=(ONE,))
    waiting.start()
    assert begun.wait(20)
    ports.ready(OTHER)
    assert ports.over(OTHER, "isp1")
    assert waiting.is_alive()
    go_on.set()
    waiting.join()


@pytest.mark.skipif("os.geteuid() != 0", reason="only root may be served first")
def test_only_a_run_is_served_first() -> None:
    """And what it starts: afterwards all is as before."""
    before = os.sched_getscheduler(0)
    found: list[int] = []
    with first_served():
        thread = Thread(target=lambda: found.append(os.sched_getscheduler(0)))
        thread.start()
        thread.join()
    assert (found, os.sched_getscheduler(0)) == ([os.SCHED_RR], before)
