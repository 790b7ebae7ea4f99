"""Facts that a case tells twice, or counts: do they agree with each other?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .checks import Checks

_KINDS = ("accepted", "rejected")


def check_session(session: Mapping[str, Any], captures: Sequence[Mapping[str, Any]], checks: Checks) -> None:
    """Compare what a session says of itself with its own commands, replies, links and frames."""
    where = f"session {session['id']}"
    _refusals(session, where, checks)
    _mail(session, where, checks)
    _taken(session, where, checks)
    _links(session, where, captures, checks)
    _causes(session, where, checks)
    _doubts(session, where, checks)


def _replies(session: Mapping[str, Any]) -> Iterator[tuple[str | None, Mapping[str, Any], list[Any]]]:
    for exchange in session["commands"]:
        if exchange["reply"] is not None:
            yield exchange["command"], exchange["reply"], exchange["frames"]


def _said_as(verb: str) -> str:
    """A refusal tells the command that a mail needs: the message's end is DATA's, a secret is AUTH's."""
    return {".": "DATA", "AUTH-RESPONSE": "AUTH"}.get(verb, verb)


def _refusals(session: Mapping[str, Any], where: str, checks: Checks) -> None:
    replies = list(_replies(session))
    for index, row in enumerate(session["rejections"]):
        found = [
            frames[-1:] == [row["frame"]]
            and _said_as((command or row["command"]).partition(" ")[0]) in (row["command"], "?")
            for command, reply, frames in replies
            if all(reply[key] == row[key] for key in ("code", "enhanced", "text"))
        ]
        told = f"{row['code']} {row['text']} to {row['command']}"
        checks.compare("inner", any(found), f"{where} rejections[{index}]", told, "no such reply", [row["frame"]])
    row = session["rejection"]
    if row is not None:
        agrees = row in session["rejections"]
        checks.compare("inner", agrees, f"{where} rejection", row["text"], "no such refusal", [row["frame"]])


def _mail(session: Mapping[str, Any], where: str, checks: Checks) -> None:
    commands = [exchange["command"] or "" for exchange in session["commands"]]
    told = [reply for _, reply, _ in _replies(session)]
    names = [command.partition(" ")[2] for command in commands if command[:4] in ("EHLO", "HELO", "LHLO")]
    if session["helo"] is not None:
        checks.compare("inner", session["helo"] in names, f"{where} helo", session["helo"], names)
    paths = {verb: [c for c in commands if c[:4] in verbs] for verb, verbs in (("mail", _MAIL), ("rcpt", ("RCPT",)))}
    for index, row in enumerate(session["transactions"]):
        at = f"{where} transactions[{index}]"
        for what, address in [("mail", row["mail_from"]), *(("rcpt", one) for one in row["rcpt_to"])]:
            agrees = any(address in command for command in paths[what])
            checks.compare(
                "inner", agrees, f"{at}.{'mail_from' if what == 'mail' else 'rcpt_to'}", address, paths[what]
            )
        if row["final_reply"] is not None:
            agrees = row["final_reply"] in told
            checks.compare("inner", agrees, f"{at}.final_reply", row["final_reply"]["text"], "no such reply")
    mechanism = session["auth"]["mechanism"]
    if mechanism is not None:
        agrees = any(command.split()[:2] == ["AUTH", mechanism] for command in commands)
        checks.compare("inner", agrees, f"{where} auth.mechanism", mechanism, "no such command")
    hellos = " ".join(reply["text"] or "" for command, reply, _ in _replies(session)).upper().replace("=", " ").split()
    for offered in session["auth"]["offered"]:
        checks.compare("inner", offered in hellos, f"{where} auth.offered", offered, "no reply offers it")
    banner = (session.get("answered_by") or {}).get("banner")
    if banner is not None:
        texts = [
            " ".join(str(reply[key]) for key in ("code", "enhanced", "text") if reply[key])
            for command, reply, _ in _replies(session)
            if command == "connect"
        ]
        checks.compare("inner", banner in texts, f"{where} answered_by.banner", banner, "another banner")


