"""How a session went: did both sides' numbers, TLS and the look-up run as the case says?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .checks import Checks
from .frame import ACK, SYN, Frame
from .streams import SIDES, Streams


def check_ways(
    session: Mapping[str, Any], streams: Streams, links: Sequence[Mapping[str, Any]], checks: Checks
) -> None:
    """Compare a session's crossing, TLS and look-up with its packets."""
    where = f"session {session['id']}"
    _crossing(session, streams, where, checks)
    _tls(session, streams, where, checks)
    _asked(session, links, where, checks)


def _crossing(session: Mapping[str, Any], streams: Streams, where: str, checks: Checks) -> None:
    """Plain NAT leaves the client's and the server's first numbers alone."""
    crossing = session["crossing"]
    if crossing is None or session["lan_stream"] is None or session["wan_stream"] is None:
        return
    numbers = [_numbers(streams.everywhere(session, side)) for side in SIDES[:2]]
    both = [(one, two) for one, two in zip(*numbers, strict=True) if one and two]
    if both:
        equal = all(not one.isdisjoint(two) for one, two in both)
        found = "the same sequence numbers on both sides" if equal else "other sequence numbers on both sides"
        agrees = equal == (crossing["method"] == "isn")
        checks.compare("stream", agrees, f"{where} crossing.method", crossing["method"], found)


def _numbers(frames: Sequence[tuple[int, Frame]]) -> tuple[set[int], set[int]]:
    """The sequence numbers of the SYNs of the client, and of the server."""
    syns = [frame for _, frame in frames if frame.flags & SYN]
    return {f.seq for f in syns if not f.flags & ACK}, {f.seq for f in syns if f.flags & ACK}


def _tls(session: Mapping[str, Any], streams: Streams, where: str, checks: Checks) -> None:
    told, commands = session["tls"], session["commands"]
    turned = any(
        one["command"] == "STARTTLS" and one["reply"] is not None and one["reply"]["code"] == 220 for one in commands
    )
    checks.compare("inner", told["starttls"] == turned, f"{where} tls.starttls", told["starttls"], turned)
    frames = next(filter(None, ([f for _, f in streams.everywhere(session, side)] for side in SIDES[:2])), [])
    first: dict[tuple[int, ...], Frame] = {}
    for frame in frames:
        if frame.payload_length:
            first.setdefault(frame.sport, frame)
    if first and any(frame.flags & SYN for frame in frames):
        begins = all(frame.tls for frame in first.values())
        found = "both sides begin with TLS" if begins else "a side begins without TLS"
        checks.compare("stream", told["implicit"] == begins, f"{where} tls.implicit", told["implicit"], found)
    named = {name for frame in frames for name in frame.hosts}
    if told["server_name"] and named:
        agrees = told["server_name"] in named
        checks.compare("stream", agrees, f"{where} tls.server_name", told["server_name"], named)
    if told["decrypted"]:
        agrees = told["starttls"] or told["implicit"]
        checks.compare("inner", agrees, f"{where} tls.decrypted", True, "nothing of it was TLS")


def _asked(session: Mapping[str, Any], links: Sequence[Mapping[str, Any]], where: str, checks: Checks) -> None:
    told = session["resolution"]
    if told is None:
        return
    asker, client = told["steps"][0]["client"]["ip"], session["client"]["ip"]
    if (":" in asker) == (":" in client) and (told["asked_by"] == "client" or session["lan_stream"] is not None):
        agrees = (asker == client) == (told["asked_by"] == "client")
        checks.compare("address", agrees, f"{where} resolution.asked_by", told["asked_by"], asker)
    owner = told["resolver_owner"]
    if owner is not None:
        known = {
            *(value for link in links if link["name"] == owner for value in link["resolvers"]),
            *(row["value"] for link in links if link["name"] == owner for row in link["shown"]),
        }
        agrees = told["resolver_ip"] in known
        checks.compare("link", agrees, f"{where} resolution.resolver_owner", owner, told["resolver_ip"])
