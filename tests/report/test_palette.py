"""Colours: enough contrast for small text (WCAG 2.2, 1.4.3), and apart from each other in grey."""

from __future__ import annotations

import pytest

from wanwitness.report.palette import DARK, LIGHT


def _luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_words_are_readable_on_their_papers(palette: dict[str, str]) -> None:
    pairs = [(ink, paper) for ink in ("ink", "muted", "anchor") for paper in ("paper", "card")]
    pairs += [(f"{kind}-ink", f"{kind}-paper") for kind in ("accepted", "refused", "other")]
    pairs += [("refused", "paper"), ("refused", "card"), ("event", "paper"), ("ink", "refused-paper")]
    pairs += [("paper", "refused-ink")]
    poor = {pair: round(_contrast(palette[pair[0]], palette[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_both_palettes_have_the_same_names(palette: dict[str, str]) -> None:
    assert palette.keys() == LIGHT.keys()


def test_accepted_and_refused_stay_apart_in_grey() -> None:
    assert _contrast(LIGHT["accepted"], LIGHT["refused"]) > 2


def test_no_colour_has_two_names() -> None:
    """A drawing's colours become the page's by their value."""
    assert len(set(LIGHT.values())) == len(LIGHT)
