"""Packets become streams: each TCP connection's bytes in order, every byte traced to its frame."""

from .connection import Connection
from .oddities import Oddities
from .reassembly import Consumer
from .tracker import Tracker

__all__ = ["Connection", "Consumer", "Oddities", "Tracker"]
