"""The walk in lock step finds what the plain walk finds."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from places import SHARED
from wanwitness.ingest import lockstep
from wanwitness.ingest.pcap import PcapReader

OFFICE = Path(__file__).parents[2] / "captures" / "lab-office"


def agrees(raw: bytes) -> None:
    """Both walks of a file's bytes are equal."""
    reader, start = PcapReader.begin(raw[:32])
    plain = reader._plainly(raw, start, None, len(raw))
    layout = reader._records
    fast = lockstep.walk(raw, start, layout, lambda at, goal: reader._plainly(raw, at, None, goal))
    assert np.asarray(fast.starts).tolist() == plain.starts
    assert (fast.end, fast.broken) == (plain.end, plain.broken)


def capture(seed: int, records: int, order: str, header: int, longest: int, gap: int) -> bytes:
    """A file of packets that are full of record headers themselves."""
    rng = random.Random(seed)
    endian: Literal["little", "big"] = "little" if order == "<" else "big"
    magic = 0xA1B2C3D4 if header == 16 else 0xA1B2CD34
    parts = [magic.to_bytes(4, endian), (2).to_bytes(2, endian), (4).to_bytes(2, endian), bytes(8)]
    parts += [(65535).to_bytes(4, endian), (1).to_bytes(4, endian)]
    seconds = 1_353_500_000
    for _ in range(records):
        seconds += rng.randrange(gap)
        size = rng.choice((0, 60, 1514, rng.randrange(longest)))
        head = b"".join(n.to_bytes(4, endian) for n in (seconds % (1 << 32), 7, size, size)) + bytes(header - 16)
        filling = head * (size // len(head) + 1) if rng.random() < 0.5 else rng.randbytes(size)
        parts += [head, filling[:size]]
    return b"".join(parts)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 1 << 30),
    st.integers(0, 600),
    st.sampled_from("<>"),
    st.sampled_from((16, 24)),
    st.sampled_from((100, 9000, 200_000)),
    st.sampled_from((1, 100_000)),
    st.data(),
)
def test_generated(
    seed: int, records: int, order: str, header: int, longest: int, gap: int, data: st.DataObject
) -> None:
    """Records of all sizes, false headers in the packets, clocks that leap, files cut off or damaged anywhere."""
    raw = capture(seed, records, order, header, longest, gap)
    agrees(raw)
    place = data.draw(st.integers(24, len(raw)))
    agrees(raw[:place])
    agrees(raw[:place] + data.draw(st.binary(min_size=1, max_size=8)) + raw[place:])


@pytest.mark.parametrize("path", sorted(OFFICE.glob("*.pcap")), ids=lambda path: path.name)
def test_a_real_capture_many_times(path: Path) -> None:
    """Long enough for many segments."""
    raw = path.read_bytes()
    agrees(raw + raw[24:] * 40)


@pytest.mark.shared
@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("lab-*/*.pcap")), ids=lambda path: f"{path.parent.name}-{path.name}"
)
def test_the_lab_s_captures(path: Path) -> None:
    """As they are."""
    agrees(path.read_bytes())
