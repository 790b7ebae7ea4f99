"""Where a secret may come out but in a case: a redacted case, a live run's journal, a fleet, TLS with its keys."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

from correlate.wire import write_pcap
from in_tls import turns
from wanwitness import analyze
from wanwitness.fleet import analyse_fleet, find_sites
from wanwitness.fleet.workers import local
from wanwitness.fleet.write import write
from wanwitness.inputs import gather
from wanwitness.language import Language
from wanwitness.live.engine import LiveEngine
from wanwitness.live.journal import encoded
from wanwitness.live.told import Told
from wanwitness.reading.following import NEVER, Following

from .dialogues import Said
from .packets import Timed, frames_of

SITE = """[site]
lan = ["192.168.1.0/24"]
[[link]]
name = "orange"
resolvers = ["198.51.100.53"]
relays = ["192.0.2.25"]
"""


def everywhere(capture: Path, out: Path) -> None:
    """Have a capture analysed and redacted, followed, and put into a fleet."""
    analyze([capture], out=out / "redacted", redact=True)
    (out / "journal.jsonl").write_bytes(b"\n".join(_journal(capture)))
    sites = out.parent / "sites" / "paris"
    sites.mkdir(parents=True)
    (sites / "site.toml").write_text(SITE)
    (sites / capture.name).hardlink_to(capture)
    with local(1) as engine:
        fleet = analyse_fleet(find_sites(sites.parent), out / "fleet", engine)
    write(fleet, out / "fleet", Language.of("fr"))


def _journal(capture: Path) -> list[bytes]:
    """What a live run tells of it."""
    inputs = gather([str(capture)])
    with Following() as following:
        for item in inputs.files:
            following.add(item)
        engine = LiveEngine(capture.parent, inputs.site, following, Told(capture.parent))
        following.read(lambda _: NEVER)
        rows = list(engine.tick(0, None))
        for followed in following.followed:
            following.end(followed)
        following.read(lambda _: NEVER)
        rows += engine.tick(0, None, ended=True)
    return [encoded(row.content) for row in rows]


def inside_tls(folder: Path, dialogues: Sequence[tuple[Said, int, int, Random, bytes]], out: Path) -> int:
    """Have some dialogues analysed that were held inside of TLS, with its keys.

    Args:
        folder: for the capture.
        dialogues: what is said, the client's port, when it begins (ns), how it is sent, and a secret to pad with.
        out: for the case.

    Returns:
        How many sessions were opened.
    """
    frames: list[Timed] = []
    for said, port, at_ns, random, secret in dialogues:
        lines: list[tuple[str, str]] = []
        with suppress(UnicodeDecodeError):
            for who, data in said:
                lines.append((who, data.decode().removesuffix("\r\n")))
        if any(who not in "CS" for who, _ in lines):
            continue  # what is behind a loss is not opened
        version = random.choice((ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3))
        greeted = [("S", "220 relay.example ESMTP"), ("C", "STARTTLS"), ("S", "220 2.0.0 go")]
        frames += frames_of(turns(folder, lines, clear=greeted, version=version), port, at_ns, random, secret)
    frames.sort(key=lambda timed: timed[0])
    write_pcap(folder / "tls.pcap", frames)
    case = analyze([folder / "tls.pcap"], keylog=folder / "keylog.txt", out=out)
    return sum(row["tls"]["decrypted"] for row in case.document["sessions"])
