"""Streams, answers and clocks of all capture points become sessions that cross the router."""

from .correlated import Correlated, correlate
from .point import Point
from .resolved import Resolved
from .translation import same_host

__all__ = ["Correlated", "Point", "Resolved", "correlate", "same_host"]
