"""The explanations weighed once more, from what the document tells of its sessions and acts.

Their counts are made by other code than the case's. Their tests, and what they answer together, are made again by the
same code, of what this room has read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import inf, isclose, sqrt
from typing import Any, NamedTuple

from wanwitness.case.answer import answer
from wanwitness.case.build_acts import MOST
from wanwitness.case.build_hypotheses import hypothesis_value
from wanwitness.hypotheses import Act, Watched, Weighed, conclude, weigh_tried
from wanwitness.hypotheses.weigh import BLAMES, BY_ADDRESS
from wanwitness.language import sentence_value
from wanwitness.model import Link, Router
from wanwitness.report.moments import zone_of

from .checks import Checks
from .clocks import SECOND, nanoseconds
from .counted import Recount
from .sentences import is_ours
from .servers import Servers
from .tries import tried
from .watched import UNSEEN, WATCHED, looked_at

_TURNS, _DEVIATIONS = 999, 6
"""From so many episodes on turns are drawn; two draws of a share may be so many standard deviations apart."""
_P = ("p_turned", "p_runs")
_OF_TESTS = ("status", "by", "with", "reading_id", "reading_args", "next_observation")
"""What follows from the figures that were drawn."""
_DRAWN_AGAIN = ("statement", "reading")
"""Texts, which are compared with their ids and arguments like all others."""


class _Done(NamedTuple):
    """What people did, and what of that the captures would have shown."""

    acts: Sequence[Act]
    watched: Watched


def check_reweighed(document: Mapping[str, Any], servers: Servers, checks: Checks) -> None:
    """Compare every explanation, and the case's answer, with what the sessions give."""
    why_not = _why_not(document)
    if why_not is not None:
        checks.cannot("hypotheses", f"they are not weighed again: {why_not}")
        return
    done = _done(document)
    pools = {blame: tried(document["sessions"], servers, blame) for blame in BLAMES}
    isps = {row["name"]: row["isp"] for row in document["links"] if row["isp"] is not None}
    zone = zone_of(dict(document)) or UTC
    weighed = weigh_tried(pools["subscriber"], pools["address"], done.acts, done.watched, zone, isps)
    again = [hypothesis_value(row) for row in weighed.hypotheses] if weighed.refused else []
    own = Checks()
    ids = [row["id"] for row in document["hypotheses"]]
    if own.compare("inner", ids == [row["id"] for row in again], "hypotheses", ids, [row["id"] for row in again]):
        counts = [Recount(pools[blame].attempts, blame, done.acts, done.watched, zone) for blame in BLAMES]
        rows = list(zip(document["hypotheses"], again, strict=True))
        same_series = _is_of_same_series(rows)
        for index, (told, new) in enumerate(rows):
            if told["table"] is not None and new["table"] is not None:
                _counted(told, counts[told["id"] in BY_ADDRESS], f"hypotheses[{index}]", own)
            _weighed(told, new, weighed.series, f"hypotheses[{index}]", own, same_series=same_series)
        if same_series:
            _answered(document, weighed, own)
    if own.disagreements and not servers.whole:
        checks.cannot("hypotheses", "they are not weighed again: not all captures are there to be read")
    else:
        checks.take(own)


def _why_not(document: Mapping[str, Any]) -> str | None:
    if not is_ours(document):
        return "the case is of another version"
    if document.get("redacted"):
        return "the case is redacted"
    if len(document.get("acts") or ()) >= MOST:
        return "not all log-ins and visits are in the case"
    return None


def _done(document: Mapping[str, Any]) -> _Done:
    """Read acts, events and gaps; which acts could not have been seen the case's own sentences say."""
    acts = [Act(row["kind"], nanoseconds(row["at"]), row["link"]) for row in document.get("acts") or ()]
    acts = [*(_event(row) for row in document["site"].get("events") or ()), *acts]
    acts.sort(key=lambda act: act.at_ns)
    captures = document["captures"]
    looked = looked_at(captures)
    begins = [nanoseconds(captures[index]["first"]) for index in looked if captures[index]["first"] is not None]
    unseen = {
        row["id"]: row["reading_id"]
        for row in document["hypotheses"]
        if row["id"] in WATCHED and (row["reading_id"] or "").startswith(UNSEEN)
    }
    gaps = {
        (nanoseconds(row["from"]), nanoseconds(row["to"]))
        for row in document.get("coverage") or ()
        if row["kind"] == "gap" and row["capture"] in looked
    }
    since = dict.fromkeys(WATCHED.keys() - unseen.keys(), min(begins)) if begins else {}
    return _Done(acts, Watched(since, unseen, tuple(sorted(gaps))))


