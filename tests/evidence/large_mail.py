"""A mail of any size on both sides of the router, written frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from struct import pack

LAN, WAN = b"\xc0\xa8\x01\x14", b"\xc6\x33\x64\x0a"
SERVER, PORT, SEGMENT = b"\xcb\x00\x71\x19", 25, 1448
LINE = b"The quick brown fox jumps over the lazy dog, who sleeps on and on in the sun." + b"\r\n"
SECRET = b"the secret of this letter"


def _sum(data: bytes) -> int:
    data += bytes(len(data) % 2)
    return sum(data[0::2]) * 256 + sum(data[1::2])


def _folded(total: int) -> int:
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class _Side:
    """The connection as one side of the router shows it."""

    def __init__(self, client: bytes, sport: int, tls: bool) -> None:
        self.client, self.sport, self.tls = client, sport, tls
        self.seq = {True: 1000, False: 5000}
        self.ident = 0
        self.sums: dict[bytes, int] = {}

    def frame(self, out: bool, flags: int, payload: bytes = b"") -> bytes:
        src, dst = (self.client, SERVER) if out else (SERVER, self.client)
        ports = (self.sport, PORT) if out else (PORT, self.sport)
        self.ident = (self.ident + 1) & 0xFFFF
        ip = pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), self.ident, 0x4000, 64, 6, 0) + src + dst
        ip = ip[:10] + pack(">H", _folded(_sum(ip))) + ip[12:]
        head = pack(">HHIIBBHHH", *ports, self.seq[out], self.seq[not out] * bool(flags & 16), 0x50, flags, 65535, 0, 0)
        if payload not in self.sums:
            self.sums = {payload: _sum(payload)} if len(payload) > 100 else self.sums | {payload: _sum(payload)}
        total = _sum(src + dst + pack(">HH", 6, 20 + len(payload)) + head) + self.sums[payload]
        head = head[:16] + pack(">H", _folded(total)) + head[18:]
        self.seq[out] = (self.seq[out] + len(payload) + bool(flags & 3)) & 0xFFFFFFFF
        macs = b"\x02\0\0\0\0\1\x02\0\0\0\0\2" if out else b"\x02\0\0\0\0\2\x02\0\0\0\0\1"
        return macs + b"\x08\0" + ip + head + payload

    def frames(self, size: int) -> Iterator[bytes]:
        """The whole connection; `size` is the message's, about."""
        yield self.frame(True, 2)
        yield self.frame(False, 18)
        yield self.frame(True, 16)
        yield self.frame(False, 24, b"220 relay.orange.example ESMTP\r\n")
        for command, reply in (
            (b"EHLO pc.example\r\n", b"250 relay.orange.example\r\n"),
            (b"MAIL FROM:<a@example.org>\r\n", b"250 2.1.0 Ok\r\n"),
            (b"RCPT TO:<b@example.net>\r\n", b"250 2.1.5 Ok\r\n"),
            (b"DATA\r\n", b"354 go on\r\n"),
        ):
            yield self.frame(True, 24, command)
            yield self.frame(False, 24, reply)
        yield self.frame(True, 24, b"Subject: " + SECRET + b"\r\n\r\n")
        piece = (LINE * 40)[: SEGMENT // len(LINE) * len(LINE)]
        for number in range(size // len(piece)):
            yield self.frame(True, 16, piece)
            if number % 2:
                yield self.frame(False, 16)
        yield self.frame(True, 24, SECRET + b"\r\n.\r\n")
        yield self.frame(False, 24, b"530 5.7.0 Authentication required\r\n")
        yield self.frame(True, 24, b"QUIT\r\n")
        yield self.frame(False, 24, b"221 bye\r\n")
        yield self.frame(True, 17)
        yield self.frame(False, 17)
        yield self.frame(True, 16)


def write(folder: Path, size: int) -> None:
    """Write lan.pcap and wan-orange.pcap with one mail of about `size` bytes."""
    for name, client, sport, later in (("lan", LAN, 40000, 0), ("wan-orange", WAN, 50000, 300)):
        with (folder / f"{name}.pcap").open("wb", 1 << 20) as file:
            file.write(pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
            for number, frame in enumerate(_Side(client, sport, False).frames(size)):
                at = 1_700_000_000_000_000 + 1000 * number + later
                file.write(pack("<4I", *divmod(at, 10**6), len(frame), len(frame)) + frame)
