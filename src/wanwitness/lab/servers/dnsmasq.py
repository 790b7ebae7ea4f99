"""dnsmasq as the router's forwarder: one for each way a question can take."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from wanwitness.lab import state
from wanwitness.lab.programs import path_of
from wanwitness.lab.ways import Way

from .process import ServerProcess, port_open, start


def configuration(folder: str, way: Way, listen: Sequence[str], port: int) -> str:
    """Return dnsmasq.conf of a way."""
    ports = way.query_ports
    lines = [
        "no-resolv",
        "no-hosts",
        "no-poll",
        "keep-in-foreground",
        "user=root",
        "group=root",
        f"pid-file={folder}/pid",
        f"log-facility={folder}/log",
        "log-queries=extra",
        "bind-interfaces",
        *(f"listen-address={address}" for address in listen),
        f"port={port}",
        f"min-port={ports.start}",
        f"max-port={ports.stop - 1}",
        f"cache-size={1000 if way.cache else 0}",
        "dns-forward-max=1000",
        *(f"server={resolver}@{interface}" for resolver, interface in way.upstream),
    ]
    if len(way.upstream) > 1:
        lines.append("all-servers")
    return "\n".join([*lines, ""])


def start_dnsmasq(namespace: str, way: Way, listen: Sequence[str], port: int | None = None) -> ServerProcess:
    """Start the forwarder of a way in a namespace; at a port of its own, or at the one named."""
    folder = state.folder(namespace, "dnsmasq", way.name)
    conf = folder / "dnsmasq.conf"
    conf.write_text(configuration(str(folder), way, listen, port or way.port))
    command = [path_of("dnsmasq"), f"--conf-file={conf}"]
    serves = partial(port_open, namespace, listen[0], port or way.port)
    return start(f"dnsmasq for {way.name}", namespace, command, folder / "out", serves)


def forget_answers(namespace: str) -> None:
    """Empty the forwarders' caches."""
    for file in state.FOLDER.glob(f"{namespace}/dnsmasq/*/pid"):
        with suppress(OSError, ValueError):
            os.kill(int(file.read_text()), signal.SIGHUP)
