"""Hosts that are not what they seem, links that look alike, and the relays."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from adversary.plan import NAME, OTHERS, RELAYS, Plan

from .registry import MECHANISMS, mechanism


@mechanism("host: several behind one address")
def _inner(plan: Plan) -> None:
    plan.inner, plan.signs = 3, True
    plan.habits["keep"] = plan.random.choice((0.0, 30.0))


@mechanism("host: several behind one address, without a sign")
def _inner_unseen(plan: Plan) -> None:
    plan.inner, plan.signs = 3, False
    plan.habits["keep"] = plan.random.choice((0.0, 30.0))


def _dual(name: str, dual: Literal["announced", "silent", "forged"]) -> None:
    def enter(plan: Plan) -> None:
        plan.dual = dual
        plan.servers = ("forwarder",)

    MECHANISMS[f"host: dual stack, {name}"] = enter


_dual("with ARP and NDP", "announced")
_dual("without", "silent")
_dual("with forged NDP", "forged")


@mechanism("links: two boxes, one private address")
def _boxes(plan: Plan) -> None:
    plan.lan = "192.168.10"
    plan.link_addresses = ("192.168.1.2",) * 3
    plan.resolvers = (("192.168.1.1",),) * 3


@mechanism("links: one public resolver for all")
def _one_resolver(plan: Plan) -> None:
    plan.resolvers = (("198.51.100.8",),) * 3


@mechanism("relay: several names of one address")
def _names(plan: Plan) -> None:
    plan.names = (NAME, "mail.isp.example", "relay.isp.example")
    plan.kind = "A"


@mechanism("relay: several addresses")
def _addresses(plan: Plan) -> None:
    plan.zone = replace(plan.zone, addresses=RELAYS)


@mechanism("relay: views differ")
def _views(plan: Plan) -> None:
    plan.zone = replace(plan.zone, views={"sfr": OTHERS[:1], "free": OTHERS[1:2]})


@mechanism("relay: alias")
def _alias(plan: Plan) -> None:
    plan.zone = replace(plan.zone, alias="relay7.isp.example")


@mechanism("relay: MX with additional addresses")
def _mx(plan: Plan) -> None:
    plan.kind = "MX"


@mechanism("relay: TTL 0")
def _ttl0(plan: Plan) -> None:
    plan.zone = replace(plan.zone, ttl=0)


@mechanism("relay: TTL 5")
def _ttl5(plan: Plan) -> None:
    plan.zone = replace(plan.zone, ttl=5)


@mechanism("relay: TTL 3600")
def _ttl3600(plan: Plan) -> None:
    plan.zone = replace(plan.zone, ttl=3600)
