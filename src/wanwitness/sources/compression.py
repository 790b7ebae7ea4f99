"""The compressions a capture may be wrapped in, told by the first bytes and never by the file's name."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
import zlib
from collections.abc import Callable
from io import BufferedReader
from typing import NamedTuple, Protocol


class Decompressed(Protocol):
    """A stream of decompressed bytes."""

    def read1(self, size: int, /) -> bytes:
        """Return at least one byte unless the stream has ended, and `size` at most."""


class Compression(NamedTuple):
    """A format that is undone."""

    name: str
    magic: tuple[bytes, ...]
    """A file of this format begins with one of these."""
    open: Callable[[BufferedReader], Decompressed]


class _Translated:
    """A foreign library's stream, whose own exceptions come out as OSError."""

    def __init__(self, stream: Decompressed, error: type[Exception]):
        self._stream, self._error = stream, error

    def read1(self, size: int, /) -> bytes:
        try:
            return self._stream.read1(size)
        except self._error as error:
            raise OSError(str(error)) from None


def _gzip(file: BufferedReader) -> Decompressed:
    return gzip.GzipFile(fileobj=file)


def _zstd(file: BufferedReader) -> Decompressed:
    if sys.version_info >= (3, 14):
        from compression import zstd  # only where a file needs it
    else:
        from backports import zstd

    return _Translated(zstd.ZstdFile(file), zstd.ZstdError)


def _lz4(file: BufferedReader) -> Decompressed:
    from lz4.frame import LZ4FrameFile  # only where a file needs it

    return _Translated(LZ4FrameFile(file), RuntimeError)


_SKIPPABLE = tuple(bytes((0x50 + kind,)) + b"\x2a\x4d\x18" for kind in range(16))
"""Frames that hold no data (RFC 8878, section 3.1.2); pzstd begins its files with one."""

COMPRESSIONS = [
    Compression("gzip", (b"\x1f\x8b",), _gzip),  # RFC 1952, section 2.3.1
    Compression("xz", (b"\xfd7zXZ\0",), lzma.LZMAFile),  # "The .xz File Format", section 2.1.1.1
    Compression("bzip2", (b"BZh",), bz2.BZ2File),
    Compression("zstd", (b"\x28\xb5\x2f\xfd", *_SKIPPABLE), _zstd),  # RFC 8878, section 3.1.1
    Compression("lz4", (b"\x04\x22\x4d\x18",), _lz4),  # "LZ4 Frame Format Description"
]
"""To read one more format, add a line."""

BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError)
"""What reading raises where the compressed bytes (or the disk) are broken or end too early."""
