"""dnsmasq as a provider's DHCP server: it gives the router its address, the way out and the resolver."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from wanwitness.lab import state
from wanwitness.lab.programs import path_of
from wanwitness.lab.topology import LabLink

from .process import ServerProcess, start

LEASE_S = 600


def configuration(folder: str, link: LabLink) -> str:
    """Return dnsmasq.conf: one address to give, the router (option 3) and the resolver (option 6)."""
    lines = [
        "port=0",
        "keep-in-foreground",
        "user=root",
        "group=root",
        f"pid-file={folder}/pid",
        f"log-facility={folder}/log",
        f"dhcp-leasefile={folder}/leases",
        "bind-interfaces",
        "interface=subscriber",
        "except-interface=lo",
        "dhcp-authoritative",
        "no-ping",
        f"dhcp-range={link.leased},{link.leased},255.255.255.0,{LEASE_S}",
        f"dhcp-option=3,{link.gateway}",
        f"dhcp-option=6,{link.resolver}",
    ]
    return "\n".join([*lines, ""])


def start_dhcp(link: LabLink) -> ServerProcess:
    """Start a provider's DHCP server."""
    folder = state.folder(link.name, "dhcp")
    conf = folder / "dnsmasq.conf"
    conf.write_text(configuration(str(folder), link))
    command = [path_of("dnsmasq"), f"--conf-file={conf}"]
    return start(f"DHCP server of {link.name}", link.name, command, folder / "out", partial(_ready, folder / "log"))


def _ready(log: Path) -> bool:
    return "DHCP, IP range" in log.read_text(errors="replace")
