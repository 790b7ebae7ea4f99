"""Interfaces captured to files, whatever happens to them, and every time in which they were not written down.

point       an interface, and what it shows of the site
program     dumpcap or tcpdump, writing one file
interface   up, down or gone
recorder    one interface's programs: rotated by overlap, started again where they die
pipe        a pipe's packets copied to files
clock       when the machine's clock was set; how far another machine's is ahead of it
coverage_log  coverage.jsonl: gaps, drops, what happened to interfaces
kept        what is kept of captures that go: the time around flagged and refused sessions
ring        what goes when the disk or the time is up; SHA-256 of closed files
supervisor  all of that, in a thread of its own
"""

from .point import LivePoint
from .supervisor import Supervisor

__all__ = ["LivePoint", "Supervisor"]
