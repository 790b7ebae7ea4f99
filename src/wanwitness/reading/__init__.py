"""Stages 1 to 4 for every capture file: packets in order of time to their capture points, rows out.

Files of one capture point are one stream, in order of time whatever order they are named in, so that a connection may
begin in one file and end in the next.

input_file, rotation, sets, glimpse    files, and which are pieces of one capture
vlans          which VLANs of an interface are capture points of their own
merge, part    the windows of several files by time; decoded and given to their capture points
registry, counting    the captures that the files turn out to be, and their counts
described, not_understood, frame_oddities    interfaces as columns; captures of which nothing was understood; odd frames
intake         a point's packets before the protocols read them: those that are wanted, each once
point_reader   a point's packets given to the protocols ─► point: its rows; consumers: who reads a connection's bytes
half_heard, sightings    connections with one side alone, bounded; who was seen with which MACs
gaps, recorded what time the captures cover, and what whoever captured wrote down of it
following      captures that grow, read as they come
workers, parcel, progress    several processes, what they hand over, and how far they are
read           all of that
"""

from .point import Point
from .progress import Progress, Show
from .read import Readings, read
from .rotation import stem
from .workers import cores

__all__ = ["Point", "Progress", "Readings", "Show", "cores", "read", "stem"]
