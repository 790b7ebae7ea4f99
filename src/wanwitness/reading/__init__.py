"""Stages 1 to 4 for every capture file: packets in order of time to their capture points, rows out.

Files of one capture point are one stream, in order of time whatever order they are named in, so that a connection may
begin in one file and end in the next.
"""

from .point import Point
from .progress import Progress, Show
from .read import Readings, read
from .rotation import stem
from .workers import cores

__all__ = ["Point", "Progress", "Readings", "Show", "cores", "read", "stem"]
