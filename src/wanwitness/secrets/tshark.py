"""tshark opens TLS, and says which frame each piece of what was said ended in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .follow import Said, said

_FIELDS = (
    "frame.number",
    "tcp.stream",
    "tcp.srcport",
    "tcp.dstport",
    "tls.record.content_type",
    "tls.record.opaque_type",
    "tls.record.length",
)
_BETWEEN = "\x1f"
_APPLICATION_DATA = "23"
_AT_ONCE = 100
"""Connections followed in one pass through a file."""
_IMPLICIT = (465,)
_KNOWN = (25, 465, 587)
"""Ports on which tshark itself expects mail."""
_VERSION = re.compile(r"\d+\.\d+\.\d+")


class RecordFrame(NamedTuple):
    """A frame of a connection to a mail port."""

    number: int
    stream: int
    sport: int
    dport: int
    sealed: bool
    """It ends records of TLS 1.3 that could not be opened."""
    application: bool
    """It ends records of an older TLS that hold what was said; whether they could be opened shows only what was."""


class Tshark:
    """tshark with keys.

    Args:
        work: an empty folder of this process alone, in place of the user's settings; the keys are put there.
        keys: key log lines; empty where the files themselves hold the keys (pcapng's secrets).
        servers: ports of the servers, and whether TLS begins there at once.
    """

    def __init__(self, work: Path, keys: str, servers: Collection[tuple[int, bool]] = ()) -> None:
        path = shutil.which("tshark")
        assert path is not None, "ask `is_installed` first"
        self._command = [path, "-n"]
        self._environment = {**os.environ, "WIRESHARK_CONFIG_DIR": str(work), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        self._options = ["-o", "tcp.reassemble_out_of_order:TRUE", "-o", "tls.desegment_ssl_records:TRUE"]
        if keys:
            file = work / "keys"
            file.touch(mode=0o600)
            file.write_text(keys)
            self._options += ["-o", f"tls.keylog_file:{file}"]
        for port, implicit in sorted(servers):
            if port not in _KNOWN or implicit != (port in _IMPLICIT):
                self._options += ["-d", f"tcp.port=={port},{'tls' if implicit else 'smtp'}"]
        self._ports = ",".join(str(port) for port in sorted({port for port, _ in servers}))

    @staticmethod
    def is_installed() -> bool:
        """Whether it is there."""
        return shutil.which("tshark") is not None

    @property
    def version(self) -> str | None:
        """Its version."""
        done = subprocess.run([*self._command, "-v"], capture_output=True, check=False, env=self._environment)  # noqa: S603 - as found on the path
        found = _VERSION.search(done.stdout.decode("utf-8", "replace"))
        return found[0] if found else None

    def frames(self, file: Path) -> Iterator[RecordFrame]:
        """Yield the frames of all connections to the servers' ports; none where tshark cannot read the file."""
        words = ["-Y", f"tcp.port in {{{self._ports}}}", "-T", "fields", "-E", "separator=/t"]
        words += ["-E", "occurrence=a", "-E", f"aggregator={_BETWEEN}"]
        for line in self._lines(file, [*words, *(word for field in _FIELDS for word in ("-e", field))]):
            columns = line.decode("utf-8", "replace").rstrip("\n").split("\t")
            with suppress(ValueError, IndexError):
                number, stream, sport, dport, kinds, opaque, lengths = (c.split(_BETWEEN) for c in columns)
                sealed = bool(opaque[0]) and len([kind for kind in kinds if kind]) < len(lengths)
                application = not opaque[0] and _APPLICATION_DATA in kinds
                yield RecordFrame(int(number[0]), int(stream[-1]), int(sport[-1]), int(dport[-1]), sealed, application)

    def inside(self, file: Path, streams: Sequence[int]) -> Iterator[Said]:
        """Yield what was said inside of TLS by both sides of some connections, each in its order."""
        return self._followed(file, "tls", streams)

    def clear(self, file: Path, streams: Sequence[int]) -> Iterator[Said]:
        """Yield the bytes of both sides of some connections as they were sent, each in its order."""
        return self._followed(file, "tcp", streams)

    def _followed(self, file: Path, what: str, streams: Sequence[int]) -> Iterator[Said]:
        for begin in range(0, len(streams), _AT_ONCE):
            words = [f"follow,{what},yaml,{stream}" for stream in streams[begin : begin + _AT_ONCE]]
            yield from said(self._lines(file, ["-q", *(word for each in words for word in ("-z", each))]))

    def _lines(self, file: Path, words: Sequence[str]) -> Iterator[bytes]:
        command = [*self._command, "-r", str(file), *self._options, *words]
        with subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._environment
        ) as running:
            assert running.stdout is not None
            try:
                yield from running.stdout
            finally:
                running.kill()
