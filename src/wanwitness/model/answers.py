"""What was asked of a name server at one capture point, and what it answered."""

from __future__ import annotations

from dataclasses import dataclass

from .frame import FrameRef
from .stream import Endpoint


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """An A or AAAA record."""

    owner: str
    """Lower case, without the final dot."""
    address: str
    ttl: int


@dataclass(frozen=True, slots=True)
class MxRecord:
    """An MX record."""

    owner: str
    exchange: str
    preference: int
    ttl: int


@dataclass(slots=True)
class DnsExchange:
    """One question of one client to one server, and its answer (RFC 1035)."""

    client: Endpoint
    server: Endpoint
    transport: str
    """`udp` or `tcp`."""
    id: int
    name: str
    """The question's name: lower case, without the final dot, printable."""
    spelling: str
    """The question's name as it was spelt: some forwarders vary the case, others keep the client's."""
    qtype: str
    """`A`, `AAAA`, `MX`, … (RFC 3597's TYPE123 for the unnamed)."""
    edns: bool = False
    query: FrameRef | None = None
    query_ns: int | None = None
    repeats: tuple[tuple[int, FrameRef], ...] = ()
    """Later copies of the same query: the client asked again."""
    answer: FrameRef | None = None
    answer_ns: int | None = None
    rcode: str | None = None
    truncated: bool = False
    authoritative: bool = False
    recursion_available: bool = False
    cnames: tuple[tuple[str, str, int], ...] = ()
    """(owner, target, TTL) of each CNAME in the answer section."""
    addresses: tuple[AddressRecord, ...] = ()
    mx: tuple[MxRecord, ...] = ()
    cut: bool = False
    """The snap length cut answers off: what was read is not all."""

    def ttl_of(self, address: str) -> int | None:
        """The seconds for which `address` may be used: the least TTL on the way from the question to it.

        Where no chain of CNAMEs leads to it, its own record's TTL is all there is to go by.
        """
        chain = {owner: (target, ttl) for owner, target, ttl in self.cnames}
        least: list[int] = []
        name = self.name
        while True:
            own = [record.ttl for record in self.addresses if (record.owner, record.address) == (name, address)]
            if own:
                return min(least + own)
            if name not in chain:
                return max((record.ttl for record in self.addresses if record.address == address), default=None)
            name, ttl = chain.pop(name)  # once each: a chain may be a loop
            least.append(ttl)
