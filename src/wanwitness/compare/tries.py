"""A case's sessions as tries: which of them were for a relay that refused, and how they went.

As for the explanations (`hypotheses/episodes.py`) a retry under the same conditions counts once: a try of the same
client and sender, and the same recipients where both show them, within an hour of a refusal, again refused. The
conditions here are the links and the server that answered; the explanations know more, and may count a few more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from wanwitness.hypotheses.assumptions import RETRY_NS

_RETRY_S = RETRY_NS / 1e9
Row = Mapping[str, Any]


class CountedTry(NamedTuple):
    """One try, retries counted once."""

    at: datetime
    refused: bool
    mismatch: bool | None
    """The name was looked up over another link than the mail took; None where that is not known."""


@dataclass(slots=True)
class Tries:
    """All tries for one relay in a case, in order of time."""

    rows: list[CountedTry] = field(default_factory=list)
    sessions: int = 0
    """With the retries."""
    left_out: int = 0
    """Sessions that tell nothing: with a password, or of which it is not known how they ended."""

    @property
    def refused(self) -> int:
        """How many were."""
        return sum(row.refused for row in self.rows)

    @property
    def known(self) -> int:
        """Of how many it is known over which link the name was looked up."""
        return sum(row.mismatch is not None for row in self.rows)

    @property
    def mismatched(self) -> int:
        """In how many it was another than the mail's."""
        return sum(row.mismatch is True for row in self.rows)

    @property
    def longest(self) -> tuple[int, float]:
        """The most tries behind one another without a refusal, and the longest time (s) from the first to the last of
        such; two different stretches may hold them.
        """
        most, longest = 0, 0.0
        stretch: list[datetime] = []
        for row in self.rows:
            stretch = [] if row.refused else [*stretch, row.at]
            most = max(most, len(stretch))
            if stretch:
                longest = max(longest, (stretch[-1] - stretch[0]).total_seconds())
        return most, longest


def relay_of(session: Row) -> str | None:
    """Return what a session's relay is called: the name that the opener asked for, else the server's address."""
    name = (session["resolution"] or {}).get("name") or session["asked_name"]
    return name.lower() if name else (session["answered_by"] or {}).get("ip")


def refused_for_a_link(session: Row) -> bool:
    """Whether it was refused as a link may be to blame for."""
    refusal = session["rejection"]
    return refusal is not None and (refusal["link"] != "none" or refusal["cause"] == "pop-before-smtp")


def refusing(sessions: Iterable[Row]) -> list[str]:
    """Return the relays that refused so, in order of the first time."""
    found = (relay_of(session) for session in sessions if _left(session) and refused_for_a_link(session))
    return list(dict.fromkeys(relay for relay in found if relay is not None))


def addresses(sessions: Iterable[Row], relay: str) -> frozenset[str]:
    """Return the addresses that a relay had."""
    rows = [session for session in sessions if relay_of(session) == relay]
    return frozenset(row["answered_by"]["ip"] for row in rows if (row["answered_by"] or {}).get("ip"))


def tries(sessions: Iterable[Row], relay: str, known: frozenset[str]) -> Tries:
    """Return the tries for a relay.

    Args:
        sessions: a case's, in order of time.
        relay: its name.
        known: its addresses; a session of which no name is known is told by them.
    """
    found = Tries()
    last: dict[tuple[str, str | None], list[tuple[datetime, frozenset[str], tuple[Any, ...]]]] = {}
    """By client and sender, the refusals of the last hour: when, for whom, under which conditions."""
    for session in sessions:
        named = relay_of(session)
        if not _left(session) or not (named == relay or (named in known and session["asked_name"] is None)):
            continue
        refused = refused_for_a_link(session)
        if not refused and (session["outcome"] != "accepted" or session["auth"]["succeeded"]):
            found.left_out += 1
            continue
        found.sessions += 1
        at = datetime.fromisoformat(session["start"])
        mail = session["transactions"][0] if session["transactions"] else None
        key = (session["client"]["ip"], mail["mail_from"].lower() if mail else None)
        whom = frozenset(recipient.lower() for recipient in mail["rcpt_to"]) if mail else frozenset[str]()
        how = (session["resolver_link"], session["transport_link"], (session["answered_by"] or {}).get("ip"))
        earlier = [one for one in last.get(key, ()) if (at - one[0]).total_seconds() <= _RETRY_S]
        same = [one for one in earlier if not one[1] or not whom or one[1] == whom]
        if not refused:
            last.pop(key, None)
        else:
            last[key] = [one for one in earlier if one not in same] + [(at, whom, how)]
        if refused and same and same[-1][2] == how:
            continue
        mismatch = None if session["verdict"] == "undetermined" else bool(session["flagged"])
        found.rows.append(CountedTry(at, refused, mismatch))
    return found


def _left(session: Row) -> bool:
    """Whether the site sent it out."""
    return session["direction"] not in ("inbound", "internal")
