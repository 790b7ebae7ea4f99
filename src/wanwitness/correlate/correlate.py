"""All that the capture points saw, put together: streams, answers and clocks become sessions that cross the router."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.correlate.coverage.blind_spots import blindness
from wanwitness.correlate.coverage.covered import coverage_of
from wanwitness.correlate.crossings.pairing import Pairing
from wanwitness.correlate.sessions.listed import choose_handshakes
from wanwitness.correlate.sessions.sessions import opened_sessions
from wanwitness.correlate.sessions.uncounted import Uncounted
from wanwitness.model import Capture, Link, Sentence, Session, Shown, Site, Span, UncountedSessions
from wanwitness.reading.point import Point

from .points import link_facts, one_link, roles
from .resolutions import FORWARDER_PATIENCE_NS, Resolver, Seen, choose


@dataclass(slots=True)
class Correlated:
    """The joined rows of all points."""

    points: list[Point]
    """With their roles, and with logs that read what matters to the sessions."""
    captures: list[Capture]
    """With their sides of the router, and their clocks."""

    sessions: list[Session]
    """In order of time."""
    links: tuple[Link, ...]
    lan: tuple[Shown, ...]
    """What the captures show of the LAN."""
    timeline: Timeline
    gaps: dict[int, list[Span]]
    """Capture to the gaps of its capture point, which may be in other files."""
    notes: list[Sentence]
    """Which captures are one link, and of which nobody knows: one line each."""
    uncounted: list[UncountedSessions]
    """What is no session, for there are too many in which nothing was said."""
    seen: Seen
    """What all connections show of hosts and forwarders, those that were let go of included."""


def correlate(
    points: Sequence[Point],
    captures: Sequence[Capture],
    site: Site,
    coverage: Sequence[Span] = (),
    before: Seen | None = None,
) -> Correlated:
    """Join what all capture points saw.

    Args:
        points: the capture points, with the roles that the user gave.
        captures: all captures.
        site: what the user says of the site.
        coverage: what time the captures cover, for its gaps.
        before: what was seen of connections that were let go of.

    Raises:
        UsageError: the points cannot be of one site.
    """
    points = choose_handshakes(points, site)
    points, links = roles.infer(points, site)
    points = choose(points)
    pairing = Pairing(points, captures)
    timeline = pairing.timeline
    links, of_lan = link_facts.facts(links, points, timeline)
    lan = [point for point in points if point.role == "lan"]
    # A question put in a gap may be forwarded for a while behind it.
    covered = coverage_of(lan, captures, timeline, coverage, FORWARDER_PATIENCE_NS)
    blind = blindness(points, captures, site, coverage, pairing, covered)
    networks = (*site.lan, *(row.value for row in of_lan if row.what == "network"))
    uncounted = Uncounted(points, timeline)
    opened = opened_sessions(points, captures, pairing, covered, links, networks, uncounted)
    resolver = Resolver(points, timeline, blind, links, opened, covered, uncounted, before or Seen())
    sessions = [resolver.resolved(one) for one in opened]
    return Correlated(
        points,
        _placed(captures, points, timeline),
        sessions,
        link_facts.with_relays(links, sessions, points),
        of_lan,
        timeline,
        _gaps(points, coverage),
        one_link.notes(points),
        uncounted.sessions(),
        resolver.seen,
    )


def _placed(captures: Sequence[Capture], points: Iterable[Point], timeline: Timeline) -> list[Capture]:
    """Return the captures with what was found out about their places and clocks."""
    placed = list(captures)
    for point in points:
        for index in point.captures:
            placed[index] = replace(
                captures[index],
                role=point.role,
                link=point.link,
                role_reason=point.role_reason,
                clock=timeline.clock(index),
            )
    return placed


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
