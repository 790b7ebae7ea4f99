"""What the router's connection tracking saw: conntrack's event log, the truth of address translation."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import namespaces, router, state
from .errors import LabError
from .exits import BOXES, DIAL
from .programs import path_of
from .topology import LINKS

_EVENT = re.compile(
    r"\[(?P<kind>NEW|UPDATE|DESTROY)\]\s+(?P<proto>tcp|udp)\b.*?"
    r"src=(?P<src>\S+) dst=(?P<dst>\S+) sport=(?P<sport>\d+) dport=(?P<dport>\d+)"
    r".*?src=(?P<rsrc>\S+) dst=(?P<rdst>\S+) sport=(?P<rsport>\d+) dport=(?P<rdport>\d+)"
)
_AT, _MARK = re.compile(r"^\[(\d+\.\d+)"), re.compile(r"\bmark=(\d+)")

_NAMES = {
    **{link.number: link.name for link in LINKS},
    **{box.number: box.link.name for box in BOXES},
    DIAL.number: DIAL.link.name,
}

Address = tuple[str, int]


@dataclass(slots=True)
class Flow:
    """A connection as the router tracked it."""

    at: float
    """When it was new."""
    protocol: str
    client: Address
    asked: Address
    """Where the client sent it."""
    server: Address
    """Where it went: another address where the router rewrote it."""
    shown: Address
    """The client's address and port, as the server saw them."""
    mark: int = 0

    @property
    def link(self) -> str | None:
        """The link it left by; None for what ends at the router."""
        return _link(self.mark >> router.LEFT_SHIFT)

    @property
    def back(self) -> str | None:
        """The link by which answers came."""
        return _link(self.mark >> router.BACK_SHIFT)


def _link(byte: int) -> str | None:
    return _NAMES.get(byte & 0xFF)


def parse(lines: Iterable[str]) -> list[Flow]:
    """Read conntrack's event log: one flow for each NEW event, with the last mark it had."""
    flows: list[Flow] = []
    alive: dict[tuple[str, Address, Address], Flow] = {}
    for line in lines:
        event = _EVENT.search(line)
        if event is None:
            continue
        client, asked = (event["src"], int(event["sport"])), (event["dst"], int(event["dport"]))
        server, shown = (event["rsrc"], int(event["rsport"])), (event["rdst"], int(event["rdport"]))
        key = (event["proto"], client, asked)
        if event["kind"] == "NEW":
            at = _AT.search(line)
            alive[key] = Flow(float(at[1]) if at else 0.0, event["proto"], client, asked, server, shown)
            flows.append(alive[key])
        mark = _MARK.search(line)
        if key in alive and mark is not None and int(mark[1]):
            alive[key].mark = int(mark[1])
    return flows


class Tracking:
    """Records the router's conntrack events while it is entered."""

    def __init__(self) -> None:
        self._log: Path = state.folder("conntrack") / "events"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Tracking:
        conntrack = path_of("conntrack")
        with self._log.open("wb") as words, namespaces.inside(router.NAME):
            subprocess.run([conntrack, "-F"], check=False, capture_output=True)  # noqa: S603
            self._process = subprocess.Popen(  # noqa: S603
                [conntrack, "-E", "-o", "timestamp", "-b", "16777216"],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )
        state.note_process(self._process.pid, "conntrack")
        time.sleep(0.3)
        if self._process.poll() is not None:
            raise LabError(f"conntrack did not start: {self._log.read_text().strip()}")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        state.forget_process(self._process.pid)

    def flows(self) -> list[Flow]:
        """Return what was tracked."""
        return parse(self._log.read_text().split("\n"))
