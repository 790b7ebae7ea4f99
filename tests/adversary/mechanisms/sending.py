"""What sends mail, and what else asks for the same name."""

from __future__ import annotations

from dataclasses import replace

from adversary.plan import RELAYS, Plan

from .registry import mechanism


@mechanism("program: java 30 s")
def _java(plan: Plan) -> None:
    plan.habits["keep"] = 30.0
    plan.asks_every = plan.asks_every or 120.0
    plan.every = 15.0


@mechanism("program: java for ever")
def _java_for_ever(plan: Plan) -> None:
    plan.habits["keep"] = 1e9
    plan.asks_every = plan.asks_every or 120.0


@mechanism("program: postfix")
def _postfix(plan: Plan) -> None:
    plan.zone = replace(plan.zone, addresses=RELAYS[: plan.random.choice((2, 3))])
    plan.habits["ends"] = {
        "refused": 0.4,
        "accepted": 0.3,
        "silent": 0.1,
        "rst": 0.07,
        "try-later": 0.07,
        "deferred": 0.06,
    }
    plan.kind = plan.random.choice(("A", "MX"))


@mechanism("program: slow")
def _slow(plan: Plan) -> None:
    plan.habits["slow"] = plan.random.choice(((0.05, 0.3), (0.3, 1.0), (0.05, 3.0), (1.0, 3.0)))


@mechanism("program: several connections of one look-up")
def _several(plan: Plan) -> None:
    plan.habits["several"] = 0.5


@mechanism("program: others ask")
def _others(plan: Plan) -> None:
    plan.asks_every = plan.random.choice((10.0, 30.0, 60.0))


@mechanism("program: kept or own")
def _kept_or_own(plan: Plan) -> None:
    plan.programs = ("kept-or-own",)
    plan.manner = replace(plan.manner, cache=False)


@mechanism("program: two keepers")
def _two_keepers(plan: Plan) -> None:
    plan.programs = ("two-keepers",)
    plan.manner = replace(plan.manner, cache=False)


@mechanism("program: telnet by hand")
def _telnet(plan: Plan) -> None:
    plan.habits["typed"] = True
    plan.sessions = 20


@mechanism("program: others go elsewhere")
def _elsewhere(plan: Plan) -> None:
    plan.asks_every = plan.random.choice((20.0, 60.0))
    plan.habits["elsewhere"] = 0.7


@mechanism("program: happy eyeballs")
def _happy(plan: Plan) -> None:
    plan.programs = ("happy",)
    plan.dual = plan.random.choice(("announced", "silent"))
    plan.servers = ("forwarder",)
    plan.zone = replace(plan.zone, addresses=(*plan.zone.addresses, "2001:db8:25::25"))


@mechanism("program: two mailers")
def _two_mailers(plan: Plan) -> None:
    plan.programs = ("mailer", "mailer")
