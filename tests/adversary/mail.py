"""SMTP connections across the router: the frames on both sides, and the row of truth."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

from correlate.wire import ACK, FIN, PSH, RST, SYN

from . import frames
from .frames import Wire
from .world import ROUTER_MAC, TRANSIT, Answer, Host, Told, World

End = Literal["refused", "accepted", "try-later", "deferred", "rst", "silent", "cancelled", "reused"]
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
    "reused": (
        ("", "220 relay.example ESMTP"),
        ("EHLO pc.example", "250 relay.example"),
        ("MAIL FROM:<a@site.example>", "250 2.1.0 ok"),
        ("RCPT TO:<b@far.example>", "250 2.1.5 ok"),
        ("DATA", "354 go on"),
        ("Subject: x\r\n\r\nx\r\n.", "250 2.0.0 queued"),
        ("RSET", "250 2.0.0 ok"),
        ("MAIL FROM:<a@site.example>", "530 5.7.0 Authentication required"),
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
class Onward:
    """Where the router sends a connection that a host opened."""

    address: str
    answer: Answer | None
    """What the router has that address from; None for its settings."""
    proxy: bool = False
    """It ends the connection and opens its own; else it rewrites the destination (RFC 3022 calls that DNAT)."""
    delay: float = 0.0
    """Seconds from the host's SYN to the router's, for a look-up on demand."""
    clear: bool = True
    story: str = ""


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
    onward: Onward | None = None,
    rewrites: bool = False,
    own: bool = False,
    typed: bool = False,
) -> Opened:
    """A host opens a connection now, by an answer that it holds.

    Args:
        link: the link that it leaves by; else the router's choice.
        end: how it ends; `silent` is a server that does not answer SYNs, `cancelled` one that was not waited for.
        clear: False where the mechanism takes away what would decide.
        first_lost_on: the side whose capture lacks the first SYN, which gets no answer.
        pause: seconds of silence before the client goes on, in the dialogue's middle.
        onward: where the router sends it instead; by default what the world's router does.
        rewrites: the router gives the connection another port on the WAN side.
        own: the connection is the router's own, with no LAN side.
        typed: commands come a character a packet, as from a telnet.
    """
    draw, at = host.random, world.now
    v6 = ":" in address
    if onward is None and world.redirect is not None and not own and not v6:
        onward = world.redirect()
    link = link or world.transport(world.router if onward is not None else host)
    up = world.links[link]
    port = world.port()
    proxy = onward is not None and onward.proxy
    wan_port = world.port() if (rewrites and not v6) or proxy else port
    seq, ack = draw.getrandbits(32), draw.getrandbits(32)
    target = address if onward is None else onward.address
    source = host.ip6 if v6 else host.ip
    inside = _Side(
        world,
        "lan",
        (host.mac, ROUTER_MAC),
        source,
        port,
        address,
        seq + 1,
        ack + 1,
        host.hops,
        host.stamp,
        draw,
        not own,
    )
    if proxy:
        seq, ack = draw.getrandbits(32), draw.getrandbits(32)
    outside = _Side(
        world,
        link,
        up.out,
        source if v6 else up.address,
        wan_port,
        target,
        seq + 1,
        ack + 1,
        64 if proxy or own else host.hops - 1,
        host.stamp,
        draw,
    )
    story = story if onward is None else onward.story
    opener = "router" if onward is not None or own else host.name
    gained = onward.answer if onward is not None else answer
    begin = len(world.frames)
    opening: list[int] = []
    hold = draw.uniform(0.001, 0.004) if proxy else TRANSIT
    rtt = draw.uniform(0.008, 0.03)
    wait_for = hold if onward is None else hold + onward.delay
    repeats = REPEATS if end == "silent" else REPEATS[:2] if first_lost_on else REPEATS[:1]
    for n, wait in enumerate(repeats):
        if not (n == 0 and first_lost_on == "lan"):
            opening.append(inside.orig(at + wait, SYN))
        if not (n == 0 and first_lost_on == "wan"):
            opening.append(outside.orig(at + wait + wait_for, SYN))
    row = Told(
        port,
        wan_port,
        opener,
        target,
        at + wait_for if opener == "router" else at,
        link,
        gained,
        frozenset(number for number in opening if number >= 0),
        story,
        clear and (onward is None or onward.clear),
    )
    over = _dialogue(inside, outside, at + repeats[-1] + wait_for - hold, hold, rtt, end, pause, typed)
    row.frames = range(begin, len(world.frames))
    world.told.append(row)
    (world.router if opener == "router" else host).connects.append(row)
    by = "no look-up" if gained is None else gained.link
    said = f"{opener} connects to {target}, port {port}, over {link}; address by {by}; {story or end}"
    world.tell(said, row.at)
    return Opened(row, over)


def _dialogue(
    inside: _Side, outside: _Side, now: float, hold: float, rtt: float, end: End, pause: float, typed: bool
) -> float:
    """What follows the SYN; returns when it was over."""
    draw = inside.random
    if end == "silent":
        return now + 8.0
    if end == "cancelled":
        return now
    now += rtt
    if end == "rst":
        outside.resp(now, RST | ACK)
        inside.resp(now + TRANSIT, RST | ACK)
        return now + TRANSIT
    outside.resp(now, SYN | ACK)
    inside.resp(now + hold, SYN | ACK)
    inside.orig(now + hold + 0.000_1, ACK)
    outside.orig(now + 2 * hold + 0.000_1, ACK)
    script = ENDS[end]
    for n, (command, reply) in enumerate(script):
        now += 2 * hold + draw.uniform(0.001, 0.02) + (pause if n == len(script) - 2 else 0.0)
        if command:
            line = command.encode() + b"\r\n"
            for part in [line[n : n + 1] for n in range(len(line))] if typed else [line]:
                now += draw.uniform(0.05, 0.4) if typed else 0.0
                inside.orig(now, PSH | ACK, part)
                outside.orig(now + hold, PSH | ACK, part)
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
    return now + rtt + hold


def elsewhere(world: World, host: Host, address: str) -> None:
    """A connection of another program to another port of the same server."""
    draw, port, link = host.random, world.port(), world.transport(host)
    target, up = draw.choice((80, 143, 443, 993)), world.links[link]
    seq, ack = draw.getrandbits(32), draw.getrandbits(32)
    for n, (own, flags) in enumerate(((True, SYN), (False, SYN | ACK), (True, FIN | ACK), (False, FIN | ACK))):
        at = world.now + n * 0.012
        number, back = (seq + n // 2, ack + (n > 1)) if own else (ack + n // 2, seq + 1 + n // 2)
        for point, wire, source in (("lan", (host.mac, ROUTER_MAC), host.ip), (link, up.out, up.address)):
            if own:
                frame = frames.tcp(wire, source, port, address, target, number, back if n else 0, flags)
            else:
                frame = frames.tcp((wire[1], wire[0]), address, target, source, port, number, back, flags, hops=50)
            world.see(point, at + (TRANSIT if (point != "lan") == own else 0.0), frame)
