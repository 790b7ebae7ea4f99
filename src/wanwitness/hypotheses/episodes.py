"""Episodes: tries that are evidence of their own.

A mail program that tries again every minute is no new evidence each time. A try of the same client and sender (and the
same recipients, where both show them) within an hour of a refusal, again refused, with every condition alike, counts
once with it. A try under another condition is new evidence, refused or not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .assumptions import RETRY_NS
from .attempt import Attempt
from .conditions import PASSING
from .evidence import Variant


def episodes(attempts: Sequence[Attempt], variants: Sequence[Variant]) -> NDArray[np.int64]:
    """Return the places of the attempts that are episodes.

    Args:
        attempts: in order of time.
        variants: every condition, one value an attempt.
    """
    lasting = [variant.holds for variant in variants if variant.explanation not in PASSING]
    table = np.nan_to_num(np.stack(lasting, 1), nan=2).astype(np.int8) if lasting else np.empty((len(attempts), 0))
    refused: dict[tuple[str, str | None], list[int]] = {}
    """By client and sender, the latest refusals, each of another mail or under another condition."""
    kept = []
    for place, attempt in enumerate(attempts):
        key = (attempt.client, attempt.sender)
        if not attempt.refused:
            kept.append(place)
            refused.pop(key, None)  # what is refused after this is no retry
            continue
        earlier = [p for p in refused.get(key, ()) if attempt.at_ns - attempts[p].at_ns <= RETRY_NS]
        same = [p for p in earlier if _same_mail(attempts[p], attempt)]
        if not same or not (table[same[-1]] == table[place]).all():
            kept.append(place)
        refused[key] = [p for p in earlier if p not in same] + [place]
    return np.array(kept, np.int64)


def _same_mail(one: Attempt, two: Attempt) -> bool:
    return one.recipients is None or two.recipients is None or one.recipients == two.recipients
