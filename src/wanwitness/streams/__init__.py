"""Packets become streams: each TCP connection's bytes in order, every byte traced to its frame."""

from .connection import Connection, Consumer
from .oddities import Oddities
from .tracker import DNS_PORT, MAIL_PORTS, Tracker

__all__ = ["DNS_PORT", "MAIL_PORTS", "Connection", "Consumer", "Oddities", "Tracker"]
