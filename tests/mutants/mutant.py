"""One mutant by its number: made, analysed in windows of several sizes, and what was wrong with that."""

from __future__ import annotations

import random
import shutil
import signal
import time
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wanwitness import WanwitnessError, analyze

from . import captures
from .captures import SHORT, Capture, Scene
from .fields import CHANGES

MOST_SECONDS = 5.0
"""Of the processor."""
WINDOWS = (None, 1, 7)


def scenes(half: str) -> Sequence[Scene]:
    """What mutants are made of."""
    return captures.real() if half == "real" else captures.own()


def make(folder: Path, number: int, half: str) -> int:
    """Write a mutant into an empty folder; return its frames, as many as there are to be."""
    chance = random.Random(number)
    scene = chance.choice(scenes(half)).some(chance)
    files = [Capture(c.name, c.linktype, list(c.records)) for c in scene.captures]
    for _ in range(chance.randint(1, 4)):
        chance.choice(CHANGES)(chance.choice(files), chance)
    for file in files:
        order = chance.choice("<>")
        plain = file.resolution == 9 and not file.options and not file.packet_options and chance.random() < 0.5
        content = file.pcap(order) if plain else file.pcapng(order)
        if chance.random() < 0.05:
            content = content[: chance.randrange(24, len(content) + 1)]
        (folder / f"{file.name}.cap").write_bytes(content)
    if scene.site is not None and chance.random() < 0.7:
        (folder / "site.toml").write_text(scene.site)
    return sum(len(file.records) for file in files)


class Late(BaseException):
    """It takes far too long."""


def _late(signum: int, frame: Any) -> None:
    raise Late


def check(folder: Path, number: int, half: str) -> str | None:
    """Return what is wrong with the analysis of a mutant."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    frames = make(folder, number, half)
    before = None
    signal.signal(signal.SIGVTALRM, _late)
    for window in WINDOWS if frames <= SHORT else WINDOWS[:1]:
        began = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, 4 * MOST_SECONDS)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                found = said(folder, window)
        except Late:
            return f"hangs in windows of {window}: {''.join(traceback.format_exc().splitlines()[-12:-1])}"
        except Exception:
            return f"windows of {window}: {' | '.join(traceback.format_exc().splitlines()[-3:])}"
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if (took := time.process_time() - began) > MOST_SECONDS:
            return f"windows of {window}: takes {took:.1f} s"
        if before is not None and found != before:
            return f"windows of {window}: another case: {difference(before, found)}"
        before = found
    return None


def said(folder: Path, window: int | None) -> Any:
    """The case, but for when it was made; or the error."""
    try:
        document = analyze(folder, rows_only=True, window_frames=window).document
    except WanwitnessError as error:
        return str(error)
    return {key: value for key, value in document.items() if key not in ("analysed_at", "tool")}


def difference(one: Any, two: Any, where: str = "") -> str:
    """The first place where two cases differ."""
    if isinstance(one, dict) and isinstance(two, dict):
        for key in one:
            if one[key] != two.get(key):
                return difference(one[key], two.get(key), f"{where}.{key}")
    if isinstance(one, list) and isinstance(two, list):
        if len(one) != len(two):
            mine, theirs = ([x for x in a if x not in b][:2] for a, b in ((one, two), (two, one)))
            return f"{where}: {len(one)} and {len(two)}: {mine} {theirs}"
        for number, (mine, theirs) in enumerate(zip(one, two, strict=True)):
            if mine != theirs:
                return difference(mine, theirs, f"{where}[{number}]")
    return f"{where}: {one!r} and {two!r}"[:400]
