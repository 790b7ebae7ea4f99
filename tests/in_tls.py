"""Mail dialogues inside of real TLS, made in memory, and captures of them with the key log."""

from __future__ import annotations

import ssl
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from correlate import wire
from correlate.wire import ACK, FIN, PSH, SECOND, SYN

CLIENT, SERVER = "192.168.1.20", "198.51.100.25"
NAMES = ("smtp.isp.example", "relay.isp.example")
BEGIN_NS = 1_700_000_000 * SECOND
Said = Sequence[tuple[str, str]]
"""Who speaks (`C`, `S`), and a line."""
CLEAR: Said = (
    ("S", "220 relay.isp.example ESMTP"),
    ("C", "EHLO pc.site.example"),
    ("S", "250-relay.isp.example\r\n250 STARTTLS"),
    ("C", "STARTTLS"),
    ("S", "220 2.0.0 Ready to start TLS"),
)
REFUSED: Said = (
    ("C", "EHLO pc.site.example"),
    ("S", "250 relay.isp.example"),
    ("C", "MAIL FROM:<a@site.example>"),
    ("S", "530 5.7.0 Authentication required"),
    ("C", "QUIT"),
    ("S", "221 2.0.0 Bye"),
)


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for `NAMES`; return it and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAMES[0])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in NAMES]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, secret


def turns(
    folder: Path, inside: Said, *, clear: Said = (), version: ssl.TLSVersion, asked: str | None = NAMES[0]
) -> list[tuple[str, bytes]]:
    """Return who sends which bytes, in order, and append the keys to `folder/keylog.txt`."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(*certificate(folder))
    client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_context.check_hostname = False
    client_context.verify_mode = ssl.CERT_NONE
    client_context.minimum_version = client_context.maximum_version = version
    client_context.keylog_filename = str(folder / "keylog.txt")
    ends = {"C": (ssl.MemoryBIO(), ssl.MemoryBIO()), "S": (ssl.MemoryBIO(), ssl.MemoryBIO())}
    """What each is given, and what it gives."""
    client = client_context.wrap_bio(*ends["C"], server_hostname=asked)
    server = server_context.wrap_bio(*ends["S"], server_side=True)
    sides = {"C": client, "S": server}
    said = [(who, f"{line}\r\n".encode()) for who, line in clear]

    def step(who: str, action: Callable[[], object]) -> None:
        with suppress(ssl.SSLWantReadError):
            action()
        if data := ends[who][1].read():
            said.append((who, data))
            ends["S" if who == "C" else "C"][0].write(data)

    for _ in range(3):
        step("C", client.do_handshake)
        step("S", server.do_handshake)
    for who, line in inside:
        other = "S" if who == "C" else "C"
        step(who, partial(sides[who].write, f"{line}\r\n".encode()))
        step(other, partial(sides[other].read, 1 << 16))
    return said


def frames(said: Sequence[tuple[str, bytes]], *, port: int = 25, size: int = 1400) -> list[bytes]:
    """Return the Ethernet frames of a connection in which that is sent."""
    at = {"C": 1000, "S": 5000}
    ends = {"C": (CLIENT, 40_000, SERVER, port), "S": (SERVER, port, CLIENT, 40_000)}
    found = []

    def send(who: str, flags: int, payload: bytes = b"") -> None:
        other = "S" if who == "C" else "C"
        found.append(wire.tcp(*ends[who], at[who], at[other] if flags & ACK else 0, flags, payload))
        at[who] += len(payload) + bool(flags & (SYN | FIN))

    send("C", SYN)
    send("S", SYN | ACK)
    send("C", ACK)
    for who, data in said:
        for begin in range(0, len(data), size):
            send(who, PSH | ACK, data[begin : begin + size])
    send("C", FIN | ACK)
    send("S", FIN | ACK)
    send("C", ACK)
    return found


def timed(some: Sequence[bytes]) -> list[tuple[int, bytes]]:
    """Give frames a millisecond each."""
    return [(BEGIN_NS + n * 1_000_000, frame) for n, frame in enumerate(some)]


def write_pcapng(path: Path, some: Sequence[tuple[int, bytes]], key_log: bytes) -> None:
    """Write a capture that brings a key log along, as `editcap --inject-secrets tls,FILE` does."""

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

    parts = [
        block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
        block(10, b"KSLT" + struct.pack("<I", len(key_log)) + key_log),
        block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HHB3xHH", 9, 1, 9, 0, 0)),
    ]
    for ts_ns, frame in some:
        head = struct.pack("<IIIII", 0, ts_ns >> 32, ts_ns & 0xFFFFFFFF, len(frame), len(frame))
        parts.append(block(6, head + frame))
    path.write_bytes(b"".join(parts))
