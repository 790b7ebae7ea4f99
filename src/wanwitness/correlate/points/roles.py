"""Which side of the router an unconfigured capture point saw, and which link, judged by what it saw.

In this order: the router's addresses that the site file gives for a link; the connections that two points share, whose
first packet has a smaller TTL, and another source address, behind the router (RFC 1812 section 5.3.1); a plain name of
interface or file (`lan`, `wan-orange`, `eth0.lan`), or an interface's description that begins so; loopback addresses
alone; a single client outside the network of a point known to be the LAN; clients with private addresses (RFC 1918,
RFC 4193).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import groupby, pairwise

from wanwitness.language import Catalogue
from wanwitness.model import Endpoint, Link, Site
from wanwitness.model.capture import Role
from wanwitness.model.private import is_loopback, is_private
from wanwitness.model.side_names import named_sides
from wanwitness.reading.point import Point
from wanwitness.wrong_use import wrong

from .one_link import Naming, name_links
from .shared_numbers import SharedNumbers

_DESCRIBED = re.compile(r"(?i)(lan|wan)\d*(?![a-z])(?!.*\b(?:adapter|card|controller|driver|miniport|network)\b)")
"""What people write of an interface, and not what its maker calls it: `WAN Orange`, but no `WAN Miniport (PPPOE)`."""


sentence = Catalogue(
    "correlate",
    {
        "role-by-address": "it shows the router's address on this link",
        "role-inside": "the connections that it shares with other captures are seen inside the router",
        "role-outside": "the connections that it shares with other captures are seen outside the router",
        "role-by-name": "its name says so",
        "role-within-router": "what the router says to itself left by no link",
        "role-beyond": "one client alone, of another network than the LAN's",
        "role-by-clients": "most of its clients have private addresses, or most have none",
    },
)


def infer(points: Sequence[Point], site: Site) -> tuple[list[Point], tuple[Link, ...]]:
    """Return the points with their roles, and WAN points with their links; and the site's links, the inferred ones too.

    Raises:
        UsageError: the LAN points show different networks, so that they cannot be one site.
    """
    sided, found = _sided(points, site)
    twins = _twins(sided)
    naming = name_links([point for point in sided if point not in twins], found)
    for point, twin in twins.items():
        naming[point] = Naming(found.get(point, naming[twin].link))
    placed = [
        replace(point, link=naming[point].link, maybe_same=naming[point].maybe_same) if point in naming else point
        for point in sided
    ]
    _check_one_lan(placed, site)
    known = {link.name for link in site.links}
    extra = dict.fromkeys(p.link for p in placed if p.role == "wan" and p.link is not None and p.link not in known)
    return placed, site.links + tuple(map(Link, extra))


def _sided(points: Sequence[Point], site: Site) -> tuple[list[Point], dict[Point, str]]:
    """Return the points with their roles, and of some WAN points whose link's address they show."""
    behind = _behind(points)
    lans = _Lans(p for p in points if "lan" in (behind.get(p), p.role))
    sided: list[Point] = []
    found: dict[Point, str] = {}
    for point in points:
        if point.role is not None:
            sided.append(point)
            continue
        link = _link_by_address(point, site.links)
        side = behind.get(point)
        told: tuple[tuple[Role | None, str], ...] = (
            ("wan" if link is not None else None, "role-by-address"),
            (side, "role-inside" if side == "lan" else "role-outside"),
            (_by_name(point), "role-by-name"),
            (_within_the_router(point), "role-within-router"),
            (_beyond(point, lans), "role-beyond"),
            (_by_addresses(point), "role-by-clients"),
        )
        role, kind = next((role, kind) for role, kind in told if role is not None)
        reason = sentence(kind)
        if role == "lan":
            lans.add(point)
        sided.append(replace(point, role=role, role_reason=reason))
        if role == "wan" and link is not None:
            found[sided[-1]] = link
    return sided, found


def _link_by_address(point: Point, links: Iterable[Link]) -> str | None:
    """The link with one of whose addresses the point's traffic was sent; None where two links have that address."""
    own = _clients(point) | set(point.rows.macs)
    named = [link.name for link in links if own & set(link.addresses)]
    return named[0] if len(named) == 1 else None


def _twins(points: Sequence[Point]) -> dict[Point, Point]:
    """By point an earlier interface of its file that shows the same connections, unchanged by any router.

    A router that captures on all its interfaces shows a packet on a port and on the bridge or the PPP link above it.
    """
    twins: dict[Point, Point] = {}
    seen: dict[tuple[int, _Opening], list[int]] = defaultdict(list)
    openings = [_openings(point) if point.role == "wan" else {} for point in points]
    for place, (point, own) in enumerate(zip(points, openings, strict=True)):
        keys = [(point.same_clock, opening) for opening in own]
        if point.role_source != "configured":
            for other in sorted({n for key in keys for n in seen.get(key, ())}):
                theirs = openings[other]
                if all(own[opening] == theirs[opening] for opening in own.keys() & theirs.keys()):
                    twins[point] = points[other]
                    break
        for key in keys:
            seen[key].append(place)
    return twins


_Opening = tuple[Endpoint, Endpoint, int]


def _openings(point: Point) -> dict[_Opening, int | None]:
    """The point's connections, with the TTL of each one's first packet."""
    opened = point.rows.opened()
    return {(s.orig, s.resp, s.isn_orig): s.ttl_orig for s in opened if s.isn_orig is not None}


