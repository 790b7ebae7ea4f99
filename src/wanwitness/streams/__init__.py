"""Packets become streams: each TCP connection's bytes in order, every byte traced to its frame."""

from .connection import Connection
from .reassembly import Consumer
from .tracker import Tracker

__all__ = ["Connection", "Consumer", "Tracker"]
