"""Streams, answers and clocks of all capture points become sessions that cross the router."""

from .point import Point
from .resolved import Resolved
from .sessions import Correlated, correlate
from .translation import same_host

__all__ = ["Correlated", "Point", "Resolved", "correlate", "same_host"]
