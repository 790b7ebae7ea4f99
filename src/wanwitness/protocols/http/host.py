"""The host that an HTTP/1 request asks for (RFC 9112 section 3.2)."""

from __future__ import annotations

import re

METHODS = (b"GET ", b"POST", b"HEAD", b"PUT ", b"OPTI", b"CONN")
"""The first four bytes of requests (RFC 9110 section 9)."""
_REQUEST = re.compile(rb"(?:GET|POST|HEAD|PUT|OPTIONS|CONNECT) (\S+) HTTP/1\.[01]\r?\n")
_HOST = re.compile(rb"\nhost:[ \t]*([A-Za-z0-9.\-\[\]:]+)", re.IGNORECASE)
_ABSOLUTE = re.compile(rb"https?://([A-Za-z0-9.\-\[\]:]+)", re.IGNORECASE)


def host(request: bytes) -> str | None:
    r"""Return the host in lower case without a port, "" where the request names none; None where it is no request.

    A request to a proxy names it in its target. Of a header cut off by the segment's end nothing is known.

    >>> host(b"GET / HTTP/1.1\r\nHost: Webmail.ISP1.example:80\r\n\r\n")
    'webmail.isp1.example'
    """
    line = _REQUEST.match(request)
    if line is None:
        return None
    absolute = _ABSOLUTE.match(line[1])
    named = absolute or _HOST.search(request.split(b"\r\n\r\n", 1)[0])
    if named is None:
        return line[1].decode("latin-1").rsplit(":", 1)[0].lower() if line[0].startswith(b"CONNECT") else ""
    text = named[1].decode("latin-1").lower()
    return text if text.startswith("[") else text.split(":", 1)[0]
