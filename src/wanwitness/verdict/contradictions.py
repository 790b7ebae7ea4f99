"""Where what the user said of captures, or what was put together, contradicts what the packets show.

Nothing that rests on a wrong side or a wrong link is sound, however well it fits together: what is found here is said
before anything else, with what to change, and the sessions concerned get no link.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path, PurePath

from wanwitness.correlate.sessions.directions import INITIAL_HOPS
from wanwitness.inputs import Doubled, the_side
from wanwitness.model import Argument, Capture, FrameRef, Link, Sentence, Session, Site, Stream, printable
from wanwitness.model.private import is_private
from wanwitness.reading import Point
from wanwitness.site import rules_for

from .assumptions import OLD_S, SHARED_CONNECTIONS, TIMES_TTL
from .citing import cite
from .sentences import sentence

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One thing that cannot be, and what rests on it."""

    text: Sentence
    """What cannot be, and what to change."""
    frames: tuple[FrameRef, ...] = ()
    captures: frozenset[int] = frozenset()
    """Whose side or link is in doubt."""
    everything: bool = False
    """Whether no session's link can be told: which side is which decides about all."""
    sessions: frozenset[str] = frozenset()
    """Other sessions that rest on it, by id."""

    def touches(self, session: Session) -> bool:
        """Whether what is said of a session's links rests on it."""
        if self.everything or session.id in self.sessions:
            return True
        if self.captures and session.judged and None in (session.transport_link, session.resolver_link):
            return True  # what it lacks may be in what was called something else
        streams = [stream.first for stream in session.streams]
        steps = session.resolution.frames if session.resolution else ()
        return not self.captures.isdisjoint(frame.capture for frame in (*streams, *steps))


def contradictions(
    points: Sequence[Point],
    captures: Sequence[Capture],
    links: Sequence[Link],
    site: Site,
    doubled: Sequence[Doubled],
    missing: Sequence[tuple[str, Sentence]],
    sessions: Sequence[Session],
) -> list[Contradiction]:
    """Return what cannot be, the worst first.

    Args:
        points: the capture points, with their roles.
        captures: all captures.
        links: with what the captures show of them.
        site: what the user said.
        doubled: captures that the user called two things.
        missing: files that the site file names and that are not there, each with what it is said to be.
        sessions: all sessions.
    """
    seen = _ConfiguredRoles(points, captures, links, site)
    found = [*seen.exchanged(), *seen.translated()]
    if not found:
        found = [*seen.hosts_on_wan(), *seen.addresses_on_lan()]
    found += seen.others_addresses()
    found += [_doubled(one, captures, seen.where) for one in doubled]
    if not doubled:
        found += seen.one_place()
    found += [
        Contradiction(sentence("file-missing", site=printable(str(site.path)), file=file, this=said))
        for file, said in missing
    ]
    return [*found, *(_too_old(sessions, captures) if not found else ())]


