"""Paths become streams of bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import lz4.frame
import pytest
from backports import zstd

from english import english
from wanwitness.errors import CaptureError, UsageError
from wanwitness.sources import open_source

CONTENT = bytes(range(256)) * 2000
Pack = Callable[[bytes], bytes]
PACKS: list[Pack] = [gzip.compress, lzma.compress, bz2.compress, zstd.compress, lz4.frame.compress]


@pytest.mark.parametrize("pack", [bytes, *PACKS])
def test_compression_is_told_by_the_first_bytes(tmp_path: Path, pack: Pack) -> None:
    """Whatever the file's name, every compression is undone."""
    path = tmp_path / "capture"
    path.write_bytes(pack(CONTENT))
    with open_source(path) as source:
        assert source.piece(0, 10)[:10] == CONTENT[:10]
        assert source.piece(1000, 400_000)[:400_000] == CONTENT[1000:401_000]
        assert source.piece(300_000, 1 << 20) == CONTENT[300_000:]
        assert source.piece(len(CONTENT), 1) == b""
        assert (source.damage, source.size) == (None, path.stat().st_size)


def test_members_of_a_gzip_file_follow_one_another(tmp_path: Path) -> None:
    """Rotated captures may be concatenated after compression (RFC 1952, section 2.2)."""
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"one") + gzip.compress(b"two"))
    with open_source(path) as source:
        assert source.piece(0, 100) == b"onetwo"


@pytest.mark.parametrize("pack", [pack for pack in PACKS if pack is not bz2.compress])
def test_a_cut_file_gives_what_can_be_read(tmp_path: Path, pack: Pack) -> None:
    """The damage is told behind the last byte that could be had (bzip2 gives blocks of 900 kB or nothing)."""
    content = os.urandom(400_000)
    path = tmp_path / "cut"
    path.write_bytes(pack(content)[:300_000])
    with open_source(path) as source:
        read = bytes(source.piece(0, 1 << 20))
        assert content.startswith(read)
        assert len(read) > 200_000
        assert source.damage is not None
        assert source.piece(len(read), 1) == b""


def test_a_broken_checksum_is_damage(tmp_path: Path) -> None:
    """All bytes are there, and the file is said to be damaged all the same."""
    path = tmp_path / "a.gz"
    packed = bytearray(gzip.compress(CONTENT))
    packed[-8] ^= 1
    path.write_bytes(packed)
    with open_source(path) as source:
        assert source.piece(0, 1 << 20) == CONTENT
        assert source.piece(len(CONTENT), 1) == b""
        assert "CRC" in str(source.damage)


@pytest.mark.parametrize("pack", [zstd.compress, lz4.frame.compress])
def test_frames_follow_one_another(tmp_path: Path, pack: Pack) -> None:
    """Rotated captures may be concatenated after compression here too, with zstd's empty frames between."""
    path = tmp_path / "a"
    skippable = b"\x5f\x2a\x4d\x18\x03\0\0\0abc"
    path.write_bytes(skippable * (pack is zstd.compress) + pack(b"one") + skippable + pack(b"two"))
    with open_source(path) as source:
        assert source.piece(0, 100) == b"onetwo"


@pytest.mark.parametrize("pack", PACKS)
def test_rubbish_in_the_middle_is_damage(tmp_path: Path, pack: Pack) -> None:
    """A library's own exception never comes out."""
    path = tmp_path / "a"
    packed = bytearray(pack(os.urandom(1000) * 1000))
    packed[len(packed) // 2 :] = os.urandom(len(packed) // 2)
    path.write_bytes(packed)
    with open_source(path) as source:
        assert len(source.piece(0, 1 << 20)) <= 1_000_000
        assert source.damage is not None


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A missing file is the caller's mistake; a folder is no capture."""
    with pytest.raises(UsageError, match=r"missing\.pcap: no such file$"):
        open_source(tmp_path / "missing.pcap")
    with pytest.raises(CaptureError, match="is a directory"):
        open_source(tmp_path)


def test_standard_input() -> None:
    """`-` is standard input, compressed or not."""
    program = "from wanwitness.sources import open_source as o; s = o('-'); print(s.piece(0, 99), s.size)"
    run = subprocess.run([sys.executable, "-c", program], input=gzip.compress(b"abc"), capture_output=True, check=True)
    assert run.stdout.strip() == b"b'abc' None"


def test_a_named_pipe_has_no_size(tmp_path: Path) -> None:
    """It can be read once, so its size is not known."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(CONTENT,))
    writer.start()
    with open_source(path) as source:
        assert (source.size, source.piece(0, 1 << 20)) == (None, CONTENT)
    writer.join()


def test_a_mapped_file_that_is_begun_anew_ends_there(tmp_path: Path) -> None:
    """As those of a ring buffer are, one after the other: what is mapped of it is no longer there."""
    path = tmp_path / "ring"
    path.write_bytes(bytes(1 << 20))
    with open_source(path) as source:
        assert len(source.piece(0, 1000)) >= 1000
        path.write_bytes(bytes(100))
        assert source.piece(1000, 1000) == b""
        assert english(source.damage) == "the file became shorter while it was read"
