"""Captures full of secrets, analysed, and every output searched for them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import wanwitness.report
from correlate.wire import write_pcap
from wanwitness import analyze

from .dialogues import PLOTS, Said, Writer
from .packets import Timed, frames_of
from .secrets import Secrets

START_NS = 1_700_000_000_000_000_000
_PICTURE = re.compile(rb'data:[a-z/]+;base64,[^"\')]*')
_ESCAPED = re.compile(rb"\\u([0-9a-f]{4})")


class Found(NamedTuple):
    """A secret that stands in an output."""

    seed: int
    plot: str
    secret: bytes
    file: str


def dialogue(seed: int) -> tuple[str, Said, Secrets, Random]:
    """The dialogue of a seed, with its secrets and the die for how it is sent."""
    random = Random(seed)
    secrets = Secrets(random)
    writer = Writer(random, secrets)
    plot = PLOTS[seed % len(PLOTS)]
    plot(writer)
    said: Said = []
    for who, data in writer.said:
        if random.random() < 0.05 and said and said[-1][0] == who and who in "CS":
            said[-1] = who, said[-1][1] + data  # one packet
        else:
            said.append((who, data))
    return plot.__name__, said, secrets, random


def search(folder: Path, first: int, count: int, *, figures: bool = False) -> Iterator[Found]:
    """Write the dialogues of some seeds into a capture, analyse it, and give every secret that stands in an output.

    Args:
        folder: for the capture and the case.
        first: the first seed.
        count: how many.
        figures: draw them too.
    """
    frames: list[Timed] = []
    planted: list[tuple[int, str, set[bytes]]] = []
    for n in range(count):
        plot, said, secrets, random = dialogue(first + n)
        secret = max(secrets.planted, key=len)
        frames += frames_of(said, 1025 + n, START_NS + n * 7_000_000, random, secret)
        planted.append((first + n, plot, {form for form in secrets.planted if len(form) >= 5}))
    frames.sort(key=lambda timed: timed[0])
    capture = folder / "lan.pcap"
    write_pcap(capture, frames)
    draw = wanwitness.report.draw
    if not figures:
        wanwitness.report.draw = lambda document, folder: []
    try:
        case = analyze([capture], out=folder / "case", force=True)
    finally:
        wanwitness.report.draw = draw
    written = len(list((folder / "case" / "evidence").glob("*.pcapng")))
    assert written == len(case.document["sessions"]) >= count * 0.9, (written, len(case.document["sessions"]))
    texts = {str(path.relative_to(folder)): _read(path) for path in (folder / "case").rglob("*") if path.is_file()}
    everything = b"\n".join(texts.values())
    for seed, plot, forms in planted:
        for form in forms:
            if form.lower() in everything:
                yield Found(seed, plot, form, next(name for name, text in texts.items() if form.lower() in text))


def _read(path: Path) -> bytes:
    """A file in small letters, as it is and with its escapes undone."""
    data = path.read_bytes()
    if path.suffix == ".png":
        return b""
    if path.suffix == ".html":
        data = _PICTURE.sub(b"", data)
        data += html.unescape(data.decode()).encode()
    if path.suffix == ".json":
        data += _ESCAPED.sub(lambda match: chr(int(match[1], 16)).encode("utf-8", "replace"), data)
    return data.lower() + data.decode("latin-1").lower().encode("latin-1", "replace")
