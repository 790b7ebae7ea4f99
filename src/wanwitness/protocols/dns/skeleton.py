"""The skeletons of many DNS messages at once: what tells whether anybody needs to read them.

Each message's question and records are stepped over together, one label or record of all messages a round. A message
is `plain` if its skeleton is sound: one question, names and records that end where they should, addresses of the right
length, and no type whose contents could only be checked by reading them. What is not plain is to be read at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import headers
from wanwitness.packets.flow_key import mix

_HEADER = np.dtype([(name, ">u2") for name in ("id", "flags", "questions", "answers", "authorities", "additional")])
"""RFC 1035, section 4.1.1."""
_QUESTION = np.dtype([("type", ">u2"), ("class", ">u2")])
_RECORD = np.dtype([("type", ">u2"), ("class", ">u2"), ("ttl", ">u4"), ("length", ">u2")])
"""What follows the name (section 4.1.3)."""
_A, _CNAME, _MX, _AAAA, _SRV, _OPT = 1, 5, 15, 28, 33, 41
_ENDS_IN_A_NAME = np.isin(np.arange(1 << 16), (2, _CNAME, 12, _MX, _SRV))
"""NS, CNAME, PTR, MX, SRV."""
_BEFORE_THE_NAME = np.zeros(1 << 16, np.int64)
_BEFORE_THE_NAME[[_MX, _SRV]] = 2, 6
"""Bytes of numbers in front of it."""
_TRUSTED = np.isin(np.arange(1 << 16), (_A, 2, _CNAME, 6, 12, _MX, _AAAA, _SRV, _OPT))
"""And SOA and OPT, of which no more is looked at than the length."""
_MOST_LABELS, _MOST_RECORDS = 128, 64
_POINTER = 0xC0
_PADDING = 1 << 14
"""Bytes behind the data, so that nothing that a message says leads out of it: as far as a pointer reaches."""
_BLOCK = 8
_FOLD = np.uint64(0x2020202020202020)
"""Makes letters lower case (RFC 4343); that it folds other bytes too only makes more names alike."""
_MASKS = np.array([(1 << 8 * n) - 1 for n in range(_BLOCK)] + [(1 << 64) - 1], np.uint64)
_STEP = np.array([0, *range(2, 65), *([0] * 192)], np.int64)
"""By a label's first byte how far the next one is; none follows the root and a pointer, nor what is no label."""
_FACTOR = np.uint64(0xBF58476D1CE4E5B9)
"""splitmix64's first, as in `packets.flow`."""

Column = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Skeletons:
    """One row a message; columns but `opcode` and `name` hold where `plain` does, `qtype` where there is a name too."""

    plain: NDArray[np.bool_]
    opcode: NDArray[np.uint8]
    """0, which is a standard query's, where the message is too short to have one."""
    response: NDArray[np.bool_]
    qtype: NDArray[np.uint16]
    name: NDArray[np.uint64]
    """A number for the question's name: equal for equal names, whatever the case; others share it by chance. 0 where
    the question cannot be read."""
    id: NDArray[np.uint16]
    alias_holder: Column
    """Rows of messages that hold CNAMEs or SRV records, one entry a record."""
    alias: NDArray[np.uint64]
    """A number for the first label of each one's target, as `name_key` gives it."""
    holder: Column
    """Rows of messages that hold addresses, one entry an address; of MX and SRV questions the additional section's too,
    whosever they are."""
    address: NDArray[np.uint64]
    """A number for each of those, as `address_key` gives it."""

    def take(self, rows: Column) -> Self:
        """Return some of the rows, which rise."""
        alias, address = np.isin(self.alias_holder, rows), np.isin(self.holder, rows)
        return replace(
            self,
            **{name: getattr(self, name)[rows] for name in ("plain", "opcode", "response", "qtype", "name", "id")},
            alias_holder=np.searchsorted(rows, self.alias_holder[alias]),
            alias=self.alias[alias],
            holder=np.searchsorted(rows, self.holder[address]),
            address=self.address[address],
        )

    @classmethod
    def joined(cls, parts: Sequence[Skeletons]) -> Self:
        """Return the rows of several windows behind one another."""
        firsts = np.cumsum([0, *(len(part.plain) for part in parts)])
        columns = {f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)}
        for name in ("alias_holder", "holder"):
            columns[name] = np.concatenate([getattr(p, name) + n for p, n in zip(parts, firsts, strict=False)])
        return cls(**columns)


