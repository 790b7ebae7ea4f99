"""Dialogues as packets: cut, repeated, in another order, in fragments, in tunnels, quoted by ICMP, padded, lost."""

from __future__ import annotations

import struct
from random import Random

from correlate.wire import ACK, FIN, PSH, SYN, ethernet, ip, tcp

from .dialogues import Said

CLIENT, RELAY, GATEWAY = "192.168.1.10", "192.0.2.25", "192.168.1.1"
OTHER_PORTS = 30_000
"""So far from the port of a mail's connection is the client's next one."""
MS = 1_000_000
Timed = tuple[int, bytes]


def frames_of(said: Said, port: int, at_ns: int, random: Random, secret: bytes) -> list[Timed]:
    """A connection's frames, with their times.

    Args:
        said: what is said in it.
        port: the client's.
        at_ns: when it begins.
        random: how it is sent.
        secret: what drivers pad short frames with.
    """
    amid = said[0][0] in "cs"
    how = random.choice(
        ("plain", "plain", "cut", "repeated", "shuffled", "fragments", "tunnel", "quoted", "padded", "loss")
    )
    seq = {"C": random.getrandbits(32), "S": random.getrandbits(32)}
    out: list[Timed] = []
    now, served = at_ns, 25

    def send(who: str, data: bytes, flags: int, *, captured: bool = True) -> None:
        nonlocal now
        now += random.randint(1, 20) * MS
        near = (CLIENT, port, RELAY, served) if who == "C" else (RELAY, served, CLIENT, port)
        frame = tcp(*near, seq[who], seq["S" if who == "C" else "C"], flags, data, ident=random.getrandbits(16))
        seq[who] += len(data) + bool(flags & (SYN | FIN))
        if captured:
            out.extend((now + n * 1000, one) for n, one in enumerate(_sent(frame, how, random, secret)))

    def open_connection() -> None:
        send("C", b"", SYN)
        send("S", b"", SYN | ACK)
        send("C", b"", ACK)

    if not amid:
        open_connection()
    for who, data in said:
        if who == "@":
            port, served = port + OTHER_PORTS, int(data)
            open_connection()
            continue
        if who == "+":
            if random.random() < 0.5:
                seq = {"C": random.getrandbits(32), "S": random.getrandbits(32)}
            now += random.choice((1, 40, 400)) * 1000 * MS
            continue
        captured = who.isupper() and not (how == "loss" and random.random() < 0.1)
        for piece in _pieces(data, random) if how in ("cut", "shuffled") else [data]:
            send(who.upper(), piece, ACK | PSH, captured=captured)
            if how == "repeated" and captured and random.random() < 0.4:
                out.append((now + 5 * MS, out[-1][1]))
    if random.random() < 0.7:
        send("C", b"", FIN | ACK)
        send("S", b"", FIN | ACK)
    if how == "shuffled":
        times = [at for at, _ in out]
        for n in range(3 if not amid else 0, len(out) - 1):
            if random.random() < 0.2:
                out[n], out[n + 1] = out[n + 1], out[n]
        out = list(zip(times, (frame for _, frame in out), strict=True))
    return out


def _pieces(data: bytes, random: Random) -> list[bytes]:
    cuts = sorted(random.sample(range(1, len(data)), min(len(data) - 1, random.randint(0, 3)))) if len(data) > 1 else []
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]


def _sent(frame: bytes, how: str, random: Random, secret: bytes) -> list[bytes]:
    if how == "fragments" and len(frame) > 14 + 20 + 32:
        return _fragments(frame, random)
    if how == "tunnel":
        return [_tunnelled(frame, random)]
    if how == "quoted" and len(frame) > 54 and random.random() < 0.3:
        head = struct.pack("!BBHI", 3, random.choice((1, 3, 13)), 0, 0)
        return [frame, ip(GATEWAY, CLIENT, 1, head + frame[14:])]
    if how == "padded":
        return [frame + secret[:40]] if random.random() < 0.5 else [frame + bytes(4)]
    return [frame]


def _fragments(frame: bytes, random: Random) -> list[bytes]:
    head, payload = frame[14:34], frame[34:]
    step = 8 * random.randint(2, 8)
    parts = []
    for at in range(0, len(payload), step):
        more = 0x2000 if at + step < len(payload) else 0
        part = payload[at : at + step]
        fields = struct.pack("!HHH", 20 + len(part), struct.unpack("!H", head[4:6])[0], more | at // 8)
        parts.append(frame[:14] + head[:2] + fields + head[8:] + part)
    if random.random() < 0.3:
        random.shuffle(parts)
    return parts


def _tunnelled(frame: bytes, random: Random) -> bytes:
    inner = frame[14:]
    kind = random.choice(("ipip", "gre", "vlan"))
    if kind == "vlan":
        return frame[:12] + b"\x81\x00\x00\x07" + frame[12:]
    if kind == "gre":
        return ip("198.51.100.1", "198.51.100.2", 47, struct.pack("!HH", 0, 0x0800) + inner)
    return ethernet(1, ip("198.51.100.1", "198.51.100.2", 4, inner)[14:], 0x0800)
