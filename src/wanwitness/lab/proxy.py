"""The router's SMTP proxy: it ends a client's connection and opens one of its own to a relay."""

from __future__ import annotations

import select
import socket
import time
from contextlib import suppress
from threading import Lock, Thread

from . import namespaces, router
from .exits import EXITS
from .facts import Address, Diary, Relayed


class Proxy:
    """Listens in the router's namespace while it is entered; serves only the clients it was told of."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary
        self._targets: dict[Address, tuple[str, str]] = {}
        self._lock = Lock()
        self._listener: socket.socket | None = None

    def serve(self, client: Address, server: str, link: str) -> None:
        """Carry the connection that will come from `client` to a server, over a link."""
        with self._lock:
            self._targets[client] = (server, link)

    def __enter__(self) -> Proxy:
        self._listener = namespaces.socket_in(router.NAME, socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("0.0.0.0", router.PROXY_PORT))  # noqa: S104
        self._listener.listen(100)
        Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._listener is not None
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, address = listener.accept()
                Thread(target=self._carry, args=(client, address), daemon=True).start()

    def _carry(self, client: socket.socket, address: Address) -> None:
        with self._lock:
            target = self._targets.pop(address, None)
        with client:
            if target is None:
                return
            server, link = target
            with namespaces.socket_in(router.NAME, socket.AF_INET, socket.SOCK_STREAM) as upstream:
                upstream.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, EXITS[link].interface.encode())
                started = time.time()
                with suppress(OSError):
                    upstream.connect((server, 25))
                    self._diary.note(Relayed(address, upstream.getsockname(), (server, 25), started))
                    _pump(client, upstream)


def _pump(one: socket.socket, two: socket.socket) -> None:
    """Carry bytes both ways until both sides have ended."""
    other = {one: two, two: one}
    for each in other:
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    open_ = [one, two]
    while open_:
        for ready in select.select(open_, [], [])[0]:
            data = ready.recv(65536)
            if data:
                other[ready].sendall(data)
            else:
                open_.remove(ready)
                with suppress(OSError):
                    other[ready].shutdown(socket.SHUT_WR)
