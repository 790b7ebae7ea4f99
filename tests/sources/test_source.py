"""Paths become streams of bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from wanwitness.errors import CaptureError, UsageError
from wanwitness.sources import open_source

CONTENT = bytes(range(256)) * 2000


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, bz2.compress])
def test_compression_is_told_by_the_first_bytes(tmp_path: Path, pack: type[bytes]) -> None:
    """Whatever the file's name, gzip, xz and bzip2 are undone."""
    path = tmp_path / "capture"
    path.write_bytes(pack(CONTENT))
    with open_source(path) as source:
        assert source.peek(10)[:10] == CONTENT[:10]
        assert source.read(1000) + source.read(1 << 20) + source.read(1) == CONTENT
        assert (source.damage, source.size) == (None, path.stat().st_size)


def test_members_of_a_gzip_file_follow_one_another(tmp_path: Path) -> None:
    """Rotated captures may be concatenated after compression (RFC 1952, section 2.2)."""
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"one") + gzip.compress(b"two"))
    with open_source(path) as source:
        assert source.read(100) == b"onetwo"


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_cut_file_gives_what_can_be_read(tmp_path: Path, pack: type[bytes]) -> None:
    """The damage is told behind the last byte that could be had, and there is no traceback."""
    content = os.urandom(100_000)
    path = tmp_path / "cut"
    path.write_bytes(pack(content)[:60_000])
    with open_source(path) as source:
        read = source.read(1 << 20)
        assert content.startswith(read)
        assert len(read) > 50_000
        assert source.damage is not None
        assert source.read(1) == b""


def test_a_broken_checksum_is_damage(tmp_path: Path) -> None:
    """All bytes are there, and the file is said to be damaged all the same."""
    path = tmp_path / "a.gz"
    packed = bytearray(gzip.compress(CONTENT))
    packed[-8] ^= 1
    path.write_bytes(packed)
    with open_source(path) as source:
        assert source.read(1 << 20) == CONTENT
        assert source.read(1) == b""
        assert "CRC" in str(source.damage)


@pytest.mark.parametrize(("name", "magic"), [("zstd", b"\x28\xb5\x2f\xfd"), ("lz4", b"\x04\x22\x4d\x18")])
def test_a_compression_that_is_not_read_is_named(tmp_path: Path, name: str, magic: bytes) -> None:
    """The message says what to do."""
    path = tmp_path / "a.pcap"
    path.write_bytes(magic + bytes(100))
    with pytest.raises(CaptureError, match=rf"^{path}: compressed with {name}.*decompress"):
        open_source(path)


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A missing file is the caller's mistake; a folder is no capture."""
    with pytest.raises(UsageError, match=r"missing\.pcap: no such file$"):
        open_source(tmp_path / "missing.pcap")
    with pytest.raises(CaptureError, match="is a directory"):
        open_source(tmp_path)


def test_standard_input() -> None:
    """`-` is standard input, compressed or not."""
    program = "from wanwitness.sources import open_source as o; s = o('-'); print(s.read(99), s.size)"
    run = subprocess.run([sys.executable, "-c", program], input=gzip.compress(b"abc"), capture_output=True, check=True)
    assert run.stdout.strip() == b"b'abc' None"


def test_a_named_pipe_has_no_size(tmp_path: Path) -> None:
    """It can be read once, so its size is not known."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(CONTENT,))
    writer.start()
    with open_source(path) as source:
        assert (source.size, source.read(1 << 20)) == (None, CONTENT)
    writer.join()
