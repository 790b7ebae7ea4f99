"""How connections go, and the answers that nobody may use."""

from __future__ import annotations

from dataclasses import replace

from adversary.plan import OTHERS, RELAYS, Plan

from .registry import mechanism


@mechanism("connection: retries")
def _retries(plan: Plan) -> None:
    plan.zone = replace(plan.zone, addresses=RELAYS[: plan.random.choice((1, 2, 3))])
    plan.habits["ends"] = {"refused": 0.5, "silent": 0.2, "rst": 0.15, "try-later": 0.15}


@mechanism("connection: first SYN lost on one side")
def _first_lost(plan: Plan) -> None:
    plan.habits["first_lost_on"] = ("lan", "wan")


@mechanism("connection: long")
def _long(plan: Plan) -> None:
    plan.habits["pause"] = 60.0


@mechanism("connection: reused")
def _reused(plan: Plan) -> None:
    plan.habits["ends"] = {"reused": 0.6, "refused": 0.2, "accepted": 0.2}
    plan.habits["pause"] = 100.0


@mechanism("connection: ports rewritten")
def _rewritten(plan: Plan) -> None:
    plan.habits["rewrites"] = True


@mechanism("unasked: spoofed from the WAN")
def _spoofed(plan: Plan) -> None:
    plan.manner = replace(plan.manner, spoofed=0.4)


@mechanism("unasked: spoofed from the LAN")
def _spoofed_lan(plan: Plan) -> None:
    plan.spoofed = 0.4


@mechanism("unasked: SERVFAIL first")
def _servfail(plan: Plan) -> None:
    plan.servers, plan.bad = ("direct",), 0.2


@mechanism("unasked: NXDOMAIN first")
def _searches(plan: Plan) -> None:
    plan.habits["searches"] = True


@mechanism("unasked: late answers")
def _late(plan: Plan) -> None:
    plan.servers, plan.deaf, plan.late = ("direct",), 0.3, 0.9


@mechanism("unasked: a second answer to one question")
def _second(plan: Plan) -> None:
    plan.manner = replace(plan.manner, repeated=0.5)
    views: dict[str, tuple[str, ...]] = {"sfr": OTHERS[:1]} if plan.random.random() < 0.5 else {}
    plan.zone = replace(plan.zone, views=views)


@mechanism("unasked: truncated first")
def _truncated(plan: Plan) -> None:
    plan.servers, plan.truncated = plan.random.choice((("direct",), ("policy",))), 0.5
