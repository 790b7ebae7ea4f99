"""What a site's case says for comparisons between sites: its tries, retries counted once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from wanwitness.hypotheses.assumptions import RETRY_NS

from .result import Try

_RETRY_S = RETRY_NS / 1e9


def tries_of(document: dict[str, Any]) -> Iterator[Try]:
    """Yield the tries of a case document, in order of time.

    Left out, as in DESIGN section 6: sessions that authenticated before MAIL, that another refusal ended, and those
    that neither went through nor were refused. Mail to recipients' own servers has no refusal that a link is to blame
    for, and is told from a relay's by that alone: what it adds is accepted at a name that is nobody's relay.
    """
    latest: dict[tuple[Any, ...], Try] = {}
    for session in sorted(document["sessions"], key=lambda session: str(session["start"])):
        made = _try(session)
        if made is None:
            continue
        mails = session["transactions"]
        key = (
            session["client"]["ip"],
            mails[0]["mail_from"] if mails else None,
            made.relay,
            made.resolver,
            made.mismatch,
        )
        before = latest.get(key)
        if made.refused and before is not None and before.refused and made.at_s - before.at_s <= _RETRY_S:
            latest[key] = made
            continue
        latest[key] = made
        yield made


def _try(session: dict[str, Any]) -> Try | None:
    if session["direction"] not in ("outbound", "router"):
        return None
    blamed = any(rejection["link"] == "subscriber" for rejection in session["rejections"])
    accepted = session["outcome"] == "accepted"
    if not (blamed or accepted) or (session["auth"]["succeeded"] and not blamed):
        return None
    resolution = session["resolution"]
    verdict = session["verdict"]
    server = session["answered_by"] or session["server"]
    return Try(
        at_s=datetime.fromisoformat(session["start"]).timestamp(),
        refused=blamed,
        mismatch=None if verdict == "undetermined" else verdict == "link-mismatch",
        relay=(resolution and resolution["name"]) or session["asked_name"] or server["ip"],
        resolver=resolution and resolution["resolver_ip"],
    )
