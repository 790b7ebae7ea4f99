"""The pcap format (draft-ietf-opsawg-pcap): a file header, then records of a 16-byte header and a packet each."""

from __future__ import annotations

from struct import Struct
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import Interface
from wanwitness.oddities import ODD

from . import lockstep
from .columns import headers
from .frames import Frames
from .reader import HEAD, MAX_RECORD, BrokenFileError, Order, Piece, Walk
from .recovery import LONGEST, at_every_byte, is_chain, next_sound

_FILE_HEADER = "IHHiIII"
"""Magic, version major and minor, reserved (twice), snap length, link type and additional information (section 4)."""
_FILE_HEADER_LENGTH = 24
_RECORD = [("seconds", "u4"), ("fraction", "u4"), ("caplen", "u4"), ("length", "u4")]
"""Section 5."""
_OLD_RECORD = [("seconds", "u4"), ("fraction", "u4"), ("length", "u4"), ("caplen", "u4")]
"""Before version 2.3 (libpcap, sf-pcap.c: "We've got packets with swapped caplen and len fields")."""
_LONGEST_PACKET = 262144
"""Bytes: libpcap's MAXIMUM_SNAPLEN and Wireshark's bound, also where the file header names a shorter snap length."""


_NEAR_S = 31 * 86400
"""Seconds: records that follow one another are no farther apart, as far as a search for them goes."""


class _Variant(NamedTuple):
    fraction_ns: int
    """Nanoseconds that one unit of the time stamp's fraction means."""
    record_header: int
    """Bytes from the record's begin to the packet."""


_VARIANTS: dict[int, tuple[_Variant, ...]] = {
    # RedHat 6.1's libpcap wrote Alexey Kuznetsov's header under the old magic number, Nokia's four bytes of its own.
    0xA1B2C3D4: (_Variant(1000, 16), _Variant(1000, 24), _Variant(1000, 20)),
    0xA1B23C4D: (_Variant(1, 16),),
    # Kuznetsov's: interface index, protocol and packet type follow the lengths; in SuSE 6.3's also two CPU numbers.
    0xA1B2CD34: (_Variant(1000, 24), _Variant(1000, 28)),
}
"""By magic number. Of several that share one, the first is taken unless only another gives records that make sense, as
Wireshark does (wiretap, libpcap.c)."""
_ORDERS: dict[bytes, Order] = {
    **{magic.to_bytes(4, "little"): "<" for magic in _VARIANTS},
    **{magic.to_bytes(4, "big"): ">" for magic in _VARIANTS},
}


