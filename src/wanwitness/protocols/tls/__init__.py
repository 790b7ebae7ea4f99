"""TLS (RFC 8446): what it shows in the clear."""

from .records import Records
from .server_name import server_name

__all__ = ["Records", "server_name"]
