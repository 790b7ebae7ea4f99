"""Case documents made by hand: the form of DESIGN section 5, with documentation names and addresses only."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from wanwitness.language import Language
from wanwitness.report import Wording
from wanwitness.report.moments import zone_of

START = datetime(2012, 11, 21, 13, 30, 5, 123456, tzinfo=UTC)

HOSTILE = "<script>alert('x')</script> \"q\" \x1b[31m \u202egnp.exe =cmd|' /C calc'!A0"
"""What a stranger may put into a reply, a name, a HELO."""

FORMULA = "=cmd|' /C calc'!A0"


def stamp(when: datetime) -> str:
    """Return RFC 3339 with nine decimals."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


def session(number: int = 1, *, resolver: str | None = "sfr", transport: str | None = "orange", **facts: Any) -> Any:
    """Return one session; by default it is flagged, and rejected with `authentication-required`."""
    start = START + facts.pop("after", timedelta(seconds=17 * number))
    outcome = facts.pop("outcome", "rejected")
    because = "transport-link-unknown" if not transport else None if resolver else "resolver-link-unknown"
    flagged = because is None and resolver != transport
    frame = number * 20
    rejection = {
        "code": 530,
        "enhanced": "5.7.0",
        "text": "Authentication required",
        "command": "MAIL",
        "cause": "authentication-required",
        "link": "subscriber",
        "frame": [0, frame + 9],
    }
    frames = [[0, frame], [0, frame + 1], [0, frame + 2], [0, frame + 9], [1, frame + 4], [1, frame + 5]]
    step = {"client": {"ip": "192.168.1.20", "port": 40000}, "server": {"ip": "192.168.1.1", "port": 53}, "id": 4711}
    wan = {"client": {"ip": "203.0.113.10", "port": 5300}, "server": {"ip": "198.51.100.53", "port": 53}, "id": 99}
    steps = [
        {"point": "lan", **step, "query_frame": [0, frame], "answer_frame": [0, frame + 1]},
        {"point": resolver, **wan, "query_frame": [1, frame + 4], "answer_frame": None},
    ]
    resolution = {
        "name": "smtp.orange.example",
        "type": "A",
        "address": "192.0.2.25",
        "answered_at": stamp(start - timedelta(milliseconds=40)),
        "age_s": 0.04,
        "ttl_s": 300,
        "expired": False,
        "asked_by": "client",
        "resolver_ip": "198.51.100.53",
        "resolver_owner": resolver,
        "link": resolver,
        "from_cache": False,
        "steps": steps,
    }
    stream = {"capture": 0, "community_id": "1:abc=", "tshark_filter": f"tcp.stream eq {number}"}
    crossing = {
        "link": transport,
        "client": {"ip": "203.0.113.10", "port": 61000 + number % 4000},
        "server": {"ip": "192.0.2.25", "port": 25},
        "method": "isn",
        "confidence": 0.99,
        "runner_up": None,
    }
    refused = outcome in ("rejected", "deferred")
    likely = ["link-mismatch"] if flagged and refused else []
    finding = {"kind": "redirected", "text": "The router rewrote the destination.", "frames": [[0, frame + 2]]}
    return {
        "id": f"{number:012x}",
        "start": stamp(start),
        "end": stamp(start + timedelta(seconds=1)),
        "client": {"ip": "192.168.1.20", "port": 40000 + number % 20000},
        "server": {"ip": "192.0.2.25", "port": 25},
        "direction": "outbound",
        "asked_name": "smtp.orange.example",
        "answered_by": {"ip": "192.0.2.25", "port": 25, "banner": "220 smtp.orange.example ESMTP"},
        "nearest": {"what": None, "frames": [], "decide": "a capture of the other link"} if because else None,
        "lan_stream": stream,
        "wan_stream": {**stream, "capture": 1} if transport else None,
        "return_stream": None,
        "crossing": crossing if transport else None,
        "transport_link": transport,
        "resolver_link": resolver,
        "resolution": resolution if resolver else None,
        "outcome": outcome,
        "partial": False,
        "rejection": rejection if refused else None,
        "helo": "mail.example",
        "tls": {"starttls": False, "implicit": False, "decrypted": False},
        "auth": {"offered": ["PLAIN", "LOGIN"], "mechanism": None, "succeeded": None},
        "transactions": [
            {
                "mail_from": "alice@client.example",
                "rcpt_to": ["bob@dest.example"],
                "accepted": outcome == "accepted",
                "final_reply": "250 2.0.0 Ok" if outcome == "accepted" else None,
            }
        ],
        "verdict": "undetermined" if because else "link-mismatch" if flagged else "consistent",
        "undetermined_because": because,
        "flagged": flagged,
        "likely_cause": bool(likely),
        "likely_causes": likely,
        "findings": [finding] if flagged else [],
        "explanation": f"The name was resolved over {resolver}, and the connection left by {transport}.",
        "commands": [
            {"command": "connect", "reply": _reply(220, "smtp.orange.example ESMTP"), "frames": [[0, frame + 3]]},
            {"command": "EHLO mail.example", "reply": _reply(250, "ok"), "frames": [[0, frame + 4], [0, frame + 5]]},
            {
                "command": "MAIL FROM:<alice@client.example>",
                "reply": rejection if refused else _reply(250, "Ok"),
                "frames": [[0, frame + 8], [0, frame + 9]],
            },
        ],
        "frames": frames,
        **facts,
    }


