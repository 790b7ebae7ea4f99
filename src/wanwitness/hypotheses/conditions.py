"""The conditions that the rival explanations speak of, for every attempt: one column a variant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from .act import Act, Watched
from .assumptions import MOST_VALUES
from .attempt import Attempt
from .evidence import Direction, Variant

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0
WINDOWS_S = tuple(minutes * MINUTE_S for minutes in (5, 10, 15, 20, 30, 60, 120))
"""How long a log-in or a visit may last, where nobody says."""
EVENT_WINDOWS_S = (*WINDOWS_S, 4 * HOUR_S, DAY_S, 3 * DAY_S, 7 * DAY_S, np.inf)
"""An event may as well last for days, or for good."""
HOURS = tuple((first, length) for length in (3, 6, 12) for first in range(0, 24, 3) if length < 12 or first < 12)
"""Parts of the day: their first hour, and how many hours they have."""
MEANS = frozenset({"relay-address", "redirected", "relay-resolver"})
"""They follow from the look-up, and are named only where they tell more than the link does. That another ISP's resolver
gave the relay's address says the same as that the links differ, as long as every relay was reached through its own
ISP's link.
"""
PASSING = frozenset({"hour", "mending", "size"})
"""They change from try to try by themselves: a retry under another of these is no new evidence."""

EVENT = "event"
"""The explanation where the site file tells of no event."""
WINDOWED = frozenset({"mail-login", "webmail", "mending"})
"""Explanations that say for how long, beside events."""

Column = NDArray[np.float32]


def conditions(attempts: Sequence[Attempt], acts: Sequence[Act], watched: Watched, zone: tzinfo = UTC) -> list[Variant]:
    """Return every variant of every explanation but mending, also those that hold of all attempts or of none."""
    return [
        *_of_the_links(attempts),
        *_done(attempts, acts, watched),
        *_hour(attempts, zone),
        *_values("helo", attempts, lambda attempt: attempt.helo),
        *_values("sender", attempts, lambda attempt: attempt.sender),
        *_values("client", attempts, lambda attempt: attempt.client),
        Variant("smtp-login", _column(attempts, lambda attempt: attempt.log_in), -1),
        Variant("tls", _column(attempts, lambda attempt: attempt.tls), 0),
        *_size(attempts),
    ]


def egress(attempts: Sequence[Attempt]) -> list[Variant]:
    """Return the links that mail left by, each as a condition: for refusals that mind the address."""
    return list(_values("egress", attempts, lambda attempt: attempt.transport_link))


def _of_the_links(attempts: Sequence[Attempt]) -> Iterator[Variant]:
    yield Variant("link-mismatch", _column(attempts, lambda attempt: attempt.mismatch), 1)
    yield Variant("relay-owner", _column(attempts, lambda a: _differ(a.relay_owner, a.transport_link)), 1)
    yield Variant("relay-resolver", _column(attempts, lambda a: _differ(a.relay_owner, a.resolver_owner)), 1)
    yield Variant("foreign-resolver", _column(attempts, lambda attempt: attempt.foreign_resolver), 1)
    yield from _values("relay-address", attempts, lambda attempt: attempt.relay)
    yield Variant("redirected", _column(attempts, lambda attempt: attempt.redirected), 1)


def _differ(one: str | None, two: str | None) -> bool | None:
    return None if one is None or two is None else one != two


def _column(attempts: Sequence[Attempt], fact: Callable[[Attempt], bool | None]) -> Column:
    told = (fact(attempt) for attempt in attempts)
    return np.fromiter((np.nan if one is None else one for one in told), np.float32, len(attempts))


def _values(explanation: str, attempts: Sequence[Attempt], fact: Callable[[Attempt], str | None]) -> Iterator[Variant]:
    """Yield each of the most frequent values as a condition; of two that exclude each other, only the first."""
    values = [fact(attempt) for attempt in attempts]
    counts = Counter(value for value in values if value is not None)
    often = sorted(counts, key=lambda value: (-counts[value], value))[:MOST_VALUES]
    for value in often[:1] if len(counts) == 2 else often:
        yield Variant(explanation, _column(attempts, _is(fact, value)), 0, value)


def _is(fact: Callable[[Attempt], str | None], value: str) -> Callable[[Attempt], bool | None]:
    def holds(attempt: Attempt) -> bool | None:
        told = fact(attempt)
        return None if told is None else told == value

    return holds


def _size(attempts: Sequence[Attempt]) -> Iterator[Variant]:
    """Yield whether a mail was greater than a quarter, a half and three quarters of them."""
    sizes = np.array([np.nan if attempt.size is None else attempt.size for attempt in attempts], np.float64)
    known = ~np.isnan(sizes)
    if not known.any():
        return
    for bound in sorted(set(np.quantile(sizes[known], (0.25, 0.5, 0.75), method="lower").tolist())):
        yield Variant("size", np.where(known, sizes > bound, np.nan).astype(np.float32), 0, bound)


def _hour(attempts: Sequence[Attempt], zone: tzinfo) -> Iterator[Variant]:
    moments = (datetime.fromtimestamp(attempt.at_ns / 1e9, zone) for attempt in attempts)
    hour = np.fromiter((moment.hour + moment.minute / 60 for moment in moments), np.float64, len(attempts))
    for first, length in HOURS:
        holds = (hour - first) % 24 < length
        yield Variant("hour", holds.astype(np.float32), 0, f"{first:02}-{(first + length) % 24:02}")


def _done(attempts: Sequence[Attempt], acts: Sequence[Act], watched: Watched) -> Iterator[Variant]:
    """Yield for each kind of act whether there was one so long before, with every window."""
    # What the site file tells of needs no capture.
    events = {act.explanation for act in acts if act.explanation.startswith(f"{EVENT}:")}
    kinds = sorted(events | watched.since_ns.keys())
    for kind in kinds:
        age_s = since_act_s(attempts, [act for act in acts if act.explanation == kind])
        event = kind in events
        at_ns = np.array([attempt.at_ns for attempt in attempts], np.int64)
        seen_s = np.minimum((at_ns - watched.since_ns.get(kind, 0)) / 1e9, watched.blind_s(at_ns))
        direction: Direction = 0 if event else -1
        for window in EVENT_WINDOWS_S if event else WINDOWS_S:
            holds = (age_s <= window) & np.isfinite(age_s)
            # Of a time before the captures began, or in a gap, nobody knows what was done in it.
            unknown = ~holds & (seen_s < window) & (not event)
            yield Variant(kind, np.where(unknown, np.nan, holds).astype(np.float32), direction, window)


def since_act_s(attempts: Sequence[Attempt], acts: Sequence[Act]) -> NDArray[np.float64]:
    """Return how long before each attempt the latest act was that may have to do with its relay; inf where none was."""
    at = np.array([attempt.at_ns for attempt in attempts], np.int64)
    age = np.full(len(attempts), np.inf)
    owners = np.array([attempt.relay_owner or "" for attempt in attempts])
    for owner in {act.owner or "" for act in acts}:
        times = np.sort(np.array([act.at_ns for act in acts if (act.owner or "") == owner], np.int64))
        place = np.searchsorted(times, at, "right") - 1
        latest = np.where(place >= 0, (at - times[np.maximum(place, 0)]) / 1e9, np.inf)
        mine = (owners == owner) | (owners == "") | (owner == "")
        age = np.where(mine, np.minimum(age, latest), age)
    return age