def skeletons(data: NDArray[np.uint8], begin: Column, length: Column) -> Skeletons:
    """Step over the messages that begin at these places of `data`."""
    end = begin + length
    data = np.concatenate([data, np.zeros(_PADDING, np.uint8)])
    plain = length >= _HEADER.itemsize + 5
    header = headers(data, np.where(plain, begin, 0), _HEADER)
    flags = header["flags"].astype(np.uint16)
    answers, authorities, additional = (header[n].astype(np.int64) for n in ("answers", "authorities", "additional"))
    records = answers + authorities + additional
    plain &= (flags & 0x7800 == 0) & (header["questions"] == 1)
    at = begin + _HEADER.itemsize
    behind, direct = _behind_names(data, at, end)
    plain &= direct & (behind + _QUESTION.itemsize <= end)
    question = headers(data, np.where(plain, behind, 0), _QUESTION)
    name = _name_keys(data, at, behind, plain)
    plain &= records <= _MOST_RECORDS
    leading = (question["type"] == _MX) | (question["type"] == _SRV)
    along = np.where(leading, answers + authorities, _MOST_RECORDS)
    aliases: list[Column] = []
    targets: list[NDArray[np.uint64]] = []
    holders, addresses = [], []
    at = behind + _QUESTION.itemsize
    for number in range(int(records[plain].max(initial=0))):
        rows = np.flatnonzero(plain & (records > number))
        here, stop = at[rows], end[rows]
        after, _ = _behind_names(data, here, stop)
        sound = (after > here) & (after + _RECORD.itemsize <= stop)
        record = headers(data, np.where(sound, after, 0), _RECORD)
        kind, size = record["type"].astype(np.int64), record["length"].astype(np.int64)
        rdata = after + _RECORD.itemsize
        sound &= (rdata + size <= stop) & _sound(data, kind, rdata, size, record["ttl"], after - here)
        inside = sound & (record["class"] == 1) & (number < answers[rows])
        renamed = np.flatnonzero(inside & ((kind == _CNAME) | (kind == _SRV)))
        if len(renamed):
            label = _pointed(data, begin[rows[renamed]], (rdata + _BEFORE_THE_NAME[kind])[renamed])
            sound[renamed] &= (data[label] < 64) & (label < stop[renamed])
            aliases.append(rows[renamed])
            targets.append(_name_keys(data, label, label + data[label] + 1, sound[renamed]))
        sound &= (kind != _OPT) | (number >= records[rows] - additional[rows])
        plain[rows[~sound]] = False
        at[rows] = rdata + size
        inside |= sound & (record["class"] == 1) & (number >= along[rows])
        for wanted, layout in ((_A, "V4"), (_AAAA, "V16")):
            held = np.flatnonzero(inside & (kind == wanted))
            if len(held):
                holders.append(rows[held])
                addresses.append(_keys(headers(data, rdata[held], np.dtype(layout))))
    return Skeletons(
        plain,
        np.where(length > 2, data[begin + 2] >> 3 & 15, 0).astype(np.uint8),
        flags & 0x8000 != 0,
        question["type"].astype(np.uint16),
        name,
        header["id"].astype(np.uint16),
        np.concatenate([*aliases, np.empty(0, np.int64)]),
        np.concatenate([*targets, np.empty(0, np.uint64)]),
        np.concatenate([*holders, np.empty(0, np.int64)]),
        np.concatenate([*addresses, np.empty(0, np.uint64)]),
    )


def address_key(address: bytes) -> int:
    """Return the number that stands for an address of 4 or 16 bytes."""
    return int(_keys(np.frombuffer(address, f"V{len(address)}"))[0])


