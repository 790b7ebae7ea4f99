"""The explanations of the refusals, and the answer that comes of them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from .scalars import Arguments, Frame, Natural, Share, Time


class SentenceJson(Struct):
    """A sentence, and by what any language draws it."""

    id: str
    args: Arguments
    text: str


class ActJson(Struct):
    """A log-in to a mailbox or a visit to a webmail, as the captures show it."""

    at: Time
    kind: Literal["mail-login", "webmail"]
    link: str | None
    """Whose ISP's it was; null where that is not known."""
    frame: Frame | None = None
    """What shows it: the answer to the log-in, the question for the page; null in cases of earlier versions."""


class HypothesisJson(Struct):
    """One explanation of the refusals, tested over all episodes (DESIGN section 6)."""

    id: str
    statement: str
    status: Literal[
        "named", "not-observable", "explained-away", "tied", "by-way-of", "not-shown", "not-enough-evidence"
    ]
    by: list[str]
    with_: list[str] = field(name="with")
    episodes: Natural
    runs: Natural
    window_s: float | None
    bracket_s: tuple[float | None, float | None] | None
    table: tuple[tuple[Natural, Natural], tuple[Natural, Natural]] | None
    left_out: dict[str, Natural]
    odds_ratio: float | None
    ci95: tuple[float | None, float | None]
    p_turned: Share | None
    p_runs: Share | None
    reading: str
    next_observation: SentenceJson | None
    bound: Literal["infinite"] | None = None
    statement_id: str | None = None
    statement_args: Arguments | None = None
    reading_id: str | None = None
    reading_args: Arguments | None = None


class AnswerJson(Struct):
    """What terminal, page and Python say, word for word."""

    status: Literal["explained", "tied", "not-shown", "not-enough-evidence", "cannot-answer"] | None
    sentences: list[SentenceJson]
    to_try: list[SentenceJson]
    to_capture: list[SentenceJson]
    contradictions: list[SentenceJson]
