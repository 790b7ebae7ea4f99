"""What goes with refusals, and with mail whose links differ, over all sites.

A router's model is every session's of a site. Whether it matters only a comparison of sites tells, and there a site is
the unit: however many mails one site sends, it is evidence of one. What differs within a site, its relays and
resolvers, is compared within each site (`within_sites`), so that no difference between sites can pass for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from wanwitness.hypotheses.within import within

from .permuted import Floats, sites_permuted, step_down
from .result import Result, Try
from .traits import Trait, site_traits, try_traits
from .within_sites import Stratum, redrawn_p, turned_p

Measure = Literal["mismatch", "refusal"]
Status = Literal["named", "tied", "by-way-of", "explained-away", "not-shown", "not-enough-evidence"]
LEVEL = 0.05
"""What is named is as rare as this by chance alone, all that was looked at considered."""
FAMILIES = 4
"""Traits of sites and of tries, each tested for both measures: every p is multiplied by it (Bonferroni)."""
FEWEST_SITES = 3
"""A trait is named only where so many sites with it show it, and it is compared with so many without: one site proves
nothing of a model, and two may be one administrator's.
"""
FEWEST_TRIES = 20
"""Over all sites that can tell, as in DESIGN section 6."""
SEED = 2012_11_21
"""The draws are the same in every run."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    hits: int
    of: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What all sites together say of one trait."""

    trait: Trait
    measure: Measure
    status: Status
    sites: tuple[Share, Share]
    """Sites where it shows, with the trait and without; of a trait of tries, sites that have such tries, and others."""
    tries: tuple[Share, Share]
    """Tries that show it, with the trait and without."""
    p: float | None = None
    """Of the permutation of sites, or the greater of the two tests within sites; adjusted."""
    by: tuple[Trait, ...] = ()
    """What explains it away, or what it works by."""
    with_: tuple[Trait, ...] = ()
    """What it cannot be told apart from."""


def statements(results: Sequence[Result]) -> list[Statement]:
    """Compare sites, and tries within sites, by all they have in common; what is named comes first."""
    mismatches = _of_sites(results, "mismatch")
    named = {one.trait for one in mismatches if one.status in ("named", "tied")}
    refusals = [
        replace(one, status="by-way-of", by=(Trait("mismatch"),), with_=())
        if one.status in ("named", "tied") and one.trait in named and _only_by_mismatch(results, one.trait)
        else one
        for one in _of_sites(results, "refusal")
    ]
    told = [*mismatches, *refusals, *_of_tries(results, "mismatch"), *_of_tries(results, "refusal")]
    return sorted(told, key=lambda one: (_ORDER[one.status], one.measure, one.p if one.p is not None else 2, one.trait))


_ORDER: dict[Status, int] = {status: place for place, status in enumerate(get_args(Status))}


def _only_by_mismatch(results: Sequence[Result], trait: Trait) -> bool:
    """Whether sites with a trait are refused no more than others, where the mails' links differ, or agree, alike."""
    known = [[tried for tried in result.tries if tried.mismatch is not None] for result in results]
    rate = {
        differ: float(
            np.mean([tried.refused for some in known for tried in some if tried.mismatch is differ] or [False])
        )
        for differ in (True, False)
    }
    beyond = [
        np.mean([tried.refused - rate[bool(tried.mismatch)] for tried in some]) if some else np.nan for some in known
    ]
    column = np.array([[trait in site_traits(result)] for result in results], float)
    found = sites_permuted(column, np.array(beyond), np.random.default_rng(SEED))
    return FAMILIES * float(step_down(found)[0]) > LEVEL


def shows(tried: Try, measure: Measure) -> bool | None:
    """Whether a try shows what is measured; None where that is not known."""
    return tried.mismatch if measure == "mismatch" else tried.refused


def _known(results: Sequence[Result], measure: Measure) -> list[list[Try]]:
    return [[tried for tried in result.tries if shows(tried, measure) is not None] for result in results]


def _of_sites(results: Sequence[Result], measure: Measure) -> list[Statement]:
    held = _but_for_one_firmware([set(site_traits(result)) for result in results])
    traits = sorted(set().union(*held))
    tries = _known(results, measure)
    scores = np.array([np.mean([bool(shows(t, measure)) for t in some]) if some else np.nan for some in tries])
    counted = {trait: _sites_with(trait, held, tries, measure) for trait in traits}
    usable = [trait for trait in traits if _enough(*counted[trait][0])]
    columns = np.array([[trait in some for trait in usable] for some in held], float).reshape(len(held), len(usable))
    random = np.random.default_rng(SEED)
    p = np.minimum(1, FAMILIES * step_down(sites_permuted(columns, scores, random))) if usable else np.ones(0)
    passed = [n for n, trait in enumerate(usable) if p[n] <= LEVEL and counted[trait][0][0].hits >= FEWEST_SITES]

    def among(one: int, other: int) -> float:
        strata = columns[:, other].astype(np.int64)
        return FAMILIES * float(step_down(sites_permuted(columns[:, [one]], scores, random, strata))[0])

    relations = _told_apart(passed, among)
    return [
        _statement(trait, measure, counted[trait], usable, p, relations) for trait in traits if counted[trait][0][0].of
    ]


def _but_for_one_firmware(held: list[set[Trait]]) -> list[set[Trait]]:
    """Leave out a firmware that all sites of its model have: it can tell nothing that the model does not."""
    having = Counter(trait for some in held for trait in some)
    of_model = {
        trait: having[model]
        for some in held
        for trait in some
        if trait.kind == "firmware"
        for model in some
        if model.kind == "model"
    }
    return [{trait for trait in some if having[trait] != of_model.get(trait)} for some in held]


