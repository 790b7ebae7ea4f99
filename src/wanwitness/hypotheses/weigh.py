"""Every explanation weighed: sessions in, one row an explanation out.

sessions ─► attempts ─► conditions ─► episodes ─► two tests ─► told apart ─► readings
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import Judgement, Sentence
from wanwitness.verdict.relays import Relays

from . import catalogue
from .act import Act, Watched
from .attempt import Attempt, Blame, Tried
from .attempts import attempts_of, refused
from .conditions import EVENT, MEANS, WINDOWED, conditions, egress, since_act_s
from .decision import Decision, Ruling, decide, lacking
from .episodes import episodes
from .evidence import Evidence, Variant
from .exact import Table, odds_ratio, tabulated
from .hypothesis import Hypothesis
from .mending import Mending
from .readings import Interpreter
from .runs import Outcomes, runs_of

ORDER = (
    "link-mismatch",
    "relay-owner",
    "relay-resolver",
    "foreign-resolver",
    "smtp-login",
    "mail-login",
    "webmail",
    EVENT,
    "hour",
    "mending",
    "helo",
    "sender",
    "client",
    "tls",
    "size",
    "relay-address",
    "redirected",
)
OF_THE_LOOK_UP = frozenset({"link-mismatch", "relay-owner", "foreign-resolver", "mail-login", "webmail"}) | MEANS
BLAMES: tuple[Blame, Blame] = ("subscriber", "address")
BY_ADDRESS = ("egress",)
"""Explanations of refusals that mind the address that mail left by."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the captures say of all explanations."""

    hypotheses: tuple[Hypothesis, ...] = ()
    lacking: tuple[Sentence, ...] = ()
    """Where there are too few episodes for any of them, what is lacking."""
    refused: int = 0
    """Attempts that were refused as a link may be to blame for; without any, there is nothing to explain."""
    enough: bool = False
    """Whether there are episodes enough for any explanation."""
    series: int = 0
    """How many random series the second test made."""


def weigh(
    judgements: Sequence[Judgement],
    relays: Relays,
    acts: Sequence[Act],
    watched: Watched,
    zone: tzinfo = UTC,
    isps: Mapping[str, str] | None = None,
) -> Weighed:
    """Say of each explanation what the sessions show.

    Args:
        judgements: of all sessions, in order of time.
        relays: whose relay a server is.
        acts: what people did that may have helped.
        watched: which of that the captures would have shown.
        zone: the site's time, for the hours of the day.
        isps: by link, the name of its ISP.
    """
    if not any(refused(judgement, blame) for judgement in judgements for blame in BLAMES):
        return Weighed()  # there is nothing to explain
    of_subscriber, of_address = (attempts_of(judgements, relays, blame) for blame in BLAMES)
    return weigh_tried(of_subscriber, of_address, acts, watched, zone, isps)


def weigh_tried(
    of_subscriber: Tried,
    of_address: Tried,
    acts: Sequence[Act],
    watched: Watched,
    zone: tzinfo = UTC,
    isps: Mapping[str, str] | None = None,
) -> Weighed:
    """Say of each explanation what attempts show, wherever they were read.

    Args:
        of_subscriber: those that can tell why a relay does not know the site as its own customer.
        of_address: those that can tell why a server minds the address that mail left by.
        acts: see `weigh`, as of the others.
        watched: which acts the captures would have shown.
        zone: the site's time.
        isps: by link, the name of its ISP.
    """
    subscriber = _Pool(of_subscriber, "subscriber", acts, watched, zone)
    by_address = _Pool(of_address, "address", acts, watched, zone)
    readings = Interpreter(isps or {}, watched)
    kinds = sorted({variant.explanation for variant in subscriber.variants if variant.explanation.startswith("event:")})
    order = [kind for name in ORDER for kind in (kinds or [EVENT] if name == EVENT else [name])]
    rows = [subscriber.hypothesis(name, readings) for name in order]
    if by_address.attempts:
        rows += [by_address.hypothesis(name, readings) for name in BY_ADDRESS]
    missing = subscriber.decision.lacking
    return Weighed(
        tuple(rows),
        tuple(catalogue.lack(what, have, need) for what, (have, need) in missing.items()),
        sum(attempt.refused for attempt in (*subscriber.attempts, *by_address.attempts)),
        not missing,
        subscriber.decision.series,
    )


