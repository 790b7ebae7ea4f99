"""The servers' logs put together: which link a host's connection left by, and whom a host's question went to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from . import topology, zones
from .asked import Forwarded
from .errors import LabError
from .exits import BOXES, DIAL
from .facts import Address, Question
from .judgement import LabAnswer
from .topology import LINKS
from .tracking import Flow
from .ways import WAYS, Way


class Tracked:
    """The router's flows, its forwarders' logs, and what the resolvers say they were asked."""

    def __init__(
        self,
        flows: Iterable[Flow],
        forwarders: Mapping[str, Forwarded],
        resolvers: Mapping[str, set[tuple[str, str]]],
    ) -> None:
        self._forwarders = forwarders
        self._resolvers = resolvers
        self._flows: dict[tuple[str, Address, Address], Flow] = {}
        self._links: dict[tuple[str, str], set[str]] = defaultdict(set)
        outside = frozenset({BOXES[0].router, DIAL.router}).union(*(link.addresses for link in LINKS))
        for flow in flows:
            self._flows[flow.protocol, flow.client, flow.asked] = flow
            if flow.client[0] in outside and flow.asked[1] == 53 and flow.link is not None:
                for way in WAYS.values():
                    if flow.client[1] in way.query_ports:
                        self._links[way.name, flow.asked[0]].add(flow.link)

    def flow(self, protocol: str, client: Address, asked: Address) -> Flow:
        """Return the flow that a host opened.

        Raises:
            LabError: the router did not see it.
        """
        found = self._flows.get((protocol, client, asked))
        if found is None:
            raise LabError(
                f"conntrack's log lacks the {protocol} flow {client[0]}:{client[1]} to {asked[0]}:{asked[1]}"
            )
        return found

    def answer(self, question: Question) -> LabAnswer | None:
        """Return an answered question with the link it left by and the resolver that was asked."""
        if question.answered is None:
            return None
        flow = self.flow("udp", question.source, question.server)
        link: str | None
        resolver: str | None
        if question.server[0] in (topology.ROUTER_LAN, topology.ROUTER_LAN6):
            way = next(way for way in WAYS.values() if way.port == flow.server[1])
            resolver, link = self._forwarded(way, question)
        else:
            resolver, link = flow.asked[0], flow.link
        if resolver is not None and link is not None:
            self._witnessed(resolver, link, question.name)
        return LabAnswer(question.host, question.asked, question.answered, question.addresses, link, resolver)

    def _forwarded(self, way: Way, question: Question) -> tuple[str | None, str | None]:
        """Return which resolver the forwarder asked, over which link; of several, the one that knows the address."""
        asked = {
            (resolver, link)
            for resolver in self._forwarders[way.name].resolvers(question.source, question.name)
            for link in self._links[way.name, resolver]
        }
        if len(asked) > 1:
            asked = {(resolver, link) for resolver, link in asked if _knows(resolver, link, question)}
        return next(iter(asked)) if len(asked) == 1 else (None, None)

    def _witnessed(self, resolver: str, link: str, name: str) -> None:
        """Make sure that the resolver's own log has the question, from the router's address on that link."""
        where = next((each.name for each in LINKS if resolver in (each.resolver, each.service6(53))), "core")
        mine = topology.BY_NAME[link]
        addresses = set(mine.addresses)
        if mine is DIAL.link:
            addresses.add(DIAL.router)
        for box in BOXES:
            if box.link is mine and resolver == box.gateway:
                where, addresses = box.name, {box.router}
        if not {(address, name.lower()) for address in addresses} & self._resolvers.get(where, set()):
            raise LabError(f"the log of {where}'s resolver lacks the question for {name} that conntrack saw go there")


def _knows(resolver: str, link: str, question: Question) -> bool:
    """Whether a resolver gives this answer to whoever asks over that link."""
    own = next((each for each in LINKS if each.name == link and each.resolver == resolver), None)
    known = {line.split()[4] for line in zones.records(own) if line.startswith(question.name + ".")}
    return set(question.addresses) <= known
