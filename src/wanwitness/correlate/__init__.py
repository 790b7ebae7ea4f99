"""Streams, answers and clocks of all capture points become sessions that cross the router."""

from wanwitness.model.nat64 import same_host
from wanwitness.model.resolved import Resolved
from wanwitness.reading.point import Point

from .correlate import Correlated, correlate

__all__ = ["Correlated", "Point", "Resolved", "correlate", "same_host"]
