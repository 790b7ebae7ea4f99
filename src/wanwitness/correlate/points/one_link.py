"""Which WAN points are one link, and which may be, where nobody named their links.

A connection leaves by one link: captures that show the same ones are one link's. Else a link is known by the router's
address on it, where the router's own traffic comes from. A public address is one link's; a private one too where the
router has one MAC with it, or sends to one: two boxes of two providers may both give 192.168.1.2 (RFC 1918), but they
are two neighbours.

Two links are shown by two addresses of the router at one time, if what it sends goes to other MACs, or asks other
resolvers, or if the LAN's connections are translated to both of them. One address alone may be a renewed one, and a
link may have several: where nothing shows two links, and nothing shows one, a name looked up by the one and a
connection that left by the other say nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from itertools import combinations, takewhile
from pathlib import PurePath
from typing import Literal, NamedTuple

from wanwitness.language import Catalogue
from wanwitness.model import Argument, Endpoint, Sentence, printable
from wanwitness.model.private import is_private
from wanwitness.reading.point import ANY_MAC, Point

from .assumptions import MOST_COMPARED, STRANGERS_SHARE
from .shared_numbers import SharedNumbers

_GROUP = 1 << 40
"""A MAC with this bit belongs to no single host (IEEE 802)."""
_CARRIER = ip_network("100.64.0.0/10")
"""Addresses that providers share among their customers (RFC 6598)."""
Connection = tuple[int, int, Endpoint]
"""Both initial sequence numbers, and the server: what no router between two places of a link rewrites, as a rule."""
Relation = Literal["same", "two", "unknown"]


@dataclass(frozen=True, slots=True)
class _Access:
    """What a WAN point shows of its link."""

    own: frozenset[str]
    """The router's addresses."""
    translated: bool
    """Whether connections of the LAN were seen to leave by one of them."""
    near: Mapping[str, frozenset[int]]
    """The MACs that sent from each address of the site."""
    far: Mapping[str, frozenset[int]]
    """The MACs that they sent to."""
    resolvers: frozenset[str]
    """Those that answered."""
    connections: frozenset[Connection]
    """Those that nothing else here looks like."""
    span: tuple[int, int] | None
    paths: frozenset[str]

    senders: frozenset[int]
    """All the MACs that the site sent from."""
    neighbours: frozenset[int]
    """All that it sent to."""
    silent: bool
    """Whether nobody asked or opened anything."""
    lacks_macs: bool
    """Whether there were more than these MACs: that none is another link's shows nothing."""
    lacks_resolvers: bool
    """The same of resolvers."""


class Naming(NamedTuple):
    """What a WAN point's link is called."""

    link: str | None
    maybe_same: frozenset[int] = frozenset()
    """Captures of other points of which nobody knows whether they show this point's link or another one."""


def name_links(points: Sequence[Point], found: Mapping[Point, str]) -> dict[Point, Naming]:
    """Return the link of every WAN point: points of one link get one, and each is told which may be its link's too.

    Args:
        points: all capture points, their roles known.
        found: the links that addresses or other interfaces of one file show.
    """
    wans = [point for point in points if point.role == "wan"]
    told = [point.link or found.get(point) for point in wans]
    if None not in told:
        return {point: Naming(link) for point, link in zip(wans, told, strict=True)}
    accesses = _accesses(wans, points)
    cluster = _clusters(wans, accesses)
    links: dict[int, set[str]] = defaultdict(set)
    for n, link in enumerate(told):
        if link is not None:
            links[cluster[n]].add(link)
    doubtful = _doubtful(wans, told, accesses, cluster)
    named = {name for known in links.values() for name in known}
    for members in _together(cluster, doubtful, links.keys()):
        known = links[cluster[members[0]]]
        name = next(iter(known)) if len(known) == 1 else None
        name = name or _called([wans[n].name for n in members], {cluster[n] for n in members}, named, wans, members)
        named.add(name)
        for n in members:
            told[n] = told[n] or name
    maybe_same: list[set[int]] = [set() for _ in wans]
    if len(wans) > MOST_COMPARED:
        everywhere = {capture for point in wans for capture in point.captures}
        maybe_same = [set(everywhere) if point.role_source == "inferred" else set() for point in wans]
    for one, two in doubtful:
        maybe_same[one] |= set(wans[two].captures)
        maybe_same[two] |= set(wans[one].captures)
    return {point: Naming(told[n], frozenset(maybe_same[n])) for n, point in enumerate(wans)}


