"""What must hold between the tables of a site file, each of which is well formed by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wanwitness.model import Sentence, Site

from .locate import Key
from .values import nearest, shown
from .wrong import WRONG

Breaches = Iterator[tuple[Key, Sentence]]


def link_named_once(site: Site) -> Breaches:
    """No two links have one name."""
    first: dict[str, int] = {}
    for index, link in enumerate(site.links):
        if link.name in first:
            said = WRONG("site-link-twice", name=shown(link.name), number=first[link.name] + 1)
            yield ("link", index, "name"), said
        first.setdefault(link.name, index)


def link_where_wan(site: Site) -> Breaches:
    """Each WAN capture names its link, a LAN capture none."""
    for index, rule in enumerate(site.captures):
        if rule.role == "wan" and rule.link is None:
            yield ("capture", index, "link"), WRONG("site-which-link")
        if rule.role == "lan" and rule.link is not None:
            yield ("capture", index, "link"), WRONG("site-lan-link")


def link_known(site: Site) -> Breaches:
    """Each link that a capture names is there."""
    names = [link.name for link in site.links]
    for index, rule in enumerate(site.captures):
        if rule.link is not None and rule.link not in names:
            said = WRONG("site-no-link", name=shown(rule.link), advice=nearest(rule.link, names))
            yield ("capture", index, "link"), said


def rule_says_when(site: Site) -> Breaches:
    """Each rule of refusals states when it holds: one that always holds would explain everything."""
    for index, rule in enumerate(site.rules):
        if not (rule.text or rule.codes or rule.enhanced):
            yield ("rule", index, "text"), WRONG("site-rule-when")


CHECKS: tuple[Callable[[Site], Breaches], ...] = (link_named_once, link_where_wan, link_known, rule_says_when)