def name_key(name: bytes) -> int:
    """Return the number that stands for a name, or for its first label alone, given as it is on the wire."""
    data = np.frombuffer(name + bytes(_PADDING), np.uint8)
    zero, one = np.zeros(1, np.int64), np.ones(1, np.bool_)
    return int(_name_keys(data, zero, zero + len(name), one)[0])


def _pointed(data: NDArray[np.uint8], begin: Column, at: Column) -> Column:
    """Follow a pointer, if there is one."""
    pointer = headers(data, at, np.dtype(">u2")).astype(np.int64)
    return np.where(pointer >= _POINTER << 8, begin + (pointer & 0x3FFF), at)


def _keys(values: NDArray[np.void]) -> NDArray[np.uint64]:
    if values.itemsize == 4:
        return values.view(np.uint32).astype(np.uint64)
    high, low = np.ascontiguousarray(values).view(np.uint64).reshape(-1, 2).T
    return mix(mix(high) ^ low)


def _behind_names(data: NDArray[np.uint8], at: Column, end: Column) -> tuple[Column, NDArray[np.bool_]]:
    """Return where the names end, the place itself where one is not sound, and whether they do without a pointer."""
    last = at.copy()  # where each name's last label begins
    rows: Column | slice = slice(None)
    here = last
    for _ in range(_MOST_LABELS - 1):
        step = _STEP[data[here]]
        going = np.count_nonzero(step)
        if not going:
            break
        here += step  # of a broken name beyond its end, but within the padding: that is seen behind the steps
        if 2 * going < len(here):  # going on with a few is faster only then
            last[rows] = here
            moved = np.flatnonzero(step)
            rows = moved if isinstance(rows, slice) else rows[moved]
            here = here[moved]
    last[rows] = here
    size = data[last]
    inside = last < end
    direct = inside & (size == 0)
    # The place that is pointed to is not looked at: a loop is found when the message is read.
    pointer = inside & (size >= _POINTER)
    return np.where(direct, last + 1, np.where(pointer, last + 2, at)), direct


def _sound(
    data: NDArray[np.uint8],
    kind: Column,
    rdata: Column,
    size: Column,
    ttl: NDArray[np.uint32],
    owner: Column,
) -> NDArray[np.bool_]:
    """Whether the records have the length that their type asks for."""
    sound: NDArray[np.bool_] = _TRUSTED[kind]
    sound &= (kind != _A) | (size == 4)
    sound &= (kind != _AAAA) | (size == 16)
    rows = np.flatnonzero(_ENDS_IN_A_NAME[kind] & sound)
    if len(rows):
        shortest = 1 + _BEFORE_THE_NAME[kind[rows]]
        good = size[rows] >= shortest
        begin = rdata[rows] + shortest - 1
        behind, _ = _behind_names(data, begin, rdata[rows] + size[rows])
        sound[rows] = good & (behind == rdata[rows] + size[rows])
    # EDNS (RFC 6891) of the root's name, with no extended RCODE and version 0.
    rows = np.flatnonzero((kind == _OPT) & sound)
    first = headers(data, rdata[rows] + 2, np.dtype(">u2"))
    good = (ttl[rows] & 0xFFFF0000 == 0) & (owner[rows] == 1) & ((size[rows] == 0) | (first + 4 <= size[rows]))
    sound[rows] = good
    return sound


def _name_keys(data: NDArray[np.uint8], at: Column, behind: Column, wanted: NDArray[np.bool_]) -> NDArray[np.uint64]:
    key = np.zeros(len(at), np.uint64)
    rows = np.flatnonzero(wanted)
    here, left = at[rows], (behind - at)[rows]
    some = np.zeros(len(rows), np.uint64)
    while len(rows):
        block = headers(data, here, np.dtype("<u8"))
        some ^= (block | _FOLD) & _MASKS[np.minimum(left, _BLOCK)]
        some *= _FACTOR
        some ^= some >> np.uint64(29)
        here += _BLOCK
        left -= _BLOCK
        going = left > 0
        if not going.all():
            key[rows] = some
            rows, here, left, some = rows[going], here[going], left[going], some[going]
    return key
