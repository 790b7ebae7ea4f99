"""Builds the small Internet: namespaces, cables, routes and servers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from wanwitness.lab.servers.certificate import make_certificate
from wanwitness.lab.servers.dhcp import start_dhcp
from wanwitness.lab.servers.dnsmasq import start_dnsmasq
from wanwitness.lab.servers.postfix import start_postfix
from wanwitness.lab.servers.postgrey import start_postgrey
from wanwitness.lab.servers.process import ServerProcess
from wanwitness.lab.servers.unbound import start_unbound
from wanwitness.lab.servers.webmail import start_webmail

from . import delays, exits, mailservers, namespaces, router, topology, wires
from .boxes import build_box, start_forwarder
from .exits import Dial
from .lan import build_lan
from .programs import path_of
from .servers import dovecot
from .topology import LINKS, LabLink
from .ways import WAYS
from .wires import CableEnd

CORE = "core"


def build() -> None:
    """Make the namespaces and lay the cables; nothing runs in them yet."""
    for name in (router.NAME, CORE, *(link.name for link in LINKS), *(box.name for box in exits.BOXES)):
        wires.make_namespace(name)
        wires.forwarding(name)
    build_lan()
    delays.make_wires()
    for link in LINKS:
        _link(link)
    for box in exits.BOXES:
        build_box(box)
    _dial(exits.DIAL)
    wires.addresses(
        CORE,
        "lo",
        [
            f"{topology.CORE_SERVICES}53/32",
            *(f"{a}/{128 if ':' in a else 32}" for pair in topology.EVERYWHERE.values() for a in pair if a),
        ],
    )
    router.set_up()
    _port_25()
    _detour()


def start_servers() -> None:
    """Start everything at once, then wait for each."""
    certificate, key = make_certificate()
    starts: list[Callable[[], ServerProcess]] = [
        partial(start_postfix, CORE, mailservers.everywhere(), certificate, key, mailservers.domains()),
        partial(start_postgrey, CORE),
        partial(start_unbound, CORE, [topology.PUBLIC_RESOLVER], None),
    ]
    for link in LINKS:
        servers, settings, pop_log = mailservers.of(link), mailservers.settings(link), dovecot.log(link.name)
        starts += [
            partial(start_postfix, link.name, servers, certificate, key, settings, pop_log),
            partial(dovecot.start_dovecot, link.name, link.service(topology.HOSTS["pop"])),
            partial(start_webmail, link.name, link.service(topology.HOSTS["webmail"]), certificate, key),
            partial(start_unbound, link.name, [link.resolver, link.service6(53)], link),
        ]
    listen = [topology.ROUTER_LAN, topology.ROUTER_LAN6]
    starts += [partial(start_dnsmasq, router.NAME, way, listen) for way in WAYS.values()]
    starts += [partial(start_forwarder, box) for box in exits.BOXES]
    starts.append(partial(start_dhcp, LINKS[0]))
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda begin: begin(), starts))
    for server in begun:
        server.wait()


def _link(link: LabLink) -> None:
    near = CableEnd(router.NAME, link.interface, [f"{link.router}/24", f"{link.router6}/64"])
    delays.lay(link, near, CableEnd(link.name, "subscriber", [f"{link.gateway}/24", f"{link.gateway6}/64"]))
    four, six = f"198.19.{link.number}.", f"2001:db8:f0{link.number}::"
    up = CableEnd(link.name, "core", [f"{four}1/30", f"{six}1/64"])
    wires.cable(up, CableEnd(CORE, link.name, [f"{four}2/30", f"{six}2/64"]))
    hosts = (topology.SUBSCRIBERS, topology.PUBLIC, 53, *topology.HOSTS.values())
    hosts += (topology.BRAND_SUBSCRIBERS, topology.BRAND_PUBLIC) if link.brand else ()
    wires.addresses(
        link.name,
        "lo",
        [*(f"{link.service(host)}/32" for host in hosts), *(f"{link.service6(host)}/128" for host in hosts)],
    )
    namespaces.ip(link.name, [f"route add default via {four}2", f"-6 route add default via {six}2"])
    namespaces.ip(
        CORE,
        [
            *(f"route add {net} via {four}1" for net in (link.services, link.network)),
            *(f"-6 route add {net} via {six}1" for net in (link.services6, link.network6)),
        ],
    )


def _dial(dial: Dial) -> None:
    """Make the devices by which link 1 can be dialled (see `pppoe`)."""
    lines = ["tuntap add dev {0} mode tun", "addr add {1}/32 dev {0}", "link set {0} mtu 1492 up"]
    namespaces.ip(router.NAME, [line.format(dial.interface, dial.router) for line in lines])
    namespaces.ip(
        dial.link.name, [lines[0].format("ppp0"), lines[2].format("ppp0"), f"route add {dial.router}/32 dev ppp0"]
    )


def _port_25() -> None:
    """Let ISP 1 block port 25 to two hosts: to one it drops, to the other it says so."""
    rules = f"""\
table inet isp {{
    chain out {{
        type filter hook forward priority filter;
        ip daddr {topology.FAR_MX} tcp dport 25 drop
        ip daddr {topology.WALLED_MX} tcp dport 25 reject with icmp type admin-prohibited
    }}
}}
"""
    namespaces.execute([path_of("nft"), "-f", "-"], name=LINKS[0].name, stdin=rules)


def _detour() -> None:
    """Send what ISP 1's `detour` says to the site through ISP 2."""
    one, two = LINKS[:2]
    rule = f"rule add from {one.service(topology.HOSTS['detour'])} to {one.router} lookup 99"
    for name, via in ((one.name, "198.19.1.2"), (CORE, "198.19.2.1"), (two.name, two.router)):
        namespaces.ip(name, [rule, f"route add default via {via} table 99"])
