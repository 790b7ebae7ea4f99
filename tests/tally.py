"""What became of every frame of a file, counted apart from the pipeline; and whether a case says the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from english import english
from wanwitness.ingest import CaptureFile
from wanwitness.oddities import MAX_ODDITIES
from wanwitness.packets.decode import Decoder
from wanwitness.packets.left_out import CONFLICT, FIRST_FRAGMENT, FRAGMENT, REASONS

FRAGMENTS = [english(REASONS[code].why) for code in (FRAGMENT, FIRST_FRAGMENT, CONFLICT)]
TEXTS = {english(reason.why) for reason in REASONS}


@dataclass(slots=True)
class Tally:
    """Counts of one file's frames."""

    frames: int = 0
    packets: int = 0
    """Understood; one that came in fragments counts once."""
    parts: int = 0
    """Fragments in a packet that has another frame's number."""
    other: int = 0
    """Of protocols that are not looked at."""
    unknown: int = 0
    """Of link types that are not understood."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Not understood, by reason."""
    remarks: Counter[str] = field(default_factory=Counter)
    """Understood, but for something."""

    @property
    def told(self) -> int:
        """The frames of which it is known what became of them."""
        return self.packets + self.parts + self.other + self.unknown + self.left_out.total()


def tally(path: Path, window: int = 97) -> Tally:
    """Count a file's frames; windows of few frames, so that fragments lie in several."""
    capture, decoder, found = CaptureFile(path), Decoder(), Tally()
    for frames in capture.windows(max_frames=window):
        found.frames += len(frames)
        linktypes = np.array([interface.linktype for interface in capture.interfaces], np.int32)
        for decoded in decoder.decode(frames, linktypes):
            _add(found, decoded)
    for decoded in decoder.finish():
        _add(found, decoded)
    places = [place for row in capture.damage for place in (row.offset, row.offset + row.bytes)]
    assert places == sorted(places), "damaged places do not overlap"
    return found


def _add(found: Tally, decoded: Any) -> None:
    left = decoded.left_out
    found.packets += len(decoded.packets)
    found.parts += left.parts
    found.other += left.other
    found.unknown += sum(left.unknown.values())
    for why, kept in zip(left.whys(), left.decoded.tolist(), strict=True):
        (found.remarks if kept else found.left_out)[english(why)] += 1


def check(path: Path, document: dict[str, Any], *, times_hold: bool = True) -> None:
    """Check that every frame of the file is accounted for, by the decoder and in the case of this file alone.

    Args:
        path: the file.
        document: the case.
        times_hold: time stamps do not jump. If they do, which fragments are waited for depends on what is read at once.
    """
    found = tally(path)
    assert found.told == found.frames
    assert sum(capture["packets"] for capture in document["captures"]) == found.frames
    rows: Counter[str] = Counter()
    for row in document["oddities"]:
        text, _, more = row["reason"].partition(": ")
        if row["reason"] in TEXTS:
            assert row["frame"] is not None
            assert row["offset"] is not None
            rows[row["reason"]] += 1
        elif text in TEXTS and more.endswith(" more frames"):
            rows[text] += int(more.split()[0])
    expected = found.left_out + found.remarks
    for text in () if times_hold else FRAGMENTS:
        expected[text] = rows[text]
    assert +rows == +expected
    assert all(count <= MAX_ODDITIES or rows[text] >= count for text, count in rows.items())
    counted: Counter[str] = Counter()
    for capture in document["captures"]:
        counted.update(capture["left_out"])
    unknown = sum(count for reason, count in counted.items() if reason.startswith("link type"))
    assert unknown == found.unknown
    harmless = {english(reason.why) for reason in REASONS if not reason.damage} - set(() if times_hold else FRAGMENTS)
    assert {t: n for t, n in counted.items() if t in harmless} == {
        t: n for t, n in found.left_out.items() if t in harmless
    }
    assert counted[english(REASONS[FRAGMENT].why)] == rows[english(REASONS[FRAGMENT].why)]
