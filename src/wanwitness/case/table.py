"""The sessions as a flat table: the columns of sessions.csv, sessions.parquet and `Case.sessions`."""

from __future__ import annotations

from typing import Any

from .columns import Column, Table

SESSIONS = (
    Column("id", "text"),
    Column("start", "time"),
    Column("end", "time"),
    Column("client_ip", "word"),
    Column("client_port", "whole"),
    Column("server_ip", "word"),
    Column("server_port", "whole"),
    Column("direction", "word"),
    Column("asked_name", "word"),
    Column("answered_by_ip", "word"),
    Column("answered_by_port", "whole"),
    Column("answered_by_banner", "word"),
    Column("transport_link", "word"),
    Column("resolver_link", "word"),
    Column("verdict", "word"),
    Column("undetermined_because", "word"),
    Column("flagged", "truth"),
    Column("likely_cause", "truth"),
    Column("likely_causes", "word"),
    Column("outcome", "word"),
    Column("partial", "truth"),
    Column("rejection_code", "whole"),
    Column("rejection_enhanced", "word"),
    Column("rejection_command", "word"),
    Column("rejection_cause", "word"),
    Column("rejection_link", "word"),
    Column("rejection_text", "text"),
    Column("resolved_name", "word"),
    Column("resolver_ip", "word"),
    Column("resolver_owner", "word"),
    Column("answered_at", "time"),
    Column("age_s", "number"),
    Column("ttl_s", "whole"),
    Column("from_cache", "truth"),
    Column("crossing_method", "word"),
    Column("wan_client_ip", "word"),
    Column("wan_client_port", "whole"),
    Column("wan_server_ip", "word"),
    Column("wan_server_port", "whole"),
    Column("helo", "word"),
    Column("starttls", "truth"),
    Column("implicit_tls", "truth"),
    Column("auth_mechanism", "word"),
    Column("auth_succeeded", "truth"),
    Column("transactions", "whole"),
    Column("accepted", "whole"),
    Column("findings", "word"),
    Column("explanation", "text"),
    Column("frames", "text"),
)
"""The columns of sessions.csv, sessions.parquet and `Case.sessions`, in order."""
SESSION_COLUMNS = [column.name for column in SESSIONS]
"""Their names."""


def session_row(session: dict[str, Any]) -> dict[str, Any]:
    """Flatten one session of a case document to the columns `SESSION_COLUMNS`, in their order."""
    client, server, tls, auth = session["client"], session["server"], session["tls"], session["auth"]
    crossing, resolution, rejection = (session[key] or {} for key in ("crossing", "resolution", "rejection"))
    answering = session["answered_by"] or {"ip": None, "port": None, "banner": None}
    wan_client, wan_server = crossing.get("client") or {}, crossing.get("server") or {}
    return {
        "id": session["id"],
        "start": session["start"],
        "end": session["end"],
        "client_ip": client["ip"],
        "client_port": client["port"],
        "server_ip": server["ip"],
        "server_port": server["port"],
        "direction": session["direction"],
        "asked_name": session["asked_name"],
        "answered_by_ip": answering["ip"],
        "answered_by_port": answering["port"],
        "answered_by_banner": answering["banner"],
        "transport_link": session["transport_link"],
        "resolver_link": session["resolver_link"],
        "verdict": session["verdict"],
        "undetermined_because": session["undetermined_because"],
        "flagged": session["flagged"],
        "likely_cause": session["likely_cause"],
        "likely_causes": " ".join(session["likely_causes"]),
        "outcome": session["outcome"],
        "partial": session["partial"],
        "rejection_code": rejection.get("code"),
        "rejection_enhanced": rejection.get("enhanced"),
        "rejection_command": rejection.get("command"),
        "rejection_cause": rejection.get("cause"),
        "rejection_link": rejection.get("link"),
        "rejection_text": rejection.get("text"),
        "resolved_name": resolution.get("name"),
        "resolver_ip": resolution.get("resolver_ip"),
        "resolver_owner": resolution.get("resolver_owner"),
        "answered_at": resolution.get("answered_at"),
        "age_s": resolution.get("age_s"),
        "ttl_s": resolution.get("ttl_s"),
        "from_cache": resolution.get("from_cache"),
        "crossing_method": crossing.get("method"),
        "wan_client_ip": wan_client.get("ip"),
        "wan_client_port": wan_client.get("port"),
        "wan_server_ip": wan_server.get("ip"),
        "wan_server_port": wan_server.get("port"),
        "helo": session["helo"],
        "starttls": tls["starttls"],
        "implicit_tls": tls["implicit"],
        "auth_mechanism": auth["mechanism"],
        "auth_succeeded": auth["succeeded"],
        "transactions": len(session["transactions"]),
        "accepted": sum(transaction["accepted"] is True for transaction in session["transactions"]),
        "findings": " ".join([finding["kind"] for finding in session["findings"]]),
        "explanation": session["explanation"],
        "frames": " ".join([f"{capture}:{number}" for capture, number in session["frames"]]),
    }


def session_table(document: dict[str, Any]) -> Table:
    """Return the sessions of a case document, a row each."""
    return Table(SESSIONS, [session_row(session) for session in document["sessions"]])
