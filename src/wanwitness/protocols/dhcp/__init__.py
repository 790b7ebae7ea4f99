"""DHCP for IPv4 (RFC 2131, RFC 2132) and IPv6 (RFC 8415, RFC 3646): what servers give, free of I/O."""

from .v4 import read_acknowledgement
from .v6 import read_reply

__all__ = ["read_acknowledgement", "read_reply"]
