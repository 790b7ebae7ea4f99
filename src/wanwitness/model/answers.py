"""What was asked of a name server at one capture point, and what it answered."""

from __future__ import annotations

from collections.abc import Iterable
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


@dataclass(frozen=True, slots=True)
class SrvRecord:
    """An SRV record (RFC 2782): where a service of a domain is, as RFC 6186 tells submission's."""

    owner: str
    target: str
    port: int
    priority: int
    weight: int
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
    srv: tuple[SrvRecord, ...] = ()
    additional: tuple[AddressRecord, ...] = ()
    """The addresses that came along with an MX or SRV answer, of the exchanges or targets that it names: who asked need
    not ask for them (RFC 1035 section 3.3.9, RFC 2782). Glue of other answers is nothing that a stub uses."""
    cut: bool = False
    """The snap length cut answers off: what was read is not all."""
    surplus: FrameRef | None = None
    """The earlier answer to the same question, where there was one: who asked has used that, and takes no second."""

    @property
    def usable(self) -> bool:
        """Whether who asked this could use the answer for an address: a NOERROR with addresses, whole, and the first.

        A truncated answer is not used but asked for again by TCP (RFC 2181 section 9, RFC 5966); of several answers to
        one question the first counts (RFC 5452 section 9.1), so that a later one is no ground for anything. That the
        question was captured at all is another matter (`query`), and so is what our snap length cut off (`cut`), which
        the asker had whole.
        """
        whole = self.rcode == "NOERROR" and not self.truncated and self.surplus is None
        return whole and bool(self.addresses or self.additional)

    def ttl_of(self, address: str) -> int | None:
        """The seconds for which `address` may be used: the least TTL on the way from the question to it.

        Where no chain of CNAMEs leads to it, its own record's TTL is all there is to go by. One that came along with an
        MX or SRV answer was led to by that record as well; of several ways the one that lasts longest counts.
        """
        chain = {owner: (target, ttl) for owner, target, ttl in self.cnames}
        least: list[int] = []
        name = self.name
        while True:
            own = [record.ttl for record in self.addresses if (record.owner, record.address) == (name, address)]
            if own:
                return min(least + own)
            if name not in chain:
                own = [record.ttl for record in self.addresses if record.address == address]
                return max(own, default=None) if own else self._ttl_of_additional(address, least)
            name, ttl = chain.pop(name)  # once each: a chain may be a loop
            least.append(ttl)

    def _ttl_of_additional(self, address: str, aliases: Iterable[int]) -> int | None:
        leads = [(record.exchange, record.ttl) for record in self.mx]
        leads += [(record.target, record.ttl) for record in self.srv]
        ways = (
            min(record.ttl, ttl, *aliases)
            for record in self.additional
            if record.address == address
            for name, ttl in leads
            if name == record.owner
        )
        return max(ways, default=None)

    def name_of(self, address: str) -> str:
        """The name that `address` was given for: the question's, or its owner's where it came along with the answer.

        The question's too for an address that is not there.
        """
        if any(record.address == address for record in self.addresses):
            return self.name
        return next((record.owner for record in self.additional if record.address == address), self.name)
