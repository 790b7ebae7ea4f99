"""Shares WAN streams out to LAN streams, one to one over all that hangs together, and says what that leaves open.

Of what fits a stream, only what fits it best is kept, on either side. Where several sharings-out are possible none is
preferred for the link's sake: the pair names its rivals, and whether its LAN stream may have no WAN side at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from wanwitness.reading.point import MailStream

from .bipartite import Matching, groups
from .pair import Method, Opener, Pair, Wan, opening_frames


@dataclass(frozen=True, slots=True)
class Comparison:
    """A LAN stream and a WAN stream that may be one conversation."""

    lan: MailStream
    wan: Wan
    method: Method
    score: float
    """How sure it is if nothing else fits, 0 to 1."""
    mismatches: float
    """How much speaks against it: of two fits of one stream, the one with more is no fit at all,"""
    doubt: float
    """but for so much that may only look so, since packets were lost."""
    opener: Opener
    apart: int
    """How far apart in time the two are, ns: the nearest is shown where nothing else decides."""

    @property
    def rank(self) -> tuple[float, float, int]:
        """Best first."""
        return self.mismatches, -self.score, self.apart


def assign(fits: Iterable[Comparison]) -> list[Pair]:
    """Pair as many as possible; each stream is used once."""
    edges: dict[MailStream, dict[MailStream, Comparison]] = defaultdict(dict)
    for fit in sorted(_best(list(fits)), key=lambda fit: fit.rank):
        edges[fit.lan][fit.wan[1]] = fit
    pairs = []
    for group in groups({left: list(rights) for left, rights in edges.items()}):
        own = {left: list(edges[left]) for left in group}
        if len(group) == len(own[group[0]]) == 1:  # by far the most: nothing else fits either
            pairs += [_pair(fit, [], [], False) for fit in edges[group[0]].values()]
            continue
        matching = Matching(own, _nearest_first(fit for left in group for fit in edges[left].values()))
        for left in group:
            right = matching.partner(left)
            if right is not None:
                rivals = [
                    edges[left][other] for other in own[left] if other != right and matching.may_pair(left, other)
                ]
                rest = [fit.score for other, fit in edges[left].items() if other != right]
                pairs.append(_pair(edges[left][right], rivals, rest, matching.may_stay_alone(left)))
    return pairs


def _best(fits: list[Comparison]) -> list[Comparison]:
    least: dict[MailStream, float] = {}
    for fit in fits:
        for one in (fit.lan, fit.wan[1]):
            least[one] = min(fit.mismatches, least.get(one, fit.mismatches))
    return [fit for fit in fits if fit.mismatches - fit.doubt <= min(least[fit.lan], least[fit.wan[1]])]


def _nearest_first(fits: Iterable[Comparison]) -> dict[MailStream, MailStream]:
    """A sharing-out that takes the best first; it need not be the largest."""
    partner: dict[MailStream, MailStream] = {}
    taken: set[MailStream] = set()
    for fit in sorted(fits, key=lambda fit: fit.rank):
        left, right = fit.lan, fit.wan[1]
        if left not in partner and right not in taken:
            partner[left] = right
            taken.add(right)
    return partner


def _pair(fit: Comparison, rivals: list[Comparison], rest: list[float], may_be_one_sided: bool) -> Pair:
    """Every rival, and having no WAN side, is as likely as what was chosen."""
    ways = 1 + len(rivals) + may_be_one_sided
    lan, (point, wan) = fit.lan, fit.wan
    return Pair(
        lan,
        wan,
        point,
        fit.method,
        round(fit.score / ways, 4),
        round(max(rest) / ways, 4) if rest else None,
        opening_frames(lan.stream) + opening_frames(wan.stream),
        opener=fit.opener,
        rivals=tuple(rival.wan for rival in rivals),
        may_be_one_sided=may_be_one_sided,
    )
