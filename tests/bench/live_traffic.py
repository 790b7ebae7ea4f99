"""Sends the benchmark's mail sessions through network interfaces, as they would happen: run within a namespace.

    python -m tests.bench.live_traffic SESSIONS_PER_SECOND SECONDS [FIRST_NUMBER] LAN WAN1 WAN2

Each second's frames are made together, with their checksums, and each is sent when it is due.
"""

from __future__ import annotations

import heapq
import io
import socket
import struct
import sys
import time
from collections.abc import Iterator, Sequence

from .mail import MIX, Frame, Seen, Session
from .rows import RECORD_BYTES, from_frames, write
from .site import LINKS

SECOND_US = 1_000_000
_STEP_US = SECOND_US // 2


def events(rate: float, seconds: float, first: int, begin_us: int) -> Iterator[tuple[int, Seen]]:
    """Give sessions with the time of their begin, evenly; of twenty each kind has its share."""
    for number in range(first, first + round(rate * seconds)):
        at_us = begin_us + int((number - first) / rate * SECOND_US)
        session = Session(number, MIX[number * 7 % len(MIX)], number // 3 % len(LINKS))
        yield at_us, session.frames(at_us, number)


def batches(rate: float, seconds: float, first: int, begin_us: int) -> Iterator[list[tuple[int, int, bytes]]]:
    """Give what is to be sent in each half second: time, side (0 is the LAN), and frame, in order."""
    waiting = events(rate, seconds, first, begin_us)
    ahead = next(waiting, None)
    sides: list[list[Frame]] = [[] for _ in range(1 + len(LINKS))]
    until_us = begin_us
    while ahead is not None or any(sides):
        until_us += _STEP_US
        while ahead is not None and ahead[0] < until_us:
            for side, frames in zip(sides, ahead[1].frames, strict=True):
                for frame in frames:
                    heapq.heappush(side, frame)
            ahead = next(waiting, None)
        found: list[tuple[int, int, bytes]] = []
        for number, side in enumerate(sides):
            due = []
            while side and side[0][0] < until_us:
                due.append(heapq.heappop(side))
            content = io.BytesIO()
            write(content, [from_frames(due)])
            found += [(at, number, frame) for at, frame in records(content.getvalue())]
        yield sorted(found)


def records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Times (microseconds) and frames of a pcap file's records."""
    at = 0
    while at < len(content):
        sec, usec, captured, _ = struct.unpack_from("<4I", content, at)
        yield sec * SECOND_US + usec, content[at + RECORD_BYTES : at + RECORD_BYTES + captured]
        at += RECORD_BYTES + captured


def main(rate: float, seconds: float, first: int, interfaces: Sequence[str]) -> None:
    """Send them."""
    sockets = []
    for interface in interfaces:
        sockets.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
        sockets[-1].bind((interface, 0))
    begin_us = time.time_ns() // 1000 + SECOND_US
    for batch in batches(rate, seconds, first, begin_us):
        for at_us, side, frame in batch:
            if (wait := at_us - time.time_ns() // 1000) > 0:
                time.sleep(wait / SECOND_US)
            sockets[side].send(frame)


if __name__ == "__main__":
    number = sys.argv[3:4] if sys.argv[3].isdecimal() else []
    main(float(sys.argv[1]), float(sys.argv[2]), int(*number), sys.argv[3 + len(number) :])
