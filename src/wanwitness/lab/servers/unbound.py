"""unbound as a provider's resolver: its own subscribers get other addresses than everybody else (split horizon)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from wanwitness.lab import state, zones
from wanwitness.lab.programs import path_of
from wanwitness.lab.topology import LabLink

from .process import ServerProcess, start, udp_answers


def configuration(folder: str, addresses: Sequence[str], link: LabLink | None) -> str:
    """Return unbound.conf of a resolver at `addresses`, of a provider or (None) of nobody."""
    lines = [
        "server:",
        f'    directory: "{folder}"',
        f'    pidfile: "{folder}/pid"',
        f'    logfile: "{folder}/log"',
        '    chroot: ""',
        '    username: ""',
        "    use-syslog: no",
        "    do-daemonize: no",
        "    log-queries: yes",
        "    log-replies: yes",
        '    module-config: "iterator"',
        "    access-control: 0.0.0.0/0 allow",
        "    access-control: ::/0 allow",
        *(f"    interface: {address}" for address in addresses),
    ]
    if link is not None:
        lines += [f"    access-control-view: {network} subscribers" for network in (link.network, link.network6)]
    lines += _data(None)
    if link is not None:
        lines += ["view:", '    name: "subscribers"', *_data(link)]
    return "\n".join([*lines, "remote-control:", "    control-enable: no", ""])


def start_unbound(namespace: str, addresses: Sequence[str], link: LabLink | None) -> ServerProcess:
    """Start a resolver in a namespace."""
    folder = state.folder(namespace, "unbound")
    conf = folder / "unbound.conf"
    conf.write_text(configuration(str(folder), addresses, link))
    command: list[str | Path] = [path_of("unbound"), "-d", "-c", conf]
    return start(
        f"unbound of {namespace}", namespace, command, folder / "log", partial(udp_answers, namespace, addresses[0], 53)
    )


def _data(link: LabLink | None) -> list[str]:
    return ['    local-zone: "example." static', *(f"    local-data: '{line}'" for line in zones.records(link))]
