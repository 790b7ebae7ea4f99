"""Packets become streams: each TCP connection's bytes in order, every byte traced to its frame.

tracker        every connection of a capture point, opened and closed
connection     one of them: its headers, and half_stream: one direction of it
reassembly     both directions in the order in which the ends saw them; padding, bad_checksums: what is no payload
unspoken       those in which nothing was said yet: the oldest of too many are given up
fast_path      many packets of one connection at once
handshakes, beyond, hashed    connections without a word, as columns, and how many more there were
packet, packet_clock          a packet where columns do not do; how much time has gone by
"""

from .connection import Connection
from .reassembly import Consumer
from .tracker import Tracker

__all__ = ["Connection", "Consumer", "Tracker"]
