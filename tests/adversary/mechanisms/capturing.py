"""What is wrong with the captures."""

from __future__ import annotations

from adversary.flaws import PATTERNS
from adversary.plan import Plan

from .registry import mechanism


def _some(plan: Plan) -> tuple[str, ...]:
    points = plan.points()
    return plan.random.choice((points, ("lan",), (plan.random.choice(points[1:]),)))


@mechanism("capture: loss")
def _loss(plan: Plan) -> None:
    share = plan.random.choice((0.001, 0.003, 0.01, 0.03))
    plan.flaws.loss = dict.fromkeys(_some(plan), share)
    plan.blind = True


@mechanism("capture: bursts of loss")
def _bursts(plan: Plan) -> None:
    for point in _some(plan):
        starts = [plan.random.uniform(0, plan.until) for _ in range(10)]
        plan.flaws.bursts[point] = [(start, start + plan.random.uniform(0.1, 5)) for start in starts]
    plan.blind = True


@mechanism("capture: late start")
def _late_start(plan: Plan) -> None:
    start = plan.until * plan.random.uniform(0.05, 0.6)
    plan.flaws.begins = {point: start + plan.random.uniform(0, plan.until / 10) for point in _some(plan)}
    plan.habits["pause"] = plan.random.choice((0.0, 30.0))
    plan.blind = True


@mechanism("capture: late start, with kept answers")
def _late_start_kept(plan: Plan) -> None:
    _late_start(plan)
    plan.habits["keep"] = plan.random.choice((60.0, 1e9))
    plan.asks_every = plan.random.choice((60.0, 200.0))


@mechanism("capture: early end")
def _early_end(plan: Plan) -> None:
    end = plan.until * plan.random.uniform(0.4, 0.95)
    plan.flaws.ends = {point: end + plan.random.uniform(0, plan.until / 20) for point in _some(plan)}
    plan.habits["pause"] = plan.random.choice((0.0, 30.0))


@mechanism("capture: a link is missing")
def _missing(plan: Plan) -> None:
    plan.flaws.missing = {plan.random.choice(plan.points()[1:])}
    plan.blind = True


@mechanism("capture: skew")
def _skew(plan: Plan) -> None:
    size = plan.random.choice((0.002, 0.05, 1.0, 60.0, 3600.0, 200_000.0))
    plan.flaws.skew = {point: (plan.random.uniform(-size, size), 0.0) for point in plan.points()}
    plan.overlap = 0.05


@mechanism("capture: drift")
def _drift(plan: Plan) -> None:
    plan.flaws.skew = {point: (plan.random.uniform(-1, 1), plan.random.uniform(-50, 50)) for point in plan.points()}
    plan.overlap = 0.1


@mechanism("capture: duplicates")
def _doubled(plan: Plan) -> None:
    plan.flaws.doubled = dict.fromkeys(_some(plan), 0.1)


@mechanism("capture: reordering")
def _reordered(plan: Plan) -> None:
    plan.flaws.reordered = dict.fromkeys(_some(plan), 0.2)


@mechanism("capture: snap length")
def _snaplen(plan: Plan) -> None:
    plan.flaws.snaplen = dict.fromkeys(_some(plan), plan.random.choice((96, 128, 200)))
    plan.blind = True


@mechanism("capture: rotated")
def _rotated(plan: Plan) -> None:
    plan.flaws.rotated = dict.fromkeys(_some(plan), plan.random.choice((2, 3, 5)))
    plan.flaws.pattern = plan.random.randrange(len(PATTERNS))


@mechanism("capture: rotated, roles not told")
def _rotated_alone(plan: Plan) -> None:
    _rotated(plan)
    plan.flaws.told = "nothing"


@mechanism("capture: DNS and mail apart")
def _apart(plan: Plan) -> None:
    plan.flaws.by_protocol = set(_some(plan))
    plan.flaws.told = plan.random.choice(("site", "arguments", "nothing", "nothing"))


@mechanism("capture: no LAN side")
def _no_lan(plan: Plan) -> None:
    plan.flaws.missing = {"lan"}
    plan.blind = True


@mechanism("capture: a file twice")
def _twice(plan: Plan) -> None:
    plan.flaws.twice = dict.fromkeys(_some(plan), plan.random.choice((0.0, 0.0, 0.3)))
    plan.flaws.told = plan.random.choice(("arguments", "nothing", "nothing"))


@mechanism("capture: roles not told")
def _not_told(plan: Plan) -> None:
    plan.flaws.told = "nothing"
