"""A proxy with hundreds of sessions at once that say the same: the right partner, or none."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from .simulator import RELAY, RELAY2, Result, Script, Simulator

HOSTS = [f"192.168.1.{n}" for n in range(20, 220)]
ENDS = (
    "250 2.0.0 queued",
    "530 5.7.0 Authentication required",
    "550 5.7.1 relaying denied",
    "451 4.7.1 later",
    "421 4.3.2 closing",
)


def script(end: str) -> Script:
    return (
        ("", "220 relay ESMTP"),
        ("EHLO pc.example", "250 relay"),
        ("MAIL FROM:<a@site.example>", "250 2.1.0 ok"),
        ("RCPT TO:<b@far.example>", end),
        ("QUIT", "221 bye"),
    )


class Crowd:
    """200 sessions by a proxy: same words, different fates, started within `spread` seconds, in any order."""

    def __init__(
        self, seed: int, weights: Sequence[float], spread: float, *, hold: float = 0.003, uneven: bool = True
    ) -> None:
        rng = random.Random(seed)
        self.site = site = Simulator(seed=seed)
        self.outside: dict[tuple[str, int], int] = {}
        """The proxy's port for each client's session."""
        for n, host in enumerate(rng.sample(HOSTS, len(HOSTS))):
            (end,) = rng.choices(ENDS, weights)
            link, wan_port = rng.choice(("orange", "sfr")), 30_000 + rng.randrange(30) * 1000 + n
            row = site.session(
                rng.uniform(0, spread), host, link, None, address=RELAY2, to=RELAY, proxy=True, uneven=uneven,
                wan_port=wan_port, script=script(end), step=0.05, hold=hold,
            )  # fmt: skip
            self.outside[row.client, row.port] = wan_port

    def judge(self, result: Result) -> int:
        """Count the sessions whose link was found; a wrong link, or a wrong partner said to be sure, fails."""
        found = 0
        for row in self.site.truth:
            session = result.rows[row.client, row.port][0]
            assert session.transport_link in (row.transport, None), row
            found += session.transport_link is not None
            crossing = session.crossing
            if crossing is not None and crossing.confidence > 0.5:
                assert crossing.client.port == self.outside[row.client, row.port]
        return found


@pytest.mark.parametrize(
    "weights", [(1, 0, 0, 0, 0), (1, 1, 0, 0, 0), (1, 1, 1, 1, 1), (95, 5, 0, 0, 0), (1, 100, 10, 10, 1)]
)
@pytest.mark.parametrize("spread", [0.0, 0.5, 20])
def test_no_session_of_a_crowd_gets_anothers_link(tmp_path: Path, weights: Sequence[float], spread: float) -> None:
    crowd = Crowd(round(sum(weights) + spread * 10), weights, spread)
    assert crowd.judge(crowd.site.analyse(tmp_path)) > 0.9 * len(HOSTS)


@pytest.mark.parametrize(("spread", "hold"), [(0.0, 0.5), (1.0, 0.5), (20, 2.0)])
def test_a_slow_proxy_serves_in_another_order(tmp_path: Path, spread: float, hold: float) -> None:
    """It may hold back each command and reply for longer than the clients are apart."""
    crowd = Crowd(7, (1, 1, 1, 0, 0), spread, hold=hold)
    crowd.judge(crowd.site.analyse(tmp_path))


@pytest.mark.parametrize("weights", [(1, 0, 0, 0, 0), (1, 1, 1, 1, 1)])
def test_a_crowd_in_step_is_not_told_apart(tmp_path: Path, weights: Sequence[float]) -> None:
    """Everything at one and the same moment: there is nothing to tell them by."""
    crowd = Crowd(3, weights, 0.0, uneven=False)
    assert crowd.judge(crowd.site.analyse(tmp_path)) == 0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("hold", [0.003, 0.5])
def test_nor_where_a_link_was_not_captured(tmp_path: Path, seed: int, hold: float) -> None:
    """Half of them have no other side: what is left could be theirs."""
    crowd = Crowd(seed, (1, 1, 0, 0, 0), 0.2, hold=hold)
    crowd.judge(crowd.site.analyse(tmp_path, ["sfr"]))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("hold", [0.003, 0.5])
def test_nor_where_packets_were_lost(tmp_path: Path, seed: int, hold: float) -> None:
    crowd = Crowd(seed, (3, 1, 1, 0, 0), 0.5, hold=hold)
    rng = random.Random(seed)
    for point, frames in crowd.site.frames.items():
        crowd.site.frames[point] = [frame for frame in frames if rng.random() > 0.03]
    crowd.judge(crowd.site.analyse(tmp_path))


@pytest.mark.parametrize("mails", [4, 2])
def test_what_was_said_ties_a_clock_that_nothing_else_ties(tmp_path: Path, mails: int) -> None:
    """Each mail has its own recipient; two alone could be the same mails at another time."""
    site = Simulator(clock={"sfr": 5000.0})
    site.connect(0, HOSTS[0], "orange", RELAY)
    for n in range(mails):
        said = [(command.replace("b@far", f"b{n}@far"), reply) for command, reply in script(ENDS[0])]
        site.session(n * 7, HOSTS[n], "sfr", None, address=RELAY2, to=RELAY, proxy=True, script=said)
    result = site.analyse(tmp_path)
    found = [result.links(row.client, row.port)[0] for row in site.truth]
    assert found == ["sfr" if mails > 2 else None] * mails
