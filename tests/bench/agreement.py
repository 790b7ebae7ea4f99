"""Whether what was generated, what wanwitness found and what tshark and scapy counted are the same."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .case import Generated
from .processes import measure
from .tools import SCAPY, TSHARK, case_json, tshark_rows


@dataclass(frozen=True, slots=True)
class Count:
    """One thing counted by several; they agree where all figures are equal."""

    what: str
    by: dict[str, int]

    @property
    def agrees(self) -> bool:
        """Whether all counted the same."""
        return len(set(self.by.values())) == 1

    def __str__(self) -> str:
        figures = ", ".join(f"{who} {count:,}" for who, count in self.by.items())
        return f"{'agree' if self.agrees else 'DIFFER'}: {self.what}: {figures}"


def counts(case: Generated, work: Path, tools: Iterable[str]) -> list[Count]:
    """Compare the outputs that the runs of `tools` left in `work`."""
    document = json.loads(case_json(work).read_text())
    sessions = document["sessions"]
    found = {(s["client"]["ip"], s["client"]["port"]): s for s in sessions}
    right = 0
    for true in case.sessions:
        session = found.get((true["client"], true["port"]))
        right += session is not None and _told(session) == true
    packets = {"generated": case.packets, "wanwitness": sum(c["packets"] for c in document["captures"])}
    streams = {"generated": len(case.sessions), "wanwitness": len(sessions)}
    dns = {"generated": case.dns_messages, "wanwitness": _our_dns(case, work)}
    if TSHARK in tools:
        rows = {file: _tshark(work, file) for file in case.files}
        streams["tshark"] = len(rows[case.files[0]][0])
        dns["tshark"] = sum(messages for _, messages in rows.values())
    if SCAPY in tools:
        counted = json.loads((work / "scapy.json").read_text())
        if counted["packets"] == case.packets:
            dns["scapy"] = counted["dns"]
    return [
        Count("packets", packets),
        Count("SMTP sessions on the LAN side", streams),
        Count("sessions judged as generated", {"generated": len(case.sessions), "wanwitness": right}),
        Count("DNS messages, all files", dns),
    ]


def _told(session: dict[str, object]) -> dict[str, object]:
    """The session in the words of truth.json."""
    client = session["client"]
    assert isinstance(client, dict)
    same = {key: session[key] for key in ("verdict", "outcome", "transport_link", "resolver_link")}
    return {"client": client["ip"], "port": client["port"], "because": session["undetermined_because"], **same}


def _tshark(work: Path, file: Path) -> tuple[set[str], int]:
    """The SMTP streams and the number of DNS messages among a file's rows."""
    streams, messages = set(), 0
    with tshark_rows(work, file).open() as rows:
        for row in rows:
            _, name, _, stream = row.rstrip("\n").split("\t")
            if name:
                messages += 1
            else:
                streams.add(stream)
    return streams, messages


def _our_dns(case: Generated, work: Path) -> int:
    output = work / "count_dns.txt"
    measure([sys.executable, str(Path(__file__).with_name("count_dns.py")), str(case.folder)], output)
    return int(output.read_text())
