"""QUIC (RFC 9000): the client's first flight, which anybody can read."""

from .initial import crypto_frames

__all__ = ["crypto_frames"]
