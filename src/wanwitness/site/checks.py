"""What must hold between the tables of a site file, each of which is well formed by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wanwitness.model import Site

from .locate import Key
from .values import nearest, shown

Breaches = Iterator[tuple[Key, str]]


def link_named_once(site: Site) -> Breaches:
    """No two links have one name."""
    first: dict[str, int] = {}
    for index, link in enumerate(site.links):
        if link.name in first:
            yield ("link", index, "name"), f"{shown(link.name)} is already the name of link[{first[link.name] + 1}]"
        first.setdefault(link.name, index)


def link_where_wan(site: Site) -> Breaches:
    """Each WAN capture names its link, a LAN capture none."""
    for index, rule in enumerate(site.captures):
        if rule.role == "wan" and rule.link is None:
            yield ("capture", index, "link"), "is missing: a capture of role 'wan' says of which link"
        if rule.role == "lan" and rule.link is not None:
            yield ("capture", index, "link"), "a capture of role 'lan' is of no link"


def link_known(site: Site) -> Breaches:
    """Each link that a capture names is there."""
    names = [link.name for link in site.links]
    for index, rule in enumerate(site.captures):
        if rule.link is not None and rule.link not in names:
            yield ("capture", index, "link"), f"{shown(rule.link)} names no [[link]]{nearest(rule.link, names)}"


def rule_says_when(site: Site) -> Breaches:
    """Each rule of refusals states when it holds: one that always holds would explain everything."""
    for index, rule in enumerate(site.rules):
        if not (rule.text or rule.codes or rule.enhanced):
            yield (
                ("rule", index, "text"),
                "is missing: a rule says by 'text', 'codes' or 'enhanced' which replies it means",
            )


CHECKS: tuple[Callable[[Site], Breaches], ...] = (link_named_once, link_where_wan, link_known, rule_says_when)
