"""The router: which link a connection takes, what is rewritten on the way, and where its questions go.

A scenario pins a connection or a question to a link by the client's address and port, as a router's per-session load
balancing does; the router's nftables sets hold the pins. The connection's mark in conntrack's log then says in its
second byte by which interface it really left, and in the third whether answers came back by another.
"""

from __future__ import annotations

from collections.abc import Iterable

from . import exits, namespaces, topology
from .programs import path_of
from .topology import LINKS
from .ways import WAYS

NAME = "router"
PROXY_PORT = 2525
LEFT_SHIFT, BACK_SHIFT = 8, 16


def ruleset() -> str:
    """Return the router's nftables rules."""
    # An ICMP error about a connection counts as one of its packets, and may leave by any interface.
    own = "meta l4proto { tcp, udp } ct direction original"
    left = "\n".join(
        f'        {own} oifname "{link.interface}" ct mark set ct mark and 0xffff00ff or {link.number << LEFT_SHIFT:#x}'
        for link in exits.EXITS.values()
    )
    back = "\n".join(
        f'        iifname "{link.interface}" ct direction reply ct mark set '
        f"ct mark and 0xff00ffff or {link.number << BACK_SHIFT:#x}"
        for link in exits.EXITS.values()
    )
    four, six = topology.ROUTER_LAN, topology.ROUTER_LAN6
    return f"""\
flush ruleset
table inet lab {{
    map pins {{ type ipv4_addr . inet_service : mark; }}
    map pins6 {{ type ipv6_addr . inet_service : mark; }}
    map ways {{ type ipv4_addr . inet_service : inet_service; }}
    map ways6 {{ type ipv6_addr . inet_service : inet_service; }}
    map forwards {{ type ipv4_addr . inet_service : ipv4_addr . inet_service; }}
    set proxied {{ type ipv4_addr . inet_service; }}
    set scattered {{ type ipv4_addr . inet_service; }}

    chain choose {{
        type filter hook prerouting priority mangle; policy accept;
        iifname "lan0" ct state new ct mark set ip saddr . th sport map @pins
        iifname "lan0" ct state new ct mark set ip6 saddr . th sport map @pins6
        iifname "lan0" meta mark set ct mark and 0xff
{back}
    }}
    chain rewrite {{
        type nat hook prerouting priority dstnat; policy accept;
        iifname "lan0" meta l4proto {{ tcp, udp }} th dport 53 ip daddr {four} \
redirect to :ip saddr . th sport map @ways
        iifname "lan0" meta l4proto {{ tcp, udp }} th dport 53 ip6 daddr {six} \
redirect to :ip6 saddr . th sport map @ways6
        iifname "lan0" tcp dport 25 ip saddr . tcp sport @proxied redirect to :{PROXY_PORT}
        iifname "lan0" tcp dport 25 dnat ip to ip saddr . tcp sport map @forwards
    }}
    chain note {{
        type filter hook postrouting priority mangle; policy accept;
{left}
    }}
    chain hide {{
        type nat hook postrouting priority srcnat; policy accept;
        oifname "wan*" ip saddr . th sport @scattered masquerade fully-random
        oifname "wan*" masquerade
        oifname "box*" masquerade
        oifname "ppp*" masquerade
    }}
}}
"""


def set_up() -> None:
    """Load the router's rules and routes; its cables are laid."""
    lines = []
    for link in LINKS:
        lines += [
            f"route add default via {link.gateway} dev {link.interface} table {link.table}",
            f"-6 route add default via {link.gateway6} dev {link.interface} table {link.table}",
        ]
    for box in exits.BOXES:
        lines += [
            f"route add {box.network} dev {box.interface} src {box.router} table {box.table}",
            f"route add default via {box.gateway} dev {box.interface} src {box.router} table {box.table}",
        ]
    dial = exits.DIAL
    lines.append(f"route add default dev {dial.interface} src {dial.router} table {dial.table}")
    for way in exits.EXITS.values():
        for six in ("", "-6 "):
            lines.append(f"{six}rule add fwmark {way.number}/0xff lookup {way.table}")
            lines.append(f"{six}rule add oif {way.interface} lookup {way.table}")
    first = LINKS[0]
    lines += [f"route add default via {first.gateway}", f"-6 route add default via {first.gateway6}"]
    namespaces.ip(NAME, lines)
    nft(ruleset())


def nft(commands: str) -> None:
    """Feed nftables commands to the router."""
    namespaces.execute([path_of("nft"), "-f", "-"], name=NAME, stdin=commands)


def pin(address: str, port: int, link: str) -> str:
    """Return the command that makes a client's connection or question leave by a link."""
    six = "6" if ":" in address else ""
    return f"add element inet lab pins{six} {{ {address} . {port} : {exits.EXITS[link].number} }}\n"


def ask_by(address: str, ports: Iterable[int], way: str) -> str:
    """Return the command that sends a client's questions from `ports` to the router by a way."""
    six = "6" if ":" in address else ""
    elements = ", ".join(f"{address} . {port} : {WAYS[way].port}" for port in ports)
    return f"add element inet lab ways{six} {{ {elements} }}\n"


def forward(address: str, port: int, server: str) -> str:
    """Return the command that rewrites the destination of a client's connection (SMTP forwarding)."""
    return f"add element inet lab forwards {{ {address} . {port} : {server} . 25 }}\n"


def end_here(address: str, port: int) -> str:
    """Return the command that has the router's proxy end a client's connection."""
    return f"add element inet lab proxied {{ {address} . {port} }}\n"


def scatter(address: str, port: int) -> str:
    """Return the command that gives a client's connection a random port behind the router."""
    return f"add element inet lab scattered {{ {address} . {port} }}\n"


def forget_pins() -> str:
    """Return the commands that forget all of these."""
    maps = ("pins", "pins6", "ways", "ways6", "forwards")
    return "".join(f"flush map inet lab {name}\n" for name in maps) + "".join(
        f"flush set inet lab {name}\n" for name in ("proxied", "scattered")
    )
