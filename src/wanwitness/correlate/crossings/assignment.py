"""Pairs LAN streams with WAN streams one to one, of all candidates together, and says what that leaves open.

Of the candidates of a stream only those with the fewest mismatches are kept, on either side. Where several assignments
are possible, none is preferred because of its link: the pair names the other candidates, and says whether its LAN
stream may have no WAN side at all.
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
    """How sure it is if nothing else candidates, 0 to 1."""
    mismatches: float
    """How much speaks against it: of two candidates of one stream, the one with more mismatches is dropped."""
    doubt: float
    """How much of that may only look so, since packets were lost."""
    opener: Opener
    apart: int
    """How far apart in time the two are, ns: the nearest is shown where nothing else decides."""

    @property
    def rank(self) -> tuple[float, float, int]:
        """Best first."""
        return self.mismatches, -self.score, self.apart


def assign(candidates: Iterable[Comparison]) -> list[Pair]:
    """Pair as many as possible; each stream is used once."""
    edges: dict[MailStream, dict[MailStream, Comparison]] = defaultdict(dict)
    for candidate in sorted(_best(list(candidates)), key=lambda candidate: candidate.rank):
        edges[candidate.lan][candidate.wan[1]] = candidate
    pairs = []
    for group in groups({left: list(rights) for left, rights in edges.items()}):
        own = {left: list(edges[left]) for left in group}
        if len(group) == len(own[group[0]]) == 1:  # by far the most: nothing else comes into question either
            pairs += [_pair(candidate, [], [], False) for candidate in edges[group[0]].values()]
            continue
        matching = Matching(own, _nearest_first(candidate for left in group for candidate in edges[left].values()))
        for left in group:
            right = matching.partner(left)
            if right is not None:
                rivals = [
                    edges[left][other] for other in own[left] if other != right and matching.may_pair(left, other)
                ]
                rest = [candidate.score for other, candidate in edges[left].items() if other != right]
                pairs.append(_pair(edges[left][right], rivals, rest, matching.may_stay_alone(left)))
    return pairs


def _best(candidates: list[Comparison]) -> list[Comparison]:
    least: dict[MailStream, float] = {}
    for candidate in candidates:
        for one in (candidate.lan, candidate.wan[1]):
            least[one] = min(candidate.mismatches, least.get(one, candidate.mismatches))
    return [
        candidate
        for candidate in candidates
        if candidate.mismatches - candidate.doubt <= min(least[candidate.lan], least[candidate.wan[1]])
    ]


def _nearest_first(candidates: Iterable[Comparison]) -> dict[MailStream, MailStream]:
    """A pairing that takes the best first; it need not be the largest."""
    partner: dict[MailStream, MailStream] = {}
    taken: set[MailStream] = set()
    for candidate in sorted(candidates, key=lambda candidate: candidate.rank):
        left, right = candidate.lan, candidate.wan[1]
        if left not in partner and right not in taken:
            partner[left] = right
            taken.add(right)
    return partner


def _pair(candidate: Comparison, rivals: list[Comparison], rest: list[float], may_be_one_sided: bool) -> Pair:
    """Every rival, and having no WAN side, is as likely as what was chosen."""
    ways = 1 + len(rivals) + may_be_one_sided
    lan, (point, wan) = candidate.lan, candidate.wan
    return Pair(
        lan,
        wan,
        point,
        candidate.method,
        round(candidate.score / ways, 4),
        round(max(rest) / ways, 4) if rest else None,
        opening_frames(lan.stream) + opening_frames(wan.stream),
        opener=candidate.opener,
        rivals=tuple(rival.wan for rival in rivals),
        may_be_one_sided=may_be_one_sided,
    )
