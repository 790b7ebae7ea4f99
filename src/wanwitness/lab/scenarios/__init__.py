"""The scenarios, each a function whose docstring says what happens, grouped by file."""

from . import answers, beliefs, forwarding, links, outcomes, paths
from .registry import SCENARIOS, Scenario, chosen

__all__ = ["SCENARIOS", "Scenario", "answers", "beliefs", "chosen", "forwarding", "links", "outcomes", "paths"]
