"""Key logs: the keys of TLS connections as clients and servers write them down (`SSLKEYLOGFILE`).

The form is the one of draft-ietf-tls-keylogfile, and before it of NSS: a label, the client's random, the secret. Lines
that are none are left out, since tshark would take the rest of such a file with them, and are told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wanwitness.errors import UsageError
from wanwitness.model import printable

MOST_BYTES = 64 << 20
"""Of one key log: a client that opens ten connections a second for a day writes less."""
_LABELS = (
    "CLIENT_RANDOM",  # TLS 1.2 and older
    "CLIENT_EARLY_TRAFFIC_SECRET",
    "EARLY_EXPORTER_MASTER_SECRET",
    "EARLY_EXPORTER_SECRET",
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_[0-9]+",
    "SERVER_TRAFFIC_SECRET_[0-9]+",
    "EXPORTER_SECRET",
    "ECH_SECRET",
    "ECH_CONFIG",
)
_LINE = re.compile(rf"(?:{'|'.join(_LABELS)}) [0-9a-f]{{64}} (?:[0-9a-f]{{2}}){{16,}}", re.IGNORECASE)
_OLD = re.compile(r"RSA (?:Session-ID:[0-9a-f]* Master-Key:[0-9a-f]{96}|[0-9a-f]{16} [0-9a-f]{96})", re.IGNORECASE)
"""What NSS wrote of connections whose key the client chose."""


@dataclass(frozen=True, slots=True)
class KeyLog:
    """All key logs of an analysis, as one."""

    lines: tuple[str, ...] = ()
    """Those that are keys, each once."""
    oddities: tuple[str, ...] = ()
    """What was left out, a line a file: they make the exit status 3."""

    @property
    def text(self) -> str:
        """The lines as tshark reads them."""
        return "".join(f"{line}\n" for line in self.lines)


def read_key_logs(paths: Sequence[str]) -> KeyLog:
    """Read key logs.

    Raises:
        UsageError: one cannot be read, or is something else.
    """
    lines: dict[str, None] = {}
    oddities = []
    for path in paths:
        good, bad, first = _read(path)
        lines.update(dict.fromkeys(good))
        if bad and not good:
            raise UsageError(
                f"{path}: no TLS key log: its lines are not like CLIENT_RANDOM and two numbers in hexadecimal"
            )
        if bad:
            number = "1 line is" if bad == 1 else f"{bad} lines are"
            where = f"line {first}" if bad == 1 else f"the first is line {first}"
            oddities.append(f"{printable(path)}: {number} no key of TLS, and left out ({where})")
    return KeyLog(tuple(lines), tuple(oddities))


def _read(path: str) -> tuple[list[str], int, int]:
    """Return the lines that are keys, how many are something else, and the number of the first of those."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    if len(content) > MOST_BYTES:
        raise UsageError(f"{path}: larger than {MOST_BYTES >> 20} MiB, which no key log is")
    good, bad, first = [], 0, 0
    for number, line in enumerate(content.decode("utf-8-sig", "replace").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if _LINE.fullmatch(line) or _OLD.fullmatch(line):
            good.append(line)
        else:
            bad += 1
            first = first or number
    return good, bad, first