class PcapReader:
    """A pcap file, in either byte order, with micro- or nanoseconds."""

    def __init__(self, order: Order, variant: _Variant, version: tuple[int, int], interface: Interface):
        self.interfaces = [interface]
        self.tls_keys = False  # the format has no room for any
        self._order, self._variant = order, variant
        self._longest = min(max(_LONGEST_PACKET, interface.snaplen), MAX_RECORD)
        self._caplen, self._header = Struct(f"{order}I"), Struct(f"{order}4I")
        self._swapped = version < (2, 3)
        self._layout = np.dtype(_RECORD if version >= (2, 3) else _OLD_RECORD).newbyteorder(order)
        self._frames_before = 0
        self._hole: int | None = None
        """Bytes passed over so far behind zeros in the place of records."""
        place: int = self._layout.fields["caplen"][1]  # type: ignore[index]
        upper = (2, 4) if order == "<" else (0, 2)  # of the seconds: they change every 18 hours
        header = variant.record_header
        # A record without bytes is left to the plain walk: it may be the zeros of a file not written to its end.
        self._records = lockstep.Layout(header, place, header, order, self._longest, upper, shortest=1)

    @staticmethod
    def detect(head: bytes) -> bool:
        """Whether the file begins with one of the magic numbers."""
        return head[:4] in _ORDERS

    @classmethod
    def begin(cls, head: bytes) -> tuple[Self, int]:
        """Read the file header."""
        if len(head) < _FILE_HEADER_LENGTH:
            raise BrokenFileError(ODD("file-header-cut", bytes=len(head)))
        order = _ORDERS[head[:4]]
        magic, major, minor, _, _, snaplen, network = Struct(order + _FILE_HEADER).unpack_from(head)
        linktype = network & 0xFFFF  # the upper bits tell the length of a frame check sequence
        interface = Interface(0, linktype, snaplen)
        readers = [cls(order, variant, (major, minor), interface) for variant in _VARIANTS[magic]]
        fitting = (reader for reader in readers if len(readers) > 1 and reader._fits(head))
        return next(fitting, readers[0]), _FILE_HEADER_LENGTH

    def _fits(self, head: bytes) -> bool:
        """Whether the file's first records make sense so."""
        return is_chain(head, _FILE_HEADER_LENGTH, len(head) < HEAD, self._step)

    def walk(self, piece: Piece, start: int, limit: int | None) -> Walk:
        """Step from record to record by the captured length alone."""
        if limit is None and len(piece) - start >= lockstep.WORTHWHILE:
            return lockstep.walk(piece, start, self._records, lambda at, goal: self._plainly(piece, at, None, goal))
        return self._plainly(piece, start, limit, len(piece))

    def _plainly(self, piece: Piece, start: int, limit: int | None, goal: int) -> Walk:
        """Walk until a record begins at `goal` or behind it."""
        read_caplen, header, longest = self._caplen.unpack_from, self._variant.record_header, self._longest
        end = len(piece)
        last = min(end - header, goal - 1)
        place = self._records.size
        starts: list[int] = []
        found = starts.append
        at = start
        while at <= last and len(starts) != limit:
            (caplen,) = read_caplen(piece, at + place)
            if caplen > longest:
                return Walk(starts, at, ODD("file-record-long", bytes=caplen))
            behind = at + header + caplen
            if behind > end:
                break
            if not caplen and self._is_zeros(piece, at):
                self._hole = 1  # the place where a search begins lies one behind
                return Walk(starts, at, ODD("file-zeros"))
            found(at)
            at = behind
        return Walk(starts, at)

    def _is_zeros(self, piece: Piece, at: int) -> bool:
        """Whether a record without bytes is none: a power cut leaves zeros where a file was not written yet, from
        wherever in a record's header on. No packet is of no bytes on the wire at the begin of 1970, or before zeros.
        """
        seconds, fraction, _, _ = numbers = self._header.unpack_from(piece, at)
        behind = bytes(piece[at + self._variant.record_header :][: self._variant.record_header])
        return not any(numbers[2:]) and (not (seconds or fraction) or not any(behind))

    def resume(self, piece: Piece, start: int, ended: bool) -> tuple[int, bool]:
        """Find records behind broken ones; a plausible header names a time near its neighbours', and some bytes.

        Zeros amid a file are records of nothing to Wireshark, which numbers them: so frames behind have its numbers.
        """
        header = self._variant.record_header
        at, found = next_sound(piece, start, ended, header - 1, self._plausible, self._step)
        if self._hole is not None:
            self._hole += at - start
            if found:
                self._frames_before += self._hole // header if self._hole % header == 0 else 0
                self._hole = None
        return at, found

    def _plausible(self, data: NDArray[np.uint8]) -> NDArray[np.bool_]:
        count = max(0, len(data) - self._variant.record_header + 1)
        fields = self._layout.fields
        assert fields is not None
        fraction, caplen, length = (
            at_every_byte(data, count, fields[name][1], f"{self._order}u4") for name in ("fraction", "caplen", "length")
        )
        plausible: NDArray[np.bool_] = caplen <= min(self._longest, LONGEST)
        plausible &= (length > 0) & (length <= MAX_RECORD) & (caplen <= length)
        plausible &= fraction < 1_000_000_000 // self._variant.fraction_ns
        return plausible

    def _step(self, piece: Piece, at: int, begin: int) -> int | None:
        """Say the same as `_plausible` of one place, in a small part of its time: rubbish may hold many candidates."""
        header = self._variant.record_header
        if at + header > len(piece):
            return at
        seconds, fraction, one, two = self._header.unpack_from(piece, at)
        caplen, length = (two, one) if self._swapped else (one, two)
        if caplen > min(self._longest, LONGEST) or not 0 < length <= MAX_RECORD or caplen > length:
            return None
        if fraction >= 1_000_000_000 // self._variant.fraction_ns:
            return None
        if abs(self._header.unpack_from(piece, begin)[0] - seconds) > _NEAR_S:
            return None
        return at + header + int(caplen)

    def frames(self, data: NDArray[np.uint8], starts: NDArray[np.int64], base: int) -> Frames:
        """Read the record headers."""
        record: NDArray[Any] = headers(data, starts, self._layout)
        first = self._frames_before + 1
        self._frames_before += len(starts)
        seconds, fraction = record["seconds"].astype(np.int64), record["fraction"].astype(np.int64)
        return Frames(
            data=data,
            offset=starts + self._variant.record_header,
            caplen=record["caplen"].astype(np.int64),
            length=record["length"].astype(np.int64),
            ts_ns=seconds * 1_000_000_000 + fraction * self._variant.fraction_ns,
            number=np.arange(first, first + len(starts)),
            interface=np.zeros(len(starts), np.int32),
            record=starts + base,
        )
