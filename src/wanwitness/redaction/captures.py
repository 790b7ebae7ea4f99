"""An evidence capture with other names and addresses.

Frames keep their sizes, times and order. What a connection says is masked as it was said: put together in order, so
that a name that came letter by letter is found.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from struct import unpack_from
from typing import NamedTuple

from wanwitness.evidence.pcapng import FrameOut, InterfaceOut, section
from wanwitness.packets.ports import DNS_PORT

from .addresses import AddressMasks
from .dns_wire import BLANK, mask_message
from .frames import FrameMask, TcpPayload
from .texts import TextMasks

NOTE = (
    " Redacted: names and addresses of the site are replaced by others of the same length, what is not understood by "
    "*; checksums are made anew, or 0 where a packet is not whole."
)
_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_COMMENT, _IF_NAME, _IF_DESCRIPTION, _USER_APPLICATION = 1, 2, 3, 4
_AHEAD = 1 << 31
"""Sequence numbers up to so far behind another are later ones (RFC 9293 section 3.4)."""


class _Piece(NamedTuple):
    """What one frame has of one direction of a connection, at its place there."""

    place: int
    frame: int
    begin: int
    end: int


class _Read(NamedTuple):
    """An evidence capture."""

    comment: str
    application: str
    interfaces: list[InterfaceOut]
    frames: list[FrameOut]


def mask_capture(
    content: bytes, texts: TextMasks, addresses: AddressMasks, told: Callable[[str], str]
) -> Iterator[bytes]:
    """Yield the blocks of an evidence capture with its names and addresses masked.

    Args:
        content: a capture as `wanwitness.evidence.pcapng.section` writes them.
        texts: masks names.
        addresses: masks addresses.
        told: masks comments.

    Raises:
        ValueError: it is none.
    """
    read = _read(content)
    masks = [FrameMask(f.data, read.interfaces[f.interface].linktype, texts, addresses) for f in read.frames]
    _mask_said(read.frames, masks, texts, addresses)
    interfaces = [InterfaceOut(i.linktype, told(i.name), told(i.description)) for i in read.interfaces]
    frames = [
        frame._replace(data=mask.finish(), comment=told(frame.comment))
        for frame, mask in zip(read.frames, masks, strict=True)
    ]
    yield from section(told(read.comment) + NOTE, interfaces, frames, read.application)


def _mask_said(frames: Sequence[FrameOut], masks: list[FrameMask], texts: TextMasks, addresses: AddressMasks) -> None:
    """Mask what the connections say, each direction at each capture point by itself."""
    directions: defaultdict[tuple[object, ...], list[tuple[int, TcpPayload]]] = defaultdict(list)
    for number, (frame, mask) in enumerate(zip(frames, masks, strict=True)):
        for said in mask.said:
            directions[(frame.interface, *said.flow)].append((number, said))
    for (*_, sport, dport), spoken in directions.items():
        for begin, run, pieces in _runs(spoken, frames):
            masked = _dns(run, texts, addresses) if DNS_PORT in (sport, dport) else texts.mask(run)
            assert len(masked) == len(run), "sequence numbers would lose their meaning"
            for piece in pieces:
                data = masks[piece.frame].data
                at = piece.place - begin
                same = bytes(data[piece.begin : piece.end]) == run[at : at + piece.end - piece.begin]
                new = masked[at : at + piece.end - piece.begin]
                data[piece.begin : piece.end] = new if same else BLANK * (piece.end - piece.begin)


def _runs(
    spoken: Sequence[tuple[int, TcpPayload]], frames: Sequence[FrameOut]
) -> Iterator[tuple[int, bytes, list[_Piece]]]:
    """Yield what was said without a gap: where it begins, the bytes, and the frames' shares of it."""
    for pieces in _placed(spoken):
        begins: list[int] = []
        runs: list[bytearray] = []
        ordered = sorted(pieces, key=lambda piece: (piece.place, piece.frame))
        for piece in ordered:
            data = frames[piece.frame].data[piece.begin : piece.end]
            if not runs or piece.place > begins[-1] + len(runs[-1]):
                begins.append(piece.place)
                runs.append(bytearray())
            runs[-1] += data[begins[-1] + len(runs[-1]) - piece.place :]
        shares: defaultdict[int, list[_Piece]] = defaultdict(list)
        for piece in ordered:
            shares[bisect_right(begins, piece.place) - 1].append(piece)
        for index, (begin, run) in enumerate(zip(begins, runs, strict=True)):
            yield begin, bytes(run), shares[index]


def _placed(spoken: Sequence[tuple[int, TcpPayload]]) -> Iterator[list[_Piece]]:
    """The pieces of a direction, by their places in it; another connection of the same ports begins anew."""
    pieces: list[_Piece] = []
    seq, place = None, 0
    for number, said in spoken:
        if said.opens:
            yield pieces
            pieces, seq, place = [], None, 0
        if seq is not None:
            place += (said.seq - seq + _AHEAD) % (2 * _AHEAD) - _AHEAD
        seq = said.seq
        if said.end > said.begin:
            pieces.append(_Piece(place + said.opens, number, said.begin, said.end))
    yield pieces


def _dns(run: bytes, texts: TextMasks, addresses: AddressMasks) -> bytes:
    """DNS by TCP: each message behind its length (RFC 1035 section 4.2.2)."""
    data, at = bytearray(run), 0
    while at + 2 <= len(run):
        end = min(at + 2 + int.from_bytes(run[at : at + 2]), len(run))
        mask_message(data, at + 2, end, texts, addresses)
        at = end
    data[at:] = BLANK * (len(run) - at)
    return bytes(data)


def _read(content: bytes) -> _Read:
    read = _Read("", "", [], [])
    at = 0
    while at < len(content):
        kind, length = unpack_from("<II", content, at)
        body = content[at + 8 : at + length - 4]
        if length < 12 or at + length > len(content):
            raise ValueError("no evidence capture")
        if kind == _SECTION:
            told = _options(body[16:])
            read = read._replace(comment=told.get(_COMMENT, ""), application=told.get(_USER_APPLICATION, ""))
        elif kind == _INTERFACE:
            told = _options(body[8:])
            linktype = int(unpack_from("<H", body)[0])
            read.interfaces.append(InterfaceOut(linktype, told.get(_IF_NAME, ""), told.get(_IF_DESCRIPTION, "")))
        elif kind == _PACKET:
            interface, high, low, caplen, size = unpack_from("<IIIII", body)
            told = _options(body[20 + caplen + -caplen % 4 :])
            frame = FrameOut(interface, high << 32 | low, size, body[20 : 20 + caplen], told.get(_COMMENT, ""))
            read.frames.append(frame)
        at += length  # other blocks, of names that belong to addresses, say, are left out
    return read


def _options(data: bytes) -> dict[int, str]:
    told, at = {}, 0
    while at + 4 <= len(data):
        code, length = unpack_from("<HH", data, at)
        if not code:
            break
        told[code] = data[at + 4 : at + 4 + length].decode("utf-8", "replace")
        at += 4 + length + -length % 4
    return told