class _ConfiguredRoles:
    """What the points that the user gave a role show against it."""

    def __init__(self, points: Sequence[Point], captures: Sequence[Capture], links: Sequence[Link], site: Site) -> None:
        self._captures, self._links = captures, links
        said = [point for point in points if point.role_source == "configured"]
        self._lans = [point for point in said if point.role == "lan"]
        self._wans = [point for point in said if point.role == "wan"]
        self._networks = [ip_network(text, strict=False) for text in site.lan]
        spoken = not site.captures or any(_spoken(point, site) for point in said)
        self.where = sentence("on-command-line" if spoken else "in-site-file")

    def exchanged(self) -> list[Contradiction]:
        """A LAN and a WAN side whose shared connections had more hops left on the WAN (RFC 1812 section 5.3.1).

        A stranger's connection to a server on the LAN has that too, but does not come from a host of the LAN.
        """
        found = []
        for lan in self._lans:
            inside = {s.isn_orig: s for s in _opened(lan)}
            for wan in self._wans:
                against, votes = [], 0
                for outer in _opened(wan):
                    inner = inside.get(outer.isn_orig)
                    if inner is None or inner.orig.ip == outer.orig.ip or not (inner.ttl_orig and outer.ttl_orig):
                        continue
                    near = self._of_lan(outer.orig.ip) or outer.ttl_orig in INITIAL_HOPS
                    swapped = inner.ttl_orig < outer.ttl_orig and near
                    votes += 1 if swapped else -1
                    against += [inner.first, outer.first] if swapped else []
                if votes > 0:
                    args: dict[str, Argument] = {"lan": _file(lan), "wan": _file(wan), "link": wan.label}
                    found.append(self._found("sides-exchanged", args, against, (lan, wan), everything=True))
        return found

    def translated(self) -> list[Contradiction]:
        """Two LAN sides, one of which shows what the router made of the other's connections.

        A router within the site that translates gives an address of the site, and both are LAN sides.
        """
        pairs: dict[tuple[int, int], list[Stream]] = defaultdict(list)
        for lan in self._lans:
            inside = {s.isn_orig: s for s in _opened(lan) if self._of_lan(s.orig.ip)}
            for outer in _opened(lan):
                inner = inside.get(outer.isn_orig)
                if inner is None or inner.resp != outer.resp or self._of_lan(outer.orig.ip):
                    continue
                if inner.first.capture != outer.first.capture and (outer.ttl_orig or 0) < (inner.ttl_orig or 0):
                    pairs[inner.first.capture, outer.first.capture] += [inner, outer]
        found = []
        for (one, two), streams in pairs.items():
            shown = tuple(stream.first for stream in streams)[: 2 * _NAMED]
            told = sentence(
                "wan-as-lan",
                one=_name(self._captures[one].path),
                two=_name(self._captures[two].path),
                address=streams[1].orig.ip,
                where=self.where,
                frames=cite(shown, self._captures),
            )
            found.append(Contradiction(told, shown, frozenset((two,)), everything=True))
        return found

    def hosts_on_wan(self) -> list[Contradiction]:
        """A WAN side with hosts of the LAN that no router stands before: their packets have all their hops."""
        found = []
        known = {stream.orig.ip for lan in self._lans for stream in _opened(lan)}
        for wan in self._wans:
            own = {address for link in self._links if link.name == wan.label for address in link.addresses}
            hosts: dict[str, Stream] = {}
            for stream in _opened(wan):
                ip = stream.orig.ip
                if stream.ttl_orig not in INITIAL_HOPS or not self._of_lan(ip):
                    continue
                if "addresses" in self._filled(wan) or ip not in own:
                    hosts.setdefault(ip, stream)
            configured = any(self._in_networks(ip) for ip in hosts)
            if configured or len(hosts) > 1 or hosts.keys() & known:
                first = tuple(sorted(hosts, key=lambda ip: (":" in ip, ip_address(ip).packed))[:_NAMED])
                named: Argument = sentence("and-others", hosts=first) if len(hosts) > _NAMED else first
                args: dict[str, Argument] = {"wan": _file(wan), "link": wan.label, "hosts": named}
                frames = [stream.first for stream in hosts.values()]
                found.append(self._found("lan-hosts-on-wan", args, frames, (wan,), everything=True))
        return found

    def addresses_on_lan(self) -> list[Contradiction]:
        """A LAN side most of whose connections were opened from the router's address on a link."""
        found = []
        owners = {a: link.name for link in self._links if "addresses" not in link.filled for a in link.addresses}
        for lan in self._lans:
            opened = _opened(lan)
            outer = [s for s in opened if s.orig.ip in owners and not self._in_networks(s.orig.ip)]
            if 2 * len(outer) > len(opened):
                address = outer[0].orig.ip
                args: dict[str, Argument] = {"lan": _file(lan), "link": owners[address], "address": address}
                found.append(
                    self._found("link-address-on-lan", args, [s.first for s in outer], (lan,), everything=True)
                )
        return found

    def others_addresses(self) -> list[Contradiction]:
        """A WAN side that shows the address of another link, and more of it than of its own."""
        found = []
        owners: dict[str, set[str]] = defaultdict(set)
        for link in self._links:
            for address in () if "addresses" in link.filled else link.addresses:
                owners[address].add(link.name)
        for wan in self._wans:
            shown: Counter[str] = Counter()
            frames: dict[str, FrameRef] = {}
            for mail in wan.rows.mail:
                shown.update({mail.stream.orig.ip, mail.stream.resp.ip} & owners.keys())
                for ip in (mail.stream.orig.ip, mail.stream.resp.ip):
                    frames.setdefault(ip, mail.stream.first)
            for exchange in wan.rows.dns:
                if exchange.query is not None:
                    frames.setdefault(exchange.client.ip, exchange.query)
            for (_, ip), count in wan.rows.log.clients.items():
                shown[ip] += count if ip in owners else 0
            for given in wan.rows.provisions:  # what the link's provider gave it is its own
                for ip in given.addresses:
                    shown[ip] += 1 if ip in owners else 0
                    frames.setdefault(ip, given.frame)
            theirs = {ip: n for ip, n in shown.items() if n and wan.label not in owners[ip]}
            if theirs and sum(theirs.values()) > sum(shown.values()) / 2:
                address = max(theirs, key=lambda ip: theirs[ip])
                args: dict[str, Argument] = {
                    "wan": _file(wan),
                    "link": wan.label,
                    "address": address,
                    "other": tuple(sorted(owners[address])),
                }
                cited = [frames[ip] for ip in theirs if ip in frames]
                found.append(self._found("other-links-address", args, cited, (wan,)))
        return found

    def one_place(self) -> list[Contradiction]:
        """Two sides that show the same packets, not translated and no router between them."""
        found = []
        said = [*self._lans, *self._wans]
        for n, one in enumerate(said):
            ours = {(s.orig, s.resp, s.isn_orig, s.ttl_orig): s for s in _opened(one)}
            for two in said[n + 1 :]:
                if one.label == two.label:
                    continue
                theirs = _opened(two)
                both = [(ours[key], s) for s in theirs if (key := (s.orig, s.resp, s.isn_orig, s.ttl_orig)) in ours]
                if both and len(both) >= SHARED_CONNECTIONS * min(len(ours), len(theirs)):
                    args: dict[str, Argument] = {
                        "one": _file(one),
                        "two": _file(two),
                        "this": _said(one),
                        "that": _said(two),
                        "shared": len(both),
                        "all": min(len(ours), len(theirs)),
                    }
                    frames = [s.first for pair in both for s in pair]
                    sides = one.role != two.role
                    found.append(self._found("one-place", args, frames, (one, two), everything=sides))
        return found

    def _found(
        self,
        kind: str,
        args: Mapping[str, Argument],
        frames: Iterable[FrameRef],
        points: Iterable[Point],
        *,
        everything: bool = False,
    ) -> Contradiction:
        shown = tuple(frames)[: 2 * _NAMED]
        doubtful = frozenset(index for point in points for index in point.captures)
        told = sentence(kind, where=self.where, frames=cite(shown, self._captures), **args)
        return Contradiction(told, shown, doubtful, everything)

    def _filled(self, wan: Point) -> frozenset[str]:
        return next((frozenset[str](link.filled) for link in self._links if link.name == wan.label), frozenset())

    def _of_lan(self, ip: str) -> bool:
        return is_private(ip) or self._in_networks(ip)

    def _in_networks(self, ip: str) -> bool:
        address = ip_address(ip)
        return any(address.version == net.version and address in net for net in self._networks)


