"""The site's own network: its hosts, and a second router with hosts behind it."""

from __future__ import annotations

from . import namespaces, router, topology, wires
from .wires import CableEnd

INNER = "inner"


def hosts() -> list[str]:
    """Return the namespaces of the site's hosts, those behind the second router last."""
    return [f"c{number}" for number in range(1, topology.CLIENTS + topology.INNER + 1)]


def build_lan() -> None:
    """Lay the cables from the router to the hosts; the router's namespace is there."""
    for name in ("lan", INNER, *hosts()):
        wires.make_namespace(name)
    wires.forwarding(INNER)
    namespaces.ip("lan", ["link add lan0 type bridge", "link set lan0 up"])
    wires.no_offloads("lan", "lan0")
    addresses = [f"{topology.ROUTER_LAN}/24", f"{topology.ROUTER_LAN6}/64"]
    wires.cable(CableEnd(router.NAME, "lan0", addresses), CableEnd("lan", "router"))
    namespaces.ip("lan", ["link set router master lan0"])
    _plug_in(INNER, [topology.INNER_ROUTER, topology.INNER_ROUTER6])
    for number, name in enumerate(hosts(), 1):
        mine = [topology.client(number), topology.client6(number)]
        if number <= topology.CLIENTS:
            _plug_in(name, mine)
        else:
            _put_behind(name, mine)
    four, six = topology.INNER_PREFIX, topology.INNER_PREFIX6
    lines = [f"route add {four}0/24 via {topology.INNER_ROUTER}", f"-6 route add {six}/64 via {topology.INNER_ROUTER6}"]
    namespaces.ip(router.NAME, lines)


def _plug_in(name: str, mine: list[str]) -> None:
    """Connect a host to the LAN."""
    wires.cable(CableEnd(name, "eth0", _with_lengths(mine)), CableEnd("lan", name))
    namespaces.ip("lan", [f"link set {name} master lan0"])
    _default(name, topology.ROUTER_LAN, topology.ROUTER_LAN6)


def _put_behind(name: str, mine: list[str]) -> None:
    """Connect a host to the second router, by a cable of its own."""
    four, six = f"{topology.INNER_PREFIX}1", f"{topology.INNER_PREFIX6}1"
    wires.cable(CableEnd(name, "eth0", _with_lengths(mine)), CableEnd(INNER, name, [f"{four}/32", f"{six}/128"]))
    namespaces.ip(INNER, [f"route add {mine[0]} dev {name}", f"-6 route add {mine[1]} dev {name}"])
    _default(name, four, six)


def _default(name: str, four: str, six: str) -> None:
    namespaces.ip(name, [f"route add default via {four}", f"-6 route add default via {six}"])


def _with_lengths(mine: list[str]) -> list[str]:
    return [f"{address}/{64 if ':' in address else 24}" for address in mine]
