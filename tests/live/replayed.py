"""Frames of captures sent once more, through network interfaces: run within a network namespace.

python replayed.py SPEED ROUNDS INTERFACE=FILE…: what the pcap files hold goes out by the interfaces, in order of time
over all of them, so many times as fast as it came, so many times over. Sequence numbers are others each time, or the
packets would be those of the connections before, sent again.
"""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path
from struct import pack, unpack


def frames(path: Path) -> list[tuple[float, bytes]]:
    """Times and frames of a little-endian pcap file with microseconds."""
    content, at, found = path.read_bytes(), 24, []
    while at < len(content):
        seconds, micros, caplen = unpack("<III", content[at : at + 12])
        found.append((seconds + micros / 1e6, content[at + 16 : at + 16 + caplen]))
        at += 16 + caplen
    return found


def renumbered(frame: bytes, shift: int) -> bytes:
    """The frame with other sequence numbers, if it is TCP in IP in Ethernet; its checksum is as right as it was."""
    kind = frame[12:14]
    if kind == b"\x08\x00" and frame[23] == 6:
        at = 14 + (frame[14] & 15) * 4
    elif kind == b"\x86\xdd" and frame[20] == 6:
        at = 54
    elif kind == b"\x08\x00" and frame[23] == 17 and frame[36:38] == b"\x90\x90":  # TZSP, which ends with one tag
        return frame[:47] + renumbered(frame[47:], shift)
    else:
        return frame
    seq, ack = unpack(">II", frame[at + 4 : at + 12])
    fresh = pack(">II", (seq + shift) & 0xFFFFFFFF, (ack + shift) & 0xFFFFFFFF if frame[at + 13] & 0x10 else ack)
    total = ~unpack(">H", frame[at + 16 : at + 18])[0] & 0xFFFF  # RFC 1624, equation 3
    for old, new in zip(unpack(">4H", frame[at + 4 : at + 12]), unpack(">4H", fresh), strict=True):
        total += (~old & 0xFFFF) + new
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    checksum = pack(">H", ~total & 0xFFFF)
    return frame[: at + 4] + fresh + frame[at + 12 : at + 16] + checksum + frame[at + 18 :]


def main(speed: float, rounds: int, *sides: str) -> None:
    """Send them."""
    sockets, all_frames = {}, []
    for side in sides:
        interface, _, path = side.partition("=")
        sockets[interface] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sockets[interface].bind((interface, 0))
        all_frames += [(at, interface, frame) for at, frame in frames(Path(path))]
    all_frames.sort(key=lambda row: row[0])
    length = (all_frames[-1][0] - all_frames[0][0]) / speed + 0.2
    begin, salt = time.monotonic(), time.time_ns() >> 20
    for count in range(rounds):
        for at, interface, frame in all_frames:
            due = begin + count * length + (at - all_frames[0][0]) / speed
            if (wait := due - time.monotonic()) > 0:
                time.sleep(wait)
            sockets[interface].send(renumbered(frame, (salt + count) * 65_537 & 0xFFFFFFFF))
    print(f"{length * rounds:.1f} s", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
