"""What a scenario acts with: the LAN's hosts and the router, on the lab that is up."""

from __future__ import annotations

import socket
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Lock

from . import namespaces, router, state, stub, topology
from .dialogue import PATIENCE_S, Script, plain, talk
from .exits import EXITS, Box, Dial
from .facts import Diary, LabConnection, Question
from .ports import Ports
from .proxy import Proxy
from .shifting import Calendar
from .topology import LabLink


@dataclass(slots=True)
class Stage:
    """One run's books and tools."""

    rng: Random
    folder: Path
    """Where the run's files are written."""
    diary: Diary = field(default_factory=Diary)
    calendar: Calendar = field(default_factory=Calendar)
    ports: Ports = field(init=False)
    proxy: Proxy = field(init=False)
    forwarding: Lock = field(default_factory=Lock)
    """The router is one host: it looks a relay up and connects to it without another look-up in between."""

    asking: defaultdict[str, Lock] = field(default_factory=lambda: defaultdict(Lock))
    """One question for a name at a time: whose was which of several in one millisecond, no capture can tell."""

    def __post_init__(self) -> None:
        self.ports = Ports(state.FOLDER / "ports")
        self.proxy = Proxy(self.diary)


@dataclass(frozen=True, slots=True)
class LabHost:
    """A host of the LAN, as a scenario uses it."""

    stage: Stage
    scenario: str
    number: int

    @property
    def namespace(self) -> str:
        """Its namespace, and its name in the logs."""
        return f"c{self.number}"

    @property
    def ip(self) -> str:
        """Its IPv4 address."""
        return topology.client(self.number)

    @property
    def ip6(self) -> str:
        """Its IPv6 address."""
        return topology.client6(self.number)

    def known_as(self, address: str) -> str:
        """Return the host that an address shows: behind the second router each address is a host of its own."""
        return self.namespace + ("v6" if self.number > topology.CLIENTS and ":" in address else "")

    def ask(self, name: str, kind: str = "A", *, by: str = "isp1", six: bool = False) -> Question:
        """Ask the router for a name; it asks by one of its ways (see `ways`)."""
        mine, server = (self.ip6, topology.ROUTER_LAN6) if six else (self.ip, topology.ROUTER_LAN)
        return self._ask((mine, self.stage.ports.by(mine, by)), server, name, kind)

    def ask_resolver(self, resolver: str, name: str, kind: str = "A", *, over: str) -> Question:
        """Ask a resolver on the Internet itself, over a link."""
        return self._ask((self.ip, self.stage.ports.over(self.ip, over)), resolver, name, kind)

    def mail(
        self,
        server: str,
        script: Script | None = None,
        *,
        over: str = "isp1",
        port: int = 25,
        source_port: int | None = None,
        patience_s: float = PATIENCE_S,
        letterwise: bool = False,
    ) -> LabConnection:
        """Connect to a mail server over a link and say what the script says: by default, one plain mail."""
        mine = self.ip6 if ":" in server else self.ip
        if source_port is None:
            source_port = self.stage.ports.over(mine, over)
        unconnected = self.socket((mine, source_port))
        log = LabConnection(self.scenario, self.known_as(mine), (mine, source_port), (server, port), time.time())
        self.stage.diary.note(log)
        talk(unconnected, log, script or plain(), patience_s=patience_s, letterwise=letterwise)
        return log

    def socket(self, source: tuple[str, int]) -> socket.socket:
        """Make a TCP socket of the host that will connect from one of its addresses and a port."""
        family = socket.AF_INET6 if ":" in source[0] else socket.AF_INET
        made = namespaces.socket_in(self.namespace, family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(source)
        return made

    def scattered_port(self, over: str) -> int:
        """Return a source port that the router will translate to a random one."""
        port = self.stage.ports.over(self.ip, over)
        router.nft(router.scatter(self.ip, port))
        return port

    def forwarded_mail(
        self,
        server: str,
        relay: str,
        script: Script | None = None,
        *,
        over: str,
        resolved: str,
        resolver: str | None = None,
        letterwise: bool = False,
    ) -> None:
        """Connect to a server while the router does SMTP forwarding by rewriting the destination.

        Args:
            server: whom the client believes to reach.
            relay: the name that the router looks up and connects to instead.
            script: what the client says; by default, one plain mail.
            over: the link that the router takes.
            resolved: the link over which it asks for the relay's name.
            resolver: whom it asks; by default that link's own resolver.
            letterwise: whether somebody types it.
        """
        with self.stage.forwarding:
            address = router_asks(self.stage, relay, resolved, resolver).first
            port = self.stage.ports.over(self.ip, over)
            router.nft(router.forward(self.ip, port, address))
            self.mail(server, script, source_port=port, letterwise=letterwise)

    def proxied_mail(self, server: str, relay: str, *, over: str, resolved: str, resolver: str | None = None) -> None:
        """Connect to a server while the router's proxy ends the connection and carries it to a relay."""
        with self.stage.forwarding:
            address = router_asks(self.stage, relay, resolved, resolver).first
            port = self.stage.ports.free()
            self.stage.proxy.serve((self.ip, port), address, over)
            router.nft(router.end_here(self.ip, port))
            self.mail(server, source_port=port)

    def _ask(self, source: tuple[str, int], server: str, name: str, kind: str) -> Question:
        self.stage.ports.ready(self.ip, self.ip6)
        with self.stage.asking[name]:
            told = stub.ask(self.namespace, self.known_as(source[0]), source, (server, 53), name, kind)
        self.stage.diary.note(told)
        return told


@dataclass(frozen=True, slots=True)
class Play:
    """A scenario being played: which of the LAN's hosts are its clients, and its own dice."""

    stage: Stage
    scenario: str
    first_host: int
    rng: Random

    def client(self, number: int = 1) -> LabHost:
        """Return the scenario's client `number`, from 1."""
        return LabHost(self.stage, self.scenario, (self.first_host + number - 2) % topology.CLIENTS + 1)

    def inner_client(self, number: int = 1) -> LabHost:
        """Return host `number`, from 1, of those behind the second router."""
        return LabHost(self.stage, self.scenario, topology.CLIENTS + number)


def router_asks(stage: Stage, name: str, link: str, resolver: str | None = None) -> Question:
    """Let the router itself look a name up, over a link, at that link's resolver or another."""
    over = EXITS[link]
    server = (resolver or given(over), 53)
    with stage.asking[name]:
        told = stub.ask(router.NAME, router.NAME, ("", 0), server, name, interface=over.interface)
    stage.diary.note(told)
    return told


def given(over: LabLink | Box | Dial) -> str:
    """Return the resolver that comes with one of the router's ways out."""
    if isinstance(over, Box):
        return over.gateway
    return over.link.resolver if isinstance(over, Dial) else over.resolver
