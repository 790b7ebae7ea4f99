"""Builds the small Internet: namespaces, cables, routes and servers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from . import namespaces, router, topology, wires
from .programs import path_of
from .servers import dovecot
from .servers.certificate import make_certificate
from .servers.dnsmasq import start_dnsmasq
from .servers.postfix import MAIL_USER, Listener, open_to, start_postfix
from .servers.postgrey import PORT as POSTGREY_PORT
from .servers.postgrey import start_postgrey
from .servers.process import Server
from .servers.unbound import start_unbound
from .servers.webmail import start_webmail
from .topology import LINKS, Link
from .ways import WAYS
from .wires import End

CORE = "core"
REFUSED_BY_LIST = "554 5.7.1 Service unavailable; your host is listed in the block list of bigmail.example (S3140)"


def build() -> None:
    """Make the namespaces and lay the cables; nothing runs in them yet."""
    for name in ("lan", router.NAME, CORE, *(link.name for link in LINKS), *clients()):
        wires.make_namespace(name)
    for name in (router.NAME, CORE, *(link.name for link in LINKS)):
        wires.forwarding(name)
    _lan()
    for link in LINKS:
        _link(link)
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


def clients() -> list[str]:
    """Return the namespaces of the LAN's hosts."""
    return [f"c{number}" for number in range(1, topology.CLIENTS + 1)]


def start_servers() -> None:
    """Start everything at once, then wait for each."""
    certificate, key = make_certificate()
    starts: list[Callable[[], Server]] = [
        lambda: start_postfix(CORE, _core_listeners(), certificate, key, _core_settings()),
        lambda: start_postgrey(CORE),
        lambda: start_unbound(CORE, [topology.PUBLIC_RESOLVER], None),
    ]
    for link in LINKS:
        starts += [
            lambda link=link: start_postfix(link.name, _listeners(link), certificate, key, _settings(link)),  # type: ignore[misc]
            lambda link=link: dovecot.start_dovecot(link.name, link.service(topology.HOSTS["pop"])),  # type: ignore[misc]
            lambda link=link: start_webmail(link.name, link.service(topology.HOSTS["webmail"]), certificate, key),  # type: ignore[misc]
            lambda link=link: start_unbound(link.name, [link.resolver, link.service6(53)], link),  # type: ignore[misc]
        ]
    listen = [topology.ROUTER_LAN, topology.ROUTER_LAN6]
    starts += [lambda way=way: start_dnsmasq(router.NAME, way, listen) for way in WAYS.values()]  # type: ignore[misc]
    with ThreadPoolExecutor(8) as pool:
        servers = list(pool.map(lambda begin: begin(), starts))
    for server in servers:
        server.wait()


def _lan() -> None:
    namespaces.ip("lan", ["link add lan0 type bridge", "link set lan0 up"])
    wires.no_offloads("lan", "lan0")
    addresses = [f"{topology.ROUTER_LAN}/24", f"{topology.ROUTER_LAN6}/64"]
    wires.cable(End(router.NAME, "lan0", addresses), End("lan", "router"))
    namespaces.ip("lan", ["link set router master lan0"])
    for number, name in enumerate(clients(), 1):
        mine = [f"{topology.client(number)}/24", f"{topology.client6(number)}/64"]
        wires.cable(End(name, "eth0", mine), End("lan", name))
        namespaces.ip("lan", [f"link set {name} master lan0"])
        namespaces.ip(
            name,
            [
                f"route add default via {topology.ROUTER_LAN}",
                f"-6 route add default via {topology.ROUTER_LAN6}",
            ],
        )


def _link(link: Link) -> None:
    near = End(router.NAME, link.interface, [f"{link.router}/24", f"{link.router6}/64"])
    wires.cable(near, End(link.name, "subscriber", [f"{link.gateway}/24", f"{link.gateway6}/64"]))
    four, six = f"198.19.{link.number}.", f"2001:db8:f0{link.number}::"
    up = End(link.name, "core", [f"{four}1/30", f"{six}1/64"])
    wires.cable(up, End(CORE, link.name, [f"{four}2/30", f"{six}2/64"]))
    hosts = (topology.SUBSCRIBERS, topology.PUBLIC, 53, *topology.HOSTS.values())
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


