"""Explanations told from each other: named, tied, explained away, means."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wanwitness.hypotheses.catalogue import phrases
from wanwitness.hypotheses.conditions import MEANS
from wanwitness.hypotheses.decision import Decision, decide
from wanwitness.hypotheses.evidence import Evidence, Variant

OUTCOMES = np.array([int(c) for c in "0001111000100001110000001100001000111000"], np.int8)
TIMES = np.arange(len(OUTCOMES), dtype=np.float64) * 7200


def other(seed: int) -> NDArray[np.float32]:
    return (np.random.default_rng(seed).random(len(OUTCOMES)) < 0.4).astype(np.float32)


def decided(
    *variants: Variant, outcomes: NDArray[np.int8] = OUTCOMES, relays: NDArray[np.float32] | None = None
) -> Decision:
    return decide(Evidence(outcomes, TIMES[: len(outcomes)], variants), MEANS, relays)


LINK = Variant("link-mismatch", OUTCOMES.astype(np.float32), 1)


def test_what_goes_with_every_refusal_is_named() -> None:
    found = decided(LINK, Variant("hour", other(1), 0), Variant("tls", other(2), 0)).rulings
    assert {name: one.status for name, one in found.items()} == {
        "link-mismatch": "named",
        "hour": "not-shown",
        "tls": "not-shown",
        "mending": "not-shown",
    }


def test_two_that_always_coincide_are_tied() -> None:
    """Neither is preferred, and each names the other."""
    found = decided(LINK, Variant("relay-owner", LINK.holds, 1)).rulings
    assert (found["link-mismatch"].status, found["link-mismatch"].with_) == ("tied", ("relay-owner",))
    assert (found["relay-owner"].status, found["relay-owner"].with_) == ("tied", ("link-mismatch",))


def test_means_that_coincide_with_the_link_are_by_way_of_it() -> None:
    """The relay's address follows from the look-up: the link is named, and its means told with it."""
    found = decided(LINK, Variant("relay-address", LINK.holds, 0)).rulings
    assert (found["link-mismatch"].status, found["link-mismatch"].with_) == ("named", ("relay-address",))
    assert (found["relay-address"].status, found["relay-address"].by) == ("by-way-of", ("link-mismatch",))


def test_means_that_tell_more_are_named_alone() -> None:
    """An address that was reached over both links, and refused over both, explains the link away."""
    worse = OUTCOMES.copy().astype(np.float32)
    worse[::5] = 1 - worse[::5]
    found = decided(Variant("link-mismatch", worse, 1), Variant("relay-address", LINK.holds, 0)).rulings
    assert found["relay-address"].status == "named"
    assert found["link-mismatch"].status in ("explained-away", "not-shown")


def test_what_only_goes_along_is_explained_away() -> None:
    """A condition that is often, and not always, there where the cause is."""
    random = np.random.default_rng(3)
    holds = np.where(random.random(400) < 0.3, 1, 0)
    runs = np.repeat(holds, 3)[:400]
    along = np.where(random.random(400) < 0.15, 1 - runs, runs).astype(np.float32)
    outcomes = runs.astype(np.int8)
    variants = (Variant("link-mismatch", runs.astype(np.float32), 1), Variant("helo", along, 0))
    evidence = Evidence(outcomes, np.arange(400, dtype=np.float64) * 7200, variants)
    found = decide(evidence, MEANS).rulings
    assert found["link-mismatch"].status == "named"
    assert (found["helo"].status, found["helo"].by) == ("explained-away", ("link-mismatch",))


def test_it_must_hold_within_one_relay() -> None:
    """Where all refusals are one ISP's and all its tries have the condition, it may be the relay alone."""
    found = decided(LINK, relays=OUTCOMES.astype(np.float32)).rulings["link-mismatch"]
    assert (found.status, found.by) == ("explained-away", ("relay",))
    assert [called.template for called in phrases(found.by)] == ["the ISP whose relay it was"]


@pytest.mark.parametrize(
    ("series", "lacking"),
    [
        ("00011000110011000", {"episodes"}),
        ("0000000011000000100000000", set()),
        ("0000000011000000000000000", {"refused", "runs"}),
        ("0000000011100000000000000", {"runs"}),
        ("1111111111001111111111111", {"accepted"}),
    ],
)
def test_what_is_lacking_is_said(series: str, lacking: set[str]) -> None:
    """At least 20 episodes, 3 refused in 2 runs, 3 accepted."""
    outcomes = np.array([int(c) for c in series], np.int8)
    found = decided(Variant("hour", other(1)[: len(outcomes)], 0), outcomes=outcomes)
    assert set(found.lacking) == lacking
    if lacking:
        assert {one.status for one in found.rulings.values()} == {"not-enough-evidence"}


def test_the_same_evidence_gives_the_same_figures() -> None:
    assert decided(LINK, Variant("hour", other(1), 0)) == decided(LINK, Variant("hour", other(1), 0))
