"""The process that serves the page: begun by a live run, whose end ends it."""

from __future__ import annotations

import errno
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from wanwitness.language import Language
from wanwitness.live.ending import TELL_RESERVE_S, RunEnding
from wanwitness.live.journal import day_before
from wanwitness.live.wrong import wrong

from .guard import host_of

SINCE = timedelta(days=2)
"""The journal is read from so long ago: the page shows a day."""
TOKEN = "WANWITNESS_TOKEN"  # noqa: S105 - the variable's name
"""Where a token may be given, so that it is the same after a restart, and on no command line."""
_PATIENCE_S = 2.0


def listening(address: str) -> socket.socket:
    """Return a socket that listens at an address.

    Args:
        address: `HOST:PORT`, `[IPV6]:PORT` or `PORT` on this machine.

    Raises:
        UsageError: it is no address, is in use, or is not this machine's.
    """
    host, _, port = address.rpartition(":")
    host = host_of(host) if host else "127.0.0.1"
    if not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise wrong("web-form", address=address)
    try:
        family, _, _, _, place = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            _bind(made, place)
            made.listen(128)
        except OSError:
            made.close()
            raise
    except socket.gaierror:
        raise wrong("web-not-ours", address=address, host=host) from None
    except OSError as error:
        raise wrong("web-port", address=address, why=error.strerror) from None
    return made


def _bind(made: socket.socket, place: Any) -> None:
    """Bind a socket; where the page of a run that was killed is still ending, wait for that."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            made.bind(place)
            return
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > until:
                raise
        time.sleep(0.1)


def token_for(address: str) -> str | None:
    """Return the token that the page at an address asks for: None on loopback, unless one is given."""
    given = os.environ.get(TOKEN)
    if given:
        return given
    return None if _loopback(address) else secrets.token_urlsafe(24)


def _loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False


@contextmanager
def page(
    folder: Path, address: str, hosts: Sequence[str], language: Language, zone: str | None, ending: RunEnding
) -> Iterator[str]:
    """Serve the page of a run by a process of its own, as long as the block lasts; give its address for people.

    Args:
        folder: the case's.
        address: where to listen.
        hosts: names beside its own under which a proxy may hand it on.
        language: of its texts.
        zone: the site's time zone.
        ending: how long it may take to end it.

    Raises:
        UsageError: it cannot listen there, or what serves it is not installed.
    """
    try:
        import sse_starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise wrong("web-needs") from None
    with listening(address) as made:
        host, port = made.getsockname()[:2]
        token = token_for(host)
        known = {"localhost", "127.0.0.1", "::1", host, *map(host_of, hosts)}
        if ip_address(host).is_unspecified:
            host = socket.gethostname().lower()
            known.add(host)
        options = {
            "folder": str(folder),
            "hosts": sorted(known),
            "token": token,
            "language": language.code,
            "zone": zone,
            "socket": made.fileno(),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "wanwitness.live.web"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[made.fileno()],
            start_new_session=True,  # Ctrl-C is for the run, which ends this
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(options).encode() + b"\n")
        process.stdin.flush()
    shown = f"[{host}]" if ":" in host else host
    try:
        yield f"http://{shown}:{port}/" + (f"?token={token}" if token else "")
    finally:
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(min(_PATIENCE_S, ending.left_s(TELL_RESERVE_S)))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main() -> None:
    """Serve until standard input ends, which is when the run does, however it ends."""
    import uvicorn

    from .app import application
    from .guard import Guard

    options: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    language = Language.of(options["language"], _zone(options["zone"]))
    app = application(Path(options["folder"]), day_before(datetime.now(UTC), SINCE), language)
    config = uvicorn.Config(
        Guard(app, options["hosts"], options["token"], language),
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        limit_concurrency=200,
    )
    server = uvicorn.Server(config)

    def end() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True

    threading.Thread(target=end, daemon=True).start()
    server.run(sockets=[socket.socket(fileno=options["socket"])])


def _zone(name: str | None) -> Any:
    if name is None:
        return None
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
