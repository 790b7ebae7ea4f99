"""All that the capture points saw, put together: streams, answers and clocks become sessions that cross the router."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.correlate.coverage.blind_spots import blindness
from wanwitness.correlate.coverage.covered import coverage_of
from wanwitness.correlate.crossings.pairing import Pairing
from wanwitness.correlate.sessions.listed import choose_handshakes
from wanwitness.correlate.sessions.sessions import Opened, opened_sessions
from wanwitness.correlate.sessions.uncounted import Uncounted
from wanwitness.model import Capture, Link, Session, Shown, Site, Span, UncountedSessions
from wanwitness.reading.point import Point

from .points import link_facts as shown
from .points import one_link, roles
from .resolutions import FORWARDER_PATIENCE_NS, Lookups, Resolver, choose


@dataclass(slots=True)
class Correlated:
    """The joined rows of all points."""

    sessions: list[Session]
    """In order of time."""
    links: tuple[Link, ...]
    lan: tuple[Shown, ...]
    """What the captures show of the LAN."""
    timeline: Timeline
    gaps: dict[int, list[Span]]
    """Capture to the gaps of its capture point, which may be in other files."""
    notes: list[str]
    """Which captures are one link, and of which nobody knows: one line each."""
    uncounted: list[UncountedSessions]
    """What is no session, for there are too many in which nothing was said."""


def correlate(
    points: Sequence[Point], captures: list[Capture], site: Site, coverage: Sequence[Span] = ()
) -> Correlated:
    """Join what all capture points saw.

    Args:
        points: the capture points; those without a role are given one.
        captures: all captures.
        site: what the user says of the site.
        coverage: what time the captures cover, for its gaps.

    Raises:
        UsageError: the points cannot be of one site.
    """
    choose_handshakes(points, site)
    links = roles.infer(points, site)
    choose(points)
    pairing = Pairing(points, captures)
    timeline = pairing.timeline
    links = shown.fill(links, points, timeline)
    lan = [point for point in points if point.role == "lan"]
    # A question put in a gap may be forwarded for a while behind it.
    covered = coverage_of(lan, captures, timeline, coverage, FORWARDER_PATIENCE_NS)
    lookups = Lookups(points, timeline, covered, blindness(points, captures, site, coverage, pairing))
    of_lan = shown.of_lan(points, timeline)
    networks = (*site.lan, *(row.value for row in of_lan if row.what == "network"))
    uncounted = Uncounted(points, timeline)
    unpaired, spans = uncounted.unpaired().tolist(), uncounted.spans_beyond()
    opened = opened_sessions(points, captures, pairing, covered, links, networks, unpaired, spans)
    origins = Resolver(points, timeline, lookups, links, opened, covered, uncounted)
    point_of = {capture: point for point in points for capture in point.captures}
    sessions = [_with_resolution(one, origins, point_of) for one in opened]
    links = shown.with_relays(links, sessions, points)
    gaps = _gaps(points, coverage)
    notes = one_link.notes(points)
    return Correlated(sessions, links, of_lan, timeline, gaps, notes, uncounted.sessions())


def _with_resolution(opened: Opened, resolver: Resolver, point_of: Mapping[int, Point]) -> Session:
    """Return a session with how its address was come by."""
    found = resolver.of(opened)
    resolved = one_link.settled(found.resolved, opened.session, point_of)
    return replace(
        opened.session,
        resolved=resolved,
        encrypted_dns=found.unread,
        cut_answers=found.cut,
        asked_name=resolver.asked_name(opened, resolved.resolution),
    )


def _gaps(points: Iterable[Point], coverage: Iterable[Span]) -> dict[int, list[Span]]:
    """Capture to the gaps of its capture point."""
    of_capture: dict[int, list[Span]] = {}
    for point in points:
        gaps: list[Span] = []  # one list for all of them
        of_capture.update(dict.fromkeys(point.captures, gaps))
    for span in coverage:
        if span.kind == "gap":
            of_capture[span.capture].append(span)
    return of_capture
