"""The explanations: do their figures agree with each other?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf, isclose
from typing import Any

from wanwitness.hypotheses.assumptions import LEVEL
from wanwitness.hypotheses.exact import odds_ratio

from .checks import Checks
from .figures import Figures
from .sentences import is_ours

_OF_SESSIONS = ("relay-address", "helo", "sender", "client", "egress")
"""Explanations whose best name or address is one that sessions have."""


def check_hypotheses(document: Mapping[str, Any], checks: Checks) -> None:
    """Compare what each tells twice, and what follows from its table."""
    rows: Mapping[str, Mapping[str, Any]] = {row["id"]: row for row in document["hypotheses"]}
    tried, known = len(document["sessions"]), {text.lower() for text in _texts(document["sessions"])}
    figures = Figures(document, checks) if is_ours(document) else None
    for index, row in enumerate(document["hypotheses"]):
        where = f"hypotheses[{index}]"
        _table(row, where, checks)
        if figures is not None:
            figures.check(row, where)
        if row.get("statement_id") is not None:
            agrees = row["statement_id"].startswith(f"statement-{row['id'].partition(':')[0]}")
            checks.compare("sentence", agrees, f"{where}.id", row["id"], row["statement_id"])
        _status(row, rows, where, checks)
        if row["table"] is not None:
            counted = row["episodes"] + sum(row["left_out"].values())
            checks.compare("inner", counted == tried, f"{where}.left_out", counted, f"{tried} sessions")
        if row["id"] in _OF_SESSIONS and row.get("what") is not None:
            # Explanations take names without regard to case, as SMTP does (RFC 5321 section 2.4).
            checks.compare("inner", row["what"].lower() in known, f"{where}.what", row["what"], "in no session")
    _answer(document["answer"], [row["status"] for row in document["hypotheses"]], checks)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(part)


def _answer(told: Mapping[str, Any], statuses: Sequence[str], checks: Checks) -> None:
    """What is named explains the refusals; what is only tied leaves it open."""
    for status, needs in (("explained", "named"), ("tied", "tied")):
        if told["status"] == status:
            agrees = needs in statuses
        elif told["status"] in ("not-shown", "not-enough-evidence") or status == "explained":
            agrees = needs not in statuses or told["status"] == "cannot-answer"
        else:
            continue
        checks.compare("inner", agrees, "answer.status", told["status"], statuses)


def _table(row: Mapping[str, Any], where: str, checks: Checks) -> None:
    if row["table"] is None:
        return
    counts = [count for side in row["table"] for count in side]
    agrees = sum(counts) == row["episodes"]
    checks.compare("inner", agrees, f"{where}.episodes", row["episodes"], f"{sum(counts)} in its table")
    refused = row["table"][0][0] + row["table"][1][0]
    agrees = bool(row["runs"]) == bool(refused) and row["runs"] <= refused
    checks.compare("inner", agrees, f"{where}.runs", row["runs"], f"{refused} refused")
    odds = odds_ratio(((counts[0], counts[1]), (counts[2], counts[3])))
    told = {"odds_ratio": row["odds_ratio"], "ci95[0]": row["ci95"][0], "ci95[1]": row["ci95"][1]}
    for (key, value), again in zip(told.items(), (odds.estimate, odds.low, odds.high), strict=True):
        endless = again == inf
        agrees = value is None if again is None or endless else value is not None and isclose(value, again)
        checks.compare("inner", agrees, f"{where}.{key}", value, again)
    agrees = (row.get("bound") == "infinite") == (inf in (odds.estimate, odds.high))
    checks.compare("inner", agrees, f"{where}.bound", row.get("bound"), odds.high)


def _status(row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]], where: str, checks: Checks) -> None:
    others = [*row["by"], *row["with"]]
    unknown = [one for one in others if one not in rows and one != "relay"]
    checks.compare("inner", not unknown, f"{where}.by and with", others, f"no {unknown} among the explanations")
    passes = all(row[key] is not None and row[key] <= LEVEL for key in ("p_turned", "p_runs"))
    if row["status"] in ("named", "tied", "explained-away"):
        found = f"p {row['p_turned']} and {row['p_runs']}"
        checks.compare("inner", passes, f"{where}.status", row["status"], found)
    if row["status"] == "not-shown" and row["p_turned"] is not None:
        checks.compare("inner", not passes, f"{where}.status", row["status"], "both tests show it")
    if row["status"] == "tied":
        agrees = all(row["id"] in rows[one]["with"] for one in row["with"] if one in rows)
        checks.compare("inner", agrees, f"{where}.with", row["with"], "explanations that are not tied with it")