def _listeners(link: Link) -> list[Listener]:
    mine = open_to([link.network, "[" + link.network6.replace("/", "]/")])
    nobody = open_to([])
    sasl = {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_path": dovecot.auth_socket(link.name)}
    found = []
    for name, host, port, settings in (
        ("subscribers", topology.SUBSCRIBERS, 25, mine),
        ("public", topology.PUBLIC, 25, nobody),
        ("tls", topology.HOSTS["tls"], 25, {**mine, "smtpd_tls_security_level": "may"}),
        ("smtps", topology.HOSTS["tls"], 465, {**mine, "smtpd_tls_wrappermode": "yes"}),
        ("strict", topology.HOSTS["strict"], 25, {**mine, "smtpd_tls_security_level": "encrypt"}),
        ("auth", topology.HOSTS["auth"], 25, {**nobody, **sasl}),
        ("submission", topology.HOSTS["auth"], 587, {**nobody, **sasl}),
        ("detour", topology.HOSTS["detour"], 25, mine),
        ("denying", topology.HOSTS["denying"], 25, {**mine, "smtpd_sender_restrictions": ""}),
    ):
        named = {"myhostname": f"{name}.{link.name}.example", **settings}
        found.append(Listener(name, link.service(host), port, named))
        if host in (topology.SUBSCRIBERS, topology.PUBLIC):
            found.append(Listener(name, link.service6(host), port, named))
    return found


def _settings(link: Link) -> dict[str, str]:
    return {
        "transport_maps": f"inline:{{ {{bigmail.example=smtp:[{topology.STRICT_MX}]}} }}",
        "smtp_bind_address": link.service(topology.SUBSCRIBERS),
        "virtual_mailbox_domains": f"{link.name}.example",
        "virtual_mailbox_base": dovecot.mailboxes(link.name),
        "virtual_mailbox_maps": f"inline:{{ {{{dovecot.USER}@{link.name}.example={dovecot.USER}/}} }}",
        "virtual_uid_maps": f"static:{MAIL_USER}",
        "virtual_gid_maps": f"static:{MAIL_USER}",
        "virtual_minimum_uid": "1",
    }


def _core_listeners() -> list[Listener]:
    two = LINKS[1]
    grey = f"reject_unauth_destination,check_policy_service inet:127.0.0.1:{POSTGREY_PORT}"
    listed = (
        f"cidr:{{ {{{two.service(topology.SUBSCRIBERS)} {REFUSED_BY_LIST}}}, {{{two.network} {REFUSED_BY_LIST}}} }}"
    )
    shared = {**open_to([link.network for link in LINKS]), "smtpd_relay_restrictions": "permit_mynetworks,reject"}
    listeners = [
        Listener("third", topology.MX, 25, {"smtpd_tls_security_level": "may"}),
        Listener("third", "2001:db8:9::25", 25),
        Listener("bigmail", topology.STRICT_MX, 25, {"smtpd_client_restrictions": f"check_client_access {listed}"}),
        Listener("grey", topology.GREY_MX, 25, {"smtpd_recipient_restrictions": grey}),
        Listener("far", topology.FAR_MX, 25),
        Listener("shared", topology.SHARED_RELAY, 25, shared),
    ]
    names = {"third": "mx.third", "bigmail": "mx.bigmail", "grey": "mx.grey", "far": "mx.far", "shared": "relay.shared"}
    return [
        Listener(
            each.name,
            each.address,
            each.port,
            {"myhostname": f"{names[each.name]}.example", "smtpd_sender_restrictions": "", **each.settings},
        )
        for each in listeners
    ]


def _core_settings() -> dict[str, str]:
    return {"relay_domains": ",".join(topology.MAIL_DOMAINS)}
