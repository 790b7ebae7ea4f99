"""One DNS exchange of one capture point, on the reference clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Protocol

from wanwitness.correlate.clocks.timeline import AlignedTime, Timeline, Uncertainty
from wanwitness.model import AddressRecord, DnsExchange, FrameRef, ResolutionStep, Undetermined
from wanwitness.reading.point import Point

from .assumptions import FORWARDER_PATIENCE_NS, UNSEEN_NS

SECOND = 1_000_000_000

Question = tuple[str, str]
"""Name and type."""


@dataclass(slots=True, eq=False)
class Lookup:
    """One exchange at one point; compared by identity, and never changed."""

    exchange: DnsExchange
    point: Point
    query_ns: int | None
    """On the reference clock; the latest repeat before the answer."""
    first_query_ns: int | None
    answer_ns: int | None
    doubt: Uncertainty
    """How far these times may be wrong."""
    tied: bool = True
    """Whether they may be compared with other clocks' times."""
    cut: DnsExchange | None = None
    """The exchange with what is left of its answer, where the snap length cut that off."""
    cut_ns: int | None = None
    """When that answer came."""
    data: frozenset[str] = field(init=False)
    """The addresses that the answer gave, those that came along with it included; none where it could not be used."""
    questions: tuple[Question, ...] = field(init=False)
    """What was asked, and what a resolver asks in turn that is led on by a CNAME."""
    begin_ns: int = field(init=False)
    """When it was first asked; the answer's time where the question was not captured."""
    answered_ns: int = field(init=False)
    """When the answer came; 0 where it was not captured."""

    def __post_init__(self) -> None:
        e = self.exchange
        self.data = frozenset([record.address for record in (*e.addresses, *e.additional)] if e.usable else ())
        own = (e.name, e.qtype)
        aliases = ((target, e.qtype) for _, target, _ in e.cnames)
        self.questions = tuple(dict.fromkeys((own, *aliases))) if e.cnames else (own,)
        self.answered_ns = self.answer_ns or 0
        self.begin_ns = self.answered_ns if self.first_query_ns is None else self.first_query_ns

    @property
    def frame(self) -> FrameRef:
        """A frame of it: the answer where there is one."""
        frame = self.exchange.answer or self.exchange.query
        assert frame is not None
        return frame

    @property
    def ttl(self) -> int | None:
        """Seconds for which the first of its addresses may be used."""
        return self.exchange.ttl_of(min(self.data)) if self.data else None

    @property
    def record_ttl(self) -> int:
        """Seconds that a cache gives the first of its addresses, whatever the aliases on the way to it are given."""
        address = min(self.data, default="")
        e = self.exchange
        return max([r.ttl for r in (*e.addresses, *e.additional) if r.address == address], default=0)

    @property
    def came_ns(self) -> int:
        """When the answer came; of one that was not captured, when it was asked for."""
        return self.begin_ns if self.answer_ns is None else self.answer_ns

    @property
    def begin(self) -> AlignedTime:
        """`begin_ns`, to be compared with other clocks' times."""
        return AlignedTime(self.begin_ns, self.doubt)

    @property
    def came(self) -> AlignedTime:
        """`came_ns`, to be compared with other clocks' times."""
        return AlignedTime(self.came_ns, self.doubt)

    @property
    def until_ns(self) -> int:
        """Until when the router may have asked others for its sake."""
        return self.begin_ns + FORWARDER_PATIENCE_NS if self.answer_ns is None else self.answer_ns

    @property
    def step(self) -> ResolutionStep:
        """The lookup as a step of a resolution."""
        e = self.exchange
        return ResolutionStep(self.point.label, e.client, e.server, e.query, e.answer, e.id)

    def expires_ns(self, address: str) -> int:
        """When the answer may no longer be used for `address`."""
        assert self.answer_ns is not None
        return self.answer_ns + (self.exchange.ttl_of(address) or 0) * SECOND


