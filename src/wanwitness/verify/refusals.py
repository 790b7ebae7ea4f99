"""Refusals: do the rules say of each what the case says, of its text and its server?

The rules are data, so another reading of them would be the same; what is made of a text can be told again by whoever
has the text, the code, the command and what DNS says of the server's names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from wanwitness.model import DeliveryStatus, Pattern, Reply, Rule
from wanwitness.verdict.bounces import cause_of
from wanwitness.verdict.refusals import Server, classify, telling

from .checks import Checks
from .sentences import is_ours
from .servers import Servers

_NOT_WHOLE = re.compile(r"[*…]")
"""A text of which the case does not tell all."""


class Refusals:
    """Compares the cause of every refusal, and how a link may be to blame for it.

    Args:
        document: the case.
        servers: whose they are.
        checks: takes down what is compared.
    """

    def __init__(self, document: Mapping[str, Any], servers: Servers, checks: Checks) -> None:
        self._known, self._checks = servers, checks
        self._why_not = None
        if not is_ours(document):
            self._why_not = "the case is of another version, which may have other rules"
        elif document.get("redacted"):
            self._why_not = "the case is redacted: rules look at names and texts"
        self._rules = tuple(_rule(row) for row in document["site"].get("rules") or ()) if self._why_not is None else ()

    def check(self, session: Mapping[str, Any]) -> None:
        """Compare one session's, and those of its mail's later fate."""
        where = f"session {session['id']}"
        rows = [(f"rejections[{index}]", row) for index, row in enumerate(session["rejections"])]
        bounces = [(f"bounces[{index}]", row) for index, row in enumerate(session.get("bounces") or ())]
        if self._why_not is not None:
            if rows or bounces:
                self._checks.cannot("causes of refusals", self._why_not)
            return
        servers = list(self._servers(session)) if rows else []
        for name, row in rows:
            told = row["cause"], row["link"]
            found = {classed for server in servers for classed in self._classed(session, row, server)}
            self._compare(f"{where} {name}", told, found, row)
        for name, row in bounces:
            status = DeliveryStatus((), row["action"], row["status"], row["text"], row["remote"], 0)
            self._compare(f"{where} {name}", row["cause"], {cause_of(status)}, row)

    def _compare(self, where: str, told: Any, found: set[Any], row: Mapping[str, Any]) -> None:
        if told not in found and (not self._known.whole or _NOT_WHOLE.search(row["text"] or "")):
            self._checks.cannot(f"{where}.cause", "not all that the rules look at is there")
            return
        self._checks.compare("inner", told in found, f"{where}.cause", told, list(found), [row["frame"]])

    def _classed(self, session: Mapping[str, Any], row: Mapping[str, Any], server: Server) -> Iterator[tuple[str, str]]:
        """What the rules say of a refusal, at each place of the dialogue where it may have been said."""
        tls, known = bool(session["tls"]["implicit"]), False
        for exchange in session["commands"]:
            reply, frames = exchange["reply"], exchange["frames"]
            if reply is None:
                continue
            if frames[-1:] == [row["frame"]] and all(reply[key] == row[key] for key in ("code", "enhanced", "text")):
                said = Reply(row["code"] or 0, row["enhanced"], (row["text"],), 0, ())
                yield classify(said, row["command"], server, self._rules, tls_active=tls, known=known)
            tls |= reply["code"] == _READY and (exchange["command"] or "").startswith("STARTTLS")
            known |= reply["code"] == _LOGGED_IN

    def _servers(self, session: Mapping[str, Any]) -> Iterator[Server]:
        """The server that refused; where it may be a mail exchange as well, as either."""
        asked = session["direction"] not in ("inbound", "internal")
        end = (session["crossing"] or session if asked else session)["server"]
        resolution = session["resolution"]
        name = resolution["name"] if resolution is not None else None
        called, named = self._known.called(end["ip"]), self._known.is_named(end["ip"], name)
        first = next(iter(session["commands"]), None)
        greets = first is not None and first["command"] == "connect" and first["reply"] is not None
        announced = next(iter((first["reply"]["text"] or "").split()), None) if greets and first is not None else None
        names = [one for one in (session["asked_name"], announced) if one]
        for one in self._known.may_relay(end["ip"], name):
            yield Server((*names, *telling(sorted(called)), end["ip"]), end["port"], one, named, asked)


_READY, _LOGGED_IN = 220, 235
"""Replies to STARTTLS (RFC 3207), and to a log-in (RFC 4954 section 6)."""


def _rule(row: Mapping[str, Any]) -> Rule:
    """A rule of the site file, as the case tells it."""
    return Rule(
        cause=row["cause"],
        text=_pattern(row["text"]),
        unless=_pattern(row["unless"]),
        codes=tuple(row["codes"]),
        enhanced=_pattern(row["enhanced"]),
        commands=tuple(row["commands"]),
        tls=row["tls"],
        ports=tuple(row["ports"]),
        servers=tuple(row["servers"]),
        link=row["link"],
    )


def _pattern(written: str | None) -> Pattern | None:
    return None if written is None else re.compile(written, re.IGNORECASE)
