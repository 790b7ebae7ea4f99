"""What came of a verification, for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from wanwitness.language import ENGLISH, Language
from wanwitness.model import Argument

from .catalogue import sentence
from .verify import Verification

WIDTH = 80
_SHOWN = 20


def tell(done: Verification, *, width: int = WIDTH, language: Language = ENGLISH) -> str:
    """Return it as lines of text; what facts are called, and why some were not compared, is English everywhere."""
    return "\n".join(line for text in _lines(done, language) for line in _wrapped(text, width)) + "\n"


def _wrapped(text: str, width: int) -> list[str]:
    indent = len(text) - len(text.lstrip(" "))
    wrapped = textwrap.wrap(
        text, width, subsequent_indent=" " * (indent + 4), break_long_words=False, break_on_hyphens=False
    )
    return wrapped or [""]


def _lines(done: Verification, language: Language) -> Iterator[str]:
    def say(kind: str, **args: Argument) -> str:
        return language.say(sentence(kind, **args))

    facts = sum(done.compared.values())
    if done.agrees:
        yield say("all-agrees", facts=facts, version=done.tshark)
    else:
        count = len(done.disagreements)
        yield say("disagreements", n=count, facts=facts, version=done.tshark)
        for one in done.disagreements[:_SHOWN]:
            told = {"told": str(one.told), "found": str(one.found)}
            yield f"  {say('disagrees', where=one.where, frames=_frames(done, one.frames, language), **told)}"
        if count > _SHOWN:
            yield f"  {say('more-in-json', n=count - _SHOWN)}"
    yield ""
    yield say("captures")
    for original in done.originals:
        yield f"  {say('capture-state', path=original.path, state=sentence(f'state-{original.state}'))}"
    yield f"  {say('seal-checked' if done.sealed else 'seal-none')}"
    yield ""
    yield say("citations", number=len(done.citations))
    for status, number in done.by_status.items():
        yield f"  {say(f'cited-{status}', number=number)}"
    if done.unread:
        yield ""
        yield say("not-compared", number=len(done.unread))
        for two in done.unread[:_SHOWN]:
            yield f"  {two.where}: {two.why}"
        if len(done.unread) > _SHOWN:
            yield f"  {say('more-in-json', n=len(done.unread) - _SHOWN)}"


def _frames(done: Verification, frames: Sequence[tuple[int, int]], language: Language) -> str:
    if not frames or not done.originals:
        return ""
    named = tuple(f"{capture}:{number}" for capture, number in frames[:5])
    return language.say(sentence("in-frames", n=len(frames), frames=named))