_NAMED = 4
"""Files that are named; of more their number."""
sentence = Catalogue(
    "correlate",
    {
        "one-link": "{files:comma} show one link, {link}: the router's address, or both MACs, are the same",
        "one-link-or-several": "{files:comma}: nothing shows whether they are one link or several, so no name that was \
looked up in the one is held against a connection in the other; say which links they are with --wan LINK=FILE or in \
site.toml",
        "files-and-more": "{files:comma} and {n} more",
    },
)


def notes(points: Sequence[Point]) -> list[Sentence]:
    """Return what is to be told of the captures: which are one link, and of which that cannot be told."""
    told = []
    wans = [point for point in points if point.role == "wan"]
    joined: dict[str, list[Point]] = defaultdict(list)
    for point in wans:
        if point.role_source == "inferred" and not point.maybe_same:
            joined[point.label].append(point)
    for link, several in joined.items():
        files = dict.fromkeys(path for point in several for path in point.paths)
        if len(several) > 1 and len(files) > 1:
            told.append(sentence("one-link", files=_listed(files), link=printable(link)))
    seen: set[frozenset[int]] = set()
    for point in wans:
        group = point.maybe_same | set(point.captures)
        if not point.maybe_same or group in seen:
            continue
        seen.add(group)
        files = dict.fromkeys(path for one in wans if not group.isdisjoint(one.captures) for path in one.paths)
        told.append(sentence("one-link-or-several", files=_listed(files)))
    return told


def _listed(paths: Iterable[str]) -> Argument:
    names = tuple(printable(PurePath(path).name) for path in paths)
    return names if len(names) <= _NAMED else sentence("files-and-more", files=names[:_NAMED], n=len(names) - _NAMED)


def _accesses(wans: Sequence[Point], points: Sequence[Point]) -> list[_Access]:
    lans = [point for point in points if point.role == "lan"]
    inside = {ip for point in lans for ip in _openers(point)}
    shared = SharedNumbers(points)
    opened: dict[Hashable, _Openers] = defaultdict(_Openers)
    for point in lans:
        for stream in point.rows.opened():
            if stream.isn_orig is not None and stream.ttl_orig is not None:
                opened[shared.key(stream)].add(stream.orig.ip, stream.ttl_orig)
    return [_access(point, inside, opened, shared) for point in wans]


class _Openers:
    """Whose connections began with one sequence number on the LAN, and with which TTLs.

    Of each address only the largest and the smallest are kept: a scanner uses one number for all that it opens.
    """

    def __init__(self) -> None:
        self._of: dict[str, tuple[int, int]] = {}
        self._furthest: list[tuple[int, str]] = []
        """The two addresses with the largest TTLs: whichever address is asked about, at least one of them is another
        one.
        """

    def add(self, ip: str, ttl: int) -> None:
        least, most = self._of.get(ip, (ttl, ttl))
        if (ip in self._of) and least <= ttl <= most:
            return
        most = max(ttl, most)
        self._of[ip] = min(ttl, least), most
        others = [one for one in self._furthest if one[1] != ip]
        self._furthest = sorted([*others, (most, ip)], reverse=True)[:2]

    def passed_on(self, ip: str, ttl: int) -> bool:
        """Whether another address opened one with a larger TTL."""
        return any(most > ttl for most, other in self._furthest if other != ip)

    def passed_in(self, ip: str, ttl: int) -> bool:
        """Whether the same address did with a smaller one."""
        return ip in self._of and self._of[ip][0] < ttl


