"""Dialogues written as scripts: `S:` and `C:` lines, one frame each, `S!12` and `C!12` for bytes not captured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest

from wanwitness.model import Dialogue, Direction, FrameRef
from wanwitness.protocols.smtp import DialogueParser

Event = tuple[Direction, bytes | int]
Cut = Callable[[bytes], Iterable[bytes]]


def read_script(script: str) -> list[Event]:
    events: list[Event] = []
    for line in filter(None, map(str.strip, script.splitlines())):
        direction: Direction = "resp" if line[0] == "S" else "orig"
        if line[1] == "!":
            events.append((direction, int(line[2:])))
            continue
        text = line[2:].removeprefix(" ").encode().decode("unicode_escape").encode("latin-1")
        events.append((direction, text if line[1] == ">" else text + b"\r\n"))
    return events


def whole(data: bytes) -> Iterable[bytes]:
    return [data]


def by_byte(data: bytes) -> Iterable[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


def feed(events: Sequence[Event], *, mail_port: bool = True, cut: Cut = whole) -> Dialogue | None:
    parser = DialogueParser(mail_port=mail_port)
    for number, (direction, data) in enumerate(events, 1):
        frame, ts_ns = FrameRef(0, number), number * 1_000_000
        if isinstance(data, int):
            parser.gap(direction, data, frame, ts_ns)
        else:
            for piece in cut(data):
                parser.data(direction, piece, frame, ts_ns)
    return parser.close(len(events) * 1_000_000)


class Talk:
    """Parses scripts, each whole and byte by byte, and insists on equal results."""

    read = staticmethod(read_script)
    feed = staticmethod(feed)

    def __call__(self, script: str, *, mail_port: bool = True) -> Dialogue:
        dialogue = self.maybe(script, mail_port=mail_port)
        assert dialogue is not None
        return dialogue

    def maybe(self, script: str, *, mail_port: bool = True) -> Dialogue | None:
        events = read_script(script)
        dialogue = feed(events, mail_port=mail_port)
        assert feed(events, mail_port=mail_port, cut=by_byte) == dialogue
        return dialogue

    @staticmethod
    def pairs(dialogue: Dialogue) -> list[tuple[str | None, int | None]]:
        """Each exchange as (verb, code)."""
        return [
            (e.command.verb if e.command is not None else None, e.reply.code if e.reply is not None else None)
            for e in dialogue.exchanges
        ]


@pytest.fixture(scope="session")
def talk() -> Talk:
    return Talk()
