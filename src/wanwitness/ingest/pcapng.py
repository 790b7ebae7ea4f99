"""The pcapng format (draft-ietf-opsawg-pcapng): blocks in sections; each section has its byte order and interfaces."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from struct import Struct, error
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import Interface, printable
from wanwitness.oddities import ODD

from . import lockstep
from .blocks import (
    INTERFACE,
    ORDERS,
    PACKET,
    PACKET_OBSOLETE,
    PACKET_SIMPLE,
    PACKETS,
    SECRETS,
    SECTION,
    SHORTEST_BLOCK,
    SHORTEST_SECTION,
    STATISTICS,
    BlockSearch,
    interface_of,
)
from .columns import headers
from .frames import Frames
from .options import read_options
from .reader import MAX_RECORD, BrokenFileError, Order, Piece, Walk
from .ticks import MICROSECONDS, nanoseconds

_COUNTED = frozenset((9, 0xBAD, 0x40000BAD))
"""Journal entries and custom blocks are no packets, but Wireshark numbers them among the frames."""
_TLS_KEY_LOG: dict[Order, bytes] = {"<": b"KSLT", ">": b"TLSK"}
"""The type of secrets that are a key log of TLS, 0x544C534B."""
_LOST = (5, 7)
"""isb_ifdrop and isb_osdrop (section 4.6): what the interface lost, and what the system did before it could be read."""
_BLOCK = [("type", "u4"), ("size", "u4"), ("word", "u4")]
"""Any block's begin (section 3.1). `word`: the packet's wire length in a simple packet block (section 4.4)."""
_PACKET_BLOCK = np.dtype(
    {
        "names": ["interface", "interface16", "high", "low", "caplen", "length"],
        "formats": ["u4", "u2", "u4", "u4", "u4", "u4"],
        "offsets": [8, 8, 12, 16, 20, 24],
    }
)
"""The enhanced packet block (section 4.3); the obsolete one (appendix A) differs in the width of its interface."""
_PACKET_HEADER, _SIMPLE_HEADER = 28, 12
"""Bytes from the block's begin to the packet."""
_RECORDS = lockstep.Layout(_PACKET_HEADER, 4, 0, "<", MAX_RECORD, (0, 4), PACKET, _PACKET_HEADER + 4)
_BEGUN = 64 << 10
"""Bytes of a piece walked plainly: what the blocks before the first packets say must be known."""


