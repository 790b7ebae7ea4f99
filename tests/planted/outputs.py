"""Captures full of secrets, analysed, and every output searched for them."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import pandas
import pytest

from correlate.wire import write_pcap
from wanwitness import analyze
from wanwitness.report import files

from .dialogues import Said, Writer
from .elsewhere import everywhere, inside_tls
from .packets import Timed, frames_of
from .plots import PLOTS
from .secrets import Secrets

SHORTEST = 6
"""Bytes of a form that is looked for everywhere: shorter ones stand in binary files by chance."""
SHORTEST_IN_TEXT = 4
"""Bytes of a form that is looked for in texts: all have letters alone that no hexadecimal figure has, and that no word
of ours has side by side; shorter ones would stand in them too (`zw` in a Base64 token)."""
_TEXTS = (".json", ".jsonl", ".csv", ".html", ".txt", ".svg", ".toml")
FEW = 60
"""Dialogues that are held inside of TLS as well."""
START_NS = 1_700_000_000_000_000_000
_PICTURE = re.compile(rb'data:[a-z/]+;base64,[^"\')]*')
_COMMUNITY_ID = re.compile(rb"1:[A-Za-z0-9+/]{27}=")
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


def search(folder: Path, seeds: Sequence[int], *, whole: bool = False) -> Iterator[Found]:
    """Write the dialogues of some seeds into a capture, analyse it, and give every secret that stands in an output.

    Args:
        folder: for the capture and the outputs.
        seeds: those.
        whole: draw the figures too, and do all of `elsewhere` as well.
    """
    out = folder / "out"
    out.mkdir()
    frames: list[Timed] = []
    planted: list[tuple[int, str, set[bytes]]] = []
    private: list[tuple[Said, int, int, Random, bytes]] = []
    for n, seed in enumerate(seeds):
        plot, said, secrets, random = dialogue(seed)
        secret = max(secrets.planted, key=len)
        sent = said, 1025 + n, START_NS + n * 7_000_000, random, secret
        frames += frames_of(*sent)
        private.append(sent)
        planted.append((seed, plot, {form for form in secrets.planted if len(form) >= SHORTEST_IN_TEXT}))
    frames.sort(key=lambda timed: timed[0])
    capture = folder / "lan.pcap"
    write_pcap(capture, frames)
    with pytest.MonkeyPatch.context() as changed:
        if not whole:
            changed.setattr(files, "draw", lambda *_: [])
        case = analyze([capture], out=out / "case")
    written = len(list((out / "case" / "evidence").glob("*.pcapng")))
    assert written == len(case.document["sessions"]) >= len(seeds) * 0.9, (written, len(case.document["sessions"]))
    if whole:
        everywhere(capture, out)
        assert inside_tls(folder, private[:FEW], out / "opened") >= FEW // 4
    forms = {form.lower(): (seed, plot) for seed, plot, some in planted for form in some}
    texts = {str(path.relative_to(out)): _read(path) for path in out.rglob("*") if path.is_file()}
    long = [form for form in forms if len(form) >= SHORTEST]
    short = [form for form in forms if len(form) < SHORTEST]
    for name, text in texts.items():
        for form in _standing(text, long, SHORTEST):
            yield Found(*forms[form], form, name)
        for form in _standing(text, short, SHORTEST_IN_TEXT) if name.endswith(_TEXTS) else ():
            yield Found(*forms[form], form, name)


_ENDINGS = 1 << 20
_AT_ONCE = 1 << 20
"""Bytes of a text that are looked at together: some hundred bytes of memory each."""


def _standing(text: bytes, forms: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Those of some words of so many bytes at least that stand in a text, found by their beginnings."""
    begun: dict[int, list[bytes]] = defaultdict(list)
    for form in forms:
        begun[int.from_bytes(form[:size])].append(form)
    begins = np.array(sorted(begun), np.int64)
    marked = np.zeros(_ENDINGS, np.bool_)  # most windows end as no form's beginning does
    marked[begins % _ENDINGS] = True
    found: set[bytes] = set()
    for start in range(0, len(text) - size + 1, _AT_ONCE):
        data = np.frombuffer(text[start : start + _AT_ONCE + size - 1], np.uint8).astype(np.int64)
        windows = np.zeros(len(data) - size + 1, np.int64)
        for n in range(size):
            windows = windows << 8 | data[n : len(windows) + n]
        likely = np.flatnonzero(marked[windows % _ENDINGS])
        hits = likely[np.isin(windows[likely], begins)]
        found |= {form for at in hits.tolist() for form in begun[int(windows[at])] if text.startswith(form, start + at)}
    yield from sorted(found)


def _read(path: Path) -> bytes:
    """A file in small letters, as it is and with its escapes undone."""
    data = _COMMUNITY_ID.sub(b"", path.read_bytes())
    if path.suffix == ".png":
        return b""
    if path.suffix == ".html":
        data = _PICTURE.sub(b"", data)
        data += html.unescape(data.decode()).encode()
    if path.suffix == ".parquet":  # its columns are compressed
        data += pandas.read_parquet(path).to_csv().encode()
    if path.suffix in (".json", ".jsonl"):
        data += _ESCAPED.sub(lambda match: chr(int(match[1], 16)).encode("utf-8", "replace"), data)
    return data.lower() + data.decode("latin-1").lower().encode("latin-1", "replace")