def _doubled(doubled: Doubled, captures: Sequence[Capture], where: Sentence) -> Contradiction:
    said: dict[str, Argument] = {"one": _name(doubled.one), "this": doubled.this, "that": doubled.that, "where": where}
    if doubled.one == doubled.two:
        told = sentence("one-file-twice", **said)
    else:
        told = sentence("one-content", two=_name(doubled.two), **said)
    doubtful = frozenset(n for n, capture in enumerate(captures) if capture.path in (doubled.one, doubled.two))
    sides = the_side("lan", None) in (doubled.this, doubled.that)
    return Contradiction(told, (), doubtful, everything=sides)


def _too_old(sessions: Iterable[Session], captures: Sequence[Capture]) -> list[Contradiction]:
    """Most of what could be judged would rest on answers of another time, which not even the first connection behind
    them followed.
    """
    answered = [(s, s.resolution) for s in sessions if s.judged and s.transport_link and s.resolution is not None]
    first: dict[tuple[FrameRef, ...], float] = {}
    for _, answer in answered:
        first[answer.frames] = min(answer.age_s, first.get(answer.frames, answer.age_s))
    old = [
        (session, answer)
        for session, answer in answered
        if first[answer.frames] > max(OLD_S, TIMES_TTL * answer.ttl_s) and answer.ttl_s < OLD_S
    ]
    if not old or 2 * len(old) <= len(answered):
        return []
    _, oldest = max(old, key=lambda row: row[1].age_s)
    frames = tuple(dict.fromkeys(frame for _, answer in old for frame in answer.frames))[: 2 * _NAMED]
    told = sentence(
        "answers-too-old",
        count=len(old),
        all=len(answered),
        age=oldest.age_s,
        ttl=oldest.ttl_s,
        frames=cite(frames, captures),
    )
    return [Contradiction(told, frames, sessions=frozenset(session.id for session, _ in old))]


def _opened(point: Point) -> list[Stream]:
    """The point's connections whose SYN was captured."""
    return [mail.stream for mail in point.rows.mail if mail.stream.isn_orig is not None]


def _spoken(point: Point, site: Site) -> bool:
    """Whether a point got its role from the command line, which goes before the site file."""
    rules = {(rule.role, rule.link) for path in point.paths for rule in rules_for(site, Path(path))}
    return (point.role, point.link) not in rules


def _said(point: Point) -> Sentence:
    return the_side(point.role, point.label)


def _file(point: Point) -> str:
    return _name(point.paths[0])


def _name(path: str) -> str:
    return printable(PurePath(path).name)
