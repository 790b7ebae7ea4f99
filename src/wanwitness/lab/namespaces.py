"""Network namespaces: made, entered and removed.

A socket stays in the namespace in which it was made, and a child process in that of the thread that started it. So a
thread steps in, makes what it wants and steps out again, and no helper process is needed.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .errors import LabError
from .programs import path_of

PREFIX = "ww-"
"""Every namespace of the lab is called so, and nothing else on the machine should be."""
FOLDER = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def full_name(name: str) -> str:
    """Return what the machine calls the lab's namespace `name`."""
    return PREFIX + name


def existing() -> list[str]:
    """Return the lab's namespaces that there are, by the machine's names."""
    return sorted(path.name for path in FOLDER.glob(PREFIX + "*")) if FOLDER.is_dir() else []


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Let the calling thread be in a namespace of the lab."""
    with Path("/proc/thread-self/ns/net").open("rb") as home:
        try:
            there = (FOLDER / full_name(name)).open("rb")
        except OSError:
            raise LabError(f"no namespace {full_name(name)}: is the lab up?") from None
        with there:
            _enter(there.fileno(), name)
        try:
            yield
        finally:
            _enter(home.fileno(), "home")


def _enter(descriptor: int, name: str) -> None:
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise LabError(f"cannot enter the namespace {name}: {os.strerror(ctypes.get_errno())}")


def socket_in(name: str, family: int, kind: int) -> socket.socket:
    """Make a socket that belongs to a namespace."""
    with inside(name):
        return socket.socket(family, kind)


def ip(name: str, commands: Sequence[str]) -> None:
    """Run `ip` commands, one a line, in a namespace; those for IPv6 begin with `-6`."""
    four = [line for line in commands if not line.startswith("-6 ")]
    six = [line.removeprefix("-6 ") for line in commands if line.startswith("-6 ")]
    for options, lines in (((), four), (("-6",), six)):
        if lines:
            command = [path_of("ip"), "-n", full_name(name), *options, "-batch", "-"]
            execute(command, stdin="\n".join(lines) + "\n")


def setting(name: str, key: str, value: object) -> None:
    """Write one of a namespace's network settings, by its path below /proc/sys/net."""
    with inside(name):
        Path("/proc/sys/net", key).write_text(f"{value}\n")


def execute(command: Sequence[str], *, name: str | None = None, stdin: str = "") -> str:
    """Run a command, in a namespace if one is named, and return what it printed.

    Raises:
        LabError: it failed; the message has its first words.
    """
    if name is not None:
        with inside(name):
            return execute(command, stdin=stdin)
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        told = (done.stderr or done.stdout).strip().split("\n", 1)[0]
        raise LabError(f"{Path(command[0]).name} failed: {told or f'exit status {done.returncode}'}")
    return done.stdout
