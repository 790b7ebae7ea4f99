"""The compressions a capture may be wrapped in, told by the first bytes and never by the file's name."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from io import BufferedReader
from typing import NamedTuple

Stream = BufferedReader | gzip.GzipFile | lzma.LZMAFile | bz2.BZ2File
"""What has `read1(size)`: at least one byte unless the stream has ended, at most `size`."""


class Compression(NamedTuple):
    """A format that the standard library opens."""

    name: str
    magic: bytes
    open: Callable[[BufferedReader], Stream]


def _gzip(stream: BufferedReader) -> Stream:
    return gzip.GzipFile(fileobj=stream)


COMPRESSIONS = [
    Compression("gzip", b"\x1f\x8b", _gzip),  # RFC 1952, section 2.3.1
    Compression("xz", b"\xfd7zXZ\0", lzma.LZMAFile),  # "The .xz File Format", section 2.1.1.1
    Compression("bzip2", b"BZh", bz2.BZ2File),
]
"""To read one more format, add a line."""

FOREIGN = [
    ("zstd", b"\x28\xb5\x2f\xfd"),  # RFC 8878, section 3.1.1
    ("lz4", b"\x04\x22\x4d\x18"),  # "LZ4 Frame Format Description"
]
"""Compressions that are known but not read: the user is told what to do."""

BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError)
"""What reading raises where the compressed bytes (or the disk) are broken or end too early."""
