"""What lies between the router and its providers: a wire each, which a run may make slow.

The kernel here has no delay to offer (netem), so a thread takes the wire's two ends out of their bridge and carries
each frame across when its time has come.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from heapq import heappop, heappush
from random import Random
from threading import Event, Thread

from . import namespaces, wires
from .topology import LINKS, LabLink
from .wires import CableEnd

NAME = "wires"
LEAST_S, MOST_S = 0.005, 0.040
"""How long a packet may take to the provider and its answer back."""
BUFFER = 64 << 20
_ALL, _AT_ONCE, _SO_RCVBUFFORCE = 3, 64, 33


def make_wires() -> None:
    """Make the place where the wires are."""
    wires.make_namespace(NAME)
    namespaces.setting(NAME, "ipv6/conf/default/disable_ipv6", 1)


def lay(link: LabLink, site: CableEnd, provider: CableEnd) -> None:
    """Lay a link's wire: from the router and from the provider into one bridge."""
    namespaces.ip(NAME, [f"link add {_bridge(link)} type bridge", f"link set {_bridge(link)} up"])
    wires.no_offloads(NAME, _bridge(link))
    for end, mine in zip((site, provider), _ends(link), strict=True):
        wires.cable(end, CableEnd(NAME, mine))
    mend()


def mend() -> None:
    """Let all wires be as quick as they can, also those that a killed run left open."""
    there = namespaces.execute(["ip", "-n", namespaces.full_name(NAME), "-o", "link"])
    lines = [f"link set {end} master {_bridge(link)}" for link in LINKS for end in _ends(link) if f" {end}@" in there]
    namespaces.ip(NAME, lines)


@contextmanager
def delayed(links: Sequence[LabLink], rng: Random) -> Iterator[dict[str, float]]:
    """Let each link be slow while entered, by a time drawn for it; gives the times there and back, in seconds."""
    drawn = {link.name: rng.uniform(LEAST_S, MOST_S) for link in links}
    sockets: dict[socket.socket, tuple[socket.socket, float]] = {}
    stop = Event()
    thread = Thread(target=_carry, args=(sockets, stop), daemon=True)
    try:
        for link in links:
            one, two = (_open(end) for end in _ends(link))
            sockets[one], sockets[two] = (two, drawn[link.name] / 2), (one, drawn[link.name] / 2)
            namespaces.ip(NAME, [f"link set {end} nomaster" for end in _ends(link)])
        thread.start()
        yield drawn
    finally:
        stop.set()
        if thread.is_alive():
            thread.join()
        for each in sockets:
            each.close()
        mend()


def _ends(link: LabLink) -> tuple[str, str]:
    return f"site{link.number}", f"isp{link.number}"


def _bridge(link: LabLink) -> str:
    return f"wire{link.number}"


def _open(interface: str) -> socket.socket:
    made = namespaces.socket_in(NAME, socket.AF_PACKET, socket.SOCK_RAW)
    made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, BUFFER)
    made.bind((interface, _ALL))
    made.setblocking(False)
    return made


def _carry(sockets: dict[socket.socket, tuple[socket.socket, float]], stop: Event) -> None:
    """Send what was received at one end from the other end, when its time has come."""
    waiting: list[tuple[float, int, socket.socket, bytes]] = []
    count = 0
    while not stop.is_set():
        patience = max(0.0, min(0.05, waiting[0][0] - time.monotonic())) if waiting else 0.05
        for ready in select.select(list(sockets), [], [], patience)[0]:
            other, delay = sockets[ready]
            with suppress(BlockingIOError):
                for _ in range(_AT_ONCE):
                    frame, address = ready.recvfrom(65535)
                    if address[2] != socket.PACKET_OUTGOING:
                        count += 1
                        heappush(waiting, (time.monotonic() + delay, count, other, frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, other, frame = heappop(waiting)
            with suppress(OSError):
                other.send(frame)
