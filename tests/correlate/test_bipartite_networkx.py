"""Matchings and shares of streams agree with networkx, where there are too many to try everything."""

from __future__ import annotations

from random import Random
from typing import Any

import networkx as nx
import pytest

from wanwitness.correlate.crossings.assignment import Comparison, assign
from wanwitness.correlate.crossings.bipartite import Matching, groups
from wanwitness.model import Dialogue, Endpoint, FrameRef, Stream
from wanwitness.reading.point import MailStream, Point, PointRows

Edges = dict[int, list[int]]
RIGHT = 1000
"""Numbers of the right side begin here."""


def drawn(seed: int) -> Edges:
    """A graph of many lefts and rights: sparse or dense, with crowds that could all be each other."""
    chance = Random(seed)
    lefts, rights = chance.randint(1, 25), chance.randint(1, 25)
    share = chance.choice((0.05, 0.1, 0.3, 0.9))
    edges = {left: [RIGHT + right for right in range(rights) if chance.random() < share] for left in range(lefts)}
    for neighbours in edges.values():
        chance.shuffle(neighbours)
    return edges


def graph_of(edges: Edges) -> Any:
    graph = nx.Graph()
    graph.add_nodes_from(edges)
    graph.add_edges_from((left, right) for left, rights in edges.items() for right in rights)
    return graph


def size(graph: Any) -> int:
    """How many pairs a largest matching has."""
    return sum(node < RIGHT for node in nx.bipartite.hopcroft_karp_matching(graph, [n for n in graph if n < RIGHT]))


def without(graph: Any, *nodes: int) -> Any:
    return graph.subgraph(graph.nodes - set(nodes))


@pytest.mark.parametrize("seed", range(60))
def test_what_largest_matchings_may_hold(seed: int) -> None:
    """A pair is in one of them if the rest still makes all the others; a left may stay alone if it is not missed."""
    edges = drawn(seed)
    graph, matching = graph_of(edges), Matching(edges)
    most = size(graph)
    pairs = {left: right for left in edges if (right := matching.partner(left)) is not None}
    assert len(pairs) == len(set(pairs.values())) == most
    for left, rights in edges.items():
        assert pairs.get(left) in [None, *rights]
        assert matching.may_stay_alone(left) == (size(without(graph, left)) == most)
        for right in rights:
            assert matching.may_pair(left, right) == (size(without(graph, left, right)) == most - 1)


@pytest.mark.parametrize("seed", range(60))
def test_what_hangs_together(seed: int) -> None:
    edges = drawn(seed)
    found = {frozenset(group) for group in groups(edges)}
    assert found == {frozenset(n for n in part if n < RIGHT) for part in nx.connected_components(graph_of(edges))}


@pytest.mark.parametrize("seed", range(30))
def test_streams_are_shared_out_as_many_as_possible(seed: int) -> None:
    """Of equally good candidates; each pair names those that could be in its place."""
    edges = drawn(seed)
    graph = graph_of(edges)
    mails = {node: MailStream(stream(node), Dialogue()) for node in graph}
    number = {mail: node for node, mail in mails.items()}
    point = Point("orange", [1], ["orange.pcap"], PointRows(), "wan", "orange")
    order = Random(seed)
    fits = [
        Comparison(mails[left], (point, mails[right]), "isn", 1.0, 0, 0, "client", order.randrange(10**9))
        for left, rights in edges.items()
        for right in rights
    ]
    order.shuffle(fits)
    found = assign(fits)
    most = size(graph)
    assert len(found) == len({pair.lan for pair in found}) == len({pair.wan for pair in found}) == most
    for pair in found:
        left, right = number[pair.lan], number[pair.wan]
        rivals = {number[mail] for _, mail in pair.rivals}
        others = (other for other in edges[left] if other != right)
        assert rivals == {other for other in others if size(without(graph, left, other)) == most - 1}
        assert pair.may_be_one_sided == (size(without(graph, left)) == most)


def stream(number: int) -> Stream:
    """Any connection."""
    frame = FrameRef(int(number >= RIGHT), number)
    return Stream(Endpoint("192.0.2.1", number), Endpoint("192.0.2.25", 25), number, number, frame, frame, syn=frame)
