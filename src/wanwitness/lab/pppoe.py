"""A link by PPPoE, on a kernel without PPP: both ends are threads between a raw socket on the cable and a TUN device.

Spoken is what a link needs (RFC 2516, 1661, 1332, 1877): discovery, LCP, IPCP with the address and the resolver given
by the provider, IPv4, and a hang-up.
"""

from __future__ import annotations

import fcntl
import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

from . import namespaces, router
from .errors import LabError
from .exits import DIAL, Dial

DISCOVERY, SESSION = 0x8863, 0x8864
PADI, PADO, PADR, PADS, PADT = 0x09, 0x07, 0x19, 0x65, 0xA7
LCP, IPCP, IPV4 = 0xC021, 0x8021, 0x0021
REQUEST, ACK, NAK, TERMINATE = 1, 2, 3, 5
BROADCAST, NUMBER, PATIENCE_S = b"\xff" * 6, 0x0042, 5.0
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def tag(kind: int, value: bytes = b"") -> bytes:
    """Return a tag of a discovery packet."""
    return struct.pack("!HH", kind, len(value)) + value


def option(kind: int, value: bytes) -> bytes:
    """Return an option of LCP or IPCP."""
    return bytes((kind, len(value) + 2)) + value


def control(code: int, identifier: int, options: bytes) -> bytes:
    """Return a packet of LCP or IPCP."""
    return struct.pack("!BBH", code, identifier, len(options) + 4) + options


@dataclass(slots=True)
class PppoeEnd:
    """One end: the provider's, or the router's, which dials."""

    namespace: str
    interface: str
    tunnel: str
    dials: Dial | None = None
    up: Event = field(default_factory=Event)
    _stop: Event = field(default_factory=Event)
    _peer: bytes = BROADCAST
    _number: int = 0
    _raw: socket.socket = field(init=False)
    _tun: int = field(init=False)
    _mine: bytes = field(init=False)
    _thread: Thread = field(init=False)

    def __post_init__(self) -> None:
        with namespaces.inside(self.namespace):
            self._raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self._raw.bind((self.interface, 3))
            self._tun = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(self._tun, _TUNSETIFF, struct.pack("16sH22x", self.tunnel.encode(), _IFF_TUN | _IFF_NO_PI))
        self._mine = self._raw.getsockname()[4]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def dial(self) -> None:
        """Begin: look for the provider."""
        self._send(DISCOVERY, PADI, tag(0x0101) + tag(0x0103, b"lab"))

    def hang_up(self) -> None:
        """End the session."""
        if self._number:
            self._ppp(LCP, control(TERMINATE, 9, b""))
            self._send(DISCOVERY, PADT, b"")

    def close(self) -> None:
        """Stop serving and let go of the device."""
        self._stop.set()
        self._thread.join(PATIENCE_S)
        self._raw.close()
        os.close(self._tun)

    def _serve(self) -> None:
        while not self._stop.is_set():
            ready = select.select([self._raw.fileno(), self._tun], [], [], 0.05)[0]
            with suppress(OSError):
                if self._tun in ready:
                    packet = os.read(self._tun, 65535)
                    if self.up.is_set() and packet[0] >> 4 == 4:
                        self._ppp(IPV4, packet)
                if self._raw.fileno() in ready:
                    frame, address = self._raw.recvfrom(65535)
                    if address[2] != socket.PACKET_OUTGOING:
                        self._hear(frame)

    def _hear(self, frame: bytes) -> None:
        kind = int.from_bytes(frame[12:14], "big")
        if kind not in (DISCOVERY, SESSION) or len(frame) < 20:
            return
        code, number, length = struct.unpack("!xBHH", frame[14:20])
        payload = frame[20 : 20 + length]
        if kind == DISCOVERY:
            self._discover(code, number, frame[6:12])
        elif number == self._number and len(payload) > 2:
            protocol = int.from_bytes(payload[:2], "big")
            if protocol == IPV4:
                os.write(self._tun, payload[2:])
            elif protocol in (LCP, IPCP):
                self._negotiate(protocol, payload[2:])

    def _discover(self, code: int, number: int, peer: bytes) -> None:
        names = tag(0x0101) + tag(0x0103, b"lab")
        answers = {PADI: PADO, PADR: PADS} if self.dials is None else {PADO: PADR}
        if code in answers:
            self._peer = peer
            self._number = NUMBER if code == PADR else 0
            self._send(DISCOVERY, answers[code], names + (tag(0x0102, b"isp1") if self.dials is None else b""))
        elif code == PADS and self.dials is not None:
            self._number = number
        elif code == PADT:
            self.up.clear()
        if code in (PADR, PADS):
            self._ppp(LCP, control(REQUEST, 1, option(1, struct.pack("!H", 1492)) + option(5, os.urandom(4))))

    def _negotiate(self, protocol: int, packet: bytes) -> None:
        code, identifier, length = struct.unpack("!BBH", packet[:4])
        options = packet[4:length]
        if code == REQUEST:
            given = option(3, socket.inet_aton(DIAL.router)) + option(129, socket.inet_aton(DIAL.link.resolver))
            if protocol == IPCP and self.dials is None and options != given:
                self._ppp(protocol, control(NAK, identifier, given))
                return
            self._ppp(protocol, control(ACK, identifier, options))
            if protocol == IPCP:
                self.up.set()
        elif code == ACK and protocol == LCP:
            nothing = option(3, bytes(4)) + option(129, bytes(4))
            mine = option(3, socket.inet_aton(DIAL.link.gateway)) if self.dials is None else nothing
            self._ppp(IPCP, control(REQUEST, 2, mine))
        elif code == NAK:
            self._ppp(protocol, control(REQUEST, identifier + 1, options))

    def _ppp(self, protocol: int, packet: bytes) -> None:
        self._send(SESSION, 0, struct.pack("!H", protocol) + packet)

    def _send(self, kind: int, code: int, payload: bytes) -> None:
        head = self._peer + self._mine + struct.pack("!HBBHH", kind, 0x11, code, self._number, len(payload))
        self._raw.send((head + payload).ljust(60, b"\0"))


@contextmanager
def dialled() -> Iterator[None]:
    """Let the router be connected by PPPoE over link 1 while entered."""
    link = DIAL.link
    ends = [PppoeEnd(link.name, "subscriber", "ppp0"), PppoeEnd(router.NAME, link.interface, DIAL.interface, DIAL)]
    try:
        ends[1].dial()
        deadline = time.monotonic() + PATIENCE_S
        while not all(end.up.is_set() for end in ends):
            if time.monotonic() > deadline:
                raise LabError("the PPPoE link did not come up")
            time.sleep(0.01)
        time.sleep(0.05)
        yield
        time.sleep(0.2)
        ends[1].hang_up()
        time.sleep(0.1)
    finally:
        for end in ends:
            end.close()
