"""What the adversary is, and what the product says of its worlds."""

from __future__ import annotations

from pathlib import Path

import pytest

from adversary.command import broken, run, summary, table, told
from adversary.flaws import write
from adversary.mechanisms import MECHANISMS, plan_of
from adversary.plan import build
from adversary.scoring import Score, try_world
from adversary.truth import rows_of

SIZE = 20


def test_a_world_is_a_function_of_its_seed(tmp_path: Path) -> None:
    """The same seed gives the same packets, truth and captures; another seed does not."""
    digests = []
    for folder, seed in (("a", 5), ("b", 5), ("c", 6)):
        (tmp_path / folder).mkdir()
        plan = plan_of(seed, size=SIZE)[1]
        world = build(seed, 0, plan)
        written = write(world, plan.flaws, tmp_path / folder)
        digests.append((written.digest, tuple(rows_of(world, written, plan.overlap))))
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_hidden_choice_shows_in_no_packet(name: str) -> None:
    """The twin of a world, where only what nobody can see differs, has the same frames at the same times."""
    one, other = (build(3, variant, plan_of(3, (name,), SIZE)[1]) for variant in (0, 1))
    assert one.frames == other.frames
    assert len(one.told) == len(other.told) >= SIZE // 4


@pytest.mark.parametrize("name", ["program: kept or own", "program: two keepers", "stub: windows adapters at once"])
def test_twins_differ_in_what_is_true(name: str) -> None:
    """Else they would prove nothing."""
    one, other = (build(3, variant, plan_of(3, (name,), 60)[1]) for variant in (0, 1))
    assert any(a.mismatch != b.mismatch for a, b in zip(one.told, other.told, strict=True))


def test_a_row_of_worlds_does_not_depend_on_the_number_of_workers() -> None:
    one, two = (run(200, seed=40, workers=workers, size=SIZE) for workers in (1, 2))
    assert table(one) == table(two)


def test_a_wrong_verdict_is_named_so_that_it_can_be_made_again(tmp_path: Path) -> None:
    """`--world` writes the captures, what was true, and what was said."""
    try_world(7, (), SIZE, tmp_path / "7")
    assert {"truth.json"} < {path.name for path in (tmp_path / "7").iterdir()}


def test_nothing_wrong_is_said_of_a_small_world_of_every_mechanism() -> None:
    """No false flag, and no false `consistent`; what can be known is said: 90 % of the true mismatches are flagged, and
    95 % of the sessions decided, where the captures hold what tells.
    """
    score = Score()
    for n, name in enumerate(MECHANISMS):
        score.add(try_world(100 + n, (name,), SIZE))
    assert score.counts["all"]["sessions"] > 1500
    _hold(score, ("MECHANISM",), SIZE)


@pytest.mark.slow
def test_nothing_wrong_is_said_of_many_worlds_with_pairs_of_mechanisms() -> None:
    _hold(run(50_000, seed=1_000_000, workers=2))


def _hold(score: Score, only: tuple[str, ...] = (), size: int | None = None) -> None:
    report = f"{table(score)}\n{summary(score)}\n{told(score, 60, only, size, missed=True)}"
    assert not broken(score), report
