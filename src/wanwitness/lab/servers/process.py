"""Starting a server in a namespace, and waiting until it serves."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wanwitness.lab import namespaces, state
from wanwitness.lab.errors import LabError

PATIENCE_S = 20.0


@dataclass(slots=True)
class ServerProcess:
    """A process of the lab that is to be up before anything is measured."""

    name: str
    """What to call it where it fails."""
    process: subprocess.Popen[bytes]
    log: Path
    serves: Callable[[], bool]

    def wait(self) -> None:
        """Return when it serves.

        Raises:
            LabError: it ended, or does not serve in time; the message has its own last words.
        """
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with suppress(OSError):
                if self.serves():
                    # It outlives this process; `down` waits for it, and Popen need not.
                    self.process.returncode = 0
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise LabError(f"{self.name} did not start: {last_words(self.log)}")
            time.sleep(0.02)


def start(
    name: str, namespace: str, command: Sequence[str | Path], log: Path, serves: Callable[[], bool]
) -> ServerProcess:
    """Start a server in a namespace; its words go to `log`, and `down` will find it."""
    with log.open("ab") as words, namespaces.inside(namespace):
        try:
            process = subprocess.Popen(  # noqa: S603
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
                cwd="/",
            )
        except OSError as error:
            raise LabError(f"{name} did not start: {command[0]}: {error.strerror}") from None
    state.note_process(process.pid, name)
    return ServerProcess(name, process, log, serves)


def last_words(log: Path) -> str:
    """Return the last line of a log."""
    with suppress(OSError):
        lines = [line for line in log.read_text(errors="replace").split("\n") if line.strip()]
        if lines:
            return lines[-1].strip()
    return "it said nothing"


def port_open(namespace: str, address: str, port: int) -> bool:
    """Whether somebody accepts TCP connections there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with namespaces.socket_in(namespace, family, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def udp_answers(namespace: str, address: str, port: int) -> bool:
    """Whether a DNS server answers anything at all there."""
    question = b"\xab\xcd\x01\0\0\1\0\0\0\0\0\0\x05ready\x07example\0\0\1\0\1"
    with namespaces.socket_in(namespace, socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.2)
        probe.connect((address, port))
        probe.send(question)
        return probe.recv(512)[:2] == question[:2]
