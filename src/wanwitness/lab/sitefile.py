"""The site file and the README that go with a run's captures."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from .exits import Box
from .scenarios import Scenario
from .topology import INNER_PREFIX, INNER_PREFIX6, LAN_PREFIX, LAN_PREFIX6, LINKS, Brand


def site_toml(
    links: int,
    boxes: Sequence[Box] = (),
    addresses_of: Mapping[str, Sequence[str]] | None = None,
    untold: Collection[str] = (),
    name: str = "Lab office",
    timezone: str | None = None,
    branded: bool = False,
) -> str:
    """Return the site file of the lab's site with so many links.

    Args:
        links: how many.
        boxes: the providers' boxes before them.
        addresses_of: the router's IPv4 addresses on links where they are not those of always.
        untold: links whose addresses and resolvers it leaves out: the captures show how the provider gives them.
        name: the site's.
        timezone: the site's; None leaves it out.
        branded: whether the providers have the names that the story knows them by.
    """
    lan = [LAN_PREFIX + "0/24", INNER_PREFIX + "0/24", LAN_PREFIX6 + "/64", INNER_PREFIX6 + "/64"]
    lines = ["[site]", f'name = "{name}"', *([f'timezone = "{timezone}"'] if timezone else [])]
    lines += [f"lan = {json.dumps(lan)}", ""]
    named = {link.name: link.brand if branded and link.brand else Brand(link.name, link.isp) for link in LINKS}
    for link in LINKS[:links]:
        called = named[link.name]
        addresses = [*(addresses_of or {}).get(link.name, [link.router]), link.router6]
        resolvers = [link.resolver, link.service6(53)]
        for box in boxes:
            if box.link is link:
                addresses, resolvers = [box.router], [box.gateway]
        lines += [
            "[[link]]",
            f'name = "{called.name}"',
            f'isp = "{called.isp}"',
            *([] if link.name in untold else [f"addresses = {json.dumps(addresses)}"]),
            *([] if link.name in untold else [f"resolvers = {json.dumps(resolvers)}"]),
            f'relays = ["smtp.{called.name}.example", "{link.services}", "{link.services6}"]',
            "",
        ]
    for name, role in (("lan0", None), *((link.interface, named[link.name].name) for link in LINKS[:links])):
        lines += ["[[capture]]", f'file = "{name}.pcap"', f'role = "{"wan" if role else "lan"}"']
        lines += [f'link = "{role}"'] if role else []
        lines.append("")
    return "\n".join(lines)


def events_toml(events: Sequence[tuple[datetime, str, str]]) -> str:
    """Return what people did, as a site file tells it."""
    return "".join(
        f'\n[[event]]\nat = {at.isoformat()}\nkind = "{kind}"\nwhat = "{what}"\n' for at, kind, what in events
    )


def readme(played: Sequence[Scenario], how: str) -> str:
    """Return what a run's folder holds, for people."""
    lines = [
        "# A run of wanwitness's lab",
        "",
        "    wanwitness analyze .",
        "",
        f"Made by `{how}`: real resolvers, mail servers and a router in network namespaces, captured at the router's",
        "LAN side and on each link. `truth.json` says of each session what happened, from the servers' and the",
        "router's logs. A `keylog.txt` has TLS's keys of those sessions whose client kept them.",
        "",
        "| scenario | what happens | expected |",
        "| --- | --- | --- |",
        *(f"| `{each.name}` | {each.summary} | {'; '.join(each.expected)} |" for each in played),
        "",
    ]
    return "\n".join(lines)
