"""TLS (RFC 8446): what it shows in the clear."""

from .certificate import certificate_names
from .handshake import handshake_messages
from .records import Records
from .server_name import server_name

__all__ = ["Records", "certificate_names", "handshake_messages", "server_name"]
