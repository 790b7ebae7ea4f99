"""What each frame that a session rests on proves, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from wanwitness.model import FrameRef, Rejection, Reply, Session, Stream

METHODS = {
    "isn": "the same initial sequence number on both sides of the router",
    "relative-sequence": "the same sequence of packets on both sides of the router",
    "payload": "the same bytes on both sides of the router",
    "dialogue": "the same dialogue on both sides of a proxy",
    "one-sided": "the connection as the side shows it that was captured",
}

_END = "that the message ends"


def claims(session: Session) -> dict[FrameRef, list[str]]:
    """Return for each frame that the session cites what it shows, in order of importance."""
    found: dict[FrameRef, list[str]] = defaultdict(list)
    for frame, text in _claims(session):
        if frame is not None and text not in found[frame]:
            found[frame].append(text)
    for frame in session.frames:
        if not found[frame]:
            found[frame].append("the verdict rests on this frame too")
    return dict(found)


def _claims(session: Session) -> Iterator[tuple[FrameRef | None, str]]:
    rejection = session.rejection
    if rejection is not None:
        yield rejection.frame, f"the server refuses {rejection.command}: {_told(rejection)}"
    yield from _of_resolution(session)
    for side, stream in (
        ("on the LAN side", session.lan),
        (f"by {session.transport_link or 'an unknown link'}", session.wan),
        ("of what came back by another link", session.wan_return),
    ):
        if stream is not None:
            yield from _of_stream(side, stream)
    if session.crossing is not None:
        for frame in session.crossing.frames:
            yield frame, f"pairs the sides: {METHODS[session.crossing.method]}"
    for frame in session.candidates:
        yield frame, "opens a connection that may be this one beyond the router"
    for frame in session.cut_answers:
        yield frame, "a DNS answer to the host, cut off by the capture's snap length"
    for finding in session.findings:
        for frame in finding.frames:
            yield frame, f"{finding.kind}: {finding.text}"
    for command, reply in session.dialogue.exchanges:
        said = "what was not captured"
        if command is not None:
            said = _END if command.verb == "." else f"{command.verb} {command.argument}".rstrip()
            for frame in command.frames:
                yield frame, f"the client says {said}"
        if reply is not None:
            for frame in reply.frames if rejection is None else set(reply.frames) - {rejection.frame}:
                yield frame, f"the server answers {said}: {_told(reply)}"


def _told(reply: Reply | Rejection) -> str:
    return " ".join(part for part in (str(reply.code or ""), reply.enhanced, reply.text) if part)


def _of_resolution(session: Session) -> Iterator[tuple[FrameRef | None, str]]:
    resolution = session.resolution
    for step in resolution.steps if resolution is not None else ():
        assert resolution is not None
        where = "on the LAN side" if step.point == "lan" else f"by {step.point}"
        yield step.query_frame, f"the question for {resolution.name} {resolution.qtype} {where}, to {step.server.ip}"
        yield (
            step.answer_frame,
            f"the answer {where}: {resolution.name} is {resolution.address}, for {resolution.ttl_s} s",
        )


def _of_stream(side: str, stream: Stream) -> Iterator[tuple[FrameRef | None, str]]:
    yield stream.syn, f"opens the connection to {stream.resp} {side}"
    yield stream.synack, f"{stream.resp} takes the connection {side}"
    yield stream.refused, f"the connection to {stream.resp} is refused {side}"
    if stream.end_frame is not None:
        how = {"fin": "ends", "rst": "resets"}.get(stream.ended, "ends")
        who = "" if stream.ended_by is None else f"the {'client' if stream.ended_by == 'orig' else 'server'} "
        yield stream.end_frame, f"{who}{how} the connection {side}"
