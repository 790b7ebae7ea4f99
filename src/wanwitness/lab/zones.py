"""What the resolvers answer: the names of the lab, as seen by a provider's own subscribers and by everybody else."""

from __future__ import annotations

from collections.abc import Iterator

from . import topology
from .topology import LINKS, LabLink

MANY = range(130, 230)
"""The servers of `many.ispN.example`: too many for one UDP answer."""


def records(inside_of: LabLink | None) -> list[str]:
    """Return all records, in zone-file form, as a subscriber of a provider (None: of no asked provider) gets them."""
    found = [line for link in LINKS for line in _of(link, inside=link is inside_of)]
    for name, (four, six) in topology.EVERYWHERE.items():
        found += _pair(name, four, six)
    found += [f"{domain}. {topology.TTL_S} IN MX 10 {exchange}." for domain, exchange in topology.MAIL_DOMAINS.items()]
    return found


def _of(link: LabLink, *, inside: bool) -> Iterator[str]:
    relay = topology.SUBSCRIBERS if inside else topology.PUBLIC
    domain = f"{link.name}.example"
    four, six = link.service(relay), link.service6(relay)
    yield from _pair(f"smtp.{domain}", four, six)
    yield from _pair(f"short.{domain}", four, None, topology.SHORT_TTL_S)
    yield from _pair(f"six.{domain}", None, six)
    for host in (relay, *MANY):
        yield from _pair(f"many.{domain}", link.service(host), None)
    if link.brand is not None:
        told = f"{link.brand.name}.example"
        host = topology.BRAND_SUBSCRIBERS if inside else topology.BRAND_PUBLIC
        yield from _pair(f"smtp.{told}", link.service(host), None)
        for label in ("pop", "webmail"):
            yield from _pair(f"{label}.{told}", link.service(topology.HOSTS[label]), None)
        yield f"{told}. {topology.TTL_S} IN MX 10 mx.{told}."
    for label, host in topology.HOSTS.items():
        yield from _pair(f"{label}.{domain}", link.service(host), None)
    yield f"{domain}. {topology.TTL_S} IN MX 10 mx.{domain}."


def _pair(name: str, four: str | None, six: str | None, ttl: int = topology.TTL_S) -> Iterator[str]:
    if four is not None:
        yield f"{name}. {ttl} IN A {four}"
    if six is not None:
        yield f"{name}. {ttl} IN AAAA {six}"
