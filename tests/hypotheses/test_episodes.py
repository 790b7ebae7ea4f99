"""Which tries are evidence of their own, and under which conditions they were made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np

from wanwitness.hypotheses.act import Act, Watched
from wanwitness.hypotheses.attempt import Attempt
from wanwitness.hypotheses.conditions import conditions
from wanwitness.hypotheses.episodes import episodes
from wanwitness.hypotheses.weigh import bracket

MINUTE_NS = 60_000_000_000
BEGIN_NS = 1_350_370_800_000_000_000
NOTHING = Watched({}, {})
TRY = Attempt(
    BEGIN_NS,
    "",
    "192.168.1.10",
    True,
    "alice@example.org",
    frozenset({"bob@example.net"}),
    mismatch=True,
    relay_owner="isp1",
)


def tries(*changes: tuple[int, dict[str, object]]) -> list[Attempt]:
    return [replace(TRY, at_ns=BEGIN_NS + minutes * MINUTE_NS, **change) for minutes, change in changes]  # type: ignore[arg-type]


def kept(attempts: list[Attempt], acts: list[Act] | None = None, watched: Watched = NOTHING) -> list[int]:
    found: list[int] = episodes(attempts, conditions(attempts, acts or [], watched)).tolist()
    return found


def test_retries_count_once() -> None:
    """As long as each comes within an hour of the one before, however many there are."""
    assert kept(tries((0, {}), (40, {}), (90, {}), (151, {}))) == [0, 3]


def test_another_mail_is_no_retry() -> None:
    """Another recipient, sender or client; recipients that were not seen may be the same."""
    others = tries(
        (0, {}),
        (1, {"recipients": frozenset({"carol@example.net"})}),
        (2, {"sender": "dave@example.org"}),
        (3, {"client": "192.168.1.11"}),
        (4, {"recipients": None}),
    )
    assert kept(others) == [0, 1, 2, 3]


def test_a_changed_condition_is_new_evidence() -> None:
    """A retry by the other link, accepted or not; one behind a log-in; and one that was accepted."""
    assert kept(tries((0, {}), (1, {"mismatch": False}), (2, {"refused": False}), (3, {}))) == [0, 1, 2, 3]
    login = [Act("mail-login", BEGIN_NS + 5 * MINUTE_NS, "isp1")]
    watched = Watched({"mail-login": BEGIN_NS - 300 * MINUTE_NS}, {})
    assert kept(tries((0, {}), (4, {}), (6, {})), login, watched) == [0, 2]


def test_the_hour_alone_is_no_new_evidence() -> None:
    """Time goes by itself: a retry in the next part of the day is a retry."""
    assert kept(tries((0, {}), (40, {}), (80, {}), (120, {}), (160, {}))) == [0]


def test_a_log_in_counts_for_its_isp_alone() -> None:
    """With windows, from the log-in on; before the capture began nobody knows."""
    attempts = tries((10, {}), (20, {"relay_owner": "isp2"}), (100, {}), (400, {}))
    acts = [Act("mail-login", BEGIN_NS + 5 * MINUTE_NS, "isp1")]
    found = conditions(attempts, acts, Watched({"mail-login": BEGIN_NS}, {}))
    windows = {one.what: one.holds for one in found if one.explanation == "mail-login"}
    assert np.array_equal(windows[300.0], [1, 0, 0, 0])
    assert np.array_equal(windows[3600.0], [1, np.nan, 0, 0], equal_nan=True)
    assert np.array_equal(windows[7200.0], [1, np.nan, 1, 0], equal_nan=True)


def test_in_a_gap_nobody_knows_what_was_done() -> None:
    """A window that reaches back into a gap of the captures says nothing, unless a log-in was seen behind it."""
    attempts = tries((100, {}), (130, {}), (300, {}))
    acts = [Act("mail-login", BEGIN_NS + 125 * MINUTE_NS, "isp1")]
    gap = (BEGIN_NS + 90 * MINUTE_NS, BEGIN_NS + 95 * MINUTE_NS)
    watched = Watched({"mail-login": BEGIN_NS - 1000 * MINUTE_NS}, {}, (gap,))
    found = conditions(attempts, acts, watched)
    windows = {one.what: one.holds for one in found if one.explanation == "mail-login"}
    assert np.array_equal(windows[600.0], [np.nan, 1, 0], equal_nan=True)
    assert np.array_equal(windows[300.0], [0, 1, 0])


def test_an_event_may_last_for_good() -> None:
    attempts = tries((0, {}), (10, {}), (100_000, {}))
    found = conditions(attempts, [Act("event:hotline", BEGIN_NS + MINUTE_NS)], NOTHING)
    windows = {one.what: one.holds.tolist() for one in found if one.explanation == "event:hotline"}
    assert windows[np.inf] == [0, 1, 1] and windows[300.0] == [0, 0, 0] and windows[86_400.0] == [0, 1, 0]


def test_hours_are_the_sites() -> None:
    """07:00 UTC is 09:00 in Paris in October."""
    for zone, part in ((UTC, "06-09"), (ZoneInfo("Europe/Paris"), "09-12")):
        found = conditions(tries((0, {})), [], NOTHING, zone)
        assert next(one.what for one in found if one.explanation == "hour" and one.holds[0]) == part


def test_the_bracket_is_where_fewest_differ() -> None:
    """Accepted up to 50 s after, refused from 70 s on; one that differs on each side moves nothing."""
    age = np.array([10, 50, 70, 90, 20, 30, 100, 110, np.inf])
    assert bracket(age, np.array([0, 0, 1, 1, 0, 0, 1, 1, 1], np.int8)) == (50, 70)
    assert bracket(age, np.array([0, 0, 1, 1, 1, 0, 1, 0, 1], np.int8)) == (50, 70)
    assert bracket(age, np.zeros(9, np.int8)) is None
