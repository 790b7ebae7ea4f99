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
from wanwitness.ingest.pcapng import PcapngReader

OFFICE = Path(__file__).parents[2] / "captures" / "lab-office"


@pytest.fixture(autouse=True)
def _small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short captures have many segments too, and of their records many steps are made."""
    monkeypatch.setattr(lockstep, "_SEGMENT", 32 << 10)
    monkeypatch.setattr(lockstep, "_STEPS", 5)
    monkeypatch.setattr(lockstep, "WORTHWHILE", 0)


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


def blocks_agree(raw: bytes) -> None:
    """Both walks of a pcapng file's bytes are equal, sections and all."""
    walks = []
    for worthwhile in (1 << 60, 0):
        reader, at = PcapngReader.begin(raw[:32])
        lockstep.WORTHWHILE = worthwhile
        found = []
        while True:
            walk = reader.walk(raw, at, None)
            frames = reader.frames(np.frombuffer(raw, np.uint8), np.asarray(walk.starts, np.int64), 0)
            found.append((frames.record.tolist(), frames.number.tolist(), walk.end, walk.broken))
            if walk.end == at or walk.broken:
                break
            at = walk.end
        walks.append(found)
    assert walks[0] == walks[1]


def block(order: Literal["little", "big"], kind: int, body: bytes) -> bytes:
    """A block with its lengths."""
    body += bytes(-len(body) % 4)
    size = (len(body) + 12).to_bytes(4, order)
    return kind.to_bytes(4, order) + size + body + size


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(0, 600), st.sampled_from(("little", "big")), st.data())
def test_blocks(seed: int, records: int, order: Literal["little", "big"], data: st.DataObject) -> None:
    """Packets of all kinds between other blocks, interfaces described late, sections, damage anywhere."""
    rng = random.Random(seed)

    def section() -> bytes:
        return block(order, 0x0A0D0D0A, 0x1A2B3C4D.to_bytes(4, order) + (1).to_bytes(2, order) + bytes(10))

    interface = block(order, 1, (1).to_bytes(2, order) + bytes(6))
    parts = [section(), interface]
    described = 1
    for _ in range(records):
        size = rng.choice((0, 60, 1514, rng.randrange(20_000)))
        filling = parts[-1][:size].ljust(size, b"x")
        lengths = 2 * size.to_bytes(4, order)
        body = rng.randrange(described + rng.choice((0,) * 50 + (1,))).to_bytes(4, order) + bytes(8) + lengths + filling
        parts.append(block(order, 6, body))
        odd = rng.randrange(300)
        if odd < 8:
            parts.append(block(order, (5, 4, 0xBAD, 9, 3)[odd % 5], bytes(4) + bytes(16)))
        elif odd == 8:
            parts.append(interface)
            described += 1
        elif odd == 9:
            parts += [section(), interface]
            described = 1
    raw = b"".join(parts)
    blocks_agree(raw)
    place = data.draw(st.integers(28, len(raw)))
    blocks_agree(raw[:place])
    blocks_agree(raw[:place] + data.draw(st.binary(min_size=1, max_size=8)) + raw[place:])


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
