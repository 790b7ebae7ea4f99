"""The figures of an explanation: are they its sentence's, and what is asked, and shown by sessions and acts?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from wanwitness.hypotheses.conditions import EVENT_WINDOWS_S, HOURS, WINDOWS_S
from wanwitness.hypotheses.mending import WINDOWS_S as MENDING_WINDOWS_S

from .checks import Checks
from .clocks import SECOND, nanoseconds

_MOST_ACTS = 2_000
"""So many at most are in a case: of more, not all."""
_ROUNDING_NS = 2
"""Of a time of some months as a 64-bit number of seconds."""
_OF_OTHER_SESSIONS = "named-link"
"""Its figures are of the sessions with one owner's relays."""


class Figures:
    """Compares the figures of each explanation.

    Args:
        document: the case, of this version.
        checks: takes down what is compared.
    """

    def __init__(self, document: Mapping[str, Any], checks: Checks) -> None:
        self._checks, self._acts = checks, document.get("acts") or ()
        self._ended: defaultdict[int, set[bool]] = defaultdict(set)
        """By when a session began, whether it was refused."""
        for session in document["sessions"]:
            self._ended[nanoseconds(session["start"])].add(_is_refused(session))

    def check(self, row: Mapping[str, Any], where: str) -> None:
        """Compare those of one explanation."""
        self._said(row, where)
        self._window(row, where)
        if row["bracket_s"] is not None:
            self._bracket(row, row["bracket_s"], f"{where}.bracket_s")
        if row["id"] == "hour" and row.get("what") is not None:
            parts = [f"{first:02}-{(first + length) % 24:02}" for first, length in HOURS]
            self._checks.compare("inner", row["what"] in parts, f"{where}.what", row["what"], "no part of the day")

    def _said(self, row: Mapping[str, Any], where: str) -> None:
        """What its sentence says of them."""
        args, table = row.get("reading_args") or {}, row["table"]
        figures = {"p_turned": row["p_turned"], "p_runs": row["p_runs"]}
        if row["p_turned"] is not None:
            figures["p"] = max(row["p_turned"], row["p_runs"] or 0)
        if table is not None and row.get("reading_id") != _OF_OTHER_SESSIONS:
            (refused, accepted), (other_refused, other_accepted) = table
            figures |= {"refused": refused, "with_it": refused + accepted, "accepted": accepted}
            figures |= {"other_refused": other_refused, "other_accepted": other_accepted}
            figures["without"] = other_refused + other_accepted
        for name in args.keys() & figures.keys():
            agrees = args[name] == figures[name]
            self._checks.compare("inner", agrees, f"{where}.reading_args.{name}", args[name], figures[name])
        if "window" in args and not isinstance(args["window"], Mapping):
            agrees = args["window"] == row["window_s"]
            self._checks.compare("inner", agrees, f"{where}.window_s", row["window_s"], args["window"])

    def _window(self, row: Mapping[str, Any], where: str) -> None:
        if row["window_s"] is None:
            return
        asked = _windows_of(row["id"])
        self._checks.compare("inner", row["window_s"] in asked, f"{where}.window_s", row["window_s"], asked)

    def _bracket(self, row: Mapping[str, Any], bracket: Sequence[float], where: str) -> None:
        """An accepted session began so long after an act, and a refused one so long."""
        if len(self._acts) >= _MOST_ACTS:
            self._checks.cannot(where, "not all log-ins and visits are in the case")
            return
        acts = [nanoseconds(act["at"]) for act in self._acts if act["kind"] == row["id"]]
        for place, (age_s, refused) in enumerate(zip(bracket, (False, True), strict=True)):
            age = round(age_s * SECOND)
            shown = any(
                refused in self._ended.get(at + age + by, ())
                for at in acts
                for by in range(-_ROUNDING_NS, _ROUNDING_NS + 1)
            )
            what = f"no {'refused' if refused else 'accepted'} session began so long after an act"
            self._checks.compare("inner", shown, f"{where}[{place}]", age_s, what)


def _is_refused(session: Mapping[str, Any]) -> bool:
    """Whether a relay refused it as is to be explained."""
    row = session["rejection"]
    return row is not None and (row["link"] == "subscriber" or row["cause"] == "pop-before-smtp")


def _windows_of(explanation: str) -> Sequence[float]:
    """The lengths of time that are asked of an explanation."""
    if explanation.startswith("event:"):
        return [window for window in EVENT_WINDOWS_S if window != inf]
    return {"mending": MENDING_WINDOWS_S, "mail-login": WINDOWS_S, "webmail": WINDOWS_S}.get(explanation, ())
