"""Streams, answers and clocks of all capture points become sessions that cross the router."""

from .correlate import Correlated, correlate

__all__ = ["Correlated", "correlate"]
