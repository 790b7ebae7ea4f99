"""Streams, answers and clocks of all capture points become sessions that cross the router."""

from .correlate import Correlated, correlate
from .resolutions import Seen

__all__ = ["Correlated", "Seen", "correlate"]
