"""Two cases in; what can be said of each relay that refused in the first, out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from wanwitness.case import Case, opened_case
from wanwitness.language import sentence_value
from wanwitness.model import Sentence
from wanwitness.wrong_use import wrong

from .catalogue import sentence
from .chance import LEVEL, needed, rarity
from .tries import Tries, addresses, refusing, tries

Status = Literal["mended", "not-enough-tries", "refused-less", "refused", "no-tries", "nothing-refused"]
"""From the best to the worst, but for the last: nothing was refused in the first case."""
_WORST: tuple[Status, ...] = ("refused", "refused-less", "no-tries", "not-enough-tries", "mended")


@dataclass(frozen=True, slots=True)
class RelayComparison:
    """What can be said of one relay."""

    relay: str
    """By the name that was asked for, else its address."""
    status: Status
    then: Tries
    now: Tries
    p: float | None
    """How rare so few refusals now would be by chance, were it as before; None without a try."""
    needed: int | None
    """How many tries without a refusal call it mended; None where no number would."""
    sentences: tuple[Sentence, ...]

    def value(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "relay": self.relay,
            "status": self.status,
            "then": _counts(self.then),
            "now": _counts(self.now),
            "p": self.p,
            "needed": self.needed,
            "sentences": [sentence_value(one) for one in self.sentences],
        }


@dataclass(frozen=True, slots=True)
class CaseComparison:
    """What can be said of two cases."""

    status: Status
    """The worst of the relays'."""
    relays: tuple[RelayComparison, ...]
    """Those that refused in the first case, in order of the first time."""

    @property
    def mended(self) -> bool:
        """Whether what was refused then can be called mended."""
        return self.status == "mended"

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All that is said, relay by relay."""
        if not self.relays:
            return (sentence("compare-nothing"),)
        return tuple(one for relay in self.relays for one in relay.sentences)

    def value(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "status": self.status,
            "mended": self.mended,
            "relays": [relay.value() for relay in self.relays],
            "sentences": [sentence_value(one) for one in self.sentences],
        }


def compare(before: Case | str | Path, after: Case | str | Path) -> CaseComparison:
    """Say whether what was refused in one case is mended in a later one.

    Args:
        before: the case of then, or where it is.
        after: the case of now.

    Raises:
        UsageError: one is no case, or the second begins before the first.
    """
    then, now = (one.document if isinstance(one, Case) else opened_case(one).document for one in (before, after))
    begins = [_begin(document) for document in (then, now)]
    if begins[0] is not None and begins[1] is not None and begins[1] <= begins[0]:
        raise wrong("compare-order")
    refused = refusing(then["sessions"])
    relays = tuple(_relay(relay, then["sessions"], now["sessions"]) for relay in refused)
    if len(relays) == 1:  # the explanations count the tries for all relays together
        relays = (_with_others(relays[0], then, now),)
    statuses = {relay.status for relay in relays}
    return CaseComparison(next((status for status in _WORST if status in statuses), "nothing-refused"), relays)


def _begin(document: Mapping[str, Any]) -> str | None:
    """When a case's first capture begins: times of one form are in order as texts."""
    return min((capture["first"] for capture in document["captures"] if capture["first"]), default=None)


def _relay(relay: str, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> RelayComparison:
    known = addresses(before, relay)
    then, now = tries(before, relay, known), tries(after, relay, known)
    shares = (then.refused, len(then.rows)), (now.refused, len(now.rows))
    longest, clean = then.longest
    _, now_clean = now.longest
    need = needed(shares[0], longest)
    p = rarity(*shares) if now.rows else None
    counted = sentence(
        "compare-counts",
        relay=relay,
        then_refused=then.refused,
        then=len(then.rows),
        now_refused=now.refused,
        now=len(now.rows),
        sessions=then.sessions,
        now_sessions=now.sessions,
    )
    stretch = {"longest": longest, "clean": clean, "now": len(now.rows), "now_clean": now_clean}
    status: Status
    if p is None:
        return RelayComparison(relay, "no-tries", then, now, None, need, (sentence("compare-no-tries", relay=relay),))
    if now.refused:
        status = "refused-less" if p <= LEVEL else "refused"
        said = sentence("compare-refused-less", p=p) if p <= LEVEL else sentence("compare-refused")
    elif need is None:
        status, said = "not-enough-tries", sentence("compare-too-rare")
    elif len(now.rows) < need or now_clean <= clean:
        status, said = "not-enough-tries", sentence("compare-too-few", need=need, **stretch)
    else:
        status, said = "mended", sentence("compare-mended", p=p, **stretch)
    return RelayComparison(relay, status, then, now, p, need, (counted, said, *_look_ups(then, now)))


def _with_others(relay: RelayComparison, then: Mapping[str, Any], now: Mapping[str, Any]) -> RelayComparison:
    """Say where an answer counts more refused tries than are counted here, and why."""
    if relay.status == "no-tries":
        return relay
    told = [
        sentence("compare-otherwise", which=sentence(f"which-{which}"), counted=counted)
        for which, document, tried in (("first", then, relay.then), ("second", now, relay.now))
        if (counted := _refused_episodes(document)) > tried.refused
    ]
    return replace(relay, sentences=(relay.sentences[0], *told, *relay.sentences[1:]))


def _refused_episodes(document: Mapping[str, Any]) -> int:
    """How many refused tries the explanations of a case rest on at most; 0 where none was weighed."""
    tables = [row["table"] for row in document["hypotheses"] if row["table"] is not None]
    return max((table[0][0] + table[1][0] for table in tables), default=0)


def _look_ups(then: Tries, now: Tries) -> tuple[Sentence, ...]:
    """Tell what was looked up over another link, where that was so in what was refused."""
    if not any(row.refused and row.mismatch for row in then.rows) or not now.known:
        return ()
    figures = {"then": then.mismatched, "then_known": then.known, "now": now.mismatched, "now_known": now.known}
    told = sentence("compare-look-up", **figures)
    return (told, sentence("compare-look-up-still")) if now.mismatched else (told,)


def _counts(some: Tries) -> dict[str, Any]:
    longest, clean_s = some.longest
    return {
        "tries": len(some.rows),
        "refused": some.refused,
        "sessions": some.sessions,
        "left_out": some.left_out,
        "looked_up_elsewhere": some.mismatched,
        "looked_up_known": some.known,
        "longest_without_refusal": longest,
        "longest_without_refusal_s": clean_s,
    }
