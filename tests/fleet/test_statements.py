"""What is named over all sites, and what is not: sites are made up as results, without captures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import pytest

from wanwitness.fleet import Result, Try
from wanwitness.fleet.statements import LEVEL, statements
from wanwitness.fleet.traits import Trait

Chance = Callable[[int, str, str], tuple[float, float]]
MODELS = ("A", "B", "C", "D")


def fleet(
    sites: int,
    chance: Chance,
    seed: int,
    tries: int = 30,
    firmware: Callable[[int], str] = lambda n: str(n % 3),
) -> list[Result]:
    """Make results: `chance` gives, of a site's number, its model and a relay, how often links differ, and how often
    mail is refused beyond that; where links differ it always is.
    """
    random = Random(seed)
    made = []
    for n in range(sites):
        model = MODELS[n % len(MODELS)]
        rows = []
        for k in range(tries):
            relay = random.choice(("smtp.one.example", "smtp.two.example"))
            differ, refuse = chance(n, model, relay)
            mismatch = random.random() < differ
            refused = mismatch or random.random() < refuse
            rows.append(Try(1e9 + 3600.0 * k, refused, mismatch, relay, random.choice(("192.0.2.53", "192.0.2.153"))))
        made.append(
            Result(
                site=f"site {n}",
                folder="",
                case="",
                status="analysed",
                model=model,
                firmware=firmware(n),
                tags={"region": random.choice(("north", "south"))},
                tries=rows,
            )
        )
    return made


def _faulty(sites: Sequence[int]) -> Chance:
    return lambda n, model, relay: (0.9 if n in sites else 0.0, 0.0)


def _leveled(level: Sequence[float]) -> Chance:
    return lambda n, model, relay: (level[n] / 2, level[n] / 2)


def named(results: list[Result]) -> set[tuple[str, str, str]]:
    return {(one.measure, one.trait.kind, one.trait.value) for one in statements(results) if one.status == "named"}


def test_a_faulty_model_is_named_and_sound_ones_are_not() -> None:
    results = fleet(80, lambda n, model, relay: (0.2 if model == "C" else 0.0, 0.02), 1)
    assert named(results) == {("mismatch", "model", "C"), ("refusal", "mismatch", "")}
    (refusals,) = [one for one in statements(results) if one.trait == Trait("model", "C") and one.measure == "refusal"]
    assert (refusals.status, refusals.by) == ("by-way-of", (Trait("mismatch"),))


def test_one_site_accuses_no_model() -> None:
    """However many mails it sends, and two of them do not either."""
    for faulty in (1, 2):
        results = fleet(80, _faulty((2, 6)[:faulty]), 2, tries=200)
        assert not [row for row in named(results) if row[1] in ("model", "firmware", "tag")]


def test_a_firmware_explains_its_model() -> None:
    """Only one firmware of the model is faulty: not the model."""
    results = fleet(
        120,
        lambda n, model, relay: (0.4 if model == "C" and n // 4 % 2 else 0.0, 0.0),
        3,
        firmware=lambda n: "new" if n // 4 % 2 else "old",
    )
    assert ("mismatch", "firmware", "C new") in named(results)
    assert ("mismatch", "model", "C") not in named(results)


def test_a_model_s_firmwares_are_not_named_beside_it() -> None:
    """Both are on faulty sites alone, and one of them by chance shows it a little more often (one draw in twelve)."""
    for seed in (43, 52, 53, 58, 77, 91):
        results = fleet(
            80,
            lambda n, model, relay: (0.3 if model == "C" else 0.0, 0.0),
            5000 + seed,
            firmware=lambda n: "new" if n // 4 % 2 else "old",
        )
        assert named(results) == {("mismatch", "model", "C"), ("refusal", "mismatch", "")}


def test_a_firmware_that_all_have_is_the_model() -> None:
    results = fleet(80, lambda n, model, relay: (0.3 if model == "C" else 0.0, 0.0), 4, firmware=lambda n: "1")
    assert ("mismatch", "model", "C") in named(results)
    assert not [one for one in statements(results) if one.trait.kind == "firmware"]


def test_a_relay_is_compared_within_each_site() -> None:
    """One that refuses more than others at the same sites is named; one that only difficult sites use is not."""
    results = fleet(30, lambda n, model, relay: (0.0, 0.3 if relay == "smtp.two.example" else 0.02), 5)
    assert named(results) == {("refusal", "relay", "smtp.two.example")}
    for n, result in enumerate(results := fleet(30, lambda n, model, relay: (0.0, 0.3 if n % 2 else 0.0), 6)):
        relay = f"smtp.{'bad' if n % 2 else 'good'}.example"
        result.tries[:] = [Try(t.at_s, t.refused, t.mismatch, relay, t.resolver) for t in result.tries]
    assert not [row for row in named(results) if row[1] == "relay"]


def test_too_few_sites_say_nothing() -> None:
    results = fleet(4, lambda n, model, relay: (0.9 if model == "C" else 0.0, 0.0), 7)
    of_sites = [one for one in statements(results) if one.trait.kind in ("model", "firmware", "tag")]
    assert of_sites
    assert {one.status for one in of_sites} <= {"not-enough-evidence", "not-shown"}
    assert not statements([])


@pytest.mark.parametrize("bursts", [False, True])
@pytest.mark.slow
def test_nothing_is_named_by_chance(bursts: bool) -> None:
    """Of 200 fleets in which nothing matters: at most 5 % name something (and 3 standard errors)."""
    wrong = 0
    for seed in range(200):
        random = Random(seed)
        level = [random.random() ** 3 for _ in range(24)]  # sites differ much
        results = fleet(24, _leveled(level), 1000 + seed)
        for result in results if bursts else ():
            result.tries.sort(key=lambda one: one.refused)
            turn = random.randrange(len(result.tries))
            result.tries[:] = [*result.tries[turn:], *result.tries[:turn]]
        wrong += bool([row for row in named(results) if row[1] != "mismatch"])
    assert wrong <= 200 * LEVEL + 3 * (200 * LEVEL) ** 0.5
