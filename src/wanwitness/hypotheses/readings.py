"""What is said of an explanation: one sentence, and the mail that would tell more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import Argument, Sentence

from .act import Watched
from .attempt import Attempt
from .catalogue import phrase, phrases, sentence, span
from .conditions import EVENT, WINDOWED
from .hypothesis import Hypothesis, Target

_UNSEEN = {"relay-owner": "relay", "relay-resolver": "relay", "size": "size", EVENT: "event"}


class Interpreter:
    """Puts rows into words."""

    def __init__(self, isps: Mapping[str, str], watched: Watched) -> None:
        self._isps, self._watched = isps, watched

    def told(self, row: Hypothesis, attempts: Sequence[Attempt], holds: NDArray[np.float32] | None) -> Hypothesis:
        """Return a row with its sentences.

        Args:
            row: what was found.
            attempts: the episodes.
            holds: of each, whether the explanation's best condition holds; None where it has none.
        """
        some = (
            [one for one, held in zip(attempts, holds.tolist(), strict=True) if held == 1] if holds is not None else []
        )
        reading = self._reading(row, some)
        called = _most(some, lambda one: one.relay_name) if row.id == "relay-address" else None
        at = _target([one for one in some if one.refused]) if row.status in ("named", "tied") else None
        return replace(row, reading=reading, called=called, next_observation=self._next(row, some), at=at)

    def _reading(self, row: Hypothesis, some: Sequence[Attempt]) -> Sentence:
        called = phrase(row.id)
        if row.status == "not-observable":
            return sentence(self._unseen(row.id), phrase=called)
        if row.status == "not-enough-evidence" or row.table is None:
            return sentence("not-enough-evidence", phrase=called)
        (refused, accepted), (other_refused, other_accepted) = row.table
        figures: dict[str, Argument] = {
            "refused": refused,
            "with_it": refused + accepted,
            "other_refused": other_refused,
            "without": other_refused + other_accepted,
        }
        if row.status == "not-shown":
            if row.id == "smtp-login" and other_accepted and not refused + accepted:
                return sentence("not-shown-without", phrase=called, other_accepted=other_accepted, **figures)
            if row.p_turned is None:
                return sentence("not-shown-alike", phrase=called)
            p = max(row.p_turned, row.p_runs or 0)
            if row.id == "redirected" and refused and not other_refused:
                return sentence("not-shown-alone", phrase=called, accepted=accepted, p=p, **figures)
            if row.window_s is not None:
                return sentence("not-shown-within", phrase=called, window=span(row.window_s), p=p, **figures)
            return sentence("not-shown", phrase=called, p=p, **figures)
        if row.status == "explained-away":
            return sentence("explained-away", phrase=called, by=phrases(row.by))
        if row.status == "by-way-of":
            return sentence("by-way-of", phrase=called, by=phrases(row.by))
        if row.status == "tied":
            return sentence("tied", phrase=called, others=phrases(row.with_), **figures)
        told = self._named_link(row, some)
        if told is not None:
            return told
        sure: dict[str, Argument] = {"p_turned": row.p_turned, "p_runs": row.p_runs}
        if row.id in WINDOWED or row.id.startswith("event:"):
            return sentence("named-opens", phrase=called, window=span(row.window_s or 0), **figures, **sure)
        if row.what is not None:
            return sentence("named-value", phrase=called, what=row.what, **figures, **sure)
        return sentence("named", phrase=called, **figures, **sure)

    def _named_link(self, row: Hypothesis, some: Sequence[Attempt]) -> Sentence | None:
        """Name ISPs, relay and who looked up; None where they were not the same in all tries."""
        if row.id != "link-mismatch" or row.through is None:
            return None
        alike = {(one.asked_name, one.resolver_link, one.transport_link, one.asked_by) for one in some}
        owners = {one.relay_owner for one in some}
        if len(alike) != 1 or len(owners) != 1:
            return None
        ((name, resolver, transport, asker),) = alike
        if name is None or resolver is None or transport is None or asker is None:
            return None
        (refused, accepted), (other_refused, other_accepted) = row.through
        return sentence(
            "named-link",
            relay_isp=self.isp(next(iter(owners)) or transport),
            asker=sentence(f"the-{asker}"),
            name=name,
            resolver_isp=self.isp(resolver),
            transport_isp=self.isp(transport),
            otherwise=sentence("seldom" if other_refused else "never"),
            refused=refused,
            with_it=refused + accepted,
            other_refused=other_refused,
            without=other_refused + other_accepted,
        )

    def _unseen(self, name: str) -> str:
        kind = self._watched.why_not.get(name) or f"not-observable-{_UNSEEN.get(name, '')}"
        return kind if kind in sentence else "not-observable"

    def _next(self, row: Hypothesis, some: Sequence[Attempt]) -> Sentence | None:
        """Say what one mail would tell of an explanation that cannot be told from another, or from its means."""
        if row.status == "by-way-of":
            return None
        if "relay-address" in row.with_ and row.id == "link-mismatch":
            address, link = _most(some, lambda one: one.relay), _most(some, lambda one: one.transport_link)
            if address and link:
                return sentence("tell-address", address=address, link=self.isp(link))
        if "redirected" in row.with_:
            return sentence("tell-redirected")
        if row.status != "tied":
            return None
        other = row.with_[0]
        owner = _most(some, lambda one: one.relay_owner)
        if {row.id, other} == {"link-mismatch", "relay-owner"} and owner:
            return sentence("tell-relay-owner", relay_isp=self.isp(owner))
        return sentence("tell", one=phrase(row.id), other=phrase(other))

    def isp(self, link: str) -> str:
        """Name a link's ISP."""
        return self._isps.get(link) or link


def _target(refused: Sequence[Attempt]) -> Target | None:
    relay = _most(refused, lambda one: one.asked_name) or _most(refused, lambda one: one.relay)
    owner = _most(refused, lambda one: one.relay_owner) or _most(refused, lambda one: one.transport_link)
    return Target(relay, owner) if relay is not None and owner is not None else None


def _most(some: Sequence[Attempt], fact: Callable[[Attempt], str | None]) -> str | None:
    counts = Counter(value for one in some if (value := fact(one)) is not None)
    return max(sorted(counts), key=lambda value: counts[value]) if counts else None
