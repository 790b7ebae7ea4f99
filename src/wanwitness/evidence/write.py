"""The evidence captures, written into a case's folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from wanwitness.case import EVIDENCE, CaseFolder
from wanwitness.case.sentences import sentence
from wanwitness.errors import CaptureError
from wanwitness.inputs import STDIN
from wanwitness.model import Argument, Capture, Judgement

from .carve import Sides, carve


class Disguise(Protocol):
    """Puts other names and addresses in the place of the site's."""

    def session(self, name: str, /) -> str:
        """Return the id that stands for a session's."""

    def capture(self, content: bytes, /) -> Iterator[bytes]:
        """Yield a pcapng file's blocks, with other addresses."""


def write_evidence(
    judgements: Sequence[Judgement], sides: Sides, folder: CaseFolder, disguise: Disguise | None = None
) -> tuple[set[str], Argument]:
    """Write a capture for each session; return whose there are, and what kept the others from being written, if any.

    Args:
        judgements: of these sessions.
        sides: what is known of the captures.
        folder: where they go.
        disguise: of the site's addresses, where that is wanted.
    """
    written: set[str] = set()
    gone = next((capture.path for capture in sides.captures if not _still_there(capture)), None)
    if gone is not None:
        return written, sentence("not-read-again", path=gone)
    try:
        for session, carved in carve(judgements, sides):
            if disguise is None:
                folder.write(f"{EVIDENCE}/{session}.pcapng", carved)
                written.add(session)
            else:
                name = disguise.session(session)
                folder.write(f"{EVIDENCE}/{name}.pcapng", disguise.capture(b"".join(carved)))
                written.add(name)
    except (OSError, CaptureError) as error:
        return written, str(error)
    return written, None


def _still_there(capture: Capture) -> bool:
    """Whether its file can be read once more; it may have grown."""
    path = Path(capture.path)
    return capture.path != STDIN and path.is_file() and path.stat().st_size >= capture.bytes
