"""Changes of captures that know fields: times, addresses of layers, TCP, DNS, SMTP, and pcapng's options."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from struct import pack

from .captures import Capture

YEAR_NS = 31_556_952 * 10**9
SECOND = 10**9
MAIL = (25, 587, 465, 2525)

Places = tuple[int, int, int, int, int]
"""Where a frame's IP header, transport header and payload begin, its protocol, and the mail or DNS port, else 0."""


def places(linktype: int, data: bytes) -> Places | None:
    """Where the IP header, the transport header and the payload begin, the protocol, and the mail or DNS port."""
    at = {1: 14, 101: 0, 12: 0, 113: 16, 276: 20, 0: 4, 108: 4, 9: 4}.get(linktype)
    if at is None or len(data) < at + 28:
        return None
    if linktype == 1 and data[12:14] == b"\x81\x00":
        at += 4
    if data[at] >> 4 == 4:
        transport, protocol = at + 4 * (data[at] & 15), data[at + 9]
    elif data[at] >> 4 == 6:
        transport, protocol = at + 40, data[at + 6]
    else:
        return None
    if protocol not in (6, 17) or len(data) < transport + 8:
        return None
    ports = (
        int.from_bytes(data[transport : transport + 2], "big"),
        int.from_bytes(data[transport + 2 : transport + 4], "big"),
    )
    port = next((port for port in ports if port == 53 or port in MAIL), 0)
    if protocol == 6 and len(data) < transport + 20:
        return None
    payload = transport + (4 * (data[transport + 12] >> 4) if protocol == 6 else 8)
    return at, transport, payload, protocol, port


