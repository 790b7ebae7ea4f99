"""How a host goes from an answer to a connection: how soon, and whether it connects without asking.

A stub resolver keeps nothing, so that a program's question comes just before its connection. A host with a cache of its
own (systemd-resolved, nscd, unbound), or a program with one (postfix, Java), connects to what it was told long before;
there a question just before a connection may be another program's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wanwitness.model import FrameRef

from .assumptions import (
    CHANCE,
    ENOUGH_USES,
    ENOUGH_WAITED,
    FEW_NS,
    KEEPS,
    LEAST_NS,
    LEAST_OF_FEW_NS,
    LEAST_OF_KEEPERS_NS,
    MOST_NS,
    MOST_OF_KEEPERS_NS,
    PROMPTLY_NS,
    REFRESHES,
    SEVERAL,
    TIMES_OF_FEW,
    TIMES_OF_KEEPERS,
    TIMES_OF_SLOWEST,
    TIMES_USUAL,
)


@dataclass(frozen=True, slots=True)
class Habit:
    """What is usual of one host that connects to one address."""

    within_ns: int
    """It connects within this time after an answer, unless it uses one that it kept."""
    kept_ns: int
    """A connection later than this after an answer uses one that the host kept."""
    patience_ns: int
    """A connection within this time after an answer may be what the question was put for."""
    surely_ns: int
    """A connection within this time after an answer hardly follows it by chance, though other programs of the host ask
    too.
    """
    usually_ns: int
    """Most of its connections that follow an answer come within this time, though it may take longer at times: two
    answers that both came within it may each be what was waited for.
    """
    known: bool
    """Whether enough connections show that."""
    keeps: bool
    """Whether it connects to the address without asking."""
    unasked: bool
    """Whether it ever connected to the address before any answer that gave it was captured."""
    others_keep: bool
    """Whether other hosts connect without asking, so far as few connections show it."""
    site_unasked: bool
    """Whether any host connected to the address before any answer that gave it was captured."""
    refreshes: bool
    """Whether it asks, and connects at once with what it had, without waiting for the answer: a cache that serves what
    is out of date, and renews it meanwhile (RFC 8767).
    """
    may_refresh: bool
    """Whether it keeps answers, or several connections here follow one, and nothing shows that it waits for those that
    it asks for: it may be such a cache.
    """
    may_renew_unseen: bool
    """Whether its first answer may renew one from before the capture, served meanwhile: it may be such a cache, hosts
    here use answers whose time is over, and one has connected to the address before it asked.
    """
    expired_once: bool
    """Whether exactly one of its connections, which are several, came after the answer had expired; or only those that
    follow one answer did, though it asked anew each other time.
    """


@dataclass(frozen=True, slots=True)
class Use:
    """How one connection of a host follows the latest answer that holds its address."""

    at_ns: int
    """When it was opened."""
    frame: FrameRef
    """Its SYN."""
    host: str
    address: str
    """What it connected to."""
    age_ns: int | None
    """From that answer to the connection; None where there was none."""
    first: bool
    """Whether it is the first connection since."""
    expired: bool
    """Whether the answer's time was over."""
    took_ns: int = 0
    """From that answer's question to the answer."""
    unwaited: bool = False
    """Whether the host asked just before, and did not wait for the answer."""
    answer: FrameRef | None = None
    """Of that answer."""


