"""Truth: a row for each session, from the hosts' logs, conntrack's events and the resolvers' logs."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from . import router
from .exits import BOXES
from .facts import Diary, LabConnection
from .judgement import LabAnswer, LabOpening, decrypted, outcome, resolve
from .topology import BY_NAME, LINKS
from .tracked import Tracked
from .tracking import Flow

BLAMED = ("authentication-required", "relaying-denied")


def rows(diary: Diary, tracked: Tracked) -> list[dict[str, Any]]:
    """Return truth.json's rows, in order of time."""
    answers = [answer for question in diary.questions if (answer := tracked.answer(question)) is not None]
    relayed = {each.client: each for each in diary.relayed}
    pairs = []
    for connection in sorted(diary.connections, key=lambda connection: connection.started):
        flow = tracked.flow("tcp", connection.source, connection.server)
        opening = LabOpening(connection.host, connection.server[0], connection.started, flow.link, rewritten=False)
        carried = relayed.get(connection.source)
        if carried is not None:
            flow = tracked.flow("tcp", carried.source, carried.server)
            opening = LabOpening(router.NAME, carried.server[0], carried.started, flow.link, rewritten=True)
        elif flow.server != flow.asked:
            opening = LabOpening(router.NAME, flow.server[0], connection.started, flow.link, rewritten=True)
        pairs.append((connection, opening, flow))
    openings = [opening for _, opening, _ in pairs]
    found = [_row(connection, opening, flow, answers, openings) for connection, opening, flow in pairs]
    for row, again in zip(
        found, retried([(connection, opening.link) for connection, opening, _ in pairs]), strict=True
    ):
        if again:
            row.setdefault("further_findings", []).append("retried-other-link")
    return found


def retried(tries: Sequence[tuple[LabConnection, str | None]]) -> list[bool]:
    """Say of each connection whether it repeats, by another link, a mail that the host's last try did not deliver."""
    last: dict[tuple[str, str, frozenset[str]], tuple[LabConnection, str | None]] = {}
    found = []
    for connection, link in tries:
        key = (connection.source[0], connection.sender, frozenset(connection.recipients))
        before = last.get(key) if connection.recipients else None
        found.append(before is not None and before[1] != link and outcome(before[0])[0] != "accepted")
        last[key] = (connection, link)
    return found


def branded(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its links called as the story calls them."""
    links = {key: BY_NAME[row[key]].brand for key in ("transport_link", "resolver_link") if row[key] is not None}
    return {**row, **{key: brand.name for key, brand in links.items() if brand is not None}}


def _row(
    connection: LabConnection,
    opening: LabOpening,
    flow: Flow,
    answers: Sequence[LabAnswer],
    openings: Sequence[LabOpening],
) -> dict[str, Any]:
    answer, because = resolve(opening, answers, openings)
    if opening.link is None:
        because = "transport-link-unknown"
    link = answer.link if answer is not None else None
    flagged = because is None and link != opening.link
    verdict = "undetermined" if because else "link-mismatch" if flagged else "consistent"
    how, cause = outcome(connection)
    owner = owner_of(opening.server)
    findings = []
    if opening.rewritten:
        findings.append("redirected")
    if answer is not None and link is not None and answer.resolver not in resolvers_of(link):
        findings.append("foreign-resolver")
    if owner is not None and opening.link is not None and owner != opening.link:
        findings.append("relay-owner-mismatch")
    row: dict[str, Any] = {
        "scenario": connection.scenario,
        "client_ip": connection.source[0],
        "client_port": connection.source[1],
        "start": connection.started,
        "transport_link": opening.link,
        "resolver_link": link,
        "flagged": flagged,
        "verdict": verdict,
    }
    if because:
        row["undetermined_because"] = because
    row["outcome"] = how
    if cause:
        row["cause"] = cause
    row["likely_cause"] = flagged and owner is not None and _blamed(how, cause)
    if connection.keys_kept:
        # What an analysis without the keys cannot know; the rest of the row is what it can.
        how, cause = decrypted(connection)
        likely = flagged and owner is not None and _blamed(how, cause)
        row["decrypted"] = {"outcome": how, "cause": cause, "likely_cause": likely}
    row["findings"] = findings
    further = _further(opening, answer, flow)
    if further:
        row["further_findings"] = further
    return row


def _blamed(how: str, cause: str | None) -> bool:
    # A refusal that the client mended by logging in was one all the same.
    return how in ("rejected", "deferred", "accepted") and cause in BLAMED


def _further(opening: LabOpening, answer: LabAnswer | None, flow: Flow) -> list[str]:
    """Findings that the score of older captures does not speak of."""
    found = []
    if answer is not None and answer.answered + answer.addresses[opening.server] < opening.at:
        found.append("expired-answer")
    if flow.back is not None and flow.back != flow.link:
        found.append("asymmetric-return")
    return found


def owner_of(server: str) -> str | None:
    """Return the link whose provider runs a server."""
    address = ip_address(server)
    for link in LINKS:
        if any(address in ip_network(network) for network in (link.services, link.services6)):
            return link.name
    return None


def resolvers_of(link: str) -> tuple[str, ...]:
    """Return the resolvers that a link's provider gives."""
    return BY_NAME[link].resolver, BY_NAME[link].service6(53), BOXES[0].gateway
