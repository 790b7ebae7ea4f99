"""How hosts look up."""

from __future__ import annotations

from dataclasses import replace

from adversary.plan import Plan

from .registry import mechanism


def _many_servers(plan: Plan) -> None:
    plan.servers = plan.random.choice((("direct",), ("direct",), ("forwarder", "direct"), ("policy",)))


@mechanism("stub: glibc")
def _glibc(plan: Plan) -> None:
    plan.stub, plan.deaf, plan.late = "glibc", 0.1, 0.4
    _many_servers(plan)


@mechanism("stub: glibc rotate")
def _rotate(plan: Plan) -> None:
    _glibc(plan)
    plan.marks = "-rotate"


@mechanism("stub: musl")
def _musl(plan: Plan) -> None:
    plan.stub, plan.deaf = "musl", 0.05
    plan.servers = ("direct",)


@mechanism("stub: windows")
def _windows(plan: Plan) -> None:
    plan.stub, plan.deaf = "windows", 0.1
    plan.servers = plan.random.choice((("direct",), ("forwarder", "direct")))


@mechanism("stub: windows adapters at once")
def _adapters(plan: Plan) -> None:
    _windows(plan)
    plan.marks = "-adapters"


@mechanism("stub: systemd-resolved")
def _resolved(plan: Plan) -> None:
    plan.stub, plan.deaf = "resolved", 0.05
    _many_servers(plan)


@mechanism("stub: dnsmasq")
def _dnsmasq(plan: Plan) -> None:
    plan.stub = "dnsmasq"
    _many_servers(plan)


@mechanism("stub: unbound")
def _unbound(plan: Plan) -> None:
    plan.stub = "unbound"
    plan.zone = replace(plan.zone, ttl=plan.random.choice((5, 30, 60)))
    _many_servers(plan)
