"""Names and addresses in DNS messages (RFC 1035 section 4), replaced by others as long as they are."""

from __future__ import annotations

from collections.abc import Callable

from .addresses import AddressMasks
from .texts import TextMasks

_HEADER, _FIXED = 12, 10
_A, _NS, _CNAME, _SOA, _PTR, _MX, _TXT, _AAAA, _SRV, _DNAME, _OPT, _SVCB, _HTTPS = (
    *(1, 2, 5, 6, 12, 15, 16),
    *(28, 33, 39, 41, 64, 65),
)
_BEFORE_NAMES = {_NS: (0, 1), _CNAME: (0, 1), _PTR: (0, 1), _DNAME: (0, 1), _MX: (2, 1), _SRV: (6, 1), _SOA: (0, 2)}
"""By type, how much stands before the names in a record's data, and how many they are."""
_ECS = 8
"""The client's network, in an OPT record (RFC 7871)."""
_HINTS = {4: 4, 6: 16}
"""SVCB's parameters with addresses, and their size (RFC 9460 section 7.3)."""
_LONGEST = 255
BLANK = b"*"


def mask_message(data: bytearray, begin: int, end: int, texts: TextMasks, addresses: AddressMasks) -> None:
    """Mask a message in place; what of it cannot be read is blanked.

    Args:
        data: holds it.
        begin: where in `data` it begins.
        end: where it ends, or the capture ends.
        texts: masks names.
        addresses: masks addresses.
    """
    _DnsMessage(data, begin, end, texts, addresses).mask()


class _DnsMessage:
    def __init__(self, data: bytearray, begin: int, end: int, texts: TextMasks, addresses: AddressMasks) -> None:
        self._data, self._begin, self._end = data, begin, end
        self._texts, self._addresses = texts, addresses
        self._wire = bytes(data[begin:end])
        """As it came: names are read of it, whichever of them were written already."""

    def mask(self) -> None:
        at = _HEADER
        try:
            counts = [int.from_bytes(self._wire[n : n + 2]) for n in range(4, _HEADER, 2)]
            if len(self._wire) < _HEADER:
                raise ValueError("cut")
            for _ in range(counts[0]):
                at = self._name(at) + 4
            for _ in range(sum(counts[1:])):
                if at >= len(self._wire):
                    break
                at = self._record(at)
        except (ValueError, IndexError):
            pass
        else:
            self._blank(at, len(self._wire))
            return
        self._blank(max(at, _HEADER), len(self._wire))

    def _record(self, at: int) -> int:
        begin = self._name(at)
        if begin + _FIXED > len(self._wire):
            raise ValueError("cut")
        kind, length = int.from_bytes(self._wire[begin : begin + 2]), int.from_bytes(self._wire[begin + 8 : begin + 10])
        begin += _FIXED
        end = begin + length
        if end > len(self._wire):
            self._blank(begin, len(self._wire))
            return len(self._wire)
        try:
            self._rdata(kind, begin, end)
        except (ValueError, IndexError):
            self._blank(begin, end)
        return end

    def _rdata(self, kind: int, begin: int, end: int) -> None:
        if kind in (_A, _AAAA) and end - begin == (4 if kind == _A else 16):
            self._write(begin, self._addresses.ip(self._wire[begin:end]))
        elif kind in _BEFORE_NAMES:
            before, names = _BEFORE_NAMES[kind]
            at = begin + before
            for _ in range(names):
                at = self._name(at)
        elif kind == _TXT:
            self._write(begin, self._texts.mask(self._wire[begin:end]))
        elif kind == _OPT:
            self._options(begin, end, self._extra)
        elif kind in (_SVCB, _HTTPS):
            self._options(self._name(begin + 2), end, self._parameter)
        else:
            self._blank(begin, end)

    def _options(self, at: int, end: int, take: Callable[[int, int, int], None]) -> None:
        while at + 4 <= end:
            code, length = int.from_bytes(self._wire[at : at + 2]), int.from_bytes(self._wire[at + 2 : at + 4])
            take(code, at + 4, min(at + 4 + length, end))
            at += 4 + length

    def _extra(self, code: int, at: int, stop: int) -> None:
        """Of the client's network family and lengths stay; other options may be anything."""
        if code == _ECS:
            self._write(at + 4, bytes(max(stop - at - 4, 0)))
        else:
            self._blank(at, stop)

    def _parameter(self, code: int, at: int, stop: int) -> None:
        size = _HINTS.get(code, stop - at + 1)
        for one in range(at, stop - size + 1, size):
            self._write(one, self._addresses.ip(self._wire[one : one + size]))

    def _name(self, at: int) -> int:
        """Mask a name in place, and return where what follows it begins."""
        labels, own, behind = self._read(at)
        for (place, label), masked in zip(own, self._texts.labels(labels)[: len(own)], strict=True):
            if len(masked) != len(label):
                raise ValueError("another length")
            self._write(place, masked)
        return behind

    def _read(self, at: int) -> tuple[list[bytes], list[tuple[int, bytes]], int]:
        """The labels of a name; those that stand here and not where it points to, with their places; where it ends."""
        labels: list[bytes] = []
        own: list[tuple[int, bytes]] = []
        behind: int | None = None
        size, lowest = 0, at
        while True:
            length = self._wire[at]
            if length & 0xC0 == 0xC0:
                target = int.from_bytes(self._wire[at : at + 2]) & 0x3FFF
                if at + 2 > len(self._wire) or target >= lowest:
                    raise ValueError("a pointer that leads nowhere")
                behind = at + 2 if behind is None else behind
                at = lowest = target
                continue
            if length & 0xC0:
                raise ValueError("no label")
            if not length:
                return labels, own, at + 1 if behind is None else behind
            label = self._wire[at + 1 : at + 1 + length]
            size += length + 1
            if len(label) < length or size > _LONGEST:
                raise ValueError("cut")
            labels.append(label)
            if behind is None:
                own.append((at + 1, label))
            at += 1 + length

    def _write(self, at: int, content: bytes) -> None:
        self._data[self._begin + at : self._begin + at + len(content)] = content

    def _blank(self, begin: int, end: int) -> None:
        if end > begin:
            self._write(begin, BLANK * (end - begin))