def _sites_with(
    trait: Trait, held: Sequence[set[Trait]], tries: Sequence[Sequence[Try]], measure: Measure
) -> tuple[tuple[Share, Share], tuple[Share, Share]]:
    sites, mails = [], []
    for has in (True, False):
        some = [group for traits, group in zip(held, tries, strict=True) if (trait in traits) == has and group]
        sites.append(Share(sum(any(shows(t, measure) for t in group) for group in some), len(some)))
        mails.append(Share(sum(bool(shows(t, measure)) for group in some for t in group), sum(map(len, some))))
    return (sites[0], sites[1]), (mails[0], mails[1])


def _enough(with_it: Share, without: Share) -> bool:
    return with_it.of >= FEWEST_SITES and without.of >= FEWEST_SITES


def _of_tries(results: Sequence[Result], measure: Measure) -> list[Statement]:
    traits = [trait for trait in try_traits(results) if not (trait.kind == "mismatch" and measure == "mismatch")]
    tries = _known(results, measure)
    counted = {trait: _tries_with(trait, tries, measure) for trait in traits}
    telling = [trait for trait in traits if _tells(trait, tries, measure)]
    strata = [_stratum(group, telling, measure) for group in tries]
    strata = [one for one in strata if 0 < one[0].sum() < len(one[0])]
    p = np.ones(0)
    if telling and strata:
        random = np.random.default_rng(SEED)
        p = np.maximum(turned_p(strata, random), redrawn_p(strata, random))
        p = np.minimum(1, FAMILIES * p)
    else:
        telling = []
    passed = [n for n, trait in enumerate(telling) if p[n] <= LEVEL and counted[trait][0][0].hits >= FEWEST_SITES]
    outcomes = np.concatenate([one[0] for one in strata]) if strata else np.empty(0, np.int8)
    conditions = (
        np.concatenate([one[1] for one in strata]).astype(np.float32) if strata else np.empty((0, 0), np.float32)
    )
    site = np.repeat(np.arange(len(strata)), [len(one[0]) for one in strata])

    def among(one: int, other: int) -> float:
        alike: NDArray[np.float32] = (2 * site + conditions[:, other]).astype(np.float32)
        return within(outcomes, conditions[:, one], 1, alike, np.random.default_rng(SEED), LEVEL)

    relations = _told_apart(passed, among)
    return [
        _statement(trait, measure, counted[trait], telling, p, relations) for trait in traits if counted[trait][0][0].of
    ]


def _tries_with(
    trait: Trait, tries: Sequence[Sequence[Try]], measure: Measure
) -> tuple[tuple[Share, Share], tuple[Share, Share]]:
    count: Counter[tuple[bool, bool]] = Counter()
    sites = {True: [0, 0], False: [0, 0]}
    for group in tries:
        found = Counter((has, bool(shows(t, measure))) for t in group if (has := trait.of_try(t)) is not None)
        count += found
        for has in (True, False):
            sites[has][0] += found[has, True] > 0
            sites[has][1] += found[has, True] + found[has, False] > 0
    shares = [Share(count[has, True], count[has, True] + count[has, False]) for has in (True, False)]
    return (Share(*sites[True]), Share(*sites[False])), (shares[0], shares[1])


def _tells(trait: Trait, tries: Sequence[Sequence[Try]], measure: Measure) -> bool:
    """Whether enough sites have tries with it and without, of which some show what is measured and some do not."""
    telling, number = 0, 0
    for group in tries:
        known = [(has, shows(t, measure)) for t in group if (has := trait.of_try(t)) is not None]
        if len({has for has, _ in known}) == 2 and len({shown for _, shown in known}) == 2:
            telling += 1
            number += len(known)
    return telling >= FEWEST_SITES and number >= FEWEST_TRIES


def _stratum(group: Sequence[Try], traits: Sequence[Trait], measure: Measure) -> Stratum:
    outcomes = np.array([bool(shows(t, measure)) for t in group], np.int8)
    rows = [[np.nan if (has := trait.of_try(t)) is None else has for trait in traits] for t in group]
    return outcomes, np.array(rows, np.float64).reshape(len(group), len(traits))


Relations = dict[int, tuple[Status, tuple[int, ...]]]


def _told_apart(passed: Sequence[int], among: Callable[[int, int], float]) -> Relations:
    """Say of those that pass which remain among what is alike in another.

    All but one of them may be there by that one alone, and each of those has its chance to seem to remain: every p is
    multiplied by their number (Bonferroni).
    """
    away: dict[int, list[int]] = {n: [] for n in passed}
    tied: dict[int, list[int]] = {n: [] for n in passed}
    lost = {(one, other) for one, other in permutations(passed, 2) if among(one, other) * (len(passed) - 1) > LEVEL}
    for one, other in lost:
        (tied if (other, one) in lost else away)[one].append(other)
    return {
        n: ("explained-away", tuple(away[n])) if away[n] else ("tied", tuple(tied[n])) if tied[n] else ("named", ())
        for n in passed
    }


def _statement(
    trait: Trait,
    measure: Measure,
    counted: tuple[tuple[Share, Share], tuple[Share, Share]],
    usable: Sequence[Trait],
    p: Floats,
    relations: Relations,
) -> Statement:
    sites, tries = counted
    if trait not in usable:
        return Statement(trait, measure, "not-enough-evidence", sites, tries)
    place = usable.index(trait)
    status, others = relations.get(place, ("not-shown", ()))
    named = tuple(usable[n] for n in sorted(others))
    return Statement(
        trait,
        measure,
        status,
        sites,
        tries,
        p=float(p[place]),
        by=named if status == "explained-away" else (),
        with_=named if status == "tied" else (),
    )