def _access(
    point: Point, inside: AbstractSet[str], opened: Mapping[Hashable, _Openers], shared: SharedNumbers
) -> _Access:
    translated: set[str] = set()
    strangers: set[str] = set()
    for stream in point.rows.opened():
        openers = opened.get(shared.key(stream)) if stream.isn_orig is not None else None
        if openers is None:
            continue
        if openers.passed_on(stream.orig.ip, stream.ttl_orig or 255):
            translated.add(stream.orig.ip)
        if openers.passed_in(stream.orig.ip, stream.ttl_orig or 0):
            strangers.add(stream.orig.ip)
    asked: dict[str, int] = defaultdict(int)
    for (_, ip), count in point.rows.log.clients.items():
        asked[ip] += count
    enough = STRANGERS_SHARE * sum(asked.values())
    own = translated | {ip for ip, count in asked.items() if count >= enough}
    own = (own or set(point.rows.openers())) - inside - strangers
    ours = own | (_openers(point).keys() & inside)
    near: dict[str, set[int]] = defaultdict(set)
    far: dict[str, set[int]] = defaultdict(set)
    for seen in point.sightings:
        if seen.address in ours:
            near[seen.address] |= _hosts(seen.src_mac)
            far[seen.address] |= _hosts(seen.dst_mac)
    return _Access(
        frozenset(own),
        bool(translated - inside),
        {ip: frozenset(macs) for ip, macs in near.items()},
        {ip: frozenset(macs) for ip, macs in far.items()},
        frozenset(seen.address for seen in point.sightings if seen.part == "answers" and seen.address not in ours),
        _connections(point),
        point.span,
        frozenset(point.paths),
        frozenset[int]().union(*near.values()),
        frozenset[int]().union(*far.values()),
        not _openers(point),
        any(mac == ANY_MAC or any(mac in macs for macs in near.values()) for mac, _ in point.rows.sightings_lost),
        any(mac == ANY_MAC or part == "answers" for mac, part in point.rows.sightings_lost),
    )


def _connections(point: Point) -> frozenset[Connection]:
    seen = Counter((s.isn_orig, s.isn_resp, s.resp) for s in point.rows.opened() if s.isn_orig and s.isn_resp)
    return frozenset((one, two, server) for (one, two, server), count in seen.items() if count == 1 and one and two)


def _openers(point: Point) -> dict[str, None]:
    """The addresses that opened connections or asked questions."""
    return dict.fromkeys([*point.rows.openers(), *(ip for _, ip in point.rows.log.clients)])


def _hosts(mac: int) -> set[int]:
    return {mac} if mac and not mac & _GROUP else set()


def _relation(one: _Access, two: _Access) -> Relation:
    """Say whether two points are one link, two, or may be either."""
    shared = one.own & two.own
    if any(not _is_shared_space(ip) for ip in shared):
        return "same"
    both = one.connections & two.connections
    if both and 2 * len(both) > min(len(one.connections), len(two.connections)):
        return "same"  # captured before and behind a box of the link's provider, say
    if one.paths & two.paths:
        return "two"  # two interfaces, or VLANs, of one capture
    lacking = one.lacks_macs or two.lacks_macs
    told = {_one_neighbour(one, two, ip) for ip in shared}
    if told:
        return "two" if told == {"two"} else "same" if "same" in told else "unknown"
    near, far = (one.senders, two.senders), (one.neighbours, two.neighbours)
    other_near, other_far = (not lacking and _disjoint(*sides) for sides in (near, far))
    if not _at_one_time(one, two):
        if near[0] & near[1] and far[0] & far[1]:
            return "same"  # with an address that was renewed
        return "two" if other_near and other_far else "unknown"
    # IPv4 and IPv6 may have routers of their own on one link, and their virtual MACs (RFC 5798 section 7.3) differ.
    alike = bool(_family(one.near) & _family(two.near))
    if (other_near or other_far) if alike else (other_near and other_far):
        return "two"
    if one.own and two.own and _family(one.own) & _family(two.own):
        other = _disjoint(one.resolvers, two.resolvers) and bool(_family(one.resolvers) & _family(two.resolvers))
        other = other and not (one.lacks_resolvers or two.lacks_resolvers)
        return "two" if other or (one.translated and two.translated) else "unknown"
    return "same" if near[0] & near[1] and far[0] & far[1] else "unknown"


def _one_neighbour(one: _Access, two: _Access, ip: str) -> Relation:
    """Whether a private address is one link's, by the MACs that it was seen with."""
    sides = [(access.near.get(ip, frozenset()), access.far.get(ip, frozenset())) for access in (one, two)]
    (near, far), (its_near, its_far) = sides
    if near & its_near or far & its_far:
        return "same"
    apart = _disjoint(near, its_near) or _disjoint(far, its_far)
    return "two" if apart and not (one.lacks_macs or two.lacks_macs) else "unknown"


