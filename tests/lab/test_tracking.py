"""conntrack's event log."""

from __future__ import annotations

from wanwitness.lab.tracking import parse

NEW = (
    "[1795533156.775089]\t    [NEW] tcp      6 120 SYN_SENT src=192.168.1.10 dst=198.18.2.25 sport=34416 dport=25"
    " [UNREPLIED] src=198.18.1.25 dst=198.51.100.10 sport=25 dport=50001 mark=257"
)
UPDATE = (
    "[1795533156.775106]\t [UPDATE] tcp      6 60 SYN_RECV src=192.168.1.10 dst=198.18.2.25 sport=34416 dport=25"
    " src=198.18.1.25 dst=198.51.100.10 sport=25 dport=50001 mark=131329"
)


def test_a_flow_has_both_sides_of_the_router() -> None:
    """The NEW event gives the client's side and, turned round, what the server sees."""
    (flow,) = parse(["NOTICE: Netlink socket buffer size has been set", NEW])
    assert (flow.client, flow.asked) == (("192.168.1.10", 34416), ("198.18.2.25", 25))
    assert (flow.shown, flow.server) == (("198.51.100.10", 50001), ("198.18.1.25", 25))
    assert flow.at == 1795533156.775089


def test_the_mark_says_by_which_links_it_left_and_came_back() -> None:
    """The mark's second byte is the link it left by, the third the link by which answers came."""
    (flow,) = parse([NEW, UPDATE])
    assert (flow.link, flow.back) == ("isp1", "isp2")


def test_a_port_used_again_is_another_flow() -> None:
    """A second NEW event of the same addresses and ports begins a flow of its own."""
    assert len(parse([NEW, UPDATE, NEW])) == 2


def test_what_ends_at_the_router_left_by_no_link() -> None:
    """A question to the router itself has no mark."""
    line = (
        "[1.5]\t    [NEW] udp      17 30 src=fd00:1::10 dst=fd00:1::1 sport=20327 dport=53"
        " [UNREPLIED] src=fd00:1::1 dst=fd00:1::10 sport=5300 dport=20327"
    )
    (flow,) = parse([line])
    assert (flow.link, flow.back, flow.server) == (None, None, ("fd00:1::1", 5300))
