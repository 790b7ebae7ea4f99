"""Which DNS answer gave a session its address.

It is the latest answer holding the address that reached the host that opened the connection before its SYN. Where
unexpired answers for one address reached that host through different links, the latest counts only where it is plainly
this connection's own: asked for within 5 s before the SYN, with no other connection of the host to that address in
between. Everything else is left undetermined, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wanwitness.model import FrameRef, Link, Resolution, Undetermined

from .lookups import SECOND, Lookup, Lookups, Trace
from .timeline import Timeline

OWN_NS = 5 * SECOND


@dataclass(frozen=True, slots=True)
class Opening:
    """The connection whose address is asked about, as its opener's side saw it."""

    address: str
    frame: FrameRef
    """The SYN, else the first frame."""
    at_ns: int
    """On the reference clock."""
    connects_before: Sequence[int]
    """When the host opened other connections to the address shortly before, on the reference clock."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The answer that counts, or why none does."""

    resolution: Resolution | None
    link: str | None
    because: Undetermined | None
    frames: tuple[FrameRef, ...] = ()
    """Frames that show why it is undetermined."""


def of_client(opening: Opening, host: Iterable[str], lookups: Lookups, links: Sequence[Link]) -> Resolved:
    """Find the answer of a connection that a LAN host opened to this very address."""
    host = frozenset(host)
    answers = [
        (lookup, lookups.trace(lookup))
        for lookup in lookups.on_lan(opening.address)
        if lookup.exchange.client.ip in host and _reached_before(lookup, opening.at_ns)
    ]
    return _judge(opening, answers, links, asked_by="client")


def of_router(opening: Opening, lookups: Lookups, links: Sequence[Link], timeline: Timeline) -> Resolved:
    """Find the answer of a connection whose destination the router chose: only its own look-ups count."""
    if not lookups.lan_seen:
        return Resolved(None, None, "resolver-link-unknown")
    sure: list[tuple[Lookup, Trace]] = []
    doubtful: list[Lookup] = []
    for lookup in lookups.on_wan(opening.address):
        if not lookups.is_routers_own(lookup):
            continue
        slack = timeline.slack(lookup.frame, opening.frame)
        if _reached_before(lookup, opening.at_ns - slack):
            sure.append((lookup, Trace(lookup.point.label, lookup, False, None)))
        elif _reached_before(lookup, opening.at_ns + slack):
            doubtful.append(lookup)
    resolved = _judge(opening, sure, links, asked_by="router")
    if any(lookup.point.label != resolved.link for lookup in doubtful):
        return Resolved(resolved.resolution, None, "clock-uncertain", tuple(lookup.frame for lookup in doubtful))
    if resolved.because == "no-dns-seen":
        return Resolved(None, None, "resolver-link-unknown")
    return resolved


def _reached_before(lookup: Lookup, at_ns: int) -> bool:
    return lookup.answer_ns is not None and lookup.answer_ns <= at_ns


def _judge(opening: Opening, answers: list[tuple[Lookup, Trace]], links: Sequence[Link], *, asked_by: str) -> Resolved:
    if not answers:
        return Resolved(None, None, "no-dns-seen")
    latest, trace = answers[-1]
    resolution = _resolution(opening, latest, trace, links, asked_by)
    if trace.because is not None:
        return Resolved(resolution, None, trace.because, resolution.frames)
    others = [
        lookup
        for lookup, other in answers[:-1]
        if lookup.expires_ns(opening.address) > opening.at_ns and other.link != trace.link
    ]
    if others and not _plainly_own(latest, opening):
        shown = (*resolution.frames, *(lookup.frame for lookup in others))
        return Resolved(resolution, None, "ambiguous-answer", shown)
    return Resolved(resolution, trace.link, None)


def _plainly_own(lookup: Lookup, opening: Opening) -> bool:
    asked = lookup.query_ns
    if asked is None or opening.at_ns - asked > OWN_NS:
        return False
    return not any(asked <= other <= opening.at_ns for other in opening.connects_before)


def _resolution(opening: Opening, lookup: Lookup, trace: Trace, links: Sequence[Link], asked_by: str) -> Resolution:
    exchange = lookup.exchange
    assert lookup.answer_ns is not None
    ttl = exchange.ttl_of(opening.address) or 0
    age = (opening.at_ns - lookup.answer_ns) / SECOND
    upstream = trace.upstream
    resolver = upstream.exchange.server.ip if upstream is not None else None
    steps = [lookup.step]
    if upstream is not None and upstream is not lookup:
        steps.append(upstream.step)
    return Resolution(
        name=exchange.name,
        qtype=exchange.qtype,
        address=opening.address,
        answered_ns=lookup.answer_ns,
        age_s=round(age, 9),
        ttl_s=ttl,
        expired=age > ttl,
        asked_by="router" if asked_by == "router" else "client",
        resolver_ip=resolver,
        resolver_owner=next((link.name for link in links if resolver and link.owns_resolver(resolver)), None),
        link=trace.link,
        from_cache=trace.from_cache,
        steps=tuple(steps),
    )
