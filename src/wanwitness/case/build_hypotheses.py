"""The hypotheses of a case as plain values."""

from __future__ import annotations

from math import isinf
from typing import Any

from wanwitness.hypotheses import Hypothesis
from wanwitness.language import sentence_value, told
from wanwitness.model import printable


def hypothesis_value(row: Hypothesis) -> dict[str, Any]:
    """Return a row of `hypotheses`; what is infinite is null, with `bound` beside it."""
    odds, low, high = (row.odds.estimate, row.odds.low, row.odds.high) if row.odds else (None, None, None)
    return {
        "id": printable(row.id),
        **told("statement", row.statement),
        "status": row.status,
        "by": list(row.by),
        "with": list(row.with_),
        "episodes": row.episodes,
        "runs": row.runs,
        "what": printable(row.what) if isinstance(row.what, str) else row.what,
        "window_s": None if row.window_s is None else _finite(row.window_s),
        "bracket_s": list(row.bracket_s) if row.bracket_s else None,
        "table": [list(line) for line in row.table] if row.table else None,
        "left_out": row.left_out,
        "odds_ratio": _finite(odds),
        "ci95": [_finite(low), _finite(high)],
        **({"bound": "infinite"} if any(isinf(one) for one in (row.window_s, odds, high) if one is not None) else {}),
        "p_turned": row.p_turned,
        "p_runs": row.p_runs,
        **told("reading", row.reading),
        "next_observation": sentence_value(row.next_observation) if row.next_observation else None,
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or isinf(value) else value
