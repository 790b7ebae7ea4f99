"""Captures of the router's interfaces, one tcpdump each."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from . import namespaces, router, state
from .errors import LabError
from .programs import path_of

START_S, SETTLE_S, END_S = 10.0, 1.0, 5.0
BUFFER_KIB = 65536
_ARP_REQUEST = bytes.fromhex("0806 0001 0800 06 04 0001")


class Captures:
    """Captures interfaces of the router into `DIR/NAME.pcap` while it is entered; `interfaces` is by these names."""

    def __init__(self, folder: Path, interfaces: Mapping[str, str]) -> None:
        self.files = {interface: folder / f"{name}.pcap" for name, interface in interfaces.items()}
        self._logs = state.folder("captures")
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Captures:
        try:
            for interface, file in self.files.items():
                self._start(interface, file)
            deadline = time.monotonic() + START_S
            for interface, process in self._running.items():
                while "listening on" not in self._words(interface):
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise LabError(f"tcpdump on {interface} did not start: {self._words(interface).strip()}")
                    time.sleep(0.02)
            self._mark()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            # Even in immediate mode the last packets are lost when it is stopped at once.
            time.sleep(SETTLE_S)
        self._stop()
        for interface in self.files:
            words = self._words(interface)
            if kind is None and ("packets dropped by kernel" in words) and "\n0 packets dropped by kernel" not in words:
                raise LabError(f"tcpdump lost packets on {interface}: run fewer sessions at once")

    def _start(self, interface: str, file: Path) -> None:
        command = [path_of("tcpdump"), "-i", interface, "-Z", "root", "--immediate-mode", "-U", "-n", "-s", "0"]
        command += ["-B", str(BUFFER_KIB), "-w", str(file)]
        with (self._logs / interface).open("wb") as words, namespaces.inside(router.NAME):
            process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.DEVNULL, stdout=words, stderr=words, start_new_session=True
            )
        state.note_process(process.pid, f"tcpdump on {interface}")
        self._running[interface] = process

    def _mark(self) -> None:
        """Put a packet on each interface, so that a capture begins when it does, and not with a quiet link's first.

        An ARP request of nobody for nobody: it claims no address (RFC 5227 section 1.1), and nobody answers it.
        """
        with namespaces.inside(router.NAME):
            for interface in self.files:
                with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as link:
                    link.bind((interface, 0))
                    mac = link.getsockname()[4]
                    link.send(b"\xff" * 6 + mac + _ARP_REQUEST + mac + bytes(14))

    def _stop(self) -> None:
        for process in self._running.values():
            process.send_signal(signal.SIGINT)
        for process in self._running.values():
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            state.forget_process(process.pid)

    def _words(self, interface: str) -> str:
        return (self._logs / interface).read_text(errors="replace")