def _reply(code: int, text: str) -> dict[str, Any]:
    return {"code": code, "enhanced": None, "text": text, "cut": False}


def capture(path: str, role: str | None, link: str | None, **facts: Any) -> Any:
    """Return one capture point."""
    clock: dict[str, Any] = {
        "offset_s": -0.000412,
        "drift_ppm": None,
        "drift_uncertainty_ppm": 0.4,
        "steps": [],
        "uncertainty_s": 0.00021,
        "pairs": 812,
    }
    return {
        "path": path,
        "sha256": "0" * 64,
        "bytes": 123456,
        "interface": "eth0",
        "interface_id": 0,
        "several_interfaces": False,
        "vlan": None,
        "role": role,
        "link": link,
        "role_source": "configured",
        "linktype": 1,
        "packets": 4321,
        "first": stamp(START),
        "last": stamp(START + timedelta(hours=1)),
        "snaplen_cut": 0,
        "dropped": None,
        "damage": [],
        "left_out": {},
        "clock": clock if role == "wan" else None,
        **facts,
    }


def link(name: str, **facts: Any) -> Any:
    """Return one link."""
    lists = {"addresses": ["203.0.113.10"], "resolvers": ["198.51.100.53"], "relays": [f"smtp.{name}.example"]}
    return {"name": name, "isp": name.title(), **lists, "source": "configured", **facts}


def hypothesis(kind: str = "link-mismatch", **facts: Any) -> Any:
    """Return an explanation, by default one that goes with the refusals."""
    return {
        "id": kind,
        "statement": "The links differ.",
        "status": "named",
        "by": [],
        "with": [],
        "what": None,
        "table": [[7, 0], [0, 18]],
        "left_out": {},
        "odds_ratio": None,
        "ci95": [14.0, None],
        "bound": "infinite",
        "p_turned": 0.04,
        "p_runs": 0.0003,
        "reading": "They go together.",
        "next_observation": None,
        **facts,
    }


