"""The host that an HTTP/1 request asks for (RFC 9112 section 3.2)."""

from __future__ import annotations

import re

METHODS = (b"GET ", b"POST", b"HEAD", b"PUT ", b"OPTI", b"CONN")
"""The first four bytes of requests (RFC 9110 section 9)."""
_REQUEST = re.compile(rb"(?:GET|POST|HEAD|PUT|OPTIONS|CONNECT) (\S+) HTTP/1\.[01]\r?\n")
_USER = rb"(?:[^\s/@]*@)?"
"""A name and a password before the host (RFC 3986 section 3.2.1), which nobody should send, and which are not kept."""
_NAME = rb"([A-Za-z0-9.\-\[\]:]+)"
_HOST = re.compile(rb"\nhost:[ \t]*" + _USER + _NAME, re.IGNORECASE)
_ABSOLUTE = re.compile(rb"https?://" + _USER + _NAME, re.IGNORECASE)
_AUTHORITY = re.compile(_USER + _NAME)


def host(request: bytes) -> str | None:
    r"""Return the host in lower case without a port, "" where the request names none; None where it is no request.

    A request to a proxy names it in its target. Of a header cut off by the segment's end nothing is known.

    >>> host(b"GET / HTTP/1.1\r\nHost: Webmail.ISP1.example:80\r\n\r\n")
    'webmail.isp1.example'
    >>> host(b"GET http://alice:not-a-secret@webmail.isp1.example/ HTTP/1.1\r\n\r\n")
    'webmail.isp1.example'
    """
    line = _REQUEST.match(request)
    if line is None:
        return None
    named = _ABSOLUTE.match(line[1]) or _HOST.search(request.split(b"\r\n\r\n", 1)[0])
    if named is None and line[0].startswith(b"CONNECT"):
        named = _AUTHORITY.match(line[1])
    if named is None:
        return ""
    text = named[1].decode("latin-1").lower()
    return text if text.startswith("[") else text.split(":", 1)[0]
