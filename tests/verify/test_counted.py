"""Tries counted one by one give what the tests' columns give."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hypotheses.histories import ACTS, BEGIN_NS, KINDS, History, history
from wanwitness.hypotheses.act import Watched
from wanwitness.hypotheses.attempt import Blame
from wanwitness.hypotheses.conditions import conditions, since_act_s
from wanwitness.hypotheses.episodes import episodes
from wanwitness.hypotheses.exact import tabulated
from wanwitness.hypotheses.mending import WINDOWS_S, Mending
from wanwitness.hypotheses.runs import runs_of
from wanwitness.hypotheses.weigh import bracket
from wanwitness.verify.counted import Recount

DAY_NS = 86_400_000_000_000
GAPS = ((BEGIN_NS + 2 * DAY_NS, BEGIN_NS + 2 * DAY_NS + DAY_NS // 3), (BEGIN_NS + 6 * DAY_NS, BEGIN_NS + 7 * DAY_NS))
WATCHED = Watched(dict.fromkeys(ACTS[:2], BEGIN_NS), {}, GAPS)


def with_holes(random: np.random.Generator, told: History) -> History:
    """The same with facts that are not known of some tries."""
    unknown: dict[str, Any] = {
        "mismatch": None,
        "relay_owner": None,
        "recipients": None,
        "helo": None,
        "size": None,
        "redirected": None,
        "log_in": True,
    }
    attempts = [
        replace(one, **{name: value for name, value in unknown.items() if random.random() < 0.1})
        for one in told.attempts
    ]
    return History(attempts, told.acts)


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Europe/Paris")])
@pytest.mark.parametrize("kind", KINDS)
def test_both_count_alike(kind: str, zone: tzinfo) -> None:
    """Episodes, tables, runs and brackets of every condition, also with gaps and with facts that nobody knows."""
    for case in range(12):
        random = np.random.default_rng((zlib.crc32(kind.encode()), case))
        told = history(random, KINDS[kind])
        told = with_holes(random, told) if case % 2 else told
        variants = conditions(told.attempts, told.acts, WATCHED, zone)
        kept = episodes(told.attempts, variants)
        outcomes = np.array([told.attempts[place].refused for place in kept], np.int8)
        count = Recount(told.attempts, "subscriber", told.acts, WATCHED, zone)
        assert (len(count.episodes), count.retries) == (len(kept), len(told.attempts) - len(kept))
        shown = [(one.explanation, one.what, one.holds[kept]) for one in variants]
        mending = Mending(np.array([told.attempts[place].at_ns for place in kept]) / 1e9)
        shown += [("mending", span, mending.holds(runs_of(outcomes), n)) for n, span in enumerate(WINDOWS_S)]
        for name, what, holds in shown:
            known = ~np.isnan(holds)
            found = count.of(name, what, what if isinstance(what, float) else None)
            assert tuple(map(tuple, found.table)) == tabulated(outcomes, holds), name
            assert (found.runs, found.unknown) == (runs_of(outcomes[known]).begin.shape[1], (~known).sum()), name
        episode = [told.attempts[place] for place in kept]
        for name in ACTS[:2]:
            ages = since_act_s(episode, [act for act in told.acts if act.explanation == name])
            assert count.bracket_s(name) == bracket(ages, outcomes)


@pytest.mark.parametrize(
    ("changed", "of_subscriber", "of_address"),
    [({"mismatch": False, "relay": "198.18.1.99"}, 2, 1), ({"transport_link": "isp3"}, 2, 2), ({"size": 1}, 1, 1)],
)
def test_what_is_a_retry(changed: dict[str, Any], of_subscriber: int, of_address: int) -> None:
    """Where a server minds the address, another look-up makes no other try of it, and another link does."""
    first = history(np.random.default_rng(1), KINDS["independent"]).attempts[0]
    first = replace(first, refused=True, mismatch=True, relay_owner="isp1", transport_link="isp1")
    tries = [first, replace(first, at_ns=first.at_ns + 60_000_000_000, **changed)]
    blames: tuple[tuple[Blame, int], ...] = (("subscriber", of_subscriber), ("address", of_address))
    for blame, episodes_ in blames:
        assert len(Recount(tries, blame, (), WATCHED, UTC).episodes) == episodes_
