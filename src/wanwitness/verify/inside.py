"""What was said inside of TLS, put in the place of the records: so that it is compared like any other text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from wanwitness.secrets import KeyLog, Tshark

from .reading import FileRead, Reading


def open_tls(reading: Reading, sessions: Iterable[Mapping[str, Any]], keys: KeyLog, work: Path) -> None:
    """Have tshark open the TLS of the sessions of which the case tells what was said inside.

    The keys are those of key logs, and those that the files bring along. Without any, nothing is opened.
    """
    decrypted = [session for session in sessions if session["tls"]["decrypted"]]
    if not decrypted:
        return
    servers = {(session["server"]["port"], bool(session["tls"]["implicit"])) for session in decrypted}
    settings = work / "keys"
    settings.mkdir()
    tshark = Tshark(settings, keys.text, servers)
    for file in reading.files.values():
        if file.readable is not None and not file.carved:
            _open(tshark, file)


def _open(tshark: Tshark, file: FileRead) -> None:
    """Replace the payload of each frame in which something was said; what one direction says goes on in its numbers.

    What is inside is shorter than its records, so the numbers stay behind those of what was said before TLS.
    """
    assert file.readable is not None
    records = {frame.number: frame for frame in tshark.frames(file.readable)}
    streams = sorted({records[number].stream for number in file.frames if number in records})
    inside: dict[int, bytes] = defaultdict(bytes)
    for said in tshark.inside(file.readable, streams):
        inside[said.number] += said.data
    behind: dict[tuple[int, int], int] = {}
    for number in sorted(inside):
        frame, record = file.frames.get(number), records.get(number)
        if frame is None or record is None:
            continue
        side = (record.stream, record.sport)
        seq = behind.get(side, frame.seq)
        behind[side] = (seq + len(inside[number])) & 0xFFFFFFFF
        file.frames[number] = frame._replace(payload=inside[number], seq=seq, opened=True)
