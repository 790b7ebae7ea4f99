"""The router's forwarder, and clients that ask past it."""

from __future__ import annotations

from dataclasses import replace

from adversary.plan import NAMES, Plan

from .registry import MECHANISMS, mechanism


def _forwarder(name: str, **choice: object) -> None:
    def enter(plan: Plan) -> None:
        plan.servers = ("forwarder",)
        plan.manner = replace(plan.manner, **choice)  # type: ignore[arg-type]

    MECHANISMS[f"forwarder: {name}"] = enter


_forwarder("cache", cache=True)
_forwarder("no cache", cache=False)
_forwarder("own TTLs", cache=True, own_ttl=(20, 120))
_forwarder("prefetch", cache=True, prefetch=True)
_forwarder("race", mode="race")
_forwarder("all servers", mode="all")
_forwarder("rotate", mode="rotate")
_forwarder("retry by another link", mode="retry")
_forwarder("serve stale", cache=True, stale=True)
_forwarder("DoT on one link", dot=NAMES[:1])
_forwarder("DoT on all links", dot=NAMES)
_forwarder("bad first", bad_first=0.3)
_forwarder("ids kept", keep_id=True)


@mechanism("forwarder: CNAMEs in turn")
def _in_turn(plan: Plan) -> None:
    plan.servers = ("forwarder",)
    plan.manner = replace(plan.manner, in_turn=True)
    plan.zone = replace(plan.zone, alias="relay7.isp.example")


@mechanism("direct: each resolver by its own link")
def _direct(plan: Plan) -> None:
    plan.servers = ("direct",)


@mechanism("direct: resolvers by either link")
def _policy(plan: Plan) -> None:
    plan.servers = ("policy",)


@mechanism("direct: several resolvers of a provider")
def _several_resolvers(plan: Plan) -> None:
    plan.servers = ("direct",)
    plan.resolvers = (
        ("198.51.100.53", "198.51.100.54"),
        ("198.51.100.153", "198.51.100.154"),
        ("198.51.100.203", "198.51.100.204"),
    )
