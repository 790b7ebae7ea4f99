"""HTTP/1 (RFC 9112): which host is asked for."""

from .host import METHODS, host

__all__ = ["METHODS", "host"]
