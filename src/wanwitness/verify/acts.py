"""Log-ins and visits: is each where and when the case says, and with whom?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from wanwitness.packets.ports import HTTP_PORTS, HTTPS_PORT, MAILBOX_PORTS

from .checks import Checks
from .clocks import Clocks
from .reading import Reading

_MAILBOX, _WEB = frozenset(MAILBOX_PORTS), frozenset((*HTTP_PORTS, HTTPS_PORT))


def check_acts(document: Mapping[str, Any], reading: Reading, clocks: Clocks, checks: Checks) -> None:
    """Compare each with the frame that shows it: the mailbox's answer, the question for a page."""
    for index, row in enumerate(document.get("acts") or ()):
        where, ref = f"acts[{index}]", row.get("frame")
        frame = reading.frame(ref)
        if ref is None or frame is None or not frame.is_understood:
            why = "the case names no frame of it" if ref is None else "tshark has not read its frame"
            checks.cannot(where, why)
            continue
        moment = clocks.aligned(ref[0], frame.ts_ns)
        checks.compare("time", moment.is_(row["at"]), f"{where}.at", row["at"], "another time", [ref])
        login = row["kind"] == "mail-login"
        agrees = not (_MAILBOX.isdisjoint(frame.sport) if login else _WEB.isdisjoint(frame.dport))
        checks.compare("act", agrees, f"{where}.kind", row["kind"], frame.ends, [ref])
        owners = _owners(document["links"], frame.hosts, frame.src if login else frame.dst)
        if owners:
            checks.compare("link", row["link"] in owners, f"{where}.link", row["link"], owners, [ref])
        else:
            checks.cannot(f"{where}.link", "the server's name is not in its frame")


def _owners(links: Sequence[Mapping[str, Any]], hosts: Iterable[str], servers: Iterable[str]) -> set[str]:
    """The links whose ISP has a server: by the domain of its relays' names, else by their networks."""
    hosts, addresses = list(hosts), [ip_address(server) for server in servers]
    named = {link["name"] for link in links for domain in _domains(link["relays"]) if _is_in(domain, hosts)}
    held = (
        link["name"]
        for link in links
        for relay in link["relays"]
        if (network := _network(relay)) is not None and any(address in network for address in addresses)
    )
    return named or set(held)


def _is_in(domain: str, hosts: Iterable[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for host in hosts)


def _domains(relays: Iterable[str]) -> Iterator[str]:
    """Of a relay's name all but the first label, where more than one is left."""
    for relay in relays:
        if _network(relay) is None:
            rest = relay.lower().partition(".")[2]
            yield rest if "." in rest else relay.lower()


def _network(relay: str) -> IPv4Network | IPv6Network | None:
    """A relay that is an address or a network; None of one that is a name."""
    try:
        return ip_network(relay, strict=False)
    except ValueError:
        return None
