"""When each session's connection was opened, as far as its two sides tell."""

from __future__ import annotations

from dataclasses import replace

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import Session, Stream

from .assumptions import FIRST_REPEAT_NS, GREETING_NS, HANDSHAKE_NS
from .lookup import tolerance
from .opening import Opening


class Openings:
    """Finds them.

    Args:
        timeline: the clocks.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def of_client(self, session: Session, *, passed_on: bool) -> Opening:
        """When a LAN host opened a connection: as the LAN saw it, or before that as the link did.

        Args:
            passed_on: whether the WAN side's SYN is the host's own.
        """
        lan, wan = session.lan, session.wan
        assert lan is not None
        opening = self._opening(lan, lan, session)
        if not passed_on or wan is None:
            return opening
        outside = self._opening(wan, lan, session)
        if not outside.doubt.tied:
            return opening
        # The SYN that the LAN's capture shows may be a repeat, where the first one was not captured there.
        earlier = outside.at.surely_before(opening.at)
        if outside.seen and (earlier or not opening.seen):
            return outside
        if opening.seen or not earlier:
            return opening
        return outside

    def of_router(self, wan: Stream, session: Session) -> Opening:
        """When the router opened a connection, or chose where to send the one that a host had opened.

        Where its SYN is a repeat, the first one was missed on the link: then it had chosen before. It is no repeat of a
        proxy that had answered the client before.
        """
        opening, lan = self._opening(wan, wan, session), session.lan
        if session.crossing is None or lan is None or lan.syn is None or not opening.seen or not opening.doubt.tied:
            return opening
        if is_proxied(session) and self._answered_before(lan, opening):
            return opening
        inside = self._opening(lan, wan, session)
        repeated = opening.at_ns - inside.at_ns >= FIRST_REPEAT_NS - tolerance(inside, opening)
        return replace(opening, since_ns=inside.at_ns) if repeated else opening

    def _answered_before(self, lan: Stream, opening: Opening) -> bool:
        """Whether a client's SYN was answered, for all that is seen, before the router opened its own connection."""
        if lan.synack is None or lan.synack_ns is None:
            return True
        (answered_ns,), doubt = self._timeline.times((lan.synack, lan.synack_ns))
        return answered_ns - opening.at_ns <= doubt.against(opening.doubt)

    def _opening(self, stream: Stream, to: Stream, session: Session) -> Opening:
        """The opening of a connection as one capture shows it; `to` is the stream with the address that was chosen."""
        frame = stream.syn or stream.first
        (at_ns,), doubt = self._timeline.times((frame, stream.start_ns if stream.syn is not None else stream.first_ns))
        since_ns: int | None = at_ns
        if stream.syn is None:
            greeted = session.dialogue.announced is not None
            before = HANDSHAKE_NS if stream.synack is not None else GREETING_NS if greeted else None
            since_ns = None if before is None else at_ns - before
        return Opening(to.resp.ip, frame, at_ns, doubt, since_ns, session.transport_link)


def is_proxied(session: Session) -> bool:
    """Whether the router ended the client's connection, and opened another."""
    return session.crossing is not None and session.crossing.method == "dialogue"
