"""What people did, out of the captures' rows: log-ins and visits at the ISPs whose relays refuse, and events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import Event, Link, Span
from wanwitness.packets.ports import DNS_PORT, HTTP_PORTS, HTTPS_PORT, MAIL_PORTS, MAILBOX_PORTS, NAME_PORTS
from wanwitness.reading import Point
from wanwitness.verdict.relays import Relays

from .act import Act, Watched
from .moment import moment

LOG_IN, WEBMAIL = "mail-login", "webmail"
_UNFILTERED = 5
"""A capture that holds connections to so many other ports was not filtered by ports."""
_LOWEST_EPHEMERAL = 32_768
_ASKED_FOR = frozenset({*MAIL_PORTS, *NAME_PORTS, DNS_PORT})


def acts_of(
    points: Sequence[Point],
    timeline: Timeline,
    links: Sequence[Link],
    relays: Relays,
    events: Iterable[Event],
    gaps: Mapping[int, Sequence[Span]],
) -> tuple[list[Act], Watched]:
    """Return what people did that may have let mail through, and what of that the captures would have shown.

    The LAN's captures tell it, since they see every host; without one, those of the links.

    Args:
        points: every capture point.
        timeline: of all captures.
        links: the site's.
        relays: whose names and addresses tell whose servers are.
        events: the site file's.
        gaps: by capture, those of its capture point.
    """
    lan = [point for point in points if point.role == "lan"]
    points = lan or list(points)
    owned = _Owned(links, relays)
    acts = acts_of_events(events)
    for point in points:
        for login in point.rows.log_ins:
            owner = owned.of(login.server.ip, relays.names(login.server.ip))
            if login.succeeded is not False and owner is not None:
                acts.append(Act(LOG_IN, moment(timeline.aligned(login.frame, login.ts_ns)), owner or None, login.frame))
        for visit in point.rows.visits:
            owner = owned.of(visit.server, [visit.host] if visit.host else relays.names(visit.server))
            if owner:
                acts.append(Act(WEBMAIL, moment(timeline.aligned(visit.frame, visit.ts_ns)), owner, visit.frame))
    acts.sort(key=lambda act: act.at_ns)
    return acts, _watched(points, timeline, owned, gaps)


def acts_of_events(events: Iterable[Event]) -> list[Act]:
    """Return each event as an act; events of one kind are one explanation, and one without a kind is its own."""
    return [Act(f"event:{event.kind or event.what}", moment(int(event.at.timestamp() * 1e9))) for event in events]


class _Owned:
    """Knows an ISP's servers by its relays: by their networks, and by the domain of their names."""

    def __init__(self, links: Sequence[Link], relays: Relays) -> None:
        self._links = links
        self._domains = {_domain(name): link.name for link in links for name in link.relays if _is_name(name)}
        self.known = bool(self._domains)

    def of(self, address: str, names: Iterable[str]) -> str | None:
        """Return the link whose ISP runs a server; "" where nothing is known of it, None where it is another's."""
        names = [name.lower().rstrip(".") for name in names]
        for name in names:
            for domain, link in self._domains.items():
                if name == domain or name.endswith(f".{domain}"):
                    return link
        owners = [link.name for link in self._links if link.owns_relay(address)]
        return owners[0] if len(owners) == 1 else None if names and self.known else ""


def _domain(name: str) -> str:
    """Return the domain of a relay's name: all but its first label, where more than one is left."""
    _, _, rest = name.partition(".")
    return rest if "." in rest else name


def _is_name(relay: str) -> bool:
    return "." in relay and not relay.replace(".", "").replace("/", "").isdigit() and ":" not in relay


def _watched(points: Sequence[Point], timeline: Timeline, owned: _Owned, gaps: Mapping[int, Sequence[Span]]) -> Watched:
    """Say from when on the captures would have shown what.

    That nothing was done is only known where the captures let such things through: they hold something of these ports,
    or so much else that nobody can have filtered by ports.
    """
    begins = [span[0] for point in points for index in point.captures if (span := timeline.span(index)) is not None]
    ports = frozenset[int]().union(*(point.rows.ports for point in points))
    other = {port for port in ports - _ASKED_FOR if port < _LOWEST_EPHEMERAL}
    everything = len(other) >= _UNFILTERED
    since: dict[str, int] = {}
    why_not: dict[str, str] = {}

    def watch(explanation: str, wanted: Callable[[int], bool], seen: bool) -> None:
        if begins and (everything or seen or any(wanted(port) for port in ports)):
            since[explanation] = moment(min(begins))
        else:
            why_not[explanation] = f"not-observable-{explanation}"

    logged_in, visited = (any(rows) for rows in zip(*((p.rows.log_ins, p.rows.visits) for p in points), strict=True))
    watch(LOG_IN, lambda port: port in MAILBOX_PORTS, logged_in)
    # `wanwitness filter` lets the beginnings of TLS and QUIC through, and no handshakes of TCP.
    watch(WEBMAIL, lambda port: port == HTTPS_PORT or port in HTTP_PORTS, visited)
    if not owned.known and WEBMAIL in since:
        del since[WEBMAIL]
        why_not[WEBMAIL] = "not-observable-webmail-host"
    blind = {
        (moment(timeline.aligned(gap.edges[0], gap.from_ns)), moment(timeline.aligned(gap.edges[1], gap.to_ns)))
        for point in points
        for index in point.captures
        for gap in gaps.get(index, ())
        if gap.edges is not None
    }
    return Watched(since, why_not, tuple(sorted(blind)))
