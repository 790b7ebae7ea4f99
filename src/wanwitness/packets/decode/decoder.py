"""Windows of frames become windows of packets, fragments put together over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest import Frames
from wanwitness.packets.left_out import CONFLICT, FIRST_FRAGMENT, FRAGMENT, LeftOut
from wanwitness.packets.packets import Packets

from .fragments import Found, Fragment, FragmentCopy, Joined, Lost, Reassembler
from .layers import decode_layers
from .tunnels import RAW
from .work import Work


class DecodedWindow(NamedTuple):
    """Decoded frames of one owner."""

    owner: Any
    packets: Packets
    left_out: LeftOut
    joined: list[Joined]
    """Packets that came in fragments: they are among the packets, with the number of the frame that completed them."""


class Decoder:
    """Decodes the windows of files that are one stream, in order of time."""

    def __init__(self) -> None:
        self._reassembler = Reassembler()

    def decode(
        self,
        frames: Frames,
        linktypes: NDArray[np.int32],
        owner: Any = None,
        places: Sequence[str] = (),
        passed: NDArray[np.int64] | None = None,
    ) -> list[DecodedWindow]:
        """Decode a window; what is left of other owners' frames comes before it.

        Args:
            frames: frames of `owner`.
            linktypes: shape (interfaces,), the LINKTYPE_ value of each; `frames.interface` indexes it.
            owner: whose frames these are: any object, given back.
            places: names of the interfaces, by which those of one owner are known in the next.
            passed: shape (n,), for each frame the latest time, ns, that it or a frame sifted out between the one before
                and it was written with; None: the frames are all there are.
        """
        kinds = linktypes[frames.interface]
        packets, left_out, works = decode_layers(frames, kinds)
        window = DecodedWindow(owner, packets, left_out, [])
        fragments = sorted((f for work in works for f in _fragments(work)), key=lambda fragment: fragment.number)
        if not fragments and not len(self._reassembler):
            return [window]
        passed = frames.ts_ns if passed is None else passed
        results: list[tuple[int, Found]] = []  # with twice the number of the frame behind which it belongs
        begun = 0
        for fragment in fragments:
            row = int(np.searchsorted(frames.number, fragment.number)) + 1
            results += self._given_up(frames, passed, begun, row)
            begun = row
            where = places[fragment.interface] if places else str(fragment.interface)
            for found in self._reassembler.feed(owner, where, fragment):
                late = isinstance(found, Joined) and not found.whole
                results.append((2 * fragment.number - late, found))
        results += self._given_up(frames, passed, begun, len(frames))
        return [*_of_others(results, owner), _with(window, [r for r in results if _owner(r[1]) is owner])]

    def _given_up(self, frames: Frames, passed: NDArray[np.int64], begin: int, end: int) -> Iterator[tuple[int, Found]]:
        """What is given up as time passes over some rows: with the first of them that came too late for it, so that it
        makes no difference where windows end.
        """
        if begin == end:
            return
        times = passed[begin:end]
        for found in self._reassembler.pass_time(int(times.max())):
            late = begin + int(np.argmax(times > found.due_ns)) if isinstance(found, Joined) else end - 1
            yield 2 * int(frames.number[late]) - 1, found

    def finish(self) -> list[DecodedWindow]:
        """Return what is left: the files have ended."""
        return _of_others([(0, found) for found in self._reassembler.finish()], _NOBODY)


_NOBODY = object()


def decode(frames: Frames, linktypes: NDArray[np.int32]) -> tuple[Packets, LeftOut]:
    """Decode frames that are all there are."""
    decoder = Decoder()
    (window,) = decoder.decode(frames, linktypes) if len(frames) else [_empty(None)]
    for rest in decoder.finish():
        window = _merged(window, rest, np.r_[2 * window.packets.number, 2 * rest.packets.number])
    return window.packets, window.left_out


def _owner(found: Found) -> Any:
    return found.owner


def _of_others(results: Iterable[tuple[int, Found]], owner: Any) -> list[DecodedWindow]:
    by_owner: dict[int, list[tuple[int, Found]]] = {}
    for result in results:
        if result[1].owner is not owner:
            by_owner.setdefault(id(result[1].owner), []).append(result)
    return [_with(_empty(each[0][1].owner), each) for each in by_owner.values()]


def _fragments(work: Work) -> Iterator[Fragment]:
    frames, packets, data = work.frames, work.packets, work.frames.data
    for rows, ips, begins, stops in work.apart:
        for row, ip, begin, stop in zip(rows.tolist(), ips.tolist(), begins.tolist(), stops.tolist(), strict=True):
            end = max(begin, min(int(work.end[row]), stop))
            header = data[ip:begin].tobytes()
            if header[0] >> 4 == 4:
                word, protocol = int.from_bytes(header[6:8]), header[9]
                offset, more, ident = (word & 0x1FFF) * 8, bool(word & 0x2000), int.from_bytes(header[4:6])
            else:
                extension, header = header[-8:], header[:40]
                word, protocol = int.from_bytes(extension[2:4]), extension[0]
                offset, more, ident = word & 0xFFF8, bool(word & 1), int.from_bytes(extension[4:])
            yield Fragment(
                int(frames.number[row]),
                int(frames.ts_ns[row]),
                int(frames.record[row]),
                int(frames.interface[row]),
                int(packets.vlan[row]),
                (int(packets.src_mac[row]), int(packets.dst_mac[row])),
                protocol,
                ident,
                offset,
                more,
                max(0, stop - begin),
                header,
                data[begin:end].tobytes(),
            )


def _with(window: DecodedWindow, results: list[tuple[int, Found]]) -> DecodedWindow:
    """Put reassembled packets where they belong, and fragments that came to nothing among what is left out."""
    rows: list[tuple[int, int, int, int, bool]] = []
    joined: list[tuple[int, Joined]] = []
    for at, found in results:
        if isinstance(found, Lost):
            rows.append(_row(found.fragment, FRAGMENT, decoded=False))
        elif isinstance(found, Joined):
            joined.append((at, found))
    copies = sum(isinstance(found, FragmentCopy) for _, found in results)
    if not joined:
        return window._replace(left_out=window.left_out.joined(LeftOut.of(rows, copies)))
    packets, left_out, works = decode_layers(_frames([j for _, j in joined]), np.full(len(joined), RAW, np.int32))
    by_number = {j.frame.number: (at, j) for at, j in joined}
    mine = [by_number[number] for number in packets.number.tolist()]
    vlan = np.array([j.frame.vlan for _, j in mine], np.int32)
    macs = np.array([j.frame.macs for _, j in mine], np.uint64).reshape(-1, 2)
    packets.vlan[:], packets.src_mac[:], packets.dst_mac[:] = vlan, macs[:, 0], macs[:, 1]
    for _, j in mine:
        rows += [_row(j.frame, FIRST_FRAGMENT, decoded=True)] * (not j.whole)
        rows += [_row(j.frame, CONFLICT, decoded=True)] * j.conflict
    for work in works:  # fragments again, out of a tunnel whose packets came in fragments: nobody does that
        rows += [_row(fragment, FRAGMENT, decoded=False) for fragment in _fragments(work)]
    parts = copies + sum(len(j.others) for _, j in joined)
    rest = DecodedWindow(window.owner, packets, left_out.joined(LeftOut.of(rows, parts)), [j for _, j in mine])
    return _merged(window, rest, np.r_[2 * window.packets.number, np.array([at for at, _ in mine], np.int64)])


def _row(fragment: Fragment, reason: int, *, decoded: bool) -> tuple[int, int, int, int, bool]:
    return (fragment.number, fragment.record, fragment.interface, reason, decoded)


def _merged(window: DecodedWindow, rest: DecodedWindow, order: NDArray[np.int64]) -> DecodedWindow:
    packets = window.packets
    if len(rest.packets):
        packets = Packets.joined([packets, rest.packets]).take(np.argsort(order, kind="stable"))
    return DecodedWindow(window.owner, packets, window.left_out.joined(rest.left_out), window.joined + rest.joined)


def _frames(joined: Sequence[Joined]) -> Frames:
    joined = sorted(joined, key=lambda j: j.frame.number)
    caplen = np.array([len(j.packet) for j in joined], np.int64)
    return Frames(
        data=np.frombuffer(b"".join(j.packet for j in joined), np.uint8),
        offset=np.cumsum(caplen) - caplen,
        caplen=caplen,
        length=np.array([j.length for j in joined], np.int64),
        ts_ns=np.array([j.frame.ts_ns for j in joined], np.int64),
        number=np.array([j.frame.number for j in joined], np.int64),
        interface=np.array([j.frame.interface for j in joined], np.int32),
        record=np.array([j.frame.record for j in joined], np.int64),
    )


def _empty(owner: Any) -> DecodedWindow:
    return DecodedWindow(owner, decode_layers(_frames([]), np.empty(0, np.int32)).packets, LeftOut.of([]), [])
