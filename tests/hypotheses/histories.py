"""Simulated weeks of a site: mails, refusals, retries, and people who act because of refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wanwitness.hypotheses.act import Act, Watched
from wanwitness.hypotheses.attempt import Attempt
from wanwitness.hypotheses.conditions import MEANS, conditions
from wanwitness.hypotheses.decision import Decision, decide
from wanwitness.hypotheses.episodes import episodes
from wanwitness.hypotheses.evidence import Evidence

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
BEGIN_NS = 1_350_370_800_000_000_000  # 2012-10-16 07:00 UTC
ACTS = ("mail-login", "webmail", "event:hotline")
Random = np.random.Generator
Mail = tuple[int, int, int, int]
"""Numbers of its sender, recipient and client, and its size."""
Refuses = Callable[[float], bool]
"""Whether a try at a time (s) is refused."""


@dataclass
class History:
    """What happened at a site."""

    attempts: list[Attempt]
    acts: list[Act]

    def decide(self) -> Decision:
        """Decide as the product does."""
        watched = Watched(dict.fromkeys(ACTS, BEGIN_NS), {})
        variants = conditions(self.attempts, self.acts, watched)
        kept = episodes(self.attempts, variants)
        some = [type(variant)(variant.explanation, variant.holds[kept], variant.direction) for variant in variants]
        outcomes = np.array([self.attempts[place].refused for place in kept], np.int8)
        times = np.array([self.attempts[place].at_ns for place in kept]) / 1e9
        owners = np.array([0 if self.attempts[place].relay_owner == "isp1" else 1 for place in kept], np.float32)
        return decide(Evidence(outcomes, times, tuple(some)), MEANS, owners)


def a_mail(random: Random) -> Mail:
    sender, recipient, client = (int(random.integers(of)) for of in (3, 20, 4))
    return sender, recipient, client, int(random.lognormal(9, 1.5))


def moments(random: Random, count: int) -> list[float]:
    """Return when mails are written: by day, on weekdays mostly, as many a day as happens."""
    found: list[float] = []
    day = 0
    a_day = random.uniform(2, 12)
    while len(found) < count:
        if day % 7 < 5:
            found += sorted(day * DAY + random.uniform(0, 11 * HOUR, random.poisson(a_day)))
        day += 1
    return found[:count]


def spells(random: Random, until: float, inside: float, outside: float) -> list[tuple[float, float]]:
    """Return times of trouble: begin and end of each, with mean lengths."""
    at, found = random.exponential(outside), []
    while at < until:
        length = random.exponential(inside)
        found.append((at, at + length))
        at += length + random.exponential(outside)
    return found


def independent(random: Random, until: float) -> Refuses:
    share = random.uniform(0.1, 0.5)
    return lambda at: bool(random.random() < share)


def in_spells(random: Random, times: list[tuple[float, float]], share: float) -> Refuses:
    return lambda at: any(begin <= at < end for begin, end in times) and bool(random.random() < share)


def short_bursts(random: Random, until: float) -> Refuses:
    return in_spells(random, spells(random, until, 3 * HOUR, 20 * HOUR), 1)


def long_bursts(random: Random, until: float) -> Refuses:
    return in_spells(random, spells(random, until, 1.5 * DAY, 3 * DAY), 1)


def some_refused(random: Random, until: float) -> Refuses:
    return in_spells(random, spells(random, until, 1.5 * DAY, 2 * DAY), 0.6)


def one_burst(random: Random, until: float) -> Refuses:
    begin, length = random.uniform(0.1, 0.7) * until, random.uniform(0.1, 0.4) * until
    return in_spells(random, [(begin, begin + length)], 0.85)


KINDS: dict[str, Callable[[Random, float], Refuses]] = {
    "independent": independent,
    "short bursts": short_bursts,
    "long bursts": long_bursts,
    "spells that refuse some": some_refused,
    "one burst": one_burst,
}


@dataclass
class Site:
    """What changes at a site by itself, and because of refusals."""

    random: Random
    until: float
    diverts: bool = True

    def __post_init__(self) -> None:
        random = self.random
        self.wrong = spells(
            random, self.until, random.choice([2 * HOUR, 12 * HOUR, 2 * DAY]), random.choice([1, 3]) * DAY
        )
        self.others = spells(random, self.until, 8 * HOUR, 2 * DAY)
        self.diverted: list[tuple[float, float]] = []

    def attempt(self, at: float, number: int, refused: bool, mail: Mail, mismatch: bool | None = None) -> Attempt:
        if mismatch is None:
            mismatch = _inside(self.wrong, at) if self.random.random() < 0.9 else bool(self.random.random() < 0.5)
        link = "isp2" if _inside(self.diverted, at) or _inside(self.others, at) else "isp1"
        other = "isp1" if link == "isp2" else "isp2"
        sender, recipient, client, size = mail
        return Attempt(
            at_ns=BEGIN_NS + int(at * 1e9),
            session=f"{number:012x}",
            client=f"192.168.1.{10 + client}",
            refused=refused,
            sender=f"user{sender}@example.org",
            recipients=frozenset({f"to{recipient}@example.net"}),
            mismatch=mismatch,
            transport_link=link,
            relay="198.18.1.125" if mismatch else f"198.18.1.{25 + int(self.random.integers(2))}",
            relay_owner=link,
            resolver_owner=other if mismatch else link,
            foreign_resolver=bool(self.random.random() < 0.1),
            redirected=bool(self.random.random() < 0.7),
            helo=f"pc{client}.example.org" if self.random.random() < 0.9 else "office",
            tls=bool(self.random.random() < 0.3),
            size=size,
        )


def history(random: Random, refuses: Callable[[Random, float], Refuses], count: int | None = None) -> History:
    """Return a history in which nothing that is looked at explains a refusal: people act because of refusals."""
    count = int(random.integers(25, 90)) if count is None else count
    written = moments(random, count)
    until = written[-1] + DAY
    refused_at = refuses(random, until)
    site = Site(random, until)
    tries: list[tuple[float, int, Mail]] = [(at, 0, a_mail(random)) for at in written]
    attempts: list[Attempt] = []
    acts = [
        Act("mail-login", BEGIN_NS + int(at * 1e9), "isp1")
        for at in random.uniform(0, until, random.poisson(until / DAY))
    ]
    acting, trying = random.uniform(0, 0.8), random.uniform(0.2, 0.9)
    while tries:
        tries.sort(reverse=True)
        at, again, mail = tries.pop()
        refused = refused_at(at)
        attempts.append(site.attempt(at, len(attempts), refused, mail))
        if not refused:
            continue
        if again < 6 and random.random() < trying:
            tries.append((at + random.exponential(12 * MINUTE), again + 1, mail))
        for act, delay in zip(ACTS, (40 * MINUTE, 40 * MINUTE, 2 * HOUR), strict=True):
            if random.random() < acting / 2:
                when = BEGIN_NS + int((at + random.exponential(delay)) * 1e9)
                acts.append(Act(act, when, None if act == "event:hotline" else "isp1"))
        if random.random() < acting / 6:
            begin = at + random.exponential(HOUR)
            site.diverted.append((begin, begin + random.exponential(DAY)))
    return History(attempts, sorted(acts, key=lambda act: act.at_ns))


def true_link(random: Random, refused: int, count: int = 40, noise: float = 0.05) -> History:
    """Return a history in which a relay refuses where the links differ, but for some noise; no retries."""
    written = moments(random, count)
    site = Site(random, written[-1] + DAY)
    wrong = np.zeros(count, np.bool_)
    runs = int(random.integers(2, min(refused, 4) + 1))
    cuts = np.sort(random.choice(np.arange(1, refused), runs - 1, replace=False)).tolist()
    lengths = np.diff([0, *cuts, refused]).tolist()
    gaps = np.sort(random.choice(np.arange(1, count - refused), runs, replace=False)).tolist()
    at = 0
    for before, length in zip(np.diff([0, *gaps]).tolist(), lengths, strict=True):
        at += before
        wrong[at : at + length] = True
        at += length
    acts, attempts = [], []
    for place, when in enumerate(written):
        is_refused = bool(wrong[place]) != bool(random.random() < noise)
        mail = a_mail(random)
        attempts.append(site.attempt(when, place, is_refused, mail, bool(wrong[place])))
        for act, delay in zip(ACTS, (40 * MINUTE, 40 * MINUTE, 2 * HOUR), strict=True):
            if is_refused and random.random() < 0.3:
                acts.append(Act(act, BEGIN_NS + int((when + random.exponential(delay)) * 1e9)))
    return History(attempts, sorted(acts, key=lambda act: act.at_ns))


def _inside(times: list[tuple[float, float]], at: float) -> bool:
    return any(begin <= at < end for begin, end in times)
