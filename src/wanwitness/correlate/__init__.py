"""Streams, answers and clocks of all capture points become sessions that cross the router."""

from .point import Point
from .resolved import Resolved
from .sessions import Correlated, correlate

__all__ = ["Correlated", "Point", "Resolved", "correlate"]