def _behind(points: Sequence[Point]) -> dict[Point, Role]:
    """Roles told by shared connections: votes of each pair of points for which one is behind the router."""
    shared = SharedNumbers(points)
    by_isn: dict[Hashable, list[tuple[Point, int, str]]] = defaultdict(list)
    for point in points:
        for stream in point.rows.opened():
            if stream.isn_orig is not None and stream.ttl_orig is not None:
                by_isn[shared.key(stream)].append((point, stream.ttl_orig, stream.orig.ip))
    votes: dict[Point, Counter[Role]] = defaultdict(Counter)
    for seen in by_isn.values():
        if len(seen) > 1:
            seen.sort(key=lambda one: one[1])
            _vote(seen, "lan", votes)
            _vote(seen[::-1], "wan", votes)
    return {
        point: "lan" if count["lan"] > count["wan"] else "wan"
        for point, count in votes.items()
        if count["lan"] != count["wan"]
    }


def _vote(seen: Sequence[tuple[Point, int, str]], side: Role, votes: dict[Point, Counter[Role]]) -> None:
    """Give each point a vote for every opening earlier in the order of TTLs that another point saw, with another TTL
    and from another source.

    They are counted and not compared one by one: a scanner uses one sequence number for all that it opens.
    """
    if len(seen) == 2:  # as nearly all are
        (first, first_ttl, first_source), (second, second_ttl, second_source) = seen
        votes[second][side] += first is not second and first_ttl != second_ttl and first_source != second_source
        return
    total = 0
    of_point: Counter[Point] = Counter()
    of_source: Counter[str] = Counter()
    of_both: Counter[tuple[Point, str]] = Counter()
    for _, group in groupby(seen, key=lambda one: one[1]):
        same_ttl = [(point, source) for point, _, source in group]
        for one in same_ttl:
            others = total - of_point[one[0]] - of_source[one[1]] + of_both[one]
            if others:
                votes[one[0]][side] += others
        total += len(same_ttl)
        of_both.update(same_ttl)
        of_point.update(point for point, _ in same_ttl)
        of_source.update(source for _, source in same_ttl)


def _by_name(point: Point) -> Role | None:
    """What its names say, where they say one thing."""
    told = {side for name in (point.name, *(name for name, _ in point.interfaces)) for side in named_sides(name)}
    described = (_DESCRIBED.match(description) for _, description in point.interfaces)
    told |= {found[1].lower() for found in described if found is not None}
    return None if len(told) != 1 else "lan" if "lan" in told else "wan"


def _within_the_router(point: Point) -> Role | None:
    """`lan` where only loopback addresses were seen: what a router says to itself left by no link."""
    clients = _clients(point)
    return "lan" if clients and all(map(is_loopback, clients)) else None


class _Lans:
    """The points known to be the LAN, and the networks that they show."""

    def __init__(self, points: Iterable[Point]) -> None:
        self._known: set[Point] = set()
        self.networks: set[IPv4Network | IPv6Network] = set()
        for point in points:
            self.add(point)

    def __bool__(self) -> bool:
        return bool(self._known)

    def add(self, point: Point) -> None:
        if point not in self._known:
            self._known.add(point)
            self.networks |= _client_networks(point)


def _beyond(point: Point, lans: _Lans) -> Role | None:
    """`wan` where one client alone was seen, of another network than those of a point known to be the LAN.

    That is the router, behind a link's box that does NAT again.
    """
    if not lans or len(_clients(point)) != 1:
        return None
    return "wan" if _client_networks(point).isdisjoint(lans.networks) else None


def _by_addresses(point: Point) -> Role:
    clients = point.rows.openers() or _askers(point)
    private = sum(count for ip, count in clients.items() if is_private(ip))
    return "lan" if 2 * private >= clients.total() else "wan"


def _askers(point: Point) -> Counter[str]:
    """How many DNS messages each client sent or got."""
    askers: Counter[str] = Counter()
    for (_, ip), count in point.rows.log.clients.items():
        askers[ip] += count
    return askers


def _check_one_lan(points: Sequence[Point], site: Site) -> None:
    """Raise where two files' LAN sides share no network; one file's interfaces may show several."""
    configured = [ip_network(text, strict=False) for text in site.lan]
    seen: list[tuple[str, set[IPv4Network | IPv6Network]]] = []
    for point in points:
        if point.role != "lan":
            continue
        for name, captures in _files(point):
            networks = {
                network
                for network in _private_networks(_clients(point, captures))
                if not any(network.version == lan.version and network.overlaps(lan) for lan in configured)
            }
            if networks:
                seen.append((name, networks))
    for (one, first), (two, second) in pairwise(seen):
        if one != two and not first & second:
            raise wrong("lans-differ", one=one, first=_some(first), two=two, second=_some(second))


def _files(point: Point) -> Iterable[tuple[str, set[int]]]:
    """The point's captures by file."""
    files: dict[str, set[int]] = defaultdict(set)
    for index, path in zip(point.captures, point.paths, strict=True):
        files[path].add(index)
    return files.items()


def _some(networks: set[IPv4Network | IPv6Network]) -> str:
    first = sorted(map(str, networks))
    return ", ".join(first[:3]) + (", …" if len(first) > 3 else "")


def _client_networks(point: Point) -> set[IPv4Network | IPv6Network]:
    return _private_networks(_clients(point))


def _private_networks(clients: Iterable[str]) -> set[IPv4Network | IPv6Network]:
    """The networks that private addresses are likely to lie in: a /24 or a /64."""
    return {
        ip_network(f"{ip}/{24 if ip_address(ip).version == 4 else 64}", strict=False)
        for ip in clients
        if is_private(ip) and not is_loopback(ip)
    }


def _clients(point: Point, captures: set[int] | None = None) -> set[str]:
    """The addresses that opened connections or asked questions, in some of the point's captures or in all."""
    opened = set(point.rows.openers(captures))
    return opened | {ip for capture, ip in point.rows.log.clients if captures is None or capture in captures}