def _put(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def _chosen(capture: Capture, chance: random.Random, wanted: Callable[[Places], bool]) -> int:
    """A frame of those wanted, -1 where none is."""
    order = list(range(len(capture.records)))
    chance.shuffle(order)
    for number in order[:60]:
        found = places(capture.linktype, capture.records[number].data)
        if found is not None and wanted(found):
            return number
    return -1


def _change(capture: Capture, number: int, data: bytes) -> None:
    record = capture.records[number]
    capture.records[number] = replace(record, data=data, length=max(record.length + len(data) - len(record.data), 0))


def times(capture: Capture, chance: random.Random) -> None:
    """Times shuffled, set, far off, alike, or backward."""
    records = capture.records
    if not records:
        return
    kind = chance.choice(("shuffle", "some", "one", "far", "step", "alike", "backward", "jitter", "zero"))
    stamps = [record.ts_ns for record in records]
    if kind == "shuffle":
        chance.shuffle(stamps)
    elif kind == "some":
        for _ in range(chance.randint(1, 10)):
            one, two = chance.randrange(len(stamps)), chance.randrange(len(stamps))
            stamps[one], stamps[two] = stamps[two], stamps[one]
    elif kind in ("one", "far"):
        off = (
            0,
            1,
            (1 << 32) * SECOND - 1,
            (1 << 31) * SECOND,
            (1 << 63) - 1,
            1 << 63,
            (1 << 64) - 1,
            670_000 * YEAR_NS,
        )
        by = chance.choice(off)
        for number in [chance.randrange(len(stamps))] if kind == "one" else range(len(stamps)):
            stamps[number] = chance.choice((by, stamps[number] + by))
    elif kind == "step":
        at = chance.randrange(len(stamps))
        by = chance.choice((1, -1)) * chance.choice((1, 1000, SECOND, 3600 * SECOND, 400 * YEAR_NS, YEAR_NS))
        stamps = [stamp + by if number >= at else stamp for number, stamp in enumerate(stamps)]
    elif kind == "alike":
        stamps = [stamps[0]] * len(stamps)
    elif kind == "backward":
        stamps.reverse()
    elif kind == "jitter":
        stamps = [stamp + chance.randrange(-2 * SECOND, 2 * SECOND) for stamp in stamps]
    else:
        stamps = [stamp - stamps[0] for stamp in stamps]
    capture.records = [replace(record, ts_ns=stamp) for record, stamp in zip(records, stamps, strict=True)]


def order(capture: Capture, chance: random.Random) -> None:
    """Frames lost, doubled, or in another order; some cut."""
    records = capture.records
    for _ in range(chance.choice((1, 3, 20))):
        if not records:
            return
        at, to = chance.randrange(len(records)), chance.randrange(len(records))
        kind = chance.choice(("lose", "double", "swap", "move", "cut"))
        if kind == "lose":
            del records[at]
        elif kind == "double":
            records.insert(to, records[at])
        elif kind == "swap":
            records[at], records[to] = records[to], records[at]
        elif kind == "move":
            records.insert(to, records.pop(at))
        else:
            data = records[at].data
            records[at] = replace(records[at], data=data[: chance.randrange(len(data) + 1)])


def headers(capture: Capture, chance: random.Random) -> None:
    """Fields of IP and TCP at their borders."""
    for _ in range(chance.choice((1, 2, 8))):
        number = _chosen(capture, chance, lambda found: True)
        if number < 0:
            return
        data = capture.records[number].data
        ip, transport, _, protocol, _ = places(capture.linktype, data) or (0, 0, 0, 0, 0)
        value = chance.choice((b"\0\0", b"\xff\xff", b"\x80\0", b"\x7f\xff", b"\0\1", chance.randbytes(2)))
        fields = [ip, ip + 2, ip + 4, ip + 6, ip + 8, ip + 12, ip + 16, transport, transport + 2]
        if protocol == 6:
            fields += [transport + place for place in (4, 6, 8, 10, 12, 13, 14, 18)] * 2
        else:
            fields += [transport + 4, transport + 6]
        _change(capture, number, _put(data, chance.choice(fields), value))


def flags(capture: Capture, chance: random.Random) -> None:
    """Another TCP flag: SYN, FIN or RST amid a connection; or none."""
    for _ in range(chance.choice((1, 3))):
        number = _chosen(capture, chance, lambda found: found[3] == 6)
        if number < 0:
            return
        data = capture.records[number].data
        _, transport, *_ = places(capture.linktype, data) or (0, 0)
        new = chance.choice((2, 18, 17, 4, 20, 0, 0x3F, 16))
        _change(capture, number, _put(data, transport + 13, bytes((new,))))


def sequence(capture: Capture, chance: random.Random) -> None:
    """Sequence numbers near a border, or the same everywhere."""
    by = chance.choice((1 << 31, (1 << 32) - 5, 1, 100_000, 1 << 20))
    share = chance.choice((0.05, 0.5, 1.0))
    for number, record in enumerate(capture.records):
        found = places(capture.linktype, record.data)
        if found is not None and found[3] == 6 and chance.random() < share:
            at = found[1] + chance.choice((4, 4, 8))
            value = (int.from_bytes(record.data[at : at + 4], "big") + by) & 0xFFFFFFFF
            capture.records[number] = replace(record, data=_put(record.data, at, pack(">I", value)))


LINES = (
    b"220", b"220-", b"220 mail.example", b"250-AUTH LOGIN PLAIN", b"250 STARTTLS",
    b"530 5.7.0 Authentication required",
    b"530-5.7.0", b"000 nothing", b"999", b"5\xff0 what", b"354 go on", b"EHLO " + b"a" * 3000, b"STARTTLS", b"DATA",
    b".", b"..", b"BDAT 0 LAST", b"BDAT 99999999999999999999", b"BDAT -1", b"BDAT 5", b"RSET", b"QUIT", b"AUTH LOGIN",
    b"AUTH PLAIN =", b"MAIL FROM:<>", b"MAIL FROM:<a@b.example> SIZE=" + b"9" * 400, b"RCPT TO:<" + b"x" * 600 + b">",
    b"\0" * 9, b"\xff\xf4\xff\xfd\x06", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"XCLIENT ADDR=1",
    b"VRFY root", b"\xe2\x80\xae", b"\x1b[31m", b"\xe9", b"421 4.7.0 closing", b"535 5.7.8 no", b"=,+@", b"\r", b"\n",
    b"\r\n\r\n",
)  # fmt: skip


def smtp(capture: Capture, chance: random.Random) -> None:
    """Lines in the place of others, of mail or at its borders."""
    for _ in range(chance.choice((1, 2, 6))):
        number = _chosen(capture, chance, lambda found: found[3] == 6 and found[4] in MAIL)
        if number < 0:
            return
        data = capture.records[number].data
        payload = (places(capture.linktype, data) or (0, 0, 0))[2]
        text = data[payload:]
        line = chance.choice(LINES) + chance.choice((b"\r\n", b"\r\n", b"\n", b"", b"\r"))
        kind = chance.choice(("instead", "before", "behind", "within", "over", "case", "join"))
        if kind == "over" or not text:
            new = line[: len(text)] + text[len(line) :]
        elif kind == "instead":
            new = line
        elif kind == "before":
            new = line + text
        elif kind == "behind":
            new = text + line
        elif kind == "within":
            at = chance.randrange(len(text))
            new = text[:at] + line + text[at:]
        elif kind == "case":
            new = text.swapcase()
        else:
            new = text.replace(b"\r\n", chance.choice((b"\n", b"\r", b"\0", b"")))
        _change(capture, number, _resized(capture.linktype, data[:payload] + new))


def _resized(linktype: int, data: bytes) -> bytes:
    """The frame with its IP length (and UDP's) as long as it is."""
    found = places(linktype, data)
    if found is None:
        return data
    ip, transport, _, protocol, _ = found
    four = data[ip] >> 4 == 4
    data = _put(data, ip + (2 if four else 4), pack(">H", (len(data) - ip - (0 if four else 40)) & 0xFFFF))
    return _put(data, transport + 4, pack(">H", (len(data) - transport) & 0xFFFF)) if protocol == 17 else data


def dns(capture: Capture, chance: random.Random) -> None:
    """A DNS message's counts, names, types, TTLs and lengths; answers doubled with other addresses."""
    for _ in range(chance.choice((1, 2, 6))):
        number = _chosen(capture, chance, lambda found: found[4] == 53)
        if number < 0:
            return
        data = capture.records[number].data
        payload = (places(capture.linktype, data) or (0, 0, 0))[2]
        message = data[payload:]
        if len(message) < 13:
            continue
        kind = chance.choice(("head", "counts", "pointer", "label", "byte", "tail", "answer", "id", "cut", "twice"))
        if kind == "head":
            message = _put(message, chance.randrange(2, 4), bytes((chance.randrange(256),)))
        elif kind == "counts":
            message = _put(message, chance.choice((4, 6, 8, 10)), pack(">H", chance.choice((0, 1, 2, 255, 65535))))
        elif kind == "pointer":
            at = chance.randrange(12, len(message))
            message = _put(message, at, pack(">H", 0xC000 | chance.choice((0, 12, at, at + 1, 0x3FFF))))[: len(message)]
        elif kind == "label":
            at = chance.randrange(12, len(message))
            message = _put(message, at, bytes((chance.choice((0, 1, 63, 64, 128, 192, 255)),)))
        elif kind == "byte":
            message = _put(message, chance.randrange(len(message)), chance.randbytes(1))
        elif kind == "tail":
            message += chance.randbytes(chance.choice((1, 11, 500)))
        elif kind == "answer":
            answer = b"\xc0\x0c" + pack(
                ">HHIH", chance.choice((1, 28, 5, 15, 33, 41)), 1, chance.choice((0, 1, 1 << 31, 300)), 4
            )
            message = _put(message, 6, pack(">H", (message[7] + 1) & 0xFF)) + answer + chance.randbytes(4)
        elif kind == "id":
            message = _put(message, 0, chance.choice((b"\0\0", chance.randbytes(2))))
        elif kind == "cut":
            message = message[: chance.randrange(len(message))]
        else:
            capture.records.insert(number, replace(capture.records[number], data=data))
        _change(capture, number, _resized(capture.linktype, data[:payload] + message))


def options(capture: Capture, chance: random.Random) -> None:
    """pcapng's options, sound and not."""
    code = chance.choice((0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 0x8000, 2988, 2989, 19372, 65535))
    size = chance.choice((0, 1, 2, 3, 4, 7, 8, 9, 16, 300))
    value = chance.choice((chance.randbytes(size), b"\xff" * size, bytes(size), "é\u202e\x1b[0m".encode()[:size]))
    if chance.random() < 0.5:
        capture.options.append((code, value))
    else:
        capture.packet_options.append((chance.choice((1, 2, 3, 4, 5, 6, 7, 2988, 65535, 0)), value))


def resolution(capture: Capture, chance: random.Random) -> None:
    """Ticks of another length, from years to less than any clock's."""
    capture.resolution = chance.choice((0, 1, 3, 6, 9, 10, 12, 18, 19, 20, 64, 127, 128, 129, 138, 158, 190, 191, 255))


def gathered(capture: Capture, chance: random.Random) -> None:
    """One address or port for all, as behind a translation."""
    port = pack(">H", chance.choice((25, 587, 53, 0)))
    for number, record in enumerate(capture.records):
        found = places(capture.linktype, record.data)
        if found is not None and chance.random() < 0.3:
            at = found[1] + chance.choice((0, 2))
            capture.records[number] = replace(record, data=_put(record.data, at, port))


CHANGES: list[Callable[[Capture, random.Random], None]] = [
    times, times, times, order, headers, flags, sequence, smtp, smtp, dns, dns, options, resolution, gathered,
]  # fmt: skip
