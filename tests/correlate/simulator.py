"""A site with several links: tell it what happens and when, and it writes what its capture points see, and the truth.

Times are seconds after BEGIN. Nothing is scheduled: every event has its explicit time, so that any of them may overlap.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wanwitness.correlate import Correlated, correlate
from wanwitness.inputs import gather
from wanwitness.model import Judgement, Session
from wanwitness.model.resolved import Resolved
from wanwitness.reading import Readings, read
from wanwitness.verdict import judge, returned_by_fetch

from . import wire
from .wire import ACK, FIN, PSH, RST, SECOND, SYN

BEGIN = 1_700_000_000
ROUTER, ROUTER6 = "192.168.1.1", "2001:db8:1::1"
RELAY, RELAY2 = "198.51.100.25", "198.51.100.26"
NAME = "smtp.isp.example"
TRANSIT = 0.000_05
"""What the router needs to pass a packet on."""

Script = Sequence[tuple[str, str]]
"""Commands and replies; the first command is empty, for the banner."""
ACCEPTED: Script = (
    ("", "220 relay ESMTP"),
    ("EHLO pc.example", "250 relay"),
    ("MAIL FROM:<a@site.example>", "250 2.1.0 ok"),
    ("RCPT TO:<b@far.example>", "250 2.1.5 ok"),
    ("QUIT", "221 bye"),
)
REJECTED: Script = (
    ("", "220 relay ESMTP"),
    ("EHLO pc.example", "250 relay"),
    ("MAIL FROM:<a@site.example>", "530 5.7.0 Authentication required"),
    ("QUIT", "221 bye"),
)


@dataclass(frozen=True)
class Uplink:
    """A link as the simulator knows it."""

    name: str
    address: str
    """The router's."""
    resolver: str
    address6: str


@dataclass
class Truth:
    """What was put in for one session."""

    client: str
    port: int
    transport: str | None
    resolver: str | None
    because: str | None = None


@dataclass
class Result:
    """What came out: sessions by the client's address and port."""

    correlated: Correlated
    readings: Readings
    rows: dict[tuple[str, int], tuple[Session, Resolved]] = field(default_factory=dict)

    def links(self, client: str, port: int) -> tuple[str | None, str | None, str | None]:
        """Transport link, resolver link, and why the latter is undetermined."""
        session, resolved = self.rows[client, port]
        return session.transport_link, resolved.link, resolved.because

    def judgements(self) -> list[Judgement]:
        """What is said of every session, in order of time."""
        correlated = self.correlated
        exchanges = [exchange for point in correlated.points for exchange in point.rows.dns]
        fetched = returned_by_fetch(correlated.points, correlated.timeline)
        given = correlated.sessions, correlated.links, exchanges, correlated.captures, correlated.gaps
        return judge(*given, returned=fetched)

    def judgement(self, client: str, port: int) -> Judgement:
        """What is said of one session."""
        ends = (client, port)
        return next(one for one in self.judgements() if tuple(one.session.client) == ends)


