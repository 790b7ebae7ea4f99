"""What all explanations together answer: what goes with the refusals, what does not, and what to try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

from wanwitness.model import Argument, Link, Router, Sentence
from wanwitness.remedies import Aim, Cause, family_of, remedies

from .assumptions import LEVEL
from .catalogue import phrase, phrases, sentence, span
from .hypothesis import Hypothesis, Target
from .weigh import Weighed

AnswerStatus = Literal["explained", "tied", "not-shown", "not-enough-evidence"]
TRIED_BY_PEOPLE = ("mail-login", "webmail", "hour", "mending", "redirected")
"""Beside events: what people think of first, and are told of by name where it is not shown."""
OF_LOOK_UP = ("link-mismatch", "relay-resolver", "foreign-resolver")
NO_ROUTER = Router()
_BY_ITSELF = ("not-shown-alone", "not-shown-without")
"""Readings that say more than that an explanation is not shown: the first that an ISP's help desk asks for, say."""
TOLD_IF_UNSEEN = ("mail-login", "webmail", "event")


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The part of a case's answer that rests on its hypotheses."""

    status: AnswerStatus
    sentences: tuple[Sentence, ...]
    to_try: tuple[Sentence, ...]
    to_capture: tuple[Sentence, ...]


def conclude(weighed: Weighed, links: Sequence[Link] = (), router: Router = NO_ROUTER) -> Conclusion | None:
    """Put what was found into an answer; None where nothing was refused that a link may be to blame for.

    Args:
        weighed: every explanation.
        links: with their ISPs and resolvers, for what to try.
        router: the site's.
    """
    if not weighed.refused:
        return None
    rows = weighed.hypotheses
    named = [row for row in rows if row.status == "named"]
    tied = [row for row in rows if row.status == "tied"]
    if named:
        said = [part for row in named for part in _named(row, rows)]
        return Conclusion(
            "explained", (*said, *_others(rows)), tuple(_to_try(named, links, router)), tuple(_next(named))
        )
    if tied:
        said = [sentence("open", phrases=phrases([row.id for row in tied])), *(row.reading for row in tied)]
        return Conclusion("tied", (*said, *_others(rows)), (), (*_next(tied), *_unseen(rows)))
    if not weighed.enough:
        lacking = sentence("lacking", lacking=weighed.lacking)
        return Conclusion("not-enough-evidence", (lacking, *_others(rows)), (), _unseen(rows))
    return Conclusion("not-shown", (sentence("nothing-shown"), *_others(rows)), (), _unseen(rows))


def _unseen(rows: Sequence[Hypothesis]) -> tuple[Sentence, ...]:
    """Say how to capture what may yet explain it."""
    unseen = {row.id for row in rows if row.status == "not-observable"}
    return (sentence("capture-rivals"),) if unseen & {"mail-login", "webmail"} else ()


def _named(row: Hypothesis, rows: Sequence[Hypothesis]) -> list[Sentence]:
    said = [row.reading]
    address = next((one for one in rows if one.id == "relay-address" and one.id in row.with_), None)
    if address is not None and address.table is not None and address.what is not None:
        (refused, _), (elsewhere, _) = address.table
        mostly = elsewhere or row.table is None or refused < row.table[0][0]
        led: dict[str, Argument] = {
            "always": sentence("mostly" if mostly else "always"),
            "address": str(address.what),
        }
        if address.called:
            said.append(sentence("led-to-called", called=address.called, **led))
        else:
            said.append(sentence("led-to", **led))
    if row.reading.id == "named-link" and row.odds is not None and row.table is not None:
        (refused, accepted), (other_refused, other_accepted) = row.table
        surely: dict[str, Argument] = {
            "refused": refused,
            "with_it": refused + accepted,
            "other_refused": other_refused,
            "without": other_refused + other_accepted,
            "p_turned": row.p_turned,
            "p_runs": row.p_runs,
            "level": float(LEVEL),
            "low": row.odds.low or 0,
        }
        if row.odds.high is None or row.odds.high == inf:
            said.append(sentence("by-chance-at-least", **surely))
        else:
            said.append(sentence("by-chance", odds=row.odds.estimate or 0, high=row.odds.high, **surely))
    if row.bracket_s is not None:
        until, since = row.bracket_s
        said.append(sentence("bracket", accepted=span(until), refused=span(since)))
    return said


def _others(rows: Sequence[Hypothesis]) -> list[Sentence]:
    """Say of what people tried, and of the rivals of the links, that it is not shown, or could not be seen."""

    def of(status: str) -> list[str]:
        told = [row.id for row in rows if row.status == status and row.reading.id not in _BY_ITSELF]
        return [name for name in told if name in TRIED_BY_PEOPLE or name.startswith("event:")]

    said = []
    if not_shown := of("not-shown"):
        said.append(sentence("not-named", phrases=phrases(not_shown)))
    said += [row.reading for row in rows if row.reading.id in _BY_ITSELF]
    said += [
        sentence("away", phrase=phrase(row.id), by=phrases(row.by)) for row in rows if row.status == "explained-away"
    ]
    said += [
        row.reading for row in rows if row.status == "not-observable" and row.id in ("mail-login", "webmail", "event")
    ]
    return said


def _to_try(named: Sequence[Hypothesis], links: Sequence[Link], router: Router) -> list[Sentence]:
    said: list[Sentence] = []
    again: list[Sentence] = []
    for row in named:
        causes = _causes(row)
        if row.id in OF_LOOK_UP:
            said.append(sentence("try-link"))
            if _by_router(row) and family_of(router) is None:
                said.append(sentence("try-router"))
                causes = tuple(cause for cause in causes if cause != "redirection")  # that has said it
        elif row.id == "mail-login":
            said.append(sentence("try-login"))
        if row.table is not None:
            again.append(sentence("try-capture", need=_enough(row)))
        if row.at is not None and causes:
            told, capture = remedies(causes, _aim(row.at, links), router)
            said += told
            again += capture
    return list(dict.fromkeys((*said, *again)))


def _by_router(row: Hypothesis) -> bool:
    return row.reading.args.get("asker") == sentence("the-router")


def _causes(row: Hypothesis) -> tuple[Cause, ...]:
    """What a remedy has to change: where the name is looked up, and the way of what follows from it."""
    if row.id in OF_LOOK_UP:
        return ("look-up", "way", "redirection") if _by_router(row) else ("look-up", "way")
    causes: dict[str, tuple[Cause, ...]] = {"relay-owner": ("way",), "redirected": ("redirection",)}
    return causes.get(row.id, ())


def _aim(target: Target, links: Sequence[Link]) -> Aim:
    link = next((one for one in links if one.name == target.owner), None)
    isp = link.isp if link is not None and link.isp else target.owner
    resolver = link.resolvers[0] if link is not None and link.resolvers else None
    return Aim(target.relay, isp, target.owner, resolver)


def _enough(row: Hypothesis) -> int:
    """How many accepted tries would be rare, were as many refused as before: (1 - share) to that power under 5 %."""
    assert row.table is not None
    (refused, accepted), (other_refused, other_accepted) = row.table
    total = refused + accepted + other_refused + other_accepted
    left, need = 1.0, 0
    while left > LEVEL and need < 1000:
        left *= 1 - (refused + other_refused) / total
        need += 1
    return need


def _next(rows: Sequence[Hypothesis]) -> list[Sentence]:
    told = [row.next_observation for row in rows if row.next_observation is not None]
    return list(dict.fromkeys(told))
