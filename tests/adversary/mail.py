"""SMTP connections across the router: the frames on both sides, and the row of truth."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

from correlate.wire import ACK, FIN, PSH, RST, SYN

from . import frames
from .frames import Wire
from .world import ROUTER_MAC, TRANSIT, Answer, Host, Told, World

End = Literal["refused", "accepted", "try-later", "deferred", "rst", "silent"]
ENDS: dict[str, tuple[tuple[str, str], ...]] = {
    "refused": (
        ("", "220 relay.example ESMTP"),
        ("EHLO pc.example", "250 relay.example"),
        ("MAIL FROM:<a@site.example>", "530 5.7.0 Authentication required"),
        ("QUIT", "221 bye"),
    ),
    "accepted": (
        ("", "220 relay.example ESMTP"),
        ("EHLO pc.example", "250 relay.example"),
        ("MAIL FROM:<a@site.example>", "250 2.1.0 ok"),
        ("RCPT TO:<b@far.example>", "250 2.1.5 ok"),
        ("DATA", "354 go on"),
        ("Subject: x\r\n\r\nx\r\n.", "250 2.0.0 queued"),
        ("QUIT", "221 bye"),
    ),
    "deferred": (
        ("", "220 relay.example ESMTP"),
        ("EHLO pc.example", "250 relay.example"),
        ("MAIL FROM:<a@site.example>", "451 4.3.0 try again later"),
        ("QUIT", "221 bye"),
    ),
    "try-later": (("", "421 4.3.2 relay.example too busy"),),
}
"""Commands and replies; the first command is empty, for the banner."""
REPEATS = (0.0, 1.0, 3.0, 7.0)
"""When a SYN is sent, and again (RFC 6298 section 5)."""


@dataclass(eq=False)
class _Side:
    """One TCP connection at one side of the router; its writing is nothing but frames at times."""

    world: World
    point: str
    out: Wire
    client: str
    port: int
    server: str
    seq: int
    ack: int
    hops: int
    stamp: int | None
    random: Random
    seen: bool = True

    def orig(self, at: float, flags: int, payload: bytes = b"") -> int:
        seq, ack = (self.seq - 1, 0) if flags == SYN else (self.seq, self.ack)
        stamp = None if self.stamp is None else self.stamp + round(at * 1000)
        frame = frames.tcp(
            self.out, self.client, self.port, self.server, 25, seq, ack, flags, payload, stamp, self.hops, self._ident()
        )
        self.seq += len(payload) + bool(flags & FIN)
        return self._see(at, frame)

    def resp(self, at: float, flags: int, payload: bytes = b"") -> int:
        seq = 0 if flags & RST else self.ack - bool(flags & SYN)
        back = self.out[1], self.out[0]
        stamp = None if self.stamp is None or flags & RST else 7_000_000 + round(at * 1000)
        frame = frames.tcp(
            back, self.server, 25, self.client, self.port, seq, self.seq, flags, payload, stamp, 50, self._ident()
        )
        self.ack += len(payload) + bool(flags & FIN)
        return self._see(at, frame)

    def _see(self, at: float, frame: bytes) -> int:
        return self.world.see(self.point, at, frame) if self.seen else -1

    def _ident(self) -> int:
        return self.random.getrandbits(16)


@dataclass(frozen=True)
class Opened:
    """A connection and when it was over for its client."""

    told: Told
    over: float


def connect(
    world: World,
    host: Host,
    address: str,
    answer: Answer | None,
    *,
    link: str | None = None,
    end: End = "refused",
    story: str = "",
    clear: bool = True,
    first_lost_on: str | None = None,
    pause: float = 0.0,
    onward: tuple[str, Answer | None, str] | None = None,
    rewrites: bool = False,
    own_port: bool = False,
) -> Opened:
    """A host opens a connection now, by an answer that it holds.

    Args:
        link: the link that it leaves by; else the router's choice.
        end: how it ends; `silent` is a server that does not answer SYNs.
        clear: False where the mechanism takes away what would decide.
        first_lost_on: the side whose capture lacks the first SYN, which gets no answer.
        pause: seconds of silence before the client goes on, in the dialogue's middle.
        onward: the address that the router connects to instead, the answer it has that from, and `dnat` or `proxy`.
        rewrites: the router gives the connection another port on the WAN side.
        own_port: the connection is the router's own, with no LAN side.
    """
    draw, at = host.random, world.now
    link = link or world.transport(host)
    up = world.links[link]
    port = world.port()
    wan_port = world.port() if rewrites or (onward is not None and onward[2] == "proxy") else port
    seq, ack = draw.getrandbits(32), draw.getrandbits(32)
    proxy = onward is not None and onward[2] == "proxy"
    v6 = ":" in address
    target = address if onward is None else onward[0]
    inside = _Side(
        world,
        "lan",
        (host.mac, ROUTER_MAC),
        host.ip,
        port,
        address,
        seq + 1,
        ack + 1,
        host.hops,
        host.stamp,
        draw,
        not own_port,
    )
    if proxy:
        seq, ack = draw.getrandbits(32), draw.getrandbits(32)
    outside = _Side(
        world,
        link,
        up.out,
        host.ip if v6 else up.address,
        wan_port,
        target,
        seq + 1,
        ack + 1,
        64 if proxy or own_port else host.hops - 1,
        host.stamp,
        draw,
    )
    opener = "router" if onward is not None or own_port else host.name
    gained = onward[1] if onward is not None else answer
    opening: list[int] = []
    hold = draw.uniform(0.001, 0.004) if proxy else TRANSIT
    rtt = draw.uniform(0.008, 0.03)

    def told(syn_at: float) -> Told:
        seen = frozenset(number for number in opening if number >= 0)
        held = world.router if opener == "router" else host
        row = Told(port, wan_port, opener, target, syn_at, link, gained, seen, story, clear)
        world.told.append(row)
        held.connects.append(row)
        links = "none" if gained is None else gained.link
        text = f"{opener} connects to {target}, port {port}, over {link}; address by {links}; {story or end}"
        world.tell(text, at)
        return row

    repeats = REPEATS if end == "silent" else REPEATS[:2] if first_lost_on else REPEATS[:1]
    for n, wait in enumerate(repeats):
        if not (n == 0 and first_lost_on == "lan"):
            opening.append(inside.orig(at + wait, SYN))
        if not (n == 0 and first_lost_on == "wan"):
            opening.append(outside.orig(at + wait + hold, SYN))
    row = told(at)
    now = at + repeats[-1]
    if end == "silent":
        return Opened(row, now + 8.0)
    now += rtt
    if end == "rst":
        outside.resp(now, RST | ACK)
        inside.resp(now + TRANSIT, RST | ACK)
        return Opened(row, now + TRANSIT)
    outside.resp(now, SYN | ACK)
    inside.resp(now + hold, SYN | ACK)
    inside.orig(now + hold + 0.000_1, ACK)
    outside.orig(now + 2 * hold + 0.000_1, ACK)
    script = ENDS[end]
    for n, (command, reply) in enumerate(script):
        now += 2 * hold + draw.uniform(0.001, 0.02) + (pause if n == len(script) - 1 else 0.0)
        if command:
            line = command.encode() + b"\r\n"
            inside.orig(now, PSH | ACK, line)
            outside.orig(now + hold, PSH | ACK, line)
            now += hold
        now += rtt
        line = reply.encode() + b"\r\n"
        outside.resp(now, PSH | ACK, line)
        inside.resp(now + hold, PSH | ACK, line)
    now += 2 * hold + 0.001
    inside.orig(now, FIN | ACK)
    outside.orig(now + hold, FIN | ACK)
    outside.resp(now + rtt, FIN | ACK)
    inside.resp(now + rtt + hold, FIN | ACK)
    return Opened(row, now + rtt + hold)
