"""What the case says that captures show of the links and of the LAN; and of the time that they cover."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from .checks import Checks
from .clocks import Clocks
from .frame import ACK, SYN, Frame
from .reading import Reading

_SOURCES = ("configured", "dhcp", "ipcp", "ra", "inferred")
_MEANS = {
    "dhcp": "dhcp",
    "dhcpv6": "dhcp",
    "bootp": "dhcp",
    "ipcp": "ipcp",
    "icmpv6": "ra",
}
"""By the protocol of a frame, the means by which it gives what it gives."""
_FACTS = ("address", "gateway", "network", "resolver", "relay")


def check_links(document: Mapping[str, Any], reading: Reading, clocks: Clocks, checks: Checks) -> None:
    """Compare each fact that rests on a frame with that frame, and its time."""
    for link in document["links"]:
        where, its = f"link {link['name']}", list(link.get("shown") or ())
        checks.compare("link", link["source"] in _SOURCES, f"{where}.source", link["source"], _SOURCES)
        if link["source"] != "configured":
            _check_found(link, its, where, checks)
    for where, row in _rows(document):
        checks.compare("link", row["what"] in _FACTS, f"{where}.what", row["what"], _FACTS)
        for ref in row["frames"]:
            frame = reading.frame(ref)
            if frame is None or not frame.is_understood:
                checks.cannot(where, "tshark has not read its frame")
                continue
            values = _values(frame)
            if row["what"] == "relay":
                _check_relay(document, row, ref, frame, where, checks)
                continue
            if row["what"] == "network":
                agrees = _holds(row["value"], values)
                checks.compare("link", agrees, where, row["value"], values, [ref])
            else:
                if row["source"] == "inferred":  # by use: who asks, or opens a connection; who answers
                    # Where only a server's answer came by this link, it is that to whom the SYN-ACK goes.
                    opened = row["what"] == "address" and frame.is_tcp and frame.flags & SYN and frame.flags & ACK
                    values = set(frame.dst if opened else frame.src)
                    agrees = row["value"] in values and (row["what"] == "resolver") == frame.is_answer
                else:
                    agrees = row["value"] in values and bool(frame.given)
                checks.compare("link", agrees, where, row["value"], values, [ref])
            if row["source"] != "inferred" or row["what"] != "network":  # which any host of it may show
                given = {_MEANS[name] for name in frame.protocols if name in _MEANS} or {"inferred"}
                checks.compare("link", row["source"] in given, f"{where}.source", row["source"], given, [ref])
            moment = clocks.aligned(ref[0], frame.ts_ns)
            if row["since"] is not None:
                checks.compare("time", moment.is_(row["since"]), f"{where}.since", row["since"], "another time", [ref])


def _check_found(link: Mapping[str, Any], shown: Sequence[Mapping[str, Any]], where: str, checks: Checks) -> None:
    """Of a link that nobody configured, all that is told was shown, and the user named none of its relays."""
    sources = {row["source"] for row in shown if row["what"] != "relay"}
    best = next((one for one in _SOURCES if one in sources), "inferred")
    checks.compare("link", link["source"] == best, f"{where}.source", link["source"], best)
    for key, what in (("addresses", "address"), ("resolvers", "resolver")):
        known = {row["value"] for row in shown if row["what"] == what}
        checks.compare("link", known.issuperset(link[key]), f"{where}.{key}", link[key], known)
    checks.compare("link", not link["relays"], f"{where}.relays", link["relays"], "nobody configured any")


def _check_relay(
    document: Mapping[str, Any], row: Mapping[str, Any], ref: Sequence[int], frame: Frame, where: str, checks: Checks
) -> None:
    """A relay is shown by the session that first brought a mail there, and by the frame that opened it."""
    sessions = [session for session in document["sessions"] if ref in session["frames"]]
    starts = [session["start"] for session in sessions]
    checks.compare("time", row["since"] in starts, f"{where}.since", row["since"], starts[:3], [ref])
    names = {session["resolution"]["name"] for session in sessions if session["resolution"]}
    names |= {session[key]["server"]["ip"] for session in sessions for key in ("crossing",) if session[key]}
    names |= {session["server"]["ip"] for session in sessions}
    checks.compare("link", row["value"] in names, where, row["value"], names, [ref])
    opened = [r for session in sessions for r in (session["crossing"] or session)["frames"] if r[0] == ref[0]]
    agrees = frame.is_tcp and bool(frame.flags & SYN) and not frame.flags & ACK
    agrees = agrees or (frame.is_tcp and not frame.flags & SYN and list(ref) == min(opened, default=None))
    checks.compare("link", agrees, where, "a frame that opens a connection", frame.ends, [ref])


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for link in document["links"]:
        for index, row in enumerate(link.get("shown") or ()):
            yield f"link {link['name']} shown[{index}]", row
    for index, row in enumerate((document["site"] or {}).get("lan_shown") or ()):
        yield f"site.lan_shown[{index}]", row


def _values(frame: Frame) -> set[str]:
    return {*frame.src, *frame.dst, *frame.given, *(record.data for record in frame.records if record.data)}


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _holds(network: str, values: set[str]) -> bool:
    """Whether an address of a network is among some values."""
    try:
        within = ip_network(network, strict=False)
    except ValueError:
        return False
    return "/" in network and any(_is_address(value) and ip_address(value) in within for value in values)


def check_coverage(document: Mapping[str, Any], checks: Checks) -> None:
    """Compare the spans that were seen with the captures' first and last times, and their packets."""
    captures = document["captures"]
    for index, row in enumerate(document.get("coverage") or ()):
        capture, where = captures[row["capture"]], f"coverage[{index}]"
        if row.get("text_id") is not None:
            seen = row["text_id"] == "packets-seen"
            checks.compare("sentence", seen == (row["kind"] == "seen"), f"{where}.kind", row["kind"], row["text_id"])
        if row["kind"] != "seen":
            continue
        for key, own in (("from", "first"), ("to", "last")):
            checks.compare("time", row[key] == capture[own], f"{where}.{key}", row[key], capture[own])