class PcapngReader:
    """A pcapng file. Interfaces are numbered through the file, over its sections; Wireshark begins again in each."""

    def __init__(self) -> None:
        self.interfaces: list[Interface] = []
        self.tls_keys = False
        self._resolution: list[int] = []
        self._offset_s: list[int] = []
        self._frames_before = 0
        self._others: list[int] = []  # where the counted blocks of this walk are that are no packets
        self._section = -1
        self._enter("<")

    @staticmethod
    def detect(head: bytes) -> bool:
        """Whether the file begins with a section header block."""
        return head[:4] == SECTION.to_bytes(4) and head[8:12] in ORDERS

    @classmethod
    def begin(cls, head: bytes) -> tuple[Self, int]:
        """Return a reader; the section header is a block like the others, so it is left to the first walk."""
        return cls(), 0

    def _enter(self, order: Order) -> None:
        """Begin a section."""
        self._order = order
        self._section += 1
        self._first_interface = len(self.interfaces)
        self._packet = Struct(f"{order}3I8xI")
        self._two = Struct(f"{order}II")
        self._one = Struct(f"{order}I")
        self._block_layout = np.dtype(_BLOCK).newbyteorder(order)
        self._packet_layout = _PACKET_BLOCK.newbyteorder(order)

    def walk(self, piece: Piece, start: int, limit: int | None) -> Walk:
        """Step from block to block; a walk that has found packets ends where a section begins."""
        self._frames_before += len(self._others)
        self._others = []

        def plain(at: int, goal: int) -> Walk:
            return self._plainly(piece, at, limit, goal, fresh=at == start)

        if limit is not None or len(piece) - start < lockstep.WORTHWHILE:
            return plain(start, len(piece))
        begun = plain(start, start + _BEGUN)
        if begun.broken or begun.end < start + _BEGUN:
            return begun
        records = replace(_RECORDS, order=self._order)
        sound = partial(self._sound, np.frombuffer(piece, np.uint8))
        rest = lockstep.walk(piece, begun.end, records, plain, sound)
        return Walk(np.concatenate([np.array(begun.starts, np.int64), rest.starts]), rest.end, rest.broken)

    def _sound(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether whole enhanced packet blocks hold what they should."""
        block, packet = headers(data, starts, self._block_layout), headers(data, starts, self._packet_layout)
        size = block["size"].astype(np.int64)
        sound: NDArray[np.bool_] = size & 3 == 0
        sound &= packet["caplen"].astype(np.int64) + _PACKET_HEADER + 4 <= size
        sound &= packet["interface"] < len(self.interfaces) - self._first_interface
        end = np.maximum(starts + size - 4, 0)
        sound &= headers(data, end, self._block_layout["size"]) == block["size"]
        return sound

    def _plainly(self, piece: Piece, start: int, limit: int | None, goal: int, *, fresh: bool) -> Walk:
        """Walk until a block begins at `goal` or behind it; only a fresh walk may begin with a section."""
        read_packet, read_size = self._packet.unpack_from, self._one.unpack_from
        interfaces = len(self.interfaces) - self._first_interface
        starts: list[int] = []
        found = starts.append
        last = len(piece) - _PACKET_HEADER - 4
        at = start
        while at < goal and len(starts) != limit:
            if at <= last:  # the common case: a sound enhanced packet block
                kind, size, interface, caplen = read_packet(piece, at)
                behind = at + size
                if (
                    kind == PACKET
                    and interface < interfaces
                    and caplen + _PACKET_HEADER + 4 <= size <= MAX_RECORD
                    and not size & 3
                    and behind <= last + _PACKET_HEADER + 4
                    and read_size(piece, behind - 4)[0] == size
                ):
                    found(at)
                    at = behind
                    continue
            try:
                kind, behind = self._block(piece, at, new_section=fresh and not starts)
            except BrokenFileError as problem:
                return Walk(starts, at, problem.why)
            except error:
                return Walk(starts, at, ODD("file-block-short"))
            if behind == at:
                break
            if kind in PACKETS:
                found(at)
            elif kind in _COUNTED:
                self._others.append(at)
            elif kind == SECTION:
                read_packet, read_size = self._packet.unpack_from, self._one.unpack_from
            interfaces = len(self.interfaces) - self._first_interface
            at = behind
        return Walk(starts, at)

    def _block(self, piece: Piece, at: int, *, new_section: bool) -> tuple[int, int]:
        """Check the block at `at`, take up what it says, and return its type and where the next one begins.

        That is `at` where the block is not whole, or begins a section that is to wait.

        Raises:
            BrokenFileError: it cannot be a block.
        """
        if len(piece) - at < SHORTEST_BLOCK:
            return 0, at
        kind, size = self._two.unpack_from(piece, at)
        order = self._order
        if kind == SECTION:
            magic = bytes(piece[at + 8 : at + 12])
            if magic not in ORDERS:
                raise BrokenFileError(ODD("file-section-magic", magic=magic.hex()))
            if not new_section:
                return kind, at
            order = ORDERS[magic]
            (size,) = Struct(f"{order}I").unpack_from(piece, at + 4)
            if size < SHORTEST_SECTION:
                raise BrokenFileError(ODD("file-section-length", bytes=size))
        if not SHORTEST_BLOCK <= size <= MAX_RECORD:
            raise BrokenFileError(ODD("file-block-length", bytes=size))
        behind = at + size + -size % 4  # the length "MUST be a multiple of 4", but some writers forget
        if behind > len(piece):
            return kind, at
        (again,) = Struct(f"{order}I").unpack_from(piece, behind - 4)
        if again != size:
            raise BrokenFileError(ODD("file-block-lengths", bytes=size, again=again))
        if kind == SECTION:
            major, minor = Struct(f"{order}HH").unpack_from(piece, at + 12)
            if major != 1:
                self._enter(order)
                raise BrokenFileError(ODD("file-section-version", major=major, minor=minor))
            self._enter(order)
        else:
            self._take_up(kind, memoryview(piece)[at + 8 : behind - 4])
        return kind, behind

    def resume(self, piece: Piece, start: int, ended: bool) -> tuple[int, bool]:
        """Find blocks behind broken ones."""
        return BlockSearch(self._order, len(self.interfaces) - self._first_interface).first(piece, start, ended)

    def _take_up(self, kind: int, body: memoryview) -> None:
        """Take up what a block other than a section says; a packet is only checked."""
        order = self._order
        described = len(self.interfaces) - self._first_interface
        if kind == INTERFACE:
            linktype, _reserved, snaplen = Struct(f"{order}HHI").unpack_from(body)
            options = read_options(body[8:], order)
            name, description = (printable(options[code].rstrip(b"\0")) if code in options else None for code in (2, 3))
            self.interfaces.append(
                Interface(
                    len(self.interfaces),
                    linktype,
                    snaplen,
                    name,
                    description,
                    section=max(1, self._section),
                    index_in_section=described,
                )
            )
            self._resolution.append((options.get(9) or bytes((MICROSECONDS,)))[0])
            self._offset_s.append(int.from_bytes(options.get(14, b"")[:8], self._byteorder, signed=True))
        elif kind == STATISTICS:
            (interface,) = self._one.unpack_from(body)
            options = read_options(body[12:], order)
            told = [options[code] for code in _LOST if options.get(code)]
            if interface < described and told:
                index, count = (
                    self._first_interface + interface,
                    sum(int.from_bytes(c[:8], self._byteorder) for c in told),
                )
                self.interfaces[index] = replace(self.interfaces[index], dropped=count)
        elif kind == SECRETS:
            self.tls_keys |= body[:4].tobytes() == _TLS_KEY_LOG[self._order]
        elif kind in PACKETS:
            interface = interface_of(kind, body, order)
            if interface >= described:
                raise BrokenFileError(ODD("file-interface", interface=interface))

    @property
    def _byteorder(self) -> Any:
        return "little" if self._order == "<" else "big"

    def frames(self, data: NDArray[np.uint8], starts: NDArray[np.int64], base: int) -> Frames:
        """Read the packet blocks' headers; a simple packet block has no time stamp, which is given as 0."""
        block = headers(data, starts, self._block_layout)
        simple = block["type"] == PACKET_SIMPLE
        packet: NDArray[Any]
        if simple.any():  # they may be shorter than the others' header
            packet = np.zeros(len(starts), self._packet_layout)
            packet[~simple] = headers(data, starts[~simple], self._packet_layout)
        else:
            packet = headers(data, starts, self._packet_layout)
        obsolete = block["type"] == PACKET_OBSOLETE
        interface = np.where(obsolete, packet["interface16"], packet["interface"]).astype(np.int32)
        caplen, length = (packet[column].astype(np.int64) for column in ("caplen", "length"))
        if simple.any():
            snaplen = self.interfaces[self._first_interface].snaplen or MAX_RECORD
            length[simple] = block["word"][simple]
            room = block["size"][simple].astype(np.int64) - _SIMPLE_HEADER - 4
            caplen[simple] = np.minimum(np.minimum(length[simple], snaplen), room)
        interface += np.int32(self._first_interface)
        ticks = packet["high"].astype(np.uint64) << np.uint64(32) | packet["low"]
        number = self._frames_before + 1 + np.arange(len(starts)) + np.searchsorted(np.array(self._others), starts)
        self._frames_before += len(starts)
        return Frames(
            data=data,
            offset=starts + np.where(simple, _SIMPLE_HEADER, _PACKET_HEADER),
            caplen=caplen,
            length=length,
            ts_ns=np.where(simple, 0, nanoseconds(ticks, interface, self._resolution, self._offset_s)),
            number=number,
            interface=interface,
            record=starts + base,
        )
