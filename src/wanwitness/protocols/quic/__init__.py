"""QUIC (RFC 9000): the client's first flight, which anybody can read.

initial      a packet of it, opened
handshake    what its packets bring, put together
"""

from .handshake import LONGEST, Handshake
from .initial import crypto_frames

__all__ = ["LONGEST", "Handshake", "crypto_frames"]