def _taken(session: Mapping[str, Any], where: str, checks: Checks) -> None:
    """Whether each mail was taken, and for all recipients: by the replies that decided it."""
    for index, row in enumerate(session["transactions"]):
        code = (row["final_reply"] or {}).get("code")
        if row["accepted"] is not None and code is not None:
            agrees = row["accepted"] == (code < _FAILURE)
            checks.compare("inner", agrees, f"{where} transactions[{index}].accepted", row["accepted"], code)
    ended = [one for one in session["commands"] if _ends_content(one["command"] or "")]
    taken = sum(one["reply"] is not None and (one["reply"]["code"] or 0) // 100 == 2 for one in ended)
    told = sum(row["accepted"] is True for row in session["transactions"])
    if session["transactions"] and all(one["command"] is not None for one in session["commands"]):
        checks.compare("inner", told == taken, f"{where} transactions.accepted", told, f"{taken} were taken")
    refused = [one for one in session["commands"] if one["reply"] and (one["reply"]["code"] or 0) >= _FAILURE]
    if session["partial"]:
        agrees = session["outcome"] == "accepted" and bool(refused)
        checks.compare("inner", agrees, f"{where} partial", True, f"{session['outcome']}, nothing was refused")


def _ends_content(command: str) -> bool:
    words = command.upper().split()
    return words[:1] == ["."] or (words[:1] in (["BDAT"], ["BURL"]) and words[-1:] == ["LAST"])


def _causes(session: Mapping[str, Any], where: str, checks: Checks) -> None:
    """The causes that hold: a link's, or findings; and each finding says what its kind is."""
    causes, kinds = session["likely_causes"], [row["kind"] for row in session["findings"]]
    agrees = ("link-mismatch" in causes) == session["likely_cause"]
    checks.compare("inner", agrees, f"{where} likely_cause", session["likely_cause"], causes)
    known = {*kinds, *(["link-mismatch"] if session["flagged"] else [])}
    checks.compare("inner", known.issuperset(causes), f"{where} likely_causes", causes, known)
    blamed = any(row["link"] == "subscriber" for row in session["rejections"])
    checks.compare("inner", blamed or not causes, f"{where} likely_causes", causes, "no refusal that a link may cause")
    for index, row in enumerate(session["findings"]):
        says = row.get("text_id")
        if says is not None:
            kind = _SAYS.get(says, row["kind"])
            checks.compare("sentence", kind == row["kind"], f"{where} findings[{index}].kind", row["kind"], kind)


def _doubts(session: Mapping[str, Any], where: str, checks: Checks) -> None:
    """Why there is no verdict, by what is known and by the sentence that says it; and what else may be the answer."""
    because = session["undetermined_because"]
    agrees = (session["verdict"] == "undetermined") == (because is not None)
    checks.compare("inner", agrees, f"{where} undetermined_because", because, session["verdict"])
    if because is not None:
        says = {_BECAUSE.get(kind, kind.removeprefix("because-")) for kind in _reasons(session["explanation_args"])}
        if session["direction"] == "inbound":
            says = {"no-dns-seen"}
        elif session["direction"] == "internal" or session["transport_link"] is None:
            says = {"transport-link-unknown"}
        if says:
            checks.compare("inner", because in says, f"{where} undetermined_because", because, says)
    for index, row in enumerate(session.get("candidates") or ()):
        what = ((row.get("why_args") or {}).get("what") or {}).get("id")
        if what is not None:
            kinds = ("kept",) if what == "candidate-spent" else (what.removeprefix("candidate-"),)
            checks.compare("sentence", row["kind"] in kinds, f"{where} candidates[{index}].kind", row["kind"], kinds)
    for index, row in enumerate(session.get("objections") or ()):
        says_id = row.get("text_id")
        if says_id is not None:
            kind = says_id.removeprefix("objection-").removesuffix("-spent")
            checks.compare("sentence", row["kind"] == kind, f"{where} objections[{index}].kind", row["kind"], kind)


def _reasons(value: Any) -> Iterator[str]:
    """The ids of the sentences that say why there is no verdict."""
    if isinstance(value, Mapping):
        kind = value.get("id")
        if isinstance(kind, str) and (kind.startswith("because-") or kind in _BECAUSE):
            yield kind
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from _reasons(one)


_BECAUSE = {
    "answers-cut-after": "resolver-link-unknown",
    "answers-cut-before": "resolver-link-unknown",
    "answers-not-kept": "resolver-link-unknown",
}
"""By the sentence of a reason, what it is a reason of, where its id does not say so."""
_FAILURE = 400
_SAYS = {
    "finding-relay-owner": "relay-owner-mismatch",
    "finding-foreign-resolver": "foreign-resolver",
    "finding-nobodys-resolver": "foreign-resolver",
    "finding-resolver-given": "foreign-resolver",
    "finding-opened-own": "redirected",
    "finding-rewritten": "redirected",
    "finding-expired": "expired-answer",
    "finding-back-otherwise": "asymmetric-return",
    "finding-out-otherwise": "asymmetric-return",
    "finding-gaps": "capture-gap",
    "finding-overlap": "conflicting-overlap",
    "finding-encrypted-dns": "encrypted-dns",
    "finding-told-address": "address-told-by-server",
    "finding-told-unknown": "address-told-by-server",
    "finding-told-otherwise": "address-told-by-server",
    "finding-retried": "retried-other-link",
}
"""By the sentence of a finding, its kind."""
_MAIL = ("MAIL", "SEND", "SOML", "SAML")


def _links(session: Mapping[str, Any], where: str, captures: Sequence[Mapping[str, Any]], checks: Checks) -> None:
    for side, role in (("lan_stream", "lan"), ("wan_stream", "wan")):
        if session[side] is not None:
            found = captures[session[side]["capture"]]["role"]
            checks.compare("link", found == role, f"{where} {side}", role, found)
    transport, crossing = session["transport_link"], session["crossing"]
    if transport is not None and session["wan_stream"] is not None:
        link = captures[session["wan_stream"]["capture"]]["link"]
        checks.compare("link", link == transport, f"{where} transport_link", transport, link)
    if crossing is not None and transport is not None:
        checks.compare("link", crossing["link"] == transport, f"{where} crossing.link", crossing["link"], transport)
    resolver, resolution = session["resolver_link"], session["resolution"]
    if resolver is not None and resolution is not None:
        checks.compare("link", resolution["link"] == resolver, f"{where} resolver_link", resolver, resolution["link"])
    verdict = session["verdict"]
    if verdict in ("consistent", "link-mismatch") and resolver is not None:
        agrees = (resolver == transport) == (verdict == "consistent")
        checks.compare("link", agrees, f"{where} verdict", verdict, f"{resolver} and {transport}")
    agrees = session["flagged"] == (verdict == "link-mismatch")
    checks.compare("link", agrees, f"{where} flagged", session["flagged"], verdict)
    spoke = session.get("answered_by") or {}
    if spoke.get("ip") is not None:
        servers = [session["server"], *([crossing["server"]] if crossing is not None else [])]
        ends = {"ip": spoke["ip"], "port": spoke["port"]}
        checks.compare("address", ends in servers, f"{where} answered_by", spoke["ip"], [s["ip"] for s in servers])


def check_told_address(session: Mapping[str, Any], links: Sequence[Mapping[str, Any]], checks: Checks) -> None:
    """Whether the link of the address that a server told is one of the site's, and a finding says the same of both."""
    row = session.get("told_address")
    if row is None:
        return
    said = next((one for one in session["findings"] if one["kind"] == "address-told-by-server"), None)
    if said is not None and said.get("text_args") is not None:
        args = said["text_args"]
        args = args["finding"]["args"] if said["text_id"] == "finding-told-otherwise" else args
        for key in ("address", "link"):
            where = f"session {session['id']} told_address.{key}"
            checks.compare("inner", row[key] == args.get(key), where, row[key], args.get(key), [row["frame"]])
    if row["link"] is None:
        return
    known = [link["name"] for link in links]
    where = f"session {session['id']} told_address.link"
    checks.compare("link", row["link"] in known, where, row["link"], known, [row["frame"]])


def check_totals(document: Mapping[str, Any], checks: Checks) -> None:
    """Count the sessions again, those among them that the case tells only the number of."""
    sessions, totals = document["sessions"], document["totals"]
    uncounted = document.get("uncounted_sessions") or ()
    more = sum(row["count"] for row in uncounted)
    outcomes = Counter(session["outcome"] for session in sessions)
    for row in uncounted:
        outcomes[row["outcome"]] += row["count"]
    verdicts = Counter(session["verdict"] for session in sessions)
    directions = Counter(session["direction"] or "unknown" for session in sessions)
    if more:
        verdicts["undetermined"] += more
        directions["unknown"] += more
    counts: dict[str, Any] = {
        "sessions": len(sessions) + more,
        "flagged": sum(session["flagged"] for session in sessions),
        "likely_cause": sum(session["likely_cause"] for session in sessions),
        "by_verdict": dict(verdicts),
        "by_outcome": dict(outcomes),
        "by_direction": dict(directions),
    }
    for key, count in counts.items():
        if key in totals:
            checks.compare("count", totals[key] == count, f"totals.{key}", totals[key], count)
    by_links = Counter(
        (s["resolver_link"], s["transport_link"], s["outcome"] if s["outcome"] in _KINDS else "other")
        for s in sessions
        if s["direction"] not in ("inbound", "internal")
    )
    told = {
        (row["resolver_link"], row["transport_link"], kind): row[kind]
        for row in totals["by_links"]
        for kind in (*_KINDS, "other")
        if row[kind]
    }
    checks.compare("count", told == dict(by_links), "totals.by_links", told.values(), by_links.values())
