"""Generates a case of one LAN and two WAN captures, with background traffic, SMTP sessions and their DNS.

    python -m tests.bench.case DIR [--packets 200000] [--sessions 200] [--names 500] [--seed 1]

The same numbers and seed give the same bytes. It is written in order of time, chunk by chunk: memory does not follow
the number of packets. `truth.json` beside the captures says what wanwitness must find.
"""

from __future__ import annotations

import argparse
import heapq
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .background import CHUNK_PACKETS, Background
from .mail import MIX, Frame, Seen, Session, lookup, packets_of_kinds
from .rows import FILE_HEADER, from_frames, write
from .site import FILES, FIRST_SERVER, LINKS, site_toml

BEGIN_US = 1_353_504_600_000_000
"""2012-11-21T13:30:00Z."""
_LAN_PACKETS_PER_S, _SESSIONS_PER_S, _NAMES_PER_S = 500, 0.8, 300
_NAME_PACKETS = 4
_TRUTH = "truth.json"


@dataclass(frozen=True, slots=True)
class Size:
    """How large a case is."""

    packets: int = 200_000
    """In all files together; more where sessions and names alone need more, and one less where it is odd."""
    sessions: int = 200
    names: int = 500
    """Look-ups that have nothing to do with mail."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Generated:
    """A case on disk, and the truth about it."""

    folder: Path
    size: Size
    packets: int
    flows: int
    """Of the background."""
    dns_messages: int
    sessions: list[dict[str, Any]]
    """`client`, `port`, `verdict`, `because`, `outcome`, `transport_link`, `resolver_link` of each."""

    @property
    def files(self) -> list[Path]:
        """The captures, LAN first."""
        return [self.folder / name for name in FILES]

    @property
    def bytes(self) -> int:
        """Of all captures."""
        return sum(path.stat().st_size for path in self.files)


def generate(folder: Path, size: Size) -> Generated:
    """Write the captures, site.toml and truth.json into `folder`, which is made where it is missing."""
    rng = np.random.default_rng(size.seed)
    sessions = _plan(size, rng)
    background = Background(rng)
    counts = dict(packets_of_kinds())
    mail = sum(counts[session.kind] for session in sessions) + _NAME_PACKETS * size.names
    lan_background = max(0, size.packets - mail) // 2
    chunks = max(1, -(-lan_background // CHUNK_PACKETS), -(-mail // (4 * CHUNK_PACKETS)))
    rates = (
        (mail / 2 + lan_background) / _LAN_PACKETS_PER_S,
        len(sessions) / _SESSIONS_PER_S,
        size.names / _NAMES_PER_S,
        10,
    )
    duration = int(max(rates) * 1_000_000)
    events = _events(sessions, size, duration, rng)
    pending: list[list[Frame]] = [[] for _ in FILES]
    ahead = next(events, None)
    packets = 0
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        files = [stack.enter_context((folder / name).open("wb")) for name in FILES]
        for file in files:
            file.write(FILE_HEADER)
        for chunk in range(chunks):
            begin, end = (BEGIN_US + duration * step // chunks for step in (chunk, chunk + 1))
            while ahead is not None and ahead[0] < end:
                for heap, frames in zip(pending, ahead[1].frames, strict=True):
                    for frame in frames:
                        heapq.heappush(heap, frame)
                ahead = next(events, None)
            share = lan_background * (chunk + 1) // chunks - lan_background * chunk // chunks
            rows = background.chunk(share, begin, end) if share else ()
            for index, (file, heap) in enumerate(zip(files, pending, strict=True)):
                parts = [from_frames(_until(heap, end if chunk < chunks - 1 else None))]
                packets += write(file, [*parts, *rows[index : index + 1]])
    dns = _NAME_PACKETS * (size.names + sum(session.kind.named for session in sessions))
    truth = [_truth(session) for session in sessions]
    generated = Generated(folder, size, packets, background.flows, dns, truth)
    (folder / "site.toml").write_text(site_toml())
    _save(generated)
    return generated


def is_case(folder: Path) -> bool:
    """Whether an earlier `generate` finished there."""
    return (folder / _TRUTH).exists()


def load(folder: Path) -> Generated:
    """Return the case that an earlier `generate` wrote."""
    saved = json.loads((folder / _TRUTH).read_text())
    return Generated(folder, Size(**saved.pop("size")), **saved)


def _save(generated: Generated) -> None:
    saved = asdict(generated)
    del saved["folder"]
    (generated.folder / _TRUTH).write_text(json.dumps(saved))


def _plan(size: Size, rng: np.random.Generator) -> list[Session]:
    order = rng.permutation(size.sessions) % len(MIX)
    links = rng.integers(0, len(LINKS), size.sessions)
    return [
        Session(number, MIX[kind], link)
        for number, (kind, link) in enumerate(zip(order.tolist(), links.tolist(), strict=True))
    ]


def _events(sessions: list[Session], size: Size, duration: int, rng: np.random.Generator) -> Iterator[tuple[int, Seen]]:
    """Yield sessions and other look-ups in order of their beginning.

    Sessions begin one after another with more than a look-up's time between, so that each one's look-up is plainly
    its own.
    """

    def beginnings(count: int, jitter: float) -> Iterator[int]:
        step = duration / max(count, 1)
        for number in range(count):
            yield BEGIN_US + int((number + 0.1 + jitter * rng.random()) * step)

    def of_sessions() -> Iterator[tuple[int, int, Seen]]:
        for session, begin in zip(sessions, beginnings(len(sessions), 0.7), strict=True):
            yield begin, 0, session.frames(begin, session.number)

    def of_names() -> Iterator[tuple[int, int, Seen]]:
        for number, begin in enumerate(beginnings(size.names, 0.9)):
            seen = Seen()
            address = FIRST_SERVER + number * 40503 % (1 << 17)
            lookup(len(sessions) * 3 + number, f"www{number % 10_007}.example.net", address, begin, number % 2, seen)
            yield begin, 1, seen

    for begin, _, seen in heapq.merge(of_sessions(), of_names(), key=lambda event: event[:2]):
        yield begin, seen


def _until(heap: list[Frame], end: int | None) -> list[Frame]:
    frames = []
    while heap and (end is None or heap[0][0] < end):
        frames.append(heapq.heappop(heap))
    return frames


def _truth(session: Session) -> dict[str, Any]:
    kind, link = session.kind, LINKS[session.link].name
    other = LINKS[1 - session.link].name
    client, port = session.client
    return {
        "client": client,
        "port": port,
        "verdict": kind.verdict,
        "because": kind.because,
        "outcome": kind.outcome,
        "transport_link": link,
        "resolver_link": {"consistent": link, "link-mismatch": other}.get(kind.verdict),
    }


def add_size_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that make a Size."""
    usual = Size()
    parser.add_argument("--packets", type=int, default=usual.packets, help="in all files together [%(default)s]")
    parser.add_argument("--sessions", type=int, default=None, help="SMTP sessions [one for 1,000 packets, at least 4]")
    parser.add_argument("--names", type=int, default=None, help="other DNS look-ups [one for 400 packets]")
    parser.add_argument("--seed", type=int, default=usual.seed, help="[%(default)s]")


def size_of(arguments: argparse.Namespace) -> Size:
    """Return the Size that the options ask for."""
    sessions = max(4, arguments.packets // 1000) if arguments.sessions is None else arguments.sessions
    names = arguments.packets // 400 if arguments.names is None else arguments.names
    return Size(arguments.packets, sessions, names, arguments.seed)


def main() -> None:
    """Generate a case and say what is in it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.case", description="Generate a benchmark's case.")
    parser.add_argument("folder", type=Path)
    add_size_arguments(parser)
    arguments = parser.parse_args()
    generated = generate(arguments.folder, size_of(arguments))
    print(describe(generated))


def describe(generated: Generated) -> str:
    """Say in a sentence what the case holds."""
    verdicts = Counter(session["verdict"] for session in generated.sessions)
    return (
        f"{generated.packets:,} packets in {len(FILES)} files ({generated.bytes / 1e6:,.0f} MB): "
        f"{generated.flows:,} background flows, {generated.dns_messages:,} DNS messages, "
        f"{len(generated.sessions):,} SMTP sessions ({', '.join(f'{n:,} {v}' for v, n in sorted(verdicts.items()))}); "
        f"seed {generated.size.seed}"
    )


if __name__ == "__main__":
    main()
