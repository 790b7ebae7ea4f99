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
from wanwitness.language import Catalogue, failure
from wanwitness.model import Sentence, printable

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


sentence = Catalogue(
    "secrets",
    {
        "key-log-lines": (
            "{path}: 1 line is no key of TLS, and left out (line {line:d})",
            "{path}: {n} lines are no key of TLS, and left out (the first is line {line:d})",
        ),
        "key-log-none": ("{path}: no TLS key log: its lines are not like CLIENT_RANDOM and two numbers in hexadecimal"),
        "key-log-unread": "{path}: cannot be read ({why})",
        "key-log-large": "{path}: larger than {size} MiB, which no key log is",
    },
)


@dataclass(frozen=True, slots=True)
class KeyLog:
    """All key logs of an analysis, as one."""

    lines: tuple[str, ...] = ()
    """Those that are keys, each once."""
    oddities: tuple[Sentence, ...] = ()
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
            raise failure(UsageError, sentence("key-log-none", path=path))
        if bad:
            oddities.append(sentence("key-log-lines", path=printable(path), n=bad, line=first))
    return KeyLog(tuple(lines), tuple(oddities))


def _read(path: str) -> tuple[list[str], int, int]:
    """Return the lines that are keys, how many are something else, and the number of the first of those."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise failure(UsageError, sentence("key-log-unread", path=path, why=error.strerror)) from None
    if len(content) > MOST_BYTES:
        raise failure(UsageError, sentence("key-log-large", path=path, size=MOST_BYTES >> 20))
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
