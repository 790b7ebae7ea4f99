"""Which explanations the episodes show: named, explained away, tied, or not shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .assumptions import FEWEST_ACCEPTED, FEWEST_EPISODES, FEWEST_REFUSED, FEWEST_RUNS, LEVEL
from .evidence import Evidence, Scores
from .resampling import resampling_test
from .runs import runs_of
from .turning import turning_test
from .within import within

Status = Literal["named", "not-observable", "explained-away", "tied", "by-way-of", "not-shown", "not-enough-evidence"]
SEED = 2012_11_21
"""The random series are the same in every run: a case does not change when it is made again."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """How one explanation stands after the tests."""

    status: Status
    by: tuple[str, ...] = ()
    """What explains it away, or what it is but the means of."""
    with_: tuple[str, ...] = ()
    """What it cannot be told apart from; of one that is named, the means by which it works."""
    best: int | None = None
    """The variant that goes best with the refusals: its place among the evidence's, or among mending's windows."""
    p_turned: float | None = None
    p_runs: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the episodes say of all explanations together."""

    rulings: Mapping[str, Ruling]
    lacking: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Where there is not enough evidence: what there is too little of, how much there is and how much is needed."""
    series: int = 0
    """How many random series the second test made."""


def lacking(outcomes: NDArray[np.int8]) -> dict[str, tuple[int, int]]:
    """Return what a series has too little of: how much there is, and how much is needed."""
    refused = int(outcomes.sum())
    found = {
        "episodes": (len(outcomes), int(FEWEST_EPISODES)),
        "refused": (refused, int(FEWEST_REFUSED)),
        "runs": (runs_of(outcomes).begin.shape[1], int(FEWEST_RUNS)),
        "accepted": (len(outcomes) - refused, int(FEWEST_ACCEPTED)),
    }
    return {what: (have, need) for what, (have, need) in found.items() if have < need}


def decide(
    evidence: Evidence,
    means: Collection[str] = (),
    relays: NDArray[np.float32] | None = None,
    level: float = LEVEL,
) -> Decision:
    """Test all explanations together, and tell those that pass from each other.

    Args:
        evidence: the episodes.
        means: explanations that follow from the look-up; named only where they tell more than the link does.
        relays: a number an episode for whose relay it was: an explanation must hold within one relay's owner.
        level: how sure both tests must be.
    """
    missing = lacking(evidence.outcomes)
    scores = Scores(evidence)
    if missing or not scores.columns:
        return Decision({name: Ruling("not-enough-evidence") for name in scores.explanations}, missing)
    random = np.random.default_rng(SEED)
    turned = turning_test(evidence, scores, random)
    passed = [name for name in scores.explanations if turned.p[name] <= level]
    drawn = resampling_test(evidence, scores, random, passed)
    passed = [name for name in passed if drawn.p[name] <= level]
    if "mending" in passed and scores.mending is not None:
        p_age = scores.mending.ends_by_age(evidence.outcomes, turned.best["mending"])
        passed = [name for name in passed if name != "mending" or p_age <= level]
    told_apart = _told_apart(evidence, passed, turned.best, means, relays, level, random)
    rulings = {
        name: Ruling(*told_apart.get(name, ("not-shown", (), ())), turned.best.get(name), turned.p[name], drawn.p[name])
        for name in scores.explanations
    }
    return Decision(rulings, series=drawn.series)


Relation = tuple[Status, tuple[str, ...], tuple[str, ...]]


def _told_apart(
    evidence: Evidence,
    passed: list[str],
    best: Mapping[str, int],
    means: Collection[str],
    relays: NDArray[np.float32] | None,
    level: float,
    random: np.random.Generator,
) -> dict[str, Relation]:
    """Ask of each two explanations that pass whether one still holds among episodes alike in the other."""
    holds, directions = {}, {}
    for name in passed:
        if name == "mending":
            scores = Scores(evidence).mending
            assert scores is not None
            holds[name], directions[name] = scores.holds(runs_of(evidence.outcomes), best[name]), 1
        else:
            variant = evidence.variants[best[name]]
            holds[name], directions[name] = variant.holds, int(variant.direction)

    def still(name: str, strata: NDArray[np.float32]) -> bool:
        return within(evidence.outcomes, holds[name], directions[name], strata, random, level) <= level

    stands = {(one, two): still(one, holds[two]) for one in passed for two in passed if one != two}
    away = {one: [two for two in passed if two != one and stands[two, one] and not stands[one, two]] for one in passed}
    tied = {
        one: [two for two in passed if two != one and not stands[two, one] and not stands[one, two]] for one in passed
    }
    one_relay = relays is None or len(np.unique(relays[~np.isnan(relays)])) < 2
    found: dict[str, Relation] = {}
    for name in passed:
        rivals = [other for other in tied[name] if other not in means]
        by_means = tuple(other for other in tied[name] if other in means)
        if not one_relay and relays is not None and not still(name, relays):
            found[name] = ("explained-away", ("relay",), ())
        elif name in means and rivals:
            found[name] = ("by-way-of", tuple(rivals), ())
        elif away[name]:
            found[name] = ("explained-away", tuple(away[name]), ())
        elif rivals:
            found[name] = ("tied", (), tuple(rivals))
        else:
            found[name] = ("named", (), by_means)
    return _settled(found, tied, means)


def _settled(found: dict[str, Relation], tied: Mapping[str, list[str]], means: Collection[str]) -> dict[str, Relation]:
    """Untie what is tied only with explanations that something else explains away."""
    settled = dict(found)
    for name, (status, _, others) in found.items():
        if status == "tied":
            left = tuple(other for other in others if found[other][0] in ("tied", "named"))
            by_means = tuple(other for other in tied[name] if other in means)
            settled[name] = ("tied", (), left) if left else ("named", (), by_means)
        elif status == "by-way-of":
            left = tuple(other for other in found[name][1] if found[other][0] in ("tied", "named"))
            if left:
                settled[name] = ("by-way-of", left, ())
            else:
                reasons = tuple(dict.fromkeys(by for other in found[name][1] for by in found[other][1]))
                settled[name] = ("explained-away", reasons, ())
    return settled
