"""What each frame is that a session's proof names: told only where the case says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .cites import FrameRef
from .wording import Wording
from .words import Session

Frame = tuple[int, int]


def roles(session: Session, say: Wording) -> dict[Frame, str]:
    """Return what each frame of a session's proof is, in order of capture and number.

    Args:
        session: a row of the case's sessions.
        say: the language.
    """
    known: dict[Frame, str] = {}
    for frames, what in _told(session, say):
        for frame in frames:
            known.setdefault((frame[0], frame[1]), what)
    other = say.gettext("part of this connection")
    proof: list[Frame] = [(frame[0], frame[1]) for frame in session["frames"]]
    return {frame: known.get(frame) or other for frame in proof}


def _told(session: Session, say: Wording) -> Iterator[tuple[Sequence[FrameRef], str]]:
    """Yield frames with what they are, the more telling before what is told of several."""
    for step in (session["resolution"] or {}).get("steps") or ():
        yield _there(step["query_frame"]), say.gettext("the question for the name")
        yield _there(step["answer_frame"]), say.gettext("the answer with the address")
    refused: list[dict[str, Any]] = [*filter(None, [session["rejection"]]), *(session.get("rejections") or ())]
    for rejection in refused:
        yield _there(rejection["frame"]), say.gettext("the refusal: {said}", said=_code(rejection))
        beyond = say.gettext("the refusal, as it came to the router: {said}", said=_code(rejection))
        yield _there(rejection.get("wan_frame")), beyond
    for row in session.get("commands") or ():
        if row["reply"] is not None:
            yield row["frames"][-1:], say.gettext("the server says: {said}", said=_code(row["reply"]))
    for bounce in session.get("bounces") or ():
        yield _there(bounce["frame"]), say.gettext("the report that a mail was not delivered")
    crossing = session["crossing"]
    if crossing:
        seen = say.gettext("the connection begins") if crossing["method"] == "isn" else say.gettext("ties both sides")
        yield crossing.get("frames") or (), seen
    for candidate in session.get("candidates") or ():
        yield candidate["frames"], say.gettext("may be this connection")
    yield (session.get("nearest") or {}).get("frames") or (), say.gettext("the nearest that was seen")
    if not session["tls"]["starttls"] and not session["tls"]["implicit"]:
        yield list(_ends(session)), say.gettext("the connection ends")


def _ends(session: Session) -> Iterator[FrameRef]:
    """Yield the latest frame of the proof on each side: only where it can be no other that the proof names.

    Of the frames that prove a session only those of its opening, its findings and its end are not told of one by one.
    """
    found = [tuple(frame) for finding in session["findings"] for frame in finding["frames"]]
    opened: Iterable[FrameRef] = (session["crossing"] or {}).get("frames") or ()
    for stream in (session["lan_stream"], session["wan_stream"]):
        if stream is not None:
            begun = [frame[1] for frame in opened if frame[0] == stream["capture"]]
            named = [frame[1] for frame in session["frames"] if frame[0] == stream["capture"]]
            if len(begun) > 1 and (last := max(named)) > max(begun) and (stream["capture"], last) not in found:
                yield [stream["capture"], last]


def _there(frame: FrameRef | None) -> list[FrameRef]:
    return [] if frame is None else [frame]


def _code(reply: dict[str, Any]) -> str:
    """A reply's codes: its words stand among the facts."""
    return " ".join(str(reply[key]) for key in ("code", "enhanced") if reply.get(key))
