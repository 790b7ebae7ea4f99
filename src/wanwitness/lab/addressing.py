"""The router's address on a link, when it is not the one it always has: given by DHCP, or another from now on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from . import namespaces, router, state
from .errors import LabError
from .programs import path_of
from .topology import LINKS, LabLink

PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Lease:
    """What the provider's DHCP server gave."""

    address: str
    gateway: str
    resolver: str


@contextmanager
def renumbered(link: LabLink) -> Iterator[None]:
    """Let the router have another address on a link while entered."""
    try:
        _drop(link, link.router)
        _take(link, link.later, link.gateway)
        yield
    finally:
        _restore(link)


@contextmanager
def leased(link: LabLink) -> Iterator[Lease]:
    """Let the router get its address on a link by DHCP and use it while entered."""
    try:
        _drop(link, link.router)
        lease = _ask(link)
        _take(link, lease.address, lease.gateway)
        yield lease
    finally:
        _restore(link)


def _restore(link: LabLink) -> None:
    """Give the router the address that it always has."""
    for other in link.addresses - {link.router, link.router6}:
        _drop(link, other)
    _take(link, link.router, link.gateway)


def _drop(link: LabLink, address: str) -> None:
    if f" {address}/" in namespaces.execute([path_of("ip"), "-o", "addr", "show", link.interface], name=router.NAME):
        namespaces.ip(router.NAME, [f"addr del {address}/24 dev {link.interface}"])


def _take(link: LabLink, address: str, gateway: str) -> None:
    """Take an address, and set the routes again that went with the last one."""
    lines = [f"addr replace {address}/24 dev {link.interface}"]
    lines.append(f"route replace default via {gateway} dev {link.interface} table {link.table}")
    if link is LINKS[0]:
        lines.append(f"route replace default via {gateway}")
    namespaces.ip(router.NAME, lines)


def _ask(link: LabLink) -> Lease:
    """Run udhcpc once; it has `sh` read a file of this folder that is called like what happened."""
    folder = state.folder(router.NAME, "udhcpc")
    lease = folder / "lease"
    lease.unlink(missing_ok=True)
    (folder / "bound").write_text('echo "$ip $router $dns" > lease\n')
    (folder / "deconfig").write_text("")
    command = [path_of("udhcpc"), "-i", link.interface, "-f", "-n", "-q", "-t", "5", "-T", "2", "-s", "/bin/sh"]
    with namespaces.inside(router.NAME):
        process = subprocess.Popen(  # noqa: S603
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    state.note_process(process.pid, "udhcpc")
    try:
        words, _ = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        words = "it did not end"
    finally:
        process.kill()
        process.wait()
        state.forget_process(process.pid)
    told = lease.read_text().split() if lease.exists() else []
    if len(told) != 3:
        raise LabError(f"no address by DHCP on {link.interface}: {words.strip().rpartition(chr(10))[2]}")
    return Lease(*told)
