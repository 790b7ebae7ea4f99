"""OpenSSL's own web server as a provider's webmail: what matters is that it is visited by TLS."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from wanwitness.lab import state
from wanwitness.lab.programs import path_of

from .process import ServerProcess, port_open, start

PORT = 443


def start_webmail(namespace: str, address: str, certificate: Path, key: Path) -> ServerProcess:
    """Start it in a provider's namespace."""
    log = state.folder(namespace, "webmail") / "log"
    command = [path_of("openssl"), "s_server", "-accept", f"{address}:{PORT}", "-www", "-quiet"]
    command += ["-cert", str(certificate), "-key", str(key)]
    return start(f"webmail of {namespace}", namespace, command, log, partial(port_open, namespace, address, PORT))
