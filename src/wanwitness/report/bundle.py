"""report.zip: what one ISP may be sent, and nothing of the others' connections among the packets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import SpooledTemporaryFile
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from wanwitness.case import SEAL, seal

_IN_MEMORY = 16 << 20
"""Bytes of an archive that need no file on disk meanwhile."""
_PIECE = 1 << 20
_DAY = (1980, 1, 1, 0, 0, 0)
"""The first that the format knows: the same files give the same archive."""


def archive(texts: Mapping[str, bytes], captures: Mapping[str, Path]) -> Iterator[bytes]:
    """Yield a zip archive, piece by piece, that holds files and their sums.

    Args:
        texts: contents by name.
        captures: files by name, which are read now.
    """
    sums: dict[str, str] = {}
    with SpooledTemporaryFile(_IN_MEMORY) as out:
        with ZipFile(out, "w", ZIP_DEFLATED) as packed:
            for name, content in sorted(texts.items()):
                _add(packed, name, content, sums)
            for name, path in sorted(captures.items()):
                _add(packed, name, path.read_bytes(), sums)
            _add(packed, SEAL, seal(sums).encode(), {})
        out.seek(0)
        while piece := out.read(_PIECE):
            yield piece


def _add(packed: ZipFile, name: str, content: bytes, sums: dict[str, str]) -> None:
    sums[name] = hashlib.sha256(content).hexdigest()
    member = ZipInfo(name, _DAY)
    member.compress_type = ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    packed.writestr(member, content)
