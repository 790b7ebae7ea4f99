"""case.json, schema 1: everything found, as plain values."""

from __future__ import annotations

import os.path
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wanwitness.model import (
    Capture,
    Clock,
    Command,
    Crossing,
    Endpoint,
    Finding,
    FrameRef,
    Link,
    Oddity,
    Rejection,
    Resolution,
    Session,
    Shown,
    Site,
    Span,
    StreamRef,
    Transaction,
    printable,
)
from wanwitness.model.case import SCHEMA

SECOND = 1_000_000_000
STDIN = "-"


def document(
    *,
    tool: dict[str, Any],
    site: Site,
    lan: Sequence[Shown],
    captures: Sequence[Capture],
    coverage: Sequence[Span],
    links: Sequence[Link],
    sessions: Sequence[Session],
    oddities: Sequence[Oddity],
    notes: Sequence[str],
    refused: Sequence[str],
    analysed_at: datetime,
    folder: Path | None,
) -> dict[str, Any]:
    """Put a case together.

    Args:
        lan: what the captures show of the LAN.
        notes: what was not read, and why; nothing is wrong with it.
        refused: files that should have been captures and are none.
        folder: where the case will be: the captures' paths are made relative to it.
    """
    return {
        "schema": SCHEMA,
        "tool": tool,
        "analysed_at": _moment(analysed_at),
        "site": _site(site, lan),
        "captures": [_capture(capture, folder) for capture in captures],
        "coverage": [_span(span, captures) for span in coverage],
        "links": [_link(link) for link in links],
        "sessions": [_session(session) for session in sessions],
        "hypotheses": [],
        "oddities": [_oddity(oddity) for oddity in oddities],
        "notes": [printable(note) for note in notes],
        "refused": [printable(reason) for reason in refused],
        "totals": _totals(sessions),
    }


def rfc3339(ns: int) -> str:
    """Return nanoseconds since the epoch as RFC 3339 UTC with nine decimals.

    >>> rfc3339(1_353_508_200_000_000_001)
    '2012-11-21T14:30:00.000000001Z'
    """
    seconds, fraction = divmod(ns, SECOND)
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):  # a damaged time stamp beyond the year 9999
        return "9999-12-31T23:59:59.999999999Z" if seconds > 0 else "0001-01-01T00:00:00.000000000Z"
    return f"{moment.isoformat()[:19]}.{fraction:09d}Z"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"


def _site(site: Site, lan: Sequence[Shown]) -> dict[str, Any]:
    return {
        "name": site.name,
        "timezone": site.timezone,
        "lan": list(site.lan),
        "lan_shown": _shown(lan),
        "events": [{"at": _moment(event.at), "what": event.what} for event in site.events],
    }


def _capture(capture: Capture, folder: Path | None) -> dict[str, Any]:
    return {
        "path": _relative(capture.path, folder),
        "sha256": capture.sha256,
        "bytes": capture.bytes,
        "interface": printable(capture.interface) if capture.interface else None,
        "interface_id": capture.interface_id,
        "ifindex": capture.ifindex,
        "section": capture.section,
        "several_interfaces": capture.several_interfaces,
        "vlan": capture.vlan,
        "role": capture.role,
        "link": capture.link,
        "role_source": capture.role_source,
        "role_reason": capture.role_reason or None,
        "linktype": capture.linktype,
        "packets": capture.packets,
        "first": _end(capture, capture.first_ns),
        "last": _end(capture, capture.last_ns),
        "snaplen_cut": capture.snaplen_cut,
        "bad_checksums": asdict(capture.checksums),
        "dropped": capture.dropped,
        "damage": [{"offset": d.offset, "bytes": d.bytes, "reason": d.reason} for d in capture.damage],
        "left_out": dict(capture.left_out),
        "clock": _clock(capture.clock),
    }


def _end(capture: Capture, raw_ns: int | None) -> str | None:
    """The capture's first or last time, on the reference clock: not the least or the greatest written, after a step."""
    clock = capture.clock
    if clock is None or clock.first_ns is None or clock.last_ns is None:
        return _time(raw_ns)
    return _time(clock.first_ns if raw_ns == capture.first_ns else clock.last_ns)


