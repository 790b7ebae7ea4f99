"""What the case says that its captures could not have shown: did they let log-ins and web visits through?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wanwitness.packets.ports import DNS_PORT, HTTP_PORTS, HTTPS_PORT, MAIL_PORTS, MAILBOX_PORTS, NAME_PORTS

from .checks import Checks
from .extents import extent_of
from .reading import FEWEST_OF_CLIENTS, Reading

UNSEEN = "not-observable-"
WATCHED: Mapping[str, frozenset[int]] = {
    "mail-login": frozenset(MAILBOX_PORTS),
    "webmail": frozenset({*HTTP_PORTS, HTTPS_PORT}),
}
"""By kind of act, the ports of what shows it."""
_ASKED_FOR = frozenset({*MAIL_PORTS, *NAME_PORTS, DNS_PORT})
_UNFILTERED = 5
"""Who sees connections opened to so many other ports sees those to any."""


def looked_at(captures: list[Mapping[str, Any]]) -> list[int]:
    """Return the captures that tell what people did: the LAN's, or where there is none all."""
    lan = [index for index, row in enumerate(captures) if row["role"] == "lan"]
    return lan or list(range(len(captures)))


def check_watched(document: Mapping[str, Any], reading: Reading, checks: Checks) -> None:
    """Compare what is said to be not observable with the ports that the captures hold."""
    told = {row["id"]: row for row in document["hypotheses"] if row["id"] in WATCHED}
    extents = [extent_of(reading, index) for index in looked_at(document["captures"])]
    parts = [extent for extent in extents if extent is not None]
    if not told:
        return
    if len(parts) < len(extents) or any(row["damage"] for row in document["captures"]):
        checks.cannot("hypotheses", "what the captures could have shown cannot be told: not all are there to be read")
        return
    opened, spoken = set[int]().union(*(p.opened for p in parts)), set[int]().union(*(p.spoken for p in parts))
    other = {port for port in opened - _ASKED_FOR if port < FEWEST_OF_CLIENTS}
    everything = len(other) >= _UNFILTERED
    for kind, row in told.items():
        seen = not (row["reading_id"] or "").startswith(UNSEEN) or row["reading_id"] == f"{UNSEEN}webmail-host"
        let_through = everything or not opened.isdisjoint(WATCHED[kind])
        may_be = let_through or not spoken.isdisjoint(WATCHED[kind])
        shown = any(act["kind"] == kind for act in document.get("acts") or ())
        if seen != let_through and seen != may_be and not (seen and shown):
            found = f"connections to ports {sorted(opened)}"
            checks.compare("act", False, f"hypotheses {kind} not observable", not seen, found)
        else:
            checks.compare("act", seen or not shown, f"hypotheses {kind} not observable", not seen, "acts of the case")
