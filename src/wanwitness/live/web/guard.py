"""Who may read the page: whoever asks by a name of ours, and, where others than this machine could, has the token.

A page on loopback is reached by every web site that the administrator's browser opens, under a name that its owner lets
lead to 127.0.0.1 (DNS rebinding): so the Host header must be one that we know, or the very address that it came to.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlencode

from wanwitness.language import Language
from wanwitness.live.catalogue import SAY

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "wanwitness"
HEADERS = (
    (b"content-security-policy", b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
     b"img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)  # fmt: skip
"""With every answer."""


class Guard:
    """ASGI middleware that lets through only who may read, and only reading.

    Args:
        app: what it guards.
        hosts: names and addresses, without ports, that a request may be for.
        token: without it nothing is told; None where only this machine can ask.
        language: of what those are told who may not.
    """

    def __init__(self, app: App, hosts: Collection[str], token: str | None, language: Language) -> None:
        self._app, self._token, self._language = app, token, language
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        host = host_of(headers.get(b"host", b"").decode("latin-1"))
        if host not in self._hosts and host != _reached(scope):
            await self._refuse(send, 400, "live-guard-name")
        elif scope["method"] not in ("GET", "HEAD"):
            await self._refuse(send, 405, "live-guard-reading")
        elif self._token is None or self._known(headers):
            await self._app(scope, receive, _with_headers(send))
        else:
            await self._ask(scope, send)

    def _known(self, headers: dict[bytes, bytes]) -> bool:
        scheme, _, given = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if scheme.lower() == "bearer" and self._is(given.strip()):
            return True
        try:
            cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
        except CookieError:
            return False
        return COOKIE in cookies and self._is(cookies[COOKIE].value)

    def _is(self, given: str) -> bool:
        assert self._token is not None
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._token.encode())

    async def _ask(self, scope: Scope, send: Send) -> None:
        """Take a token out of the address into a cookie, where nothing else sees it; refuse what has none."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        (given, *_) = query.pop("token", [""])
        if not self._is(given):
            await self._refuse(send, 401, "live-guard-token", _CHALLENGE)
            return
        where = scope["path"] + (f"?{urlencode(query, doseq=True)}" if query else "")
        cookie = f"{COOKIE}={self._token}; HttpOnly; SameSite=Strict; Path=/"
        cookie += "; Secure" if scope.get("scheme") == "https" else ""
        moved = ((b"location", where.encode("latin-1", "replace")), (b"set-cookie", cookie.encode("latin-1")))
        await _answer(send, 303, "", moved)

    async def _refuse(self, send: Send, status: int, why: str, more: Headers = ()) -> None:
        await _answer(send, status, f"{self._language.say(SAY(why))}\n", more)


def _reached(scope: Scope) -> str | None:
    """The address of ours that a request came to; an IPv4 one may come as IPv6's (RFC 4291 section 2.5.5.2)."""
    try:
        address = ip_address((scope.get("server") or ("",))[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


_CHALLENGE = ((b"www-authenticate", b'Bearer realm="wanwitness"'),)


def host_of(header: str) -> str:
    """Return a Host header's name or address without its port (RFC 9110 section 7.2).

    >>> host_of("[::1]:8530"), host_of("Localhost:8530"), host_of("192.0.2.1")
    ('::1', 'localhost', '192.0.2.1')
    """
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()


async def _answer(send: Send, status: int, text: str, more: Headers) -> None:
    body = text.encode()
    kind = (b"content-type", b"text/plain; charset=utf-8")
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*HEADERS, kind, length, *more]})
    await send({"type": "http.response.body", "body": body})


def _with_headers(send: Send) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
        await send(message)

    return sending
