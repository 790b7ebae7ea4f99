"""The words of case.json as a person reads them: one place for the terminal, the page and the figures."""

from __future__ import annotations

from typing import Any

from wanwitness.case.rows import direction as direction
from wanwitness.case.rows import judged as judged

Session = dict[str, Any]


def links(session: Session) -> str:
    """Return the two links: `isp2 → isp1`, with `?` for one that is not known; of inbound ones where they came in."""
    way, link = direction(session), session["transport_link"] or "?"
    if way == "internal":
        return "LAN → LAN"
    return f"{link} → LAN" if way == "inbound" else f"{session['resolver_link'] or '?'} → {link}"


def endpoint(ends: dict[str, Any]) -> str:
    """Return address and port as RFC 3986 writes them: `192.0.2.25:25`, `[2001:db8::25]:25`."""
    ip = ends["ip"]
    return f"[{ip}]:{ends['port']}" if ":" in ip else f"{ip}:{ends['port']}"


def dialled(session: Session) -> str:
    """Return what the client asked for, by name and address, or by the address alone."""
    server = endpoint(session["server"])
    return f"{session['asked_name']} ({server})" if session["asked_name"] else server


def asked(session: Session) -> tuple[str, str]:
    """Return what the client asked for in two lines: the name, and the address under it; without one no second."""
    server = endpoint(session["server"])
    return (session["asked_name"], server) if session["asked_name"] else (server, "")


def called(banner: str | None) -> str | None:
    """Return what a server calls itself in its greeting: RFC 5321 section 4.2 has the domain behind the code.

    >>> called("220 mail.example ESMTP")
    'mail.example'
    """
    parts = (banner or "").split()
    return parts[1] if len(parts) > 1 and parts[0].isdigit() else None


def elsewhere(session: Session) -> bool:
    """Whether another server spoke than the client had dialled."""
    spoke, server = session.get("answered_by"), session["server"]
    return bool(spoke and spoke["ip"] and (spoke["ip"], spoke["port"]) != (server["ip"], server["port"]))


def reply(told: Any) -> str:
    """Return a reply as the server sent it: code, enhanced code, text; empty for none."""
    if not isinstance(told, dict):
        return str(told or "")
    return " ".join(str(told[key]) for key in ("code", "enhanced", "text") if told.get(key))