def _disjoint(some: AbstractSet[object], others: AbstractSet[object]) -> bool:
    """Whether both are known, and have nothing in common."""
    return bool(some and others) and some.isdisjoint(others)


def _family(addresses: Iterable[str]) -> set[bool]:
    return {":" in ip for ip in addresses}


def _at_one_time(one: _Access, two: _Access) -> bool:
    if one.span is None or two.span is None:
        return False
    return max(one.span[0], two.span[0]) <= min(one.span[1], two.span[1])


def _is_shared_space(ip: str) -> bool:
    """Whether several links may give one address."""
    return is_private(ip) or (":" not in ip and ip_address(ip) in _CARRIER)


def _clusters(wans: Sequence[Point], accesses: Sequence[_Access]) -> list[int]:
    """Number the links: points that are one have one number."""
    cluster = list(range(len(wans)))
    users: dict[str, list[int]] = defaultdict(list)
    for n, access in enumerate(accesses):
        for ip in access.own:
            users[ip].append(n)
    pairs = {pair for several in users.values() for pair in combinations(several[:MOST_COMPARED], 2)}
    if len(wans) <= MOST_COMPARED:
        pairs |= set(combinations(range(len(wans)), 2))
    for one, two in sorted(pairs):
        if cluster[one] != cluster[two] and _relation(accesses[one], accesses[two]) == "same":
            cluster = [cluster[one] if number == cluster[two] else number for number in cluster]
    return cluster


def _doubtful(
    wans: Sequence[Point], named: Sequence[str | None], accesses: Sequence[_Access], cluster: Sequence[int]
) -> list[tuple[int, int]]:
    """Return the pairs of points that may be one link: of links that nothing tells apart, and that the user did not."""
    if len(wans) > MOST_COMPARED:
        return []
    told: dict[tuple[int, int], set[Relation]] = defaultdict(set)
    pairs: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for one, two in combinations(range(len(wans)), 2):
        links = cluster[one], cluster[two]
        if links[0] == links[1] or accesses[one].silent or accesses[two].silent:
            continue
        key = min(links), max(links)
        both_named = wans[one].role_source == wans[two].role_source == "configured"
        both_named |= named[one] is not None and named[two] is not None
        told[key].add("two" if both_named else _relation(accesses[one], accesses[two]))
        pairs[key].append((one, two))
    return [pair for key, several in pairs.items() if told[key] == {"unknown"} for pair in several]


def _together(cluster: Sequence[int], doubtful: Sequence[tuple[int, int]], named: Iterable[int]) -> Iterable[list[int]]:
    """Return the points that get one name: of one link, or of links that are all in doubt with each other."""
    known = set(named)
    doubts: dict[int, set[int]] = defaultdict(set)
    for one, two in doubtful:
        doubts[cluster[one]].add(cluster[two])
        doubts[cluster[two]].add(cluster[one])
    number = {link: link for link in cluster}
    for link in dict.fromkeys(cluster):
        group = doubts[link] | {link}
        if all(doubts[other] | {other} == group and other not in known for other in group):
            number[link] = min(group)
    found: dict[int, list[int]] = defaultdict(list)
    for n, link in enumerate(cluster):
        found[number[link]].append(n)
    return found.values()


def _called(
    names: Sequence[str],
    links: AbstractSet[int],
    taken: AbstractSet[str],
    wans: Sequence[Point],
    members: Sequence[int],
) -> str:
    """Name a link after what its points' names begin with, if nothing else begins so; else after the first, or all."""
    names = list(dict.fromkeys(names))
    first = wans[members[0]]
    longer = [f"{stem}/{names[0]}" for stem in (PurePath(first.paths[0]).stem, first.paths[0])]
    if len(names) == 1:
        return next((name for name in (*names, *longer) if name not in taken), longer[-1])
    words = [re.split(r"([\W_]+)", name) for name in names]
    same = takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))
    shared = re.sub(r"[\W_]+$", "", "".join(column[0] for column in same))
    others = [point.name for n, point in enumerate(wans) if n not in members]
    if shared and shared not in taken and not any(name.startswith(shared) for name in others):
        return shared
    return names[0] if len(links) == 1 else " or ".join(names)