def document(sessions: list[Any], *, links: tuple[str, ...] = ("orange", "sfr"), **facts: Any) -> dict[str, Any]:
    """Return a whole case document whose totals agree with its sessions."""
    pairs: dict[tuple[Any, Any], Counter[str]] = {}
    for one in sessions:
        kind = one["outcome"] if one["outcome"] in ("accepted", "rejected") else "other"
        pairs.setdefault((one["resolver_link"], one["transport_link"]), Counter())[kind] += 1
    by_links = [
        {"resolver_link": pair[0], "transport_link": pair[1], **{k: n[k] for k in ("accepted", "rejected", "other")}}
        for pair, n in pairs.items()
    ]
    captures = [capture("lan.pcapng", "lan", None), *(capture(f"wan-{name}.pcap", "wan", name) for name in links)]
    return {
        "schema": 1,
        "tool": {
            "name": "wanwitness",
            "version": "0.1.0",
            "command_line": ["wanwitness", "analyze", "captures/"],
            "tshark_version": "4.0.17",
        },
        "analysed_at": stamp(START + timedelta(days=1)),
        "site": {"name": "Head office", "timezone": "Europe/Paris"},
        "captures": captures,
        "coverage": [],
        "links": [link(name) for name in links],
        "sessions": sessions,
        "hypotheses": [],
        "oddities": [],
        "totals": {
            "sessions": len(sessions),
            "flagged": sum(one["flagged"] for one in sessions),
            "likely_cause": sum(one["likely_cause"] for one in sessions),
            "by_verdict": dict(Counter(one["verdict"] for one in sessions)),
            "by_outcome": dict(Counter(one["outcome"] for one in sessions)),
            "by_links": by_links,
        },
        **facts,
    }


def wording(case: dict[str, Any], code: str = "en") -> Wording:
    """Return how a case's report speaks."""
    return Wording(Language.of(code), zone_of(case))


def office(count: int = 20) -> dict[str, Any]:
    """Return a mixed case: most accepted, a few flagged and rejected, a few undetermined."""
    turns: list[dict[str, Any]] = [
        {},
        *({"resolver": "orange", "outcome": "accepted"} for _ in range(7)),
        {"resolver": "sfr", "transport": "sfr", "outcome": "accepted"},
        {"resolver": None, "outcome": "rejected"},
        {"resolver": "orange", "transport": "sfr", "outcome": "accepted"},
        {"resolver": "orange", "outcome": "deferred"},
        {"transport": None, "outcome": "opaque"},
        {"resolver": "sfr", "transport": "sfr", "outcome": "unanswered"},
    ]
    return document([session(number, **turns[number % len(turns)]) for number in range(count)])


def hostile() -> dict[str, Any]:
    """Return a case in which every text that strangers or users chose is an attack."""
    bad = session(1)
    bad["answered_by"]["banner"] = bad["commands"][0]["reply"]["text"] = bad["commands"][1]["command"] = HOSTILE
    bad["asked_name"] = bad["helo"] = bad["resolution"]["name"] = bad["rejection"]["text"] = HOSTILE
    bad["transport_link"] = bad["crossing"]["link"] = HOSTILE
    bad["findings"][0]["text"] = bad["explanation"] = HOSTILE
    bad["transactions"][0].update(mail_from=HOSTILE, rcpt_to=[HOSTILE])
    bad["auth"]["offered"] = [HOSTILE]
    case = document([bad, session(2, outcome="accepted", resolver="orange")], links=(HOSTILE, "sfr"))
    case["site"]["name"] = HOSTILE
    case["site"]["events"] = [{"at": stamp(START), "kind": HOSTILE, "what": HOSTILE}]
    case["links"][0].update(isp=HOSTILE, addresses=[HOSTILE], resolvers=[HOSTILE], relays=[HOSTILE])
    case["hypotheses"] = [{**hypothesis("event:" + HOSTILE), "what": HOSTILE, "statement": HOSTILE, "reading": HOSTILE}]
    case["notes"] = [HOSTILE]
    case["tool"]["command_line"] = HOSTILE
    case["captures"][0]["path"] = f"a b/{HOSTILE}.pcap"
    case["captures"][0]["left_out"] = {HOSTILE: 3}
    case["captures"][0]["damage"] = [{"offset": 24, "bytes": 9, "reason": HOSTILE}]
    case["oddities"] = [{"capture": 0, "frame": 3, "offset": None, "reason": HOSTILE}]
    return case
