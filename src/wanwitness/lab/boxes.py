"""The providers' boxes: address translation and a DNS forwarder between the router and the link."""

from __future__ import annotations

from wanwitness.lab.servers.dnsmasq import start_dnsmasq
from wanwitness.lab.servers.process import ServerProcess

from . import namespaces, router, wires
from .exits import Box
from .programs import path_of
from .ways import Way
from .wires import CableEnd

RULES = """\
table inet box {
    chain hide {
        type nat hook postrouting priority srcnat;
        oifname "outside" masquerade
    }
}
"""


def build_box(box: Box) -> None:
    """Lay the cables from the router to a box and from there to its provider, and set its routes."""
    link = box.link
    wires.cable(CableEnd(router.NAME, box.interface), CableEnd(box.name, "inside", [f"{box.gateway}/24"]))
    # Both interfaces of the router have one address in one network, so neither may claim the network for itself.
    namespaces.ip(router.NAME, [f"addr add {box.router}/24 dev {box.interface} noprefixroute"])
    wires.cable(CableEnd(box.name, "outside", [f"{box.outside}/32"]), CableEnd(link.name, box.name))
    namespaces.ip(link.name, [f"route add {box.outside}/32 dev {box.name} src {link.gateway}"])
    namespaces.ip(
        box.name, [f"route add {link.gateway} dev outside", f"route add default via {link.gateway} src {box.outside}"]
    )
    namespaces.execute([path_of("nft"), "-f", "-"], name=box.name, stdin=RULES)


def start_forwarder(box: Box) -> ServerProcess:
    """Start a box's forwarder, which asks its provider's resolver."""
    way = Way("forwarder", 0, ((box.link.resolver, "outside"),))
    return start_dnsmasq(box.name, way, [box.gateway], 53)
