"""How often a walk through an analysis goes from one room to another, and back.

    python -m tests.walks [CAPTURES] [--within correlate] [--by room|file] [--show]

Counts, while CAPTURES (a case of the repository's otherwise) are analysed, the calls that leave one room for another of
`wanwitness.WITHIN`. Each place in the code that calls a function of another room counts once, however often it does. A
*return* is such a call into a room that the walk has been to before: whoever reads the code from top to bottom turns
back there. `--by file` takes every file for a room of its own, as in a flat tree.

It asks only for `wanwitness.analyze`, so that older trees can be counted as well: PYTHONPATH=OLD/src.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from inspect import CO_GENERATOR
from pathlib import Path, PurePath
from types import CodeType, FrameType

import wanwitness

CASE = Path(__file__).parents[2] / "captures" / "incident"
PACKAGE = Path(wanwitness.__file__ or "").parent
Place = tuple[CodeType, int, CodeType]
"""Who calls, in which line, and whom."""


class Walk:
    """Follows the calls of one thread from room to room.

    Args:
        within: the part of the package whose rooms are walked through.
        by_file: take each file for a room.
    """

    def __init__(self, within: str, *, by_file: bool) -> None:
        self._within = (PACKAGE / within).resolve()
        self._by_file = by_file
        self._room_of: dict[str, str | None] = {}
        self._open: list[str | None] = []
        """The room of each call that has not returned: of another part of the package, the one that it was called
        from."""
        self._seen: set[Place] = set()
        self.rooms: dict[str, None] = {}
        """In the order in which they were come to."""
        self.entered: Counter[tuple[str, str]] = Counter()
        """How many places of one room call into another."""
        self.returns = 0

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """Take an event of `sys.setprofile`."""
        if event == "call":
            if _goes_on(frame):
                self._open.append(self._room(frame.f_code.co_filename) or (self._open[-1] if self._open else None))
                return
            here = self._open[-1] if self._open else None
            room = self._room(frame.f_code.co_filename) or here
            if room is not None and room != here:
                self._enter(here, room, frame)
            self._open.append(room)
        elif event == "return" and self._open:
            self._open.pop()

    def _enter(self, here: str | None, room: str, frame: FrameType) -> None:
        caller = frame.f_back
        if caller is None:
            return
        place = caller.f_code, caller.f_lineno, frame.f_code
        if place not in self._seen:
            self._seen.add(place)
            self.returns += room in self.rooms
            self.entered[here or "(outside)", room] += 1
        self.rooms[room] = None

    def _room(self, path: str) -> str | None:
        if path not in self._room_of:
            file = PurePath(path)
            own = file.is_relative_to(self._within)
            parts = file.relative_to(self._within).with_suffix("").parts if own else ()
            name = ".".join(parts) if self._by_file else parts[0] if parts else None
            self._room_of[path] = name or None
        return self._room_of[path]


def _goes_on(frame: FrameType) -> bool:
    """Whether a call is none, but a generator that is asked for its next value (`RESUME` with an argument)."""
    code = frame.f_code
    return code.co_name == "<genexpr>" or bool(code.co_flags & CO_GENERATOR and code.co_code[frame.f_lasti + 1] & 3)


def main() -> int:
    """Analyse, and print what was counted."""
    parser = argparse.ArgumentParser(prog="python -m tests.walks", description=__doc__.split("\n", 1)[0])
    parser.add_argument("captures", type=Path, nargs="?", default=CASE)
    parser.add_argument("--within", default="correlate")
    parser.add_argument("--by", choices=["room", "file"], default="room")
    parser.add_argument("--show", action="store_true", help="which rooms call into which, from how many places")
    arguments = parser.parse_args()
    wanwitness.analyze(arguments.captures, rows_only=True)  # what is imported now is called by nobody later
    walk = Walk(arguments.within, by_file=arguments.by == "file")
    sys.setprofile(walk)
    try:
        wanwitness.analyze(arguments.captures, rows_only=True)
    finally:
        sys.setprofile(None)
    if arguments.show:
        for (here, room), places in walk.entered.most_common():
            print(f"{places:5}  {here} -> {room}")
    print(
        f"{arguments.within}, by {arguments.by}: {len(walk.rooms)} rooms, "
        f"{walk.entered.total()} calls into another, {walk.returns} of them returns"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
