"""What came of a verification, for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from wanwitness.model import printable

from .verify import STATUSES, Verification

WIDTH = 80
_SHOWN = 20
_STATES = {
    "same": "as it was analysed (SHA-256)",
    "unhashed": "there; the case has no SHA-256 of it",
    "changed": "NOT the file that was analysed",
    "kept": "gone from its place; a copy with its SHA-256 is in the case",
    "gone": "gone",
    "redacted": "not compared: the case is redacted, and its captures are not",
    "piped": "came on standard input, and was not kept",
}


def tell(done: Verification, *, width: int = WIDTH) -> str:
    """Return it as lines of text."""
    return "\n".join(line for text in _lines(done) for line in _wrapped(text, width)) + "\n"


def _wrapped(text: str, width: int) -> list[str]:
    indent = len(text) - len(text.lstrip(" "))
    wrapped = textwrap.wrap(
        text, width, subsequent_indent=" " * (indent + 4), break_long_words=False, break_on_hyphens=False
    )
    return wrapped or [""]


def _lines(done: Verification) -> Iterator[str]:
    facts = sum(done.compared.values())
    if done.agrees:
        yield f"All agrees: {facts:,} facts compared with what tshark {done.tshark} reads."
    else:
        count = len(done.disagreements)
        noun = "disagreement" if count == 1 else "disagreements"
        yield f"{count:,} {noun} among {facts:,} facts compared with what tshark {done.tshark} reads:"
        for one in done.disagreements[:_SHOWN]:
            yield f"  {one.where}{_frames(done, one.frames)}: the case says {one.told}; found: {one.found}"
        if count > _SHOWN:
            yield f"  … and {count - _SHOWN:,} more (--json has all)"
    yield ""
    yield "Captures:"
    for original in done.originals:
        yield f"  {printable(original.path)}: {_STATES[original.state]}"
    yield f"  seal (SHA256SUMS): {'checked' if done.sealed else 'none'}"
    yield ""
    yield f"Citations of frames: {len(done.citations):,}"
    for status, number in done.by_status.items():
        yield f"  {number:,} {STATUSES[status]}"
    if done.unread:
        yield ""
        yield f"Not compared: {len(done.unread):,}"
        for two in done.unread[:_SHOWN]:
            yield f"  {two.where}: {two.why}"
        if len(done.unread) > _SHOWN:
            yield f"  … and {len(done.unread) - _SHOWN:,} more (--json has all)"


def _frames(done: Verification, frames: Sequence[tuple[int, int]]) -> str:
    paths = [c.path for c in done.originals]
    if not frames or not paths:
        return ""
    return f" (frame{'s' if len(frames) > 1 else ''} {', '.join(f'{c}:{n}' for c, n in frames[:5])})"