class Habits:
    """Learnt from connections.

    Args:
        uses: one for each of them, in order of time.
        lone: whether a host is judged by its own connections alone: a router does not do as clients do.
    """

    def __init__(self, uses: Iterable[Use], *, lone: bool = False) -> None:
        self._uses: dict[tuple[str, str], list[Use]] = defaultdict(list)
        of_host: dict[str, list[int]] = defaultdict(list)
        self.beyond_ttl = False
        """Whether some here use answers whose time is over; then any may."""
        for use in uses:
            self._uses[use.host, use.address].append(use)
            self.beyond_ttl |= use.expired
            if use.first and use.age_ns is not None and use.age_ns <= MOST_NS:
                of_host[use.host].append(use.age_ns)
        self._lone = lone
        self._pace = {host: _Pace(soon) for host, soon in of_host.items()}
        """How soon each host connects: of all its addresses together, for a scanner has thousands."""
        self._everybody = _Pace([ns for soon in of_host.values() for ns in soon])
        self._everything = everything = [use for own in self._uses.values() for use in own]
        kept = sum(use.age_ns is None or use.age_ns > MOST_NS for use in everything)
        self._often_kept = kept >= KEEPS * len(everything)
        self._keepers = {use.host for use in everything if use.age_ns is None or use.age_ns > MOST_NS}
        self._some_keep = len(everything) >= ENOUGH_USES and self._often_kept
        """Whether so many connections of all hosts use what was kept that a host of which little is known may too."""
        self._some_refresh = _refreshes(everything)
        self._some_share = any(not use.first and use.age_ns is not None and not use.expired for use in everything)
        """Whether some connections follow an answer that another had followed, and that was in force."""
        self._unasked = {use.address for use in everything if use.age_ns is None}
        """Where some connected before any answer, so that hosts here hold answers from before the capture."""
        self._all_wait = _wait(everything)
        self._habits: dict[tuple[str, str], Habit] = {}

    def of(self, host: str, address: str) -> Habit:
        """Return what is usual of a host that connects to an address."""
        if (host, address) not in self._habits:
            self._habits[host, address] = self._find(host, address)
        return self._habits[host, address]

    def _find(self, host: str, address: str) -> Habit:
        pace = self._pace.get(host, _NOBODY)
        own = shown = self._uses.get((host, address), [])
        if pace.count < ENOUGH_USES and not self._lone:
            pace, shown = self._everybody, self._everything
        known, fast = pace.count >= ENOUGH_USES, pace.fast_ns
        within = max(TIMES_USUAL * fast, LEAST_NS) if known else max(TIMES_OF_FEW * fast, LEAST_OF_FEW_NS)
        longest = min(max(within, FEW_NS), MOST_NS)  # where all keep their answers, none shows how slow they are
        kept = sum(use.age_ns is None or use.age_ns > longest for use in own)
        few = len(own) < ENOUGH_USES and not self._lone  # of such a host nothing is known but how the others are
        keeps = 0 < kept >= KEEPS * len(own) and (len(own) > 1 or self._lone)  # once is no habit
        keeps = keeps or (few and self._some_keep)
        if known and not keeps and not self._some_keep:
            within = max(within, min(FEW_NS, TIMES_OF_SLOWEST * pace.slowest_ns))
        kept_ns = patience_ns = min(MOST_NS, within)
        within = min(MOST_NS if known and not self._lone else FEW_NS, within)  # a router has no slow programs
        surely = max(TIMES_OF_KEEPERS * fast, LEAST_OF_KEEPERS_NS)
        if keeps and self._lone and not known:
            within = min(within, PROMPTLY_NS)  # it connects to what nobody told it: a question before is a check
        if keeps:
            surely = min(surely, MOST_OF_KEEPERS_NS)
            if not self._lone:
                within = min(within, max(surely, _plain_ns(shown)))
            kept_ns = within
        refreshes = _refreshes(own) or (few and self._some_refresh)
        unasked = any(use.age_ns is None for use in own)
        may_refresh = (keeps or self._some_share) and not self._lone and not self._all_wait and not _wait(own)
        surely = min(within, surely)
        if keeps and unasked and not self._lone:
            kept_ns = surely  # what it holds from before the capture, no other connection shows the times of
        once = _expired_once(own)
        return Habit(
            within,
            kept_ns,
            patience_ns,
            surely,
            max(surely, TIMES_USUAL * fast) if known else surely,
            known,
            keeps,
            unasked,
            self._often_kept and bool(self._keepers - {host}),
            address in self._unasked,
            refreshes,
            may_refresh,
            may_refresh and keeps and self.beyond_ttl and address in self._unasked,
            once,
        )


def _refreshes(uses: Sequence[Use]) -> bool:
    """Whether so many connections did not wait for the answer to a question put just before that it is a cache's
    doing.
    """
    return 0 < sum(use.unwaited for use in uses) >= REFRESHES * len(uses)


def _expired_once(uses: Sequence[Use]) -> bool:
    """Whether one alone of several uses an answer past its time, or those that follow one answer, of several."""
    if len(uses) < SEVERAL:
        return False
    expired = sum(use.expired for use in uses)
    answers = sum(use.expired and (use.first or not before.expired) for before, use in pairwise([uses[0], *uses]))
    anew = sum(use.first and use.age_ns is not None and use.age_ns <= FEW_NS for use in uses)
    return expired == 1 or (answers == 1 and anew >= SEVERAL)


def _wait(uses: Sequence[Use]) -> bool:
    """Whether all connections come after their answers, though many would have come before if they had not waited.

    How many is told by the times from question to connection: who does not wait takes no longer after a question that
    is answered late than after one that is answered at once.
    """
    prompt = [use for use in uses if use.first and use.age_ns is not None and use.age_ns <= FEW_NS]
    if len(prompt) < ENOUGH_USES or any(use.unwaited for use in uses):
        return False
    since_asked = sorted(use.took_ns + (use.age_ns or 0) for use in prompt)
    sooner = sum(bisect_right(since_asked, use.took_ns) for use in prompt)
    return sooner >= ENOUGH_WAITED * (len(prompt) - 1)


def _plain_ns(uses: Sequence[Use]) -> int:
    """Return within what time after an answer hosts that keep theirs connect much more often than by chance.

    Who connects with what was kept does so at any time after what another program asked: the late connections that are
    the first since an answer show how often that is soon.
    """
    ages = sorted(use.age_ns for use in uses if use.first and use.age_ns is not None)
    soon = bisect_right(ages, MOST_NS)
    late = ages[soon:]
    if not late:
        return MOST_NS
    # Of times that spread as an exponential does, one comes by chance within so long.
    each = sum(late) / len(late) ** 2
    plain = (int(CHANCE * n * each) for n, age in enumerate(ages[:soon], 1) if age <= CHANCE * n * each)
    return max(plain, default=0)


class _Pace:
    """How soon after an answer connections come that may have waited for it.

    Args:
        soon: the times, ns, each at most `MOST_NS`.
    """

    def __init__(self, soon: Iterable[int]) -> None:
        rows = sorted(soon)
        self.count = len(rows)
        self.fast_ns = rows[(len(rows) - 1) // 4] if rows else MOST_NS
        """What the faster quarter takes."""
        few = rows[: bisect_right(rows, FEW_NS)]
        self.slowest_ns = few[(len(few) - 1) * 99 // 100] if few else 0
        """What all but the slowest hundredth takes, of what takes less than a second."""


_NOBODY = _Pace(())
