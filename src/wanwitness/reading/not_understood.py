"""Captures of which no frame was understood: the user must not take them for captures without mail."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from wanwitness.ingest import CaptureFile
from wanwitness.model import Sentence
from wanwitness.oddities import ODD
from wanwitness.packets.decode.link import BEYOND, IPV4, IPV6, LINK_LAYERS

_LOOKED = 256
"""Frames of the file's begin that tell what the others are, too."""


def why(path: str, interface: int) -> Sentence:
    """Say that none of an interface's frames was understood, and what most of them are, as far as that can be told.

    Args:
        path: of the file; of what is no regular file nothing more is told.
        interface: index into the file's interfaces.
    """
    what = _most(path, interface) if Path(path).is_file() else None
    return ODD("odd-none-understood-most", what=what) if what else ODD("odd-none-understood")


def _most(path: str, interface: int) -> Sentence | None:
    file = CaptureFile(path)
    frames = next(file.windows(_LOOKED), None)
    if frames is None or interface >= len(file.interfaces):
        return None
    layer = LINK_LAYERS.get(file.interfaces[interface].linktype)
    rows = np.flatnonzero(frames.interface == interface)
    if layer is None or not len(rows):
        return None
    begin = frames.offset[rows]
    link = layer(frames.data, begin, begin + frames.caplen[rows])
    kinds = Counter(_named(frames.data, *row) for row in zip(link.ethertype.tolist(), link.at.tolist(), strict=True))
    return kinds.most_common(1)[0][0]


def _named(data: np.ndarray, ethertype: int, at: int) -> Sentence | None:
    """What a frame carries; None where its header names nothing."""
    if ethertype in (IPV4, IPV6):
        protocol = data[at + (9 if ethertype == IPV4 else 6) :][:1].tolist()
        return ODD("odd-ip-protocol", number=protocol[0]) if protocol else None
    return ODD("odd-ethertype", number=ethertype) if 0 < ethertype < BEYOND else None