class Simulator:
    """One site. `clock` is what each capture point's clock is ahead, in seconds (`lan` or the link's name)."""

    def __init__(
        self,
        links: Iterable[str] = ("orange", "sfr"),
        *,
        clock: Mapping[str, float] | None = None,
        seed: int = 1,
        same_private_network: bool = False,
        fixed_isn: bool = False,
    ) -> None:
        self.fixed_isn = fixed_isn
        self.snaplen = 262144
        """Bytes of a frame that the capture points write down."""
        self.snaplens: dict[str, int] = {}
        """The same of a point that differs."""
        self.random = random.Random(seed)
        self.links = {
            name: Uplink(
                name,
                "192.168.0.2" if same_private_network else f"203.0.113.{10 * (n + 1)}",
                "192.168.0.1" if same_private_network else f"198.51.100.{53 + n}",
                f"2001:db8:ff{n}::10",
            )
            for n, name in enumerate(links)
        }
        self.clock = dict(clock or {})
        self.owners: dict[str, int] = {}
        """Whose MAC a LAN address's packets come from, where that was told."""
        self.truth: list[Truth] = []
        self.frames: dict[str, list[tuple[int, int, bytes]]] = {point: [] for point in ("lan", *self.links)}
        self._count = 0
        self._next_port = 20_000

    # What the capture points see

    def see(self, point: str, at: float, frame: bytes) -> None:
        """Let a capture point write a frame down."""
        self._count += 1
        if point == "lan" and self.owners:
            frame = wire.sent_by(frame, self.owners)
        ts_ns = BEGIN * SECOND + round((at + self.clock.get(point, 0.0)) * 1e9)
        if point in self.links:  # each link has the router's port and the next hop of its own
            up, number = self.links[point], list(self.links).index(point)
            frame = wire.between(frame, (up.address, up.address6), 0xA000 + number, 0xB000 + number)
        self.frames[point].append((ts_ns, self._count, frame))

    def ident(self) -> int:
        return self.random.randrange(1 << 16)

    def port(self) -> int:
        """A port never used before."""
        self._next_port += 1
        return self._next_port

    # Names

    def question(
        self,
        point: str,
        at: float,
        until: float | None,
        client: str,
        server: str,
        name: str,
        addresses: Iterable[str],
        *,
        ident: int | None = None,
        port: int | None = None,
        ttl: int = 300,
        qtype: str = "A",
        alias: str | None = None,
        rcode: int = 0,
        asked: bool = True,
    ) -> tuple[int, int]:
        """One exchange at one point, answered at `until` if at all; returns its id and port."""
        ident = self.ident() if ident is None else ident
        port = self.port() if port is None else port
        if asked:
            self.see(point, at, wire.udp(client, port, server, 53, wire.dns(ident, name, qtype=qtype)))
        if until is not None:
            message = wire.dns(ident, name, addresses, ttl=ttl, qtype=qtype, alias=alias, rcode=rcode)
            self.see(point, until, wire.udp(server, 53, client, port, message))
        return ident, port

    def ask(
        self,
        at: float,
        client: str,
        link: str | None,
        address: str = RELAY,
        *,
        name: str = NAME,
        ttl: int = 300,
        rtt: float = 0.01,
        hop: float = 0.000_2,
        server: str = ROUTER,
        resolver: str | None = None,
        **rest: object,
    ) -> float:
        """A client asks the forwarder, which asks over `link`, or its cache; returns when the answer came."""
        if link is None:
            self.question("lan", at, at + hop, client, server, name, [address], ttl=ttl, **rest)  # type: ignore[arg-type]
            return at + hop
        self.upstream(at + hop, link, address, name=name, ttl=ttl, rtt=rtt, resolver=resolver, **rest)  # type: ignore[arg-type]
        answered = at + hop + rtt + hop
        self.question("lan", at, answered, client, server, name, [address], ttl=ttl, **rest)  # type: ignore[arg-type]
        return answered

    def upstream(
        self,
        at: float,
        link: str,
        address: str = RELAY,
        *,
        name: str = NAME,
        ttl: int = 300,
        rtt: float = 0.01,
        resolver: str | None = None,
        held: Sequence[str] = (),
        **rest: object,
    ) -> float:
        """The router asks over a link: for a client, or, with no client's question behind it, for itself."""
        up = self.links[link]
        records = held or [address]
        self.question(link, at, at + rtt, up.address, resolver or up.resolver, name, records, ttl=ttl, **rest)  # type: ignore[arg-type]
        return at + rtt

    def ask_direct(
        self,
        at: float,
        client: str,
        link: str,
        address: str = RELAY,
        *,
        server: str | None = None,
        rtt: float = 0.01,
        name: str = NAME,
        ttl: int = 300,
        ident: int | None = None,
    ) -> float:
        """A client asks a resolver beyond the router, which only rewrites the source."""
        up, ident, port = self.links[link], self.ident() if ident is None else ident, self.port()
        server = server or up.resolver
        self.question(
            "lan", at, at + rtt + 2 * TRANSIT, client, server, name, [address], ident=ident, port=port, ttl=ttl
        )
        self.question(
            link, at + TRANSIT, at + rtt + TRANSIT, up.address, server, name, [address], ident=ident, port=port, ttl=ttl
        )
        return at + rtt + 2 * TRANSIT

    def race(
        self, at: float, client: str, rtts: Mapping[str, float], address: str = RELAY, name: str = NAME, ttl: int = 300
    ) -> float:
        """A client asks a forwarder that asks over every link at once, and uses the first answer."""
        hop = 0.000_2
        for n, (link, rtt) in enumerate(rtts.items()):
            self.upstream(at + hop + n * 0.000_02, link, address, name=name, ttl=ttl, rtt=rtt)
        answered = at + 2 * hop + min(rtts.values())
        self.question("lan", at, answered, client, ROUTER, name, [address], ttl=ttl)
        return answered

    def announce(self, at: float, address: str, owner: int) -> None:
        """A host shows an address to be its own, by ARP or neighbour discovery."""
        self.owners.setdefault(address, owner)
        self.see("lan", at, (wire.neighbour if ":" in address else wire.arp)(address, owner))

    # Mail

    def connect(
        self,
        at: float,
        client: str,
        link: str,
        address: str = RELAY,
        *,
        to: str | None = None,
        script: Script = ACCEPTED,
        port: int | None = None,
        wan_port: int | None = None,
        modulated: bool = False,
        proxy: bool = False,
        back: str | None = None,
        answer: str = "yes",
        syn_repeated: bool = False,
        with_syn: bool = True,
        step: float = 0.02,
        lan: bool = True,
        timestamps: bool = True,
        uneven: bool = False,
        hold: float | None = None,
        own: str | None = None,
        masked: Callable[[str], str] = str,
        ident: int = 0,
        wan_ident: int | None = None,
        server_port: int = 25,
        tls: bool = False,
        hops: int = 64,
    ) -> int:
        """A client opens an SMTP connection that leaves by `link`; returns its port.

        Args:
            to: the address that the router rewrites the destination to.
            modulated: the router rewrites sequence numbers.
            proxy: the router ends the connection and opens another.
            back: the link by which the server's packets come back.
            answer: `yes`, `no`, `rst` or `icmp`.
            uneven: client, server and proxy take their time, each time another one.
            hold: how long the router keeps what it passes on, at most.
            own: the client's address on the link; else the router's.
            masked: what the router makes of a reply.
            ident: the SYN's IP Identification or flow label; `wan_ident` is what the router makes of it.
            tls: behind the script, both sides begin TLS.
            hops: the TTL of the client's packets on the LAN.
        """
        up = self.links[link]
        port = port or self.port()
        own = own or (up.address6 if ":" in (to or address) else up.address)
        isns = [1000, 2000] * 2 if self.fixed_isn else [self.random.randrange(1 << 32) for _ in range(4)]
        tsval = self.random.randrange(1 << 32) if timestamps else None
        inside = _Side(
            self, "lan", "lan", client, port, address, isns[0], isns[1], tsval, hops, bool(lan), ident, server_port
        )
        outside = _Side(
            self,
            link,
            back or link,
            own,
            wan_port or port,
            to or address,
            isns[2] if modulated or proxy else isns[0],
            isns[3] if modulated or proxy else isns[1],
            self.random.randrange(1 << 32) if proxy and timestamps else tsval,
            hops - 1 if lan and not proxy else 64,
            True,
            ident if wan_ident is None else wan_ident,
            server_port,
        )
        hold = hold or (0.003 if proxy else TRANSIT)
        opened = self.random.uniform(0, hold) if uneven else hold
        now = at
        if with_syn:
            for repeat in range(2 if syn_repeated else 1):
                inside.orig(now + repeat, SYN)
                if answer == "yes" or not proxy:
                    outside.orig(now + repeat + opened, SYN)
            if answer == "no":
                return port
            if answer == "rst":
                outside.resp(now + 0.01, RST | ACK)
                inside.resp(now + 0.01 + TRANSIT, RST | ACK)
                return port
            now += (1 if syn_repeated else 0) + 0.01
            outside.resp(now + (opened if uneven else 0), SYN | ACK)
            inside.resp(at + 0.000_1 if proxy else now + TRANSIT, SYN | ACK)
            now += opened if uneven else 0
        for side in (inside, outside):
            side.begin()
        for command, reply in script:
            draw = self.random.uniform if uneven else lambda _, most: most
            now += draw(0, step)
            passed = now + draw(0, hold) if uneven else now + hold
            answered = passed + draw(step / 10, step / 2) if uneven else now + step / 2
            if command:
                inside.orig(now, PSH | ACK, command.encode() + b"\r\n")
                outside.orig(passed, PSH | ACK, command.encode() + b"\r\n")
            outside.resp(answered, PSH | ACK, reply.encode() + b"\r\n")
            heard = answered + draw(0, hold)
            inside.resp(heard, PSH | ACK, masked(reply).encode() + b"\r\n")
            now = heard if uneven else now
        if tls:
            hello, answer_to_it = (self.hello(kind) for kind in (1, 2))
            now += step
            inside.orig(now, PSH | ACK, hello)
            outside.orig(now + hold, PSH | ACK, hello)
            outside.resp(now + step / 2, PSH | ACK, answer_to_it)
            inside.resp(now + step / 2 + hold, PSH | ACK, answer_to_it)
        now += step
        inside.orig(now, FIN | ACK)
        outside.orig(now + hold, FIN | ACK)
        outside.resp(now + step / 2, FIN | ACK)
        inside.resp(now + step / 2 + hold, FIN | ACK)
        return port

    def hello(self, kind: int) -> bytes:
        """The record of a ClientHello (kind 1) or ServerHello (2), with a random of its own."""
        body = b"\x03\x03" + self.random.randbytes(32) + bytes(60)
        message = bytes((kind,)) + len(body).to_bytes(3) + body
        return b"\x16\x03\x01" + len(message).to_bytes(2) + message

    def session(
        self, at: float, client: str, link: str, resolver: str | None, because: str | None = None, **rest: object
    ) -> Truth:
        """Connect, and put the truth down."""
        port = self.connect(at, client, link, **rest)  # type: ignore[arg-type]
        row = Truth(client, port, link, resolver, because)
        self.truth.append(row)
        return row

    # Results

    def write(self, folder: Path, leave_out: Iterable[str] = (), parts: int = 1) -> dict[str, list[Path]]:
        """Write each point's capture, in `parts` files; returns the files by point."""
        files: dict[str, list[Path]] = {}
        for point, seen in self.frames.items():
            if point in leave_out:
                continue
            frames = [(ts, frame) for ts, _, frame in sorted(seen)]
            size = max(1, -(-len(frames) // parts))
            for part in range(parts):
                path = folder / (f"{point}.pcap" if parts == 1 else f"{point}_{part:05}_20231114221320.pcap")
                wire.write_pcap(path, frames[part * size : (part + 1) * size], self.snaplens.get(point, self.snaplen))
                files.setdefault(point, []).append(path)
        return files

    def analyse(
        self,
        folder: Path,
        leave_out: Iterable[str] = (),
        parts: int = 1,
        *,
        roles: bool = True,
        reverse: bool = False,
        site_file: Path | None = None,
    ) -> Result:
        """Write the captures and correlate them, with roles given as on the command line, or inferred."""
        folder.mkdir(parents=True, exist_ok=True)
        files = self.write(folder, leave_out, parts)
        lan = [str(path) for path in files.get("lan", ())]
        wan = [(link, str(path)) for link, paths in files.items() if link != "lan" for path in paths]
        if reverse:
            lan, wan = lan[::-1], wan[::-1]
        file = None if site_file is None else str(site_file)
        if roles:
            inputs = gather([], lan, [f"{link}={path}" for link, path in wan], file)
        else:
            plain = [*lan, *(path for _, path in wan)]
            inputs = gather(plain[::-1] if reverse else plain, site_file=file)
        readings = read(inputs.files)
        correlated = correlate(readings.points, readings.captures, inputs.site, readings.coverage)
        rows = {(s.client.ip, s.client.port): (s, s.resolved) for s in correlated.sessions}
        return Result(correlated, readings, rows)

    def sessions(self, folder: Path) -> list[Session]:
        """All sessions, also where a port pair was used twice."""
        return self.analyse(folder).correlated.sessions


@dataclass
class _Side:
    """One TCP connection at one side of the router."""

    simulator: Simulator
    out: str
    back: str
    client: str
    port: int
    server: str
    seq: int
    ack: int
    tsval: int | None
    hops: int
    seen: bool
    ident: int = 0
    server_port: int = 25

    def orig(self, at: float, flags: int, payload: bytes = b"") -> None:
        """Send from the client."""
        seq, ack = (self.seq, 0) if flags == SYN else (self.seq, self.ack)
        ts = self.tsval if flags == SYN else None
        ends = self.client, self.port, self.server, self.server_port
        ident = self.ident if flags == SYN else 0
        frame = wire.tcp(*ends, seq, ack, flags, payload, ts, hops=self.hops, ident=ident)
        self._see(self.out, at, frame)
        self.seq += len(payload) + bool(flags & FIN)

    def resp(self, at: float, flags: int, payload: bytes = b"") -> None:
        """Send from the server."""
        ack = self.seq + 1 if flags & (SYN | RST) else self.seq
        seq = 0 if flags & RST else self.ack
        ends = self.server, self.server_port, self.client, self.port
        frame = wire.tcp(*ends, seq, ack, flags, payload, hops=50)
        self._see(self.back, at, frame)
        self.ack += len(payload) + bool(flags & FIN)

    def begin(self) -> None:
        """Count the SYNs."""
        self.seq += 1
        self.ack += 1

    def _see(self, point: str, at: float, frame: bytes) -> None:
        if self.seen:
            self.simulator.see(point, at, frame)
