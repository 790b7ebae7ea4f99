"""The site file and the README that go with a run's captures."""

from __future__ import annotations

from collections.abc import Sequence

from .scenarios import Scenario
from .topology import LINKS


def site_toml(links: int) -> str:
    """Return the site file of the lab's site with this many links."""
    lines = ["[site]", 'name = "Lab office"', 'lan = ["192.168.1.0/24", "fd00:1::/64"]', ""]
    for link in LINKS[:links]:
        lines += [
            "[[link]]",
            f'name = "{link.name}"',
            f'isp = "{link.isp}"',
            f'addresses = ["{link.router}", "{link.router6}"]',
            f'resolvers = ["{link.resolver}", "{link.service6(53)}"]',
            f'relays = ["smtp.{link.name}.example", "{link.services}", "{link.services6}"]',
            "",
        ]
    for name, role in (("lan0", None), *((link.interface, link.name) for link in LINKS[:links])):
        lines += ["[[capture]]", f'file = "{name}.pcap"', f'role = "{"wan" if role else "lan"}"']
        lines += [f'link = "{role}"'] if role else []
        lines.append("")
    return "\n".join(lines)


def readme(played: Sequence[Scenario], how: str) -> str:
    """Return what a run's folder holds, for people."""
    lines = [
        "# A run of wanwitness's lab",
        "",
        f"Made by `{how}`: real resolvers, mail servers and a router in network namespaces, captured at the router's",
        "LAN side and on each link. `truth.json` says of each session what happened, from the servers' and the",
        "router's logs. `wanwitness analyze .` analyses it.",
        "",
        "| scenario | what happens | expected |",
        "| --- | --- | --- |",
        *(f"| `{each.name}` | {each.summary} | {'; '.join(each.expected)} |" for each in played),
        "",
    ]
    return "\n".join(lines)
