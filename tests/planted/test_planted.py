"""No secret that was sent, and nothing of a message, is in any output."""

from __future__ import annotations

from pathlib import Path

import pytest

from planted.outputs import dialogue, search
from planted.plots import PLOTS


def test_a_dialogue_is_a_function_of_its_seed() -> None:
    assert [dialogue(seed)[:2] for seed in range(30)] == [dialogue(seed)[:2] for seed in range(30)]


def test_what_is_planted_is_sent() -> None:
    """Else the search would find nothing for lack of anything to find."""
    for seed in range(len(PLOTS) * 3):
        name, said, secrets, _ = dialogue(seed)
        sent = b"".join(data for _, data in said)
        assert any(form in sent for form in secrets.planted), name


def test_no_planted_secret_is_in_any_output(tmp_path: Path) -> None:
    """Cut, repeated, reordered, in fragments and tunnels, quoted by ICMP, padded, lost; of every plot, everywhere."""
    assert list(search(tmp_path, range(len(PLOTS) * 15), whole=True)) == []


@pytest.mark.slow
def test_none_of_many_planted_secrets_is_in_any_output(tmp_path: Path) -> None:
    for first in range(1_000_000, 1_020_000, 500):
        (tmp_path / str(first)).mkdir()
        assert list(search(tmp_path / str(first), range(first, first + 500))) == []