class _Pool:
    """The attempts that can tell why refusals of one kind happen, and what they say."""

    def __init__(self, of: Tried, blame: Blame, acts: Sequence[Act], watched: Watched, zone: tzinfo) -> None:
        self._acts = acts
        tried, self._left_out = of
        variants = conditions(tried, acts, watched, zone)
        if blame == "address":
            # Which link gave the address never matters to them.
            variants = [one for one in variants if one.explanation not in OF_THE_LOOK_UP] + egress(tried)
        kept = episodes(tried, variants)
        shown = [replace(variant, holds=variant.holds[kept]) for variant in variants]
        self._tried = np.array([attempt.refused for attempt in tried], np.int8)
        self._owners = np.array([attempt.relay_owner or "" for attempt in tried])
        self._whole = {id(one.holds): variant.holds for one, variant in zip(shown, variants, strict=True)}
        self.retries = len(tried) - len(kept)
        self.attempts: list[Attempt] = [tried[place] for place in kept.tolist()]
        self.variants = shown
        self.outcomes: Outcomes = np.array([attempt.refused for attempt in self.attempts], np.int8)
        self._times_s = np.array([attempt.at_ns for attempt in self.attempts], np.int64) / 1e9
        self._usable = [one for one in self.variants if not lacking(self.outcomes[~np.isnan(one.holds)])]
        owners = [attempt.relay_owner for attempt in self.attempts]
        numbers = {owner: number for number, owner in enumerate(sorted({owner for owner in owners if owner}))}
        codes = np.array([np.nan if owner is None else numbers[owner] for owner in owners], np.float32)
        self.decision: Decision = decide(Evidence(self.outcomes, self._times_s, tuple(self._usable)), MEANS, codes)

    def hypothesis(self, name: str, readings: Interpreter) -> Hypothesis:
        """Say what the attempts show of one explanation."""
        variants = [variant for variant in self.variants if variant.explanation == name]
        ruling = self._ruling(name, variants)
        best = self._best(name, variants, ruling)
        left_out = dict(self._left_out)
        if best is None:
            row = Hypothesis(name, catalogue.statement(name), ruling.status, catalogue.nothing(), left_out=left_out)
            return readings.told(row, self.attempts, None)
        known = ~np.isnan(best.holds)
        if not known.all():
            left_out["condition-unknown"] = int((~known).sum())
        if self.retries:
            left_out["retry"] = self.retries
        table = tabulated(self.outcomes, best.holds)
        whole = self._whole.get(id(best.holds))
        windowed = name in WINDOWED or name.startswith("event:")
        row = Hypothesis(
            id=name,
            statement=catalogue.statement(name),
            status=ruling.status,
            reading=catalogue.nothing(),
            by=ruling.by,
            with_=ruling.with_,
            episodes=int(known.sum()),
            runs=int(runs_of(self.outcomes[known]).begin.shape[1]),
            what=None if windowed else best.what,
            window_s=float(best.what) if windowed and isinstance(best.what, float) else None,
            bracket_s=self._bracket(name, ruling),
            table=table,
            sessions=None if whole is None else tabulated(self._tried, whole),
            through=None if whole is None else self._through(whole),
            left_out=left_out,
            odds=odds_ratio(table),
            p_turned=ruling.p_turned,
            p_runs=ruling.p_runs,
        )
        return readings.told(row, self.attempts, best.holds)

    def _through(self, holds: NDArray[np.float32]) -> Table | None:
        """Return the table of the sessions with one owner's relays, where a condition holds of no other's."""
        owners = set(self._owners[holds == 1].tolist())
        if len(owners) != 1:
            return None
        of_owner = self._owners == owners.pop()
        return tabulated(self._tried[of_owner], holds[of_owner])

    def _ruling(self, name: str, variants: Sequence[Variant]) -> Ruling:
        if name in self.decision.rulings:
            return self.decision.rulings[name]
        if name == "mending":
            return Ruling("not-enough-evidence")
        if not any((~np.isnan(variant.holds)).any() for variant in variants):
            seen = bool(self.attempts) or name in ("mail-login", "webmail", EVENT)
            return Ruling("not-observable" if seen else "not-enough-evidence")
        usable = any(variant.explanation == name for variant in self._usable)
        return Ruling("not-shown" if usable and not self.decision.lacking else "not-enough-evidence")

    def _best(self, name: str, variants: Sequence[Variant], ruling: Ruling) -> Variant | None:
        """The variant that is told: that which goes best with the refusals, else the first of which most is known."""
        if name == "mending":
            mending = Mending(self._times_s)
            window = ruling.best or 0
            return Variant(name, mending.holds(runs_of(self.outcomes), window), 1, mending.windows_s[window])
        if ruling.best is not None:
            best = self._usable[ruling.best]
            return self._refusing(best) if name == "relay-address" else best
        return max(variants, key=lambda variant: int((~np.isnan(variant.holds)).sum()), default=None)

    def _refusing(self, best: Variant) -> Variant:
        """Of the relay's addresses, return that which refuses: where the one that tells most takes more, another."""
        (refused, accepted), (other_refused, other_accepted) = tabulated(self.outcomes, best.holds)
        if refused * (other_refused + other_accepted) >= other_refused * (refused + accepted):
            return best
        others = Counter(a.relay for a in self.attempts if a.refused and a.relay is not None and a.relay != best.what)
        address = max(sorted(others), key=lambda one: others[one])
        holds = [np.nan if attempt.relay is None else attempt.relay == address for attempt in self.attempts]
        return Variant(best.explanation, np.array(holds, np.float32), best.direction, address)

    def _bracket(self, name: str, ruling: Ruling) -> tuple[float, float] | None:
        if name not in ("mail-login", "webmail") or ruling.status == "not-observable":
            return None
        age_s = since_act_s(self.attempts, [act for act in self._acts if act.explanation == name])
        return bracket(age_s, self.outcomes)


def bracket(age_s: NDArray[np.float64], outcomes: Outcomes) -> tuple[float, float] | None:
    """Return until how long after an act mail was accepted, and from when on it was refused: as few as may be differ.

    None where nothing was accepted after one, or nothing refused.
    """
    behind = np.isfinite(age_s)
    if not 0 < outcomes[behind].sum() < behind.sum():
        return None
    order = np.argsort(age_s[behind], kind="stable")
    age, refused = age_s[behind][order], outcomes[behind][order]
    # Where the split is, accepted ones behind it and refused ones before it differ.
    differ = np.r_[0, refused.cumsum()] + np.r_[(1 - refused)[::-1].cumsum()[::-1], 0]
    split = int(differ.argmin())
    accepted, later = age[:split][refused[:split] == 0], age[split:][refused[split:] == 1]
    return (float(accepted[-1]), float(later[0])) if len(accepted) and len(later) else None
