"""The sessions of a case as plain values."""

from __future__ import annotations

from typing import Any

from wanwitness.language import told
from wanwitness.model import (
    Bounce,
    Candidate,
    Command,
    Crossing,
    Finding,
    Judgement,
    Near,
    Objection,
    Rejection,
    Reply,
    Resolution,
    StreamRef,
    ToldAddress,
    Transaction,
    printable,
)
from wanwitness.verdict.answering import Answering, answered_by
from wanwitness.verdict.doubts import objection_text, why

from .values import endpoint_value, frame_values, time_value


def session_value(judgement: Judgement) -> dict[str, Any]:
    """Return a row of `sessions`."""
    session, dialogue = judgement.session, judgement.session.dialogue
    return {
        "id": session.id,
        "start": time_value(session.start_ns),
        "end": time_value(session.end_ns),
        "client": endpoint_value(session.client),
        "server": endpoint_value(session.server),
        "direction": session.direction,
        "asked_name": session.asked_name,
        "answered_by": _answering(answered_by(session)),
        "lan_stream": _stream(session.lan_stream),
        "wan_stream": _stream(session.wan_stream),
        "return_stream": _stream(session.return_stream),
        "crossing": _crossing(session.crossing),
        "candidates": [_candidate(candidate) for candidate in session.answers],
        "objections": [_objection(objection) for objection in session.objections],
        "nearest": _near(judgement.near),
        "transport_link": session.transport_link,
        "resolver_link": session.resolver_link,
        "resolution": _resolution(session.resolution),
        "outcome": judgement.outcome,
        "partial": judgement.partial,
        "rejection": None if judgement.rejection is None else _rejection(judgement.rejection),
        "rejections": [_rejection(rejection) for rejection in judgement.rejections],
        "helo": dialogue.helo,
        "tls": {
            "starttls": dialogue.starttls,
            "implicit": dialogue.implicit_tls,
            "decrypted": dialogue.decrypted,
            "server_name": printable(dialogue.tls_name) if dialogue.tls_name else None,
            "certificate": [printable(name) for name in dialogue.tls_certificate],
        },
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
                "frames": frame_values([*(command.frames if command else ()), *(reply.frames if reply else ())]),
            }
            for command, reply in dialogue.exchanges
        ],
        "verdict": judgement.verdict,
        "undetermined_because": judgement.undetermined_because,
        "flagged": judgement.flagged,
        "likely_cause": judgement.likely_cause,
        "likely_causes": list(judgement.likely_causes),
        "bounces": [_bounce(bounce) for bounce in judgement.bounces],
        "told_address": _told_address(judgement.told_address),
        "findings": [_finding(finding) for finding in judgement.findings],
        **told("explanation", judgement.explanation),
        "frames": frame_values(judgement.frames),
    }


def _answering(answering: Answering | None) -> dict[str, Any] | None:
    if answering is None:
        return None
    ip, port = answering.endpoint or (None, None)
    return {"ip": ip, "port": port, "banner": answering.banner}


def _near(near: Near | None) -> dict[str, Any] | None:
    if near is None:
        return None
    return {**told("what", near.what), "frames": frame_values(near.frames), **told("decide", near.decide)}


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "frames": frame_values(candidate.frames),
        "link": candidate.link,
        **told("why", why(candidate)),
        "kind": candidate.kind,
        "before_s": candidate.before_s,
        "ttl_s": candidate.ttl_s,
    }


def _objection(objection: Objection) -> dict[str, Any]:
    return {"kind": objection.kind, **told("text", objection_text(objection)), "frames": frame_values(objection.frames)}


def _stream(ref: StreamRef | None) -> dict[str, Any] | None:
    if ref is None:
        return None
    return {"capture": ref.capture, "community_id": ref.community_id, "tshark_filter": ref.tshark_filter}


def _crossing(crossing: Crossing | None) -> dict[str, Any] | None:
    if crossing is None:
        return None
    return {
        "link": crossing.link,
        "client": endpoint_value(crossing.client),
        "server": endpoint_value(crossing.server),
        "method": crossing.method,
        "confidence": crossing.confidence,
        "runner_up": crossing.runner_up,
        "frames": frame_values(crossing.frames),
    }


def _resolution(resolution: Resolution | None) -> dict[str, Any] | None:
    if resolution is None:
        return None
    return {
        "name": resolution.name,
        "type": resolution.qtype,
        "address": resolution.address,
        "answered_at": time_value(resolution.answered_ns),
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
                "client": endpoint_value(step.client),
                "server": endpoint_value(step.server),
                "query_frame": list(step.query_frame) if step.query_frame else None,
                "answer_frame": list(step.answer_frame) if step.answer_frame else None,
                "id": step.id,
            }
            for step in resolution.steps
        ],
    }


def _rejection(rejection: Rejection) -> dict[str, Any]:
    return {
        "code": rejection.code or None,
        "enhanced": rejection.enhanced,
        "text": rejection.text,
        "command": rejection.command,
        "cause": rejection.cause,
        "link": rejection.link,
        "frame": list(rejection.frame),
        "wan_frame": None if rejection.wan_frame is None else list(rejection.wan_frame),
    }


def _command(command: Command | None) -> str | None:
    return None if command is None else f"{command.verb} {command.argument}".rstrip()


def _reply(reply: Reply | None) -> dict[str, Any] | None:
    if reply is None:
        return None
    return {"code": reply.code or None, "enhanced": reply.enhanced, "text": reply.text, "cut": reply.cut}


def _transaction(transaction: Transaction) -> dict[str, Any]:
    return {
        "mail_from": transaction.mail_from,
        "rcpt_to": [recipient for recipient, _ in transaction.recipients],
        "accepted": transaction.accepted,
        "final_reply": _reply(transaction.final_reply),
    }


def _bounce(bounce: Bounce) -> dict[str, Any]:
    return {
        "frame": list(bounce.frame),
        "at": time_value(bounce.at_ns),
        "recipient": bounce.recipient,
        "action": bounce.action,
        "status": bounce.status,
        "text": bounce.text,
        "remote": bounce.remote,
        "cause": bounce.cause,
    }


def _told_address(saw: ToldAddress | None) -> dict[str, Any] | None:
    return None if saw is None else {"address": saw.address, "link": saw.link, "frame": list(saw.frame)}


def _finding(finding: Finding) -> dict[str, Any]:
    return {"kind": finding.kind, **told("text", finding.text), "frames": frame_values(finding.frames)}