def place(exchange: DnsExchange, point: Point, timeline: Timeline) -> Lookup:
    """Bring an exchange to the reference clock.

    An answer that the snap length cut off may have held any address: it counts as one that was not captured.
    """
    cut = exchange if exchange.cut else None
    if cut is not None and exchange.query is not None:
        exchange = replace(exchange, answer=None, answer_ns=None, addresses=())

    written = (exchange.query, exchange.query_ns), (exchange.answer, exchange.answer_ns)
    times, doubt = timeline.times(*((f, ts_ns) for f, ts_ns in written if f is not None and ts_ns is not None))
    asked = first = times[0] if exchange.query is not None else None
    came = times[-1] if exchange.answer is not None else None
    for ts_ns, frame in exchange.repeats:
        repeat = timeline.aligned(frame, ts_ns)
        if asked is not None and (came is None or repeat <= came):
            asked = max(asked, repeat)
    cut_ns = None
    if cut is not None and cut.answer is not None and cut.answer_ns is not None:
        cut_ns = timeline.aligned(cut.answer, cut.answer_ns)
    return Lookup(exchange, point, asked, first, came, doubt, doubt.tied, cut, cut_ns)


class Dated(Protocol):
    """What has a time on the reference clock."""

    @property
    def doubt(self) -> Uncertainty:
        """How far that may be wrong."""


def tolerance(one: Dated, two: Dated) -> int:
    """Return by how much the order of two times may be wrong, ns."""
    return one.doubt.against(two.doubt)


def earliest(lookup: Lookup) -> int:
    """When an answered question was first put, or may have been where that was not captured."""
    assert lookup.answer_ns is not None
    return lookup.answer_ns - UNSEEN_NS if lookup.first_query_ns is None else lookup.first_query_ns


answered: Callable[[Lookup], int] = attrgetter("answered_ns")
"""When the answer came."""
begun: Callable[[Lookup], int] = attrgetter("begin_ns")
"""When it was first asked."""


def apart(upstream: Lookup, lookup: Lookup) -> int:
    """How long after the one answer the other came, or before it."""
    return abs(answered(lookup) - answered(upstream))


def presumed(lookup: Lookup, answer_ns: int, addresses: Iterable[AddressRecord], like: Lookup) -> Lookup:
    """Return a look-up whose answer was not captured, as if it had been: with the addresses it must have held.

    When it came is known no better than `like`, which tells of it.
    """
    exchange = replace(lookup.exchange, rcode="NOERROR", addresses=tuple(addresses), cnames=like.exchange.cnames)
    return replace(lookup, exchange=exchange, answer_ns=max(answer_ns, lookup.begin_ns), doubt=like.doubt)


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an answer that a client got came from."""

    link: str | None
    upstream: Lookup | None
    from_cache: bool
    because: Undetermined | None
    """Why `link` is None."""
    instead: tuple[Lookup, ...] = ()
    """Upstream look-ups by the same link, of other resolvers, that it may have been instead."""
    via: tuple[Lookup, ...] = ()
    """What a resolver on the LAN asked in turn, before it came to the link."""

    @property
    def resolver(self) -> str | None:
        """The resolver that was asked; None where it may be one of several."""
        return self.upstream.exchange.server.ip if self.upstream is not None and not self.instead else None

    @property
    def ways(self) -> tuple[Lookup, ...]:
        """Every look-up on the way behind the client's, the last one's alternatives included."""
        return (*self.via, *((self.upstream,) if self.upstream is not None else ()), *self.instead)


def traced(upstream: Lookup, *others: Lookup, from_cache: bool = False) -> Trace:
    """The answer came by this upstream look-up, or by one of the others by the same link."""
    servers = {lookup.exchange.server.ip: lookup for lookup in reversed(others)}
    servers.pop(upstream.exchange.server.ip, None)
    return Trace(upstream.point.label, upstream, from_cache, None, tuple(servers.values()))


def untraced(because: Undetermined, *, from_cache: bool = False) -> Trace:
    """The link the answer came by is not known."""
    return Trace(None, None, from_cache, because)