def _event(row: Mapping[str, Any]) -> Act:
    at = datetime.fromisoformat(f"{row['at'][:26]}+00:00")
    return Act(f"event:{row['kind'] or row['what']}", int(at.timestamp() * 1e9))


def _counted(told: Mapping[str, Any], count: Recount, where: str, checks: Checks) -> None:
    """Compare table, bursts, bracket and what was left out with a count by hand."""
    windowed = told["id"].startswith("event:") and told["window_s"] is None
    found = count.of(told["id"], told["what"], inf if windowed else told["window_s"])
    checks.compare("count", told["table"] == found.table, f"{where}.table", told["table"], found.table)
    checks.compare("count", told["runs"] == found.runs, f"{where}.runs", told["runs"], found.runs)
    for reason, number in (("condition-unknown", found.unknown), ("retry", count.retries)):
        left_out = told["left_out"].get(reason, 0)
        checks.compare("count", left_out == number, f"{where}.left_out.{reason}", left_out, number)
    if told["id"] in WATCHED:
        bracket = count.bracket_s(told["id"])
        agrees = _same(told["bracket_s"], bracket and list(bracket))
        checks.compare("count", agrees, f"{where}.bracket_s", told["bracket_s"], bracket)


def _weighed(
    told: Mapping[str, Any], again: Mapping[str, Any], series: int, where: str, checks: Checks, *, same_series: bool
) -> None:
    """Compare each figure of an explanation; its p may be of other random series, from another version of numpy."""
    for key in dict.fromkeys((*again, *told)):  # an infinite figure's `bound` may be in one of them alone
        own, value = told.get(key), again.get(key)
        if key in _DRAWN_AGAIN:
            continue
        if key in _P:
            exact = same_series or (key == "p_turned" and told["episodes"] <= _TURNS)
            agrees = _same(own, value) or (not exact and _may_be_drawn(own, value, series or _TURNS))
        elif key in _OF_TESTS and not same_series:
            checks.cannot(f"{where}.{key}", "its tests were made with other random series")
            continue
        else:
            agrees = _same(own, value)
        checks.compare("inner", agrees, f"{where}.{key}", own, value)


def _is_of_same_series(rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> bool:
    """Whether the random series of the tests are those of the case: then any figure of theirs is the same."""
    drawn = [(told["p_runs"], again["p_runs"]) for told, again in rows if again["p_runs"] not in (None, 1.0)]
    return not drawn or any(_same(one, two) for one, two in drawn)


def _may_be_drawn(one: float | None, two: float | None, series: int) -> bool:
    """Whether two shares of random series may be of the same series of outcomes."""
    if one is None or two is None:
        return False
    spread = sqrt(2 * max(two * (1 - two), 1 / series) / series)
    return abs(one - two) <= _DEVIATIONS * spread


def _answered(document: Mapping[str, Any], weighed: Weighed, checks: Checks) -> None:
    """Compare what the case answers with what its explanations give."""
    links = [
        Link(row["name"], row["isp"], resolvers=tuple(row["resolvers"]), relays=tuple(row["relays"]))
        for row in document["links"]
    ]
    model = document["site"].get("router") or {}
    found = conclude(weighed, links, Router(model.get("model"), model.get("firmware")))
    parts = ("sentences", "to_try", "to_capture")
    conclusion = None
    if found is not None:
        said = {part: [sentence_value(one) for one in getattr(found, part)] for part in parts}
        conclusion = {"status": found.status, **said}
    told = document["answer"]
    again = answer(dict(document), told["contradictions"], conclusion)
    checks.compare("inner", told["status"] == again["status"], "answer.status", told["status"], again["status"])
    for part in parts:
        one, two = ([(said["id"], said["args"]) for said in row[part]] for row in (told, again))
        checks.compare("inner", _same(one, two), f"answer.{part}", [kind for kind, _ in one], [kind for kind, _ in two])


def _same(one: Any, two: Any) -> bool:
    """Whether two values are the same, numbers to the accuracy that a decimal fraction keeps."""
    if isinstance(one, float) or isinstance(two, float):
        number = isinstance(one, int | float) and isinstance(two, int | float)
        return number and isclose(one, two, rel_tol=1e-9, abs_tol=1 / SECOND)
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        return one.keys() == two.keys() and all(_same(one[key], two[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(two, list | tuple):
        return len(one) == len(two) and all(map(_same, one, two))
    return bool(one == two)
