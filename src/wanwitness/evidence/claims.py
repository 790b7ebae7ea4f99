"""What each frame that a session rests on proves, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from wanwitness.model import Dialogue, FrameRef, Judgement, Reply, Session, Stream

METHODS = {
    "isn": "the same initial sequence number on both sides of the router",
    "relative-sequence": "the same sequence of packets on both sides of the router",
    "payload": "the same bytes on both sides of the router",
    "dialogue": "the same dialogue on both sides of a proxy",
    "one-sided": "the connection as the side shows it that was captured",
}

_SAID = {
    ".": "that the message ends",
    "AUTH-RESPONSE": "a secret",
    "?": "what is no known command",
    "connect": "the connection",
}


def claims(judgement: Judgement, dialogues: Mapping[Stream, Dialogue]) -> dict[FrameRef, list[str]]:
    """Return for each frame that the session cites, or that something was said in, what it shows, in order of
    importance.

    Args:
        judgement: of the session.
        dialogues: what was said in each stream; where there is none, it is the session's own.
    """
    found: dict[FrameRef, list[str]] = defaultdict(list)
    for frame, text in _claims(judgement, dialogues):
        if frame is not None and text not in found[frame]:
            found[frame].append(text)
    for frame in judgement.frames:
        if not found[frame]:
            found[frame].append("the verdict rests on this frame too")
    return dict(found)


def _claims(judgement: Judgement, dialogues: Mapping[Stream, Dialogue]) -> Iterator[tuple[FrameRef | None, str]]:
    session = judgement.session
    refused = {rejection.frame for rejection in judgement.rejections}
    told = list(_of_dialogue(session.dialogue, ""))
    yield from (claim for claim in told if claim[0] in refused)
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
    for finding in judgement.findings:
        for frame in finding.frames:
            yield frame, f"{finding.kind}: {finding.text}"
    for bounce in judgement.bounces:
        told_of = " ".join(part for part in (bounce.status, bounce.text) if part)
        yield bounce.frame, f"reports of this session's mail to {bounce.recipient}: {bounce.action} {told_of}".rstrip()
    yield from told
    for link, stream in ((session.transport_link, session.wan), ("another link", session.wan_return)):
        dialogue = dialogues.get(stream) if stream is not None else None
        if dialogue is not None and dialogue is not session.dialogue:
            yield from _of_dialogue(dialogue, f"by {link or 'an unknown link'}, ")


def _of_dialogue(dialogue: Dialogue, side: str) -> Iterator[tuple[FrameRef | None, str]]:
    for command, reply in dialogue.exchanges:
        said = "what was not captured"
        if command is not None:
            said = _SAID.get(command.verb) or f"{command.verb} {command.argument}".rstrip()
            for frame in command.frames:
                yield frame, f"{side}the client says {said}"
        if reply is not None:
            for frame in reply.frames:
                does = "refuses" if reply.refuses else "answers"
                yield frame, f"{side}the server {does} {said}: {_told(reply)}"


def _told(reply: Reply) -> str:
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
