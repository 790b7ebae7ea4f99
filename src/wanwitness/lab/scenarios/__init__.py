"""The scenarios, each a function whose docstring says what happens, grouped by file."""

from . import answers, beliefs, carriers, forwarding, incident, inner, links, outcomes, paths, pop_opens
from .registry import SCENARIOS, Scenario, chosen

__all__ = [
    "SCENARIOS",
    "Scenario",
    "answers",
    "beliefs",
    "carriers",
    "chosen",
    "forwarding",
    "incident",
    "inner",
    "links",
    "outcomes",
    "paths",
    "pop_opens",
]
