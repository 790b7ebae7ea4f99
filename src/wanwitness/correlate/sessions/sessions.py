"""Sessions: the two sides of one connection joined, or the one side that was seen of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.correlate.coverage.covered import Coverage
from wanwitness.correlate.crossings.pair import Pair, opening_frames
from wanwitness.correlate.crossings.pairing import Pairing
from wanwitness.model import Capture, Crossing, Dialogue, FrameRef, Link, Session, SessionDirection, Stream
from wanwitness.reading.point import MailStream, Point

from .directions import Directions
from .one_sided import OneSided
from .stream_ref import stream_ref
from .uncounted import Uncounted

SHOWN = 10
"""Other connections that a session may be, whose frames are named."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session, and who opened its connection."""

    session: Session
    by: Literal["client", "router", "either", "stranger", "outside"]
    """`either`: the client or the router, as far as can be told; a `stranger`: one of the two, and the LAN side was not
    seen; `outside`: somebody beyond the router.
    """
    rivals: tuple[Stream, ...] = ()
    """Other streams that may be its WAN side; all that may be, where they are of several links and it has none."""
    as_clients: bool = False
    """Whether it looks like the router's own, and its packets have as many hops left as those of the LAN's hosts."""


def opened_sessions(
    points: Sequence[Point],
    captures: Sequence[Capture],
    pairing: Pairing,
    covered: Coverage,
    links: Sequence[Link],
    networks: Iterable[str],
    uncounted: Uncounted,
) -> list[Opened]:
    """Return every session of a pairing, in order of time.

    Args:
        points: the capture points, their roles known.
        captures: all captures.
        pairing: their streams.
        covered: when the LAN side was captured.
        links: with what the captures show of them.
        networks: the LAN's, as far as they are known.
        uncounted: the connections that are no sessions.
    """
    directions = Directions(points, links, networks, pairing.pairs)
    joining, unclaimed = _Joining(captures, pairing.timeline, directions), OneSided(covered, pairing, uncounted)
    opened = [joining.crossed(pair) for pair in pairing.pairs]
    for mail in pairing.uncrossed:
        back = pairing.way_back(mail)
        direction = directions.within(mail.stream, turned_back=not pairing.went_out(mail))
        session = joining.session(direction, mail, None, back[1] if back else None)
        opened.append(Opened(session, "outside" if direction == "inbound" else "client"))
    for point, mail in pairing.unclaimed:
        by = unclaimed.opened_by(mail.stream)
        direction = directions.beyond(mail.stream, point.label, by)
        session = joining.one_sided(direction, point, mail)
        as_clients = by == "router" and unclaimed.may_be_a_clients(mail.stream)
        opened.append(Opened(session, "outside" if direction == "inbound" else by, as_clients=as_clients))
    return sorted(opened, key=lambda one: (one.session.start_ns, one.session.id))


class _Joining:
    """Makes sessions of streams."""

    def __init__(self, captures: Sequence[Capture], timeline: Timeline, directions: Directions) -> None:
        self._captures, self._timeline, self._directions = captures, timeline, directions

    def crossed(self, pair: Pair) -> Opened:
        """Return a session seen on both sides."""
        lan, wan = pair.lan.stream, pair.wan.stream
        direction = self._directions.crossed(lan, wan, pair.wan_point.label)
        by = "outside" if direction == "inbound" else pair.opener
        rivals = tuple(mail.stream for _, mail in pair.rivals)
        link = pair.link
        if link is None:
            candidates = pair.frames + tuple(f for rival in rivals[:SHOWN] for f in opening_frames(rival))
            return Opened(self.session(direction, pair.lan, None, None, candidates=candidates), by, (wan, *rivals))
        crossing = Crossing(link, wan.orig, wan.resp, pair.method, pair.confidence, pair.runner_up, pair.frames)
        return Opened(self.session(direction, pair.lan, pair.wan, pair.wan_return, crossing), by, rivals)

    def one_sided(self, direction: SessionDirection, point: Point, mail: MailStream) -> Session:
        """Return a session that no LAN capture shows; it left by the link, unless only its way back is seen there."""
        stream, crossing = mail.stream, None
        if stream.packets_orig or not any(other.stream.packets_orig for other in point.rows.mail):
            frames = (stream.syn or stream.first,)
            crossing = Crossing(point.label, stream.orig, stream.resp, "one-sided", 1.0, None, frames)
        return self.session(direction, None, mail, None, crossing)

    def session(
        self,
        direction: SessionDirection,
        lan: MailStream | None,
        wan: MailStream | None,
        back: MailStream | None,
        crossing: Crossing | None = None,
        candidates: tuple[FrameRef, ...] = (),
    ) -> Session:
        """Return the session of its streams; `back` is another link's that carried the server's packets."""
        shown = lan or wan
        assert shown is not None
        stream = shown.stream
        told = [mail for mail in (lan, wan) if mail is not None]
        aligned = self._timeline.aligned
        return Session(
            id=session_id(stream),
            start_ns=aligned(stream.first, stream.start_ns),
            end_ns=max(self._timeline.ended(mail.stream) for mail in told),
            client=stream.orig,
            server=stream.resp,
            dialogue=_whole_dialogue(lan, wan, back),
            lan=lan.stream if lan else None,
            wan=wan.stream if wan else None,
            direction=direction,
            wan_return=back.stream if back else None,
            lan_stream=stream_ref(lan.stream, self._captures) if lan else None,
            wan_stream=stream_ref(wan.stream, self._captures) if wan else None,
            return_stream=stream_ref(back.stream, self._captures) if back else None,
            crossing=crossing,
            candidates=candidates,
            transport_link=crossing.link if crossing is not None else None,
        )


def _whole_dialogue(lan: MailStream | None, wan: MailStream | None, back: MailStream | None) -> Dialogue:
    """Return what was said, as the side heard it that lost less; as the LAN side did where both are whole."""

    def lost(mail: MailStream) -> tuple[int, int]:
        gaps = mail.stream.gaps
        if mail is wan and back is not None:  # what came back by another link is none of its gaps
            gaps = [gap for gap in gaps if gap.direction == "orig"]
        return len(gaps), -len(mail.dialogue.replies)

    return min((mail for mail in (lan, wan) if mail is not None), key=lost).dialogue


def session_id(stream: Stream) -> str:
    """Return the session's name: the same in every run, however the captures are cut."""
    isn = "" if stream.isn_orig is None else str(stream.isn_orig)
    content = f"{stream.orig.ip}|{stream.orig.port}|{stream.resp.ip}|{stream.resp.port}|{isn}|{stream.start_ns}"
    return hashlib.sha256(content.encode()).hexdigest()[:12]
