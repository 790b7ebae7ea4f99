"""What the captures show of the links: what providers gave when the links were set up, and what was used over them.

What a provider gives, by DHCP, PPP or router advertisements, is its own word: the resolvers it gives are the link's.
What was only used shows no owner: a resolver may be anybody's, and so may a relay. It is listed, and accuses nobody.

Where several hosts on a link are given addresses (a cable that is shared with neighbours), only what was given to the
address that the site is seen to use counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Literal, TypeVar

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import FrameRef, Link, Provision, Session, Shown
from wanwitness.model.link import LinkSource
from wanwitness.model.private import is_private
from wanwitness.reading.point import Point

from .assumptions import MOST_ADDRESSES, MOST_USED

_BEST: tuple[LinkSource, ...] = ("dhcp", "ipcp", "ra")
Fact = Literal["address", "gateway", "network", "resolver"]
Row = TypeVar("Row")


def facts(
    links: Sequence[Link], points: Sequence[Point], timeline: Timeline
) -> tuple[tuple[Link, ...], tuple[Shown, ...]]:
    """Return the links with what the captures show of each, and what they show of the LAN.

    What the user said of a link stands, and what he left out is filled in. Of the LAN: networks and resolvers that its
    hosts are given, and the networks that its hosts are seen in. A host without a network that was given to others
    stands for the network that it is likely to be in, whose source is `inferred`.

    Args:
        links: every link of the site.
        points: the capture points, their roles and links known.
        timeline: their clocks.
    """
    inside = {ip for point in points if point.role == "lan" for ip in _openers(point)}
    own = {link.name: [p for p in points if p.role == "wan" and p.link == link.name] for link in links}
    sent = {name: set[str]().union(*map(_senders, its)) for name, its in own.items()}
    filled = []
    for link in links:
        # Of what left by another link, answers alone may come by this one: to an address that is the other's.
        others = set[str]().union(*(ips for name, ips in sent.items() if name != link.name)) - sent[link.name]
        filled.append(_filled(link, own[link.name], inside | others, timeline))
    return tuple(filled), _of_lan([point for point in points if point.role == "lan"], timeline)


def with_relays(links: Sequence[Link], sessions: Iterable[Session], points: Sequence[Point]) -> tuple[Link, ...]:
    """Return the links with the servers that mail was brought to over each, but for those that an MX record names."""
    exchangers = {mx.exchange for point in points for exchange in point.rows.dns for mx in exchange.mx}
    used: dict[str, dict[str, list[Session]]] = defaultdict(lambda: defaultdict(list))
    for session in sessions:
        stream = session.wan
        if session.transport_link is None or stream is None or not stream.packets_resp or not session.judged:
            continue
        name = session.resolution.name if session.resolution else None
        if name not in exchangers:
            used[session.transport_link][name or stream.resp.ip].append(session)
    return tuple(
        replace(link, shown=(*link.shown, *(_used("relay", n, _opened(s)) for n, s in _often(used[link.name]))))
        for link in links
    )


def _of_lan(lans: Sequence[Point], timeline: Timeline) -> tuple[Shown, ...]:
    rows: dict[tuple[Fact, str], Shown] = {}
    for given in (given for point in lans for given in point.rows.provisions):
        since = timeline.aligned(given.frame, given.ts_ns)
        for what, values in _facts(given):
            for value in values if what != "address" else ():
                rows.setdefault((what, value), Shown(what, value, given.means, since, (given.frame,)))
    networks = [ip_network(value) for what, value in rows if what == "network"]
    guessed: dict[str, list[tuple[int, FrameRef]]] = defaultdict(list)
    seen_of = _seen(lans, timeline)
    for ip in sorted({ip for point in lans for ip in _openers(point)}):
        address = ip_address(ip)
        own = address.is_link_local or address.is_loopback
        if is_private(ip) and not own and not any(address in network for network in networks):
            guess = ip_network(f"{ip}/{24 if address.version == 4 else 64}", strict=False)
            guessed[str(guess)] += seen_of[ip]
    return (*rows.values(), *(_used("network", network, seen) for network, seen in guessed.items()))


def _filled(link: Link, points: Sequence[Point], inside: set[str], timeline: Timeline) -> Link:
    openers = sum((_openers(point) for point in points), Counter[str]())
    rows: dict[tuple[Fact, str], Shown] = {}
    for given in _own([given for point in points for given in point.rows.provisions], openers):
        since = timeline.aligned(given.frame, given.ts_ns)
        for what, values in _facts(given):
            for value in values:
                known = rows.get((what, value))
                if known is None or known.since_ns is None or since < known.since_ns:
                    rows[what, value] = Shown(what, value, given.means, since, (given.frame,))
    addresses = [value for what, value in rows if what == "address"]
    outside = [ip for ip, _ in openers.most_common() if ip not in inside and ip not in addresses]
    seen_of = _seen(points, timeline)
    for ip in outside[:MOST_ADDRESSES]:
        rows["address", ip] = _used("address", ip, seen_of[ip])
    resolvers = tuple(value for what, value in rows if what == "resolver")
    for ip, asked in _often(_asked(points, timeline)):
        rows.setdefault(("resolver", ip), _used("resolver", ip, asked))
    filled: set[Literal["addresses", "resolvers"]] = set()
    if not link.addresses:
        filled.add("addresses")
        link = replace(link, addresses=(*addresses, *outside[:MOST_ADDRESSES]))
    if not link.resolvers:
        filled.add("resolvers")
        link = replace(link, resolvers=resolvers)
    sources = {row.source for row in rows.values()}
    best: LinkSource = next((source for source in _BEST if source in sources), "inferred")
    source = link.source if link.source == "configured" else best
    return replace(link, source=source, filled=frozenset(filled), shown=tuple(rows.values()))


def _facts(given: Provision) -> tuple[tuple[Fact, tuple[str, ...]], ...]:
    return (
        ("address", given.addresses),
        ("gateway", given.gateways),
        ("network", given.networks),
        ("resolver", given.resolvers),
    )


def _own(given: Sequence[Provision], openers: Counter[str]) -> list[Provision]:
    """Those that were meant for the site: not what it gives others, and not what a neighbour is given."""
    given = [one for one in given if one.giver not in openers]
    takers: dict[tuple[str, bool], set[str]] = defaultdict(set)
    ours = {one.taker for one in given for ip in one.addresses if ip in openers}
    for one in given:
        takers[one.means, ":" in one.giver].add(one.taker)
    return [
        one for one in given if one.means == "ra" or one.taker in ours or len(takers[one.means, ":" in one.giver]) == 1
    ]


def _openers(point: Point) -> Counter[str]:
    """The addresses that opened connections or asked questions at a point, and how often."""
    openers = point.rows.openers()
    for (_, ip), count in point.rows.log.clients.items():
        openers[ip] += count
    return openers


def _senders(point: Point) -> set[str]:
    """The addresses that themselves sent something at a point: more was seen than answers to them."""
    opened = {stream.orig.ip for stream in point.rows.opened() if stream.ttl_orig is not None}
    return opened | {exchange.client.ip for exchange in point.rows.dns if exchange.query is not None}


def _seen(points: Iterable[Point], timeline: Timeline) -> dict[str, list[tuple[int, FrameRef]]]:
    """When and where each address opened connections, or asked questions that were read."""
    seen: dict[str, list[tuple[int, FrameRef]]] = defaultdict(list)
    for point in points:
        for stream in point.rows.opened():
            seen[stream.orig.ip].append((timeline.aligned(stream.first, stream.start_ns), stream.first))
        for e in point.rows.dns:
            if e.query is not None:
                seen[e.client.ip].append((timeline.aligned(e.query, e.query_ns or 0), e.query))
    return seen


def _asked(points: Iterable[Point], timeline: Timeline) -> dict[str, list[tuple[int, FrameRef]]]:
    """When and where each resolver answered over a link."""
    asked: dict[str, list[tuple[int, FrameRef]]] = defaultdict(list)
    for point in points:
        for exchange in point.rows.dns:
            if exchange.answer is not None and exchange.answer_ns is not None:
                at = timeline.aligned(exchange.answer, exchange.answer_ns)
                asked[exchange.server.ip].append((at, exchange.answer))
    return asked


def _opened(sessions: Iterable[Session]) -> list[tuple[int, FrameRef]]:
    return [(s.start_ns, s.wan.syn or s.wan.first) for s in sessions if s.wan is not None]


def _often(found: dict[str, list[Row]]) -> list[tuple[str, list[Row]]]:
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST_USED]


def _used(what: Fact | Literal["relay"], value: str, seen: Sequence[tuple[int, FrameRef]]) -> Shown:
    first = min(seen, default=None)
    if first is None:
        return Shown(what, value, "inferred", None, (), 0)
    return Shown(what, value, "inferred", first[0], (first[1],), len(seen))
