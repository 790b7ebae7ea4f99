"""ClientHellos as OpenSSL writes them."""

from __future__ import annotations

import ssl
from contextlib import suppress


def client_hello(name: str | None) -> bytes:
    """The first record of a connection to a server of that name, or of none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with suppress(ssl.SSLWantReadError):
        connection.do_handshake()
    return outgoing.read()