def _aligned(capture: Capture, raw_ns: int | None) -> str | None:
    """A time that the capture wrote, on the reference clock."""
    clock = capture.clock
    if raw_ns is None or clock is None or clock.first_ns is None or clock.last_ns is None:
        return _time(raw_ns)
    begin, end = capture.begin_ns, capture.end_ns
    if clock.steps or begin is None or end is None or end <= begin:
        offset = clock.offset_ns
        for step in clock.steps:  # a time that a clock set back wrote twice is the earlier
            if raw_ns - offset <= step.at_ns or raw_ns - offset - step.by_ns < step.at_ns:
                break
            offset += step.by_ns
        return _time(raw_ns - offset)
    return _time(clock.first_ns + (raw_ns - begin) * (clock.last_ns - clock.first_ns) // (end - begin))


def _relative(path: str, folder: Path | None) -> str:
    if path == STDIN or folder is None:
        return printable(path)
    try:
        # `..` leads out of where a symbolic link leads to, so both are taken for what they are
        return printable(os.path.relpath(Path(path).parent.resolve() / Path(path).name, folder.resolve()))
    except ValueError:  # another drive
        return printable(str(Path(path).absolute()))


def _clock(clock: Clock | None) -> dict[str, Any] | None:
    """A capture's clock minus the reference.

    `offset_s` is that at the capture's first frame; it lies within `uncertainty_s` of it. `drift_ppm` is by how much
    faster it ran, null where nothing shows that it did. A row of `steps` is where it was set: `at`, on the reference
    clock, and `by_s` forward, within its `uncertainty_s`.
    """
    if clock is None:
        return None
    return {
        "offset_s": clock.offset_ns / SECOND,
        "drift_ppm": _rounded(clock.drift_ppm),
        "drift_uncertainty_ppm": _rounded(clock.drift_uncertainty_ppm),
        "steps": [
            {
                "at": _time(step.at_ns),
                "by_s": step.by_ns / SECOND,
                "uncertainty_s": step.uncertainty_ns / SECOND,
            }
            for step in clock.steps
        ],
        "uncertainty_s": clock.uncertainty_ns / SECOND,
        "pairs": clock.pairs,
    }


def _span(span: Span, captures: Sequence[Capture]) -> dict[str, Any]:
    capture = captures[span.capture]
    return {
        "capture": span.capture,
        "from": (_end if span.from_ns == capture.first_ns else _aligned)(capture, span.from_ns),
        "to": (_end if span.to_ns == capture.last_ns else _aligned)(capture, span.to_ns),
        "kind": span.kind,
        "text": printable(span.text),
    }


def _rounded(ppm: float | None) -> float | None:
    return None if ppm is None else round(ppm, 6)


def _link(link: Link) -> dict[str, Any]:
    return {
        "name": link.name,
        "isp": link.isp,
        "addresses": list(link.addresses),
        "resolvers": list(link.resolvers),
        "relays": list(link.relays),
        "source": link.source,
        "shown": _shown(link.shown),
    }


def _shown(rows: Iterable[Shown]) -> list[dict[str, Any]]:
    return [
        {
            "what": row.what,
            "value": row.value,
            "source": row.source,
            "since": _time(row.since_ns),
            "times": row.times,
            "frames": _frames(row.frames),
        }
        for row in rows
    ]


def _session(session: Session) -> dict[str, Any]:
    dialogue = session.dialogue
    return {
        "id": session.id,
        "start": _time(session.start_ns),
        "end": _time(session.end_ns),
        "client": _endpoint(session.client),
        "server": _endpoint(session.server),
        "asked_name": session.asked_name,
        "lan_stream": _stream(session.lan_stream),
        "wan_stream": _stream(session.wan_stream),
        "return_stream": _stream(session.return_stream),
        "crossing": _crossing(session.crossing),
        "transport_link": session.transport_link,
        "resolver_link": session.resolver_link,
        "resolution": _resolution(session.resolution),
        "outcome": session.outcome,
        "partial": session.partial,
        "rejection": _rejection(session.rejection),
        "helo": dialogue.helo,
        "tls": {"starttls": dialogue.starttls, "implicit": dialogue.implicit_tls, "decrypted": False},
        "auth": {
            "offered": list(dialogue.auth_offered),
            "mechanism": dialogue.auth_mechanism,
            "succeeded": dialogue.auth_succeeded,
        },
        "transactions": [_transaction(transaction) for transaction in dialogue.transactions],
        "commands": [
            {
                "command": _command(command),
                "reply": _reply(reply),
                "frames": _frames([*(command.frames if command else ()), *(reply.frames if reply else ())]),
            }
            for command, reply in dialogue.exchanges
        ],
        "verdict": session.verdict,
        "undetermined_because": session.undetermined_because,
        "flagged": session.flagged,
        "likely_cause": session.likely_cause,
        "likely_causes": list(session.likely_causes),
        "findings": [_finding(finding) for finding in session.findings],
        "explanation": session.explanation,
        "frames": _frames(session.frames),
    }


def _command(command: Command | None) -> str | None:
    return None if command is None else f"{command.verb} {command.argument}".rstrip()


def _reply(reply: Any) -> dict[str, Any] | None:
    return None if reply is None else {"code": reply.code, "enhanced": reply.enhanced, "text": reply.text}


def _transaction(transaction: Transaction) -> dict[str, Any]:
    return {
        "mail_from": transaction.mail_from,
        "rcpt_to": [recipient for recipient, _ in transaction.recipients],
        "accepted": transaction.accepted,
        "final_reply": _reply(transaction.final_reply),
    }


def _stream(ref: StreamRef | None) -> dict[str, Any] | None:
    if ref is None:
        return None
    return {"capture": ref.capture, "community_id": ref.community_id, "tshark_filter": ref.tshark_filter}


def _crossing(crossing: Crossing | None) -> dict[str, Any] | None:
    if crossing is None:
        return None
    return {
        "link": crossing.link,
        "client": _endpoint(crossing.client),
        "server": _endpoint(crossing.server),
        "method": crossing.method,
        "confidence": crossing.confidence,
        "runner_up": crossing.runner_up,
        "frames": _frames(crossing.frames),
    }


def _resolution(resolution: Resolution | None) -> dict[str, Any] | None:
    if resolution is None:
        return None
    return {
        "name": resolution.name,
        "type": resolution.qtype,
        "address": resolution.address,
        "answered_at": _time(resolution.answered_ns),
        "age_s": resolution.age_s,
        "ttl_s": resolution.ttl_s,
        "expired": resolution.expired,
        "asked_by": resolution.asked_by,
        "resolver_ip": resolution.resolver_ip,
        "resolver_owner": resolution.resolver_owner,
        "link": resolution.link,
        "from_cache": resolution.from_cache,
        "steps": [
            {
                "point": step.point,
                "client": _endpoint(step.client),
                "server": _endpoint(step.server),
                "query_frame": list(step.query_frame) if step.query_frame else None,
                "answer_frame": list(step.answer_frame) if step.answer_frame else None,
                "id": step.id,
            }
            for step in resolution.steps
        ],
    }


def _rejection(rejection: Rejection | None) -> dict[str, Any] | None:
    if rejection is None:
        return None
    return {
        "code": rejection.code,
        "enhanced": rejection.enhanced,
        "text": rejection.text,
        "command": rejection.command,
        "cause": rejection.cause,
        "frame": list(rejection.frame),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {"kind": finding.kind, "text": finding.text, "frames": _frames(finding.frames)}


def _oddity(oddity: Oddity) -> dict[str, Any]:
    return {
        "capture": oddity.capture,
        "frame": oddity.frame,
        "offset": oddity.offset,
        "reason": printable(oddity.reason),
    }


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {"ip": endpoint.ip, "port": endpoint.port}


def _frames(frames: Iterable[FrameRef]) -> list[list[int]]:
    return list(map(list, frames))


def _time(ns: int | None) -> str | None:
    return None if ns is None else rfc3339(ns)


def _totals(sessions: Sequence[Session]) -> dict[str, Any]:
    by_links: Counter[tuple[str | None, str | None, str]] = Counter()
    for session in sessions:
        kind = session.outcome if session.outcome in ("accepted", "rejected") else "other"
        by_links[session.resolver_link, session.transport_link, kind] += 1
    pairs = sorted({pair[:2] for pair in by_links}, key=lambda pair: [(name is None, name or "") for name in pair])
    return {
        "sessions": len(sessions),
        "flagged": sum(session.flagged for session in sessions),
        "likely_cause": sum(session.likely_cause for session in sessions),
        "by_verdict": dict(sorted(Counter(session.verdict for session in sessions).items())),
        "by_outcome": dict(sorted(Counter(session.outcome for session in sessions).items())),
        "by_links": [
            {
                "resolver_link": resolver,
                "transport_link": transport,
                **{kind: by_links[resolver, transport, kind] for kind in ("accepted", "rejected", "other")},
            }
            for resolver, transport in pairs
        ],
    }
