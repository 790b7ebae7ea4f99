"""The thresholds in force, of all rooms."""

from __future__ import annotations

from typing import Any

from wanwitness.correlate.clocks import assumptions as clocks
from wanwitness.correlate.coverage import assumptions as coverage
from wanwitness.correlate.crossings import assumptions as crossings
from wanwitness.correlate.points import assumptions as points
from wanwitness.correlate.resolutions import assumptions as resolutions
from wanwitness.correlate.sessions import assumptions as sessions
from wanwitness.hypotheses import assumptions as hypotheses
from wanwitness.language import Catalogue, told
from wanwitness.model.assumption import stated
from wanwitness.verdict import assumptions as verdict

ROOMS = {
    "clocks": clocks,
    "points": points,
    "crossings": crossings,
    "coverage": coverage,
    "sessions": sessions,
    "resolutions": resolutions,
    "verdict": verdict,
    "hypotheses": hypotheses,
}
"""In the order of the pipeline."""


IN_FORCE = tuple(one for room, module in ROOMS.items() for one in stated(room, vars(module)))
sentence = Catalogue("assumptions", {f"assumed-{one.name}": one.why for one in IN_FORCE})
"""Why each is that: the English stands where the number does."""


def assumption_values() -> list[dict[str, Any]]:
    """Return them as the case tells them: name, value, unit and why."""
    return [
        {"name": one.name, "value": one.value, "unit": one.unit, **told("why", sentence(f"assumed-{one.name}"))}
        for one in IN_FORCE
    ]
