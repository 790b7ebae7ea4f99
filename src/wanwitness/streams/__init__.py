"""Packets become streams: each TCP connection's bytes in order, every byte traced to its frame."""

from .connection import Connection, Consumer
from .oddities import Oddities
from .tracker import Tracker

__all__ = ["Connection", "Consumer", "Oddities", "Tracker"]
