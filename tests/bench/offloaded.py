"""What a capture made on the sending host itself costs, where that leaves checksums to its network card.

    python -m tests.bench.offloaded --source OTHER/src     another version of the product and this one, in turns

Prints processor time (s) of reading such a capture and the same with right checksums, the least of some runs of each.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from struct import pack, unpack

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.hostile import CLIENT, MS, SERVER, SRC, START, Timed, _Talk, cost
from correlate.wire import ACK, PSH, write_pcap

TCP = 14 + 20
"""Where TCP begins in an Ethernet frame with an IPv4 header without options."""
TCP_SUM = TCP + 16


def capture(path: Path, sessions: int, *, offloaded: bool) -> None:
    """Write sessions of some mails each; with `offloaded` all that the client sent has a wrong checksum."""
    random = Random(1)
    frames: list[Timed] = []
    for n in range(sessions):
        frames += _mails(_Talk(CLIENT, 1024 + n, SERVER, START + n * 50 * MS, random))
    source = bytes(map(int, CLIENT.split(".")))
    frames = [(at, _summed(frame, wrong=offloaded and frame[26:30] == source)) for at, frame in frames]
    write_pcap(path, sorted(frames, key=lambda frame: frame[0]))


def _mails(talk: _Talk) -> Sequence[Timed]:
    talk.say(1, b"220 relay ESMTP\r\n")
    for _ in range(5):
        for command, reply in (
            (b"MAIL FROM:<a@site.example>\r\n", b"250 ok\r\n"),
            (b"RCPT TO:<b@far.example>\r\n", b"250 ok\r\n"),
            (b"DATA\r\n", b"354 go\r\n"),
        ):
            talk.say(0, command)
            talk.say(1, reply)
        for _ in range(20):
            talk.say(0, b"a line of text\r\n" * 90)
            talk.say(1, b"", ACK)
        talk.say(0, b".\r\n", ACK | PSH)
        talk.say(1, b"250 taken\r\n")
    return talk.end()


def _summed(frame: bytes, *, wrong: bool) -> bytes:
    """The frame with its TCP checksum (RFC 9293 section 3.1), or with another one."""
    content = frame[26:34] + pack("!HH", 6, len(frame) - TCP) + frame[TCP:]
    words = unpack(f"!{(len(content) + 1) // 2}H", content + bytes(len(content) % 2))
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return frame[:TCP_SUM] + pack("!H", ~total & 0xFFFF ^ 0x5A * wrong) + frame[TCP_SUM + 2 :]


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.offloaded", description=__doc__)
    parser.add_argument("--source", type=Path, help="another version's src")
    parser.add_argument("--sessions", type=int, default=400)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    versions = {"this": SRC} | ({"other": arguments.source} if arguments.source else {})
    with tempfile.TemporaryDirectory(prefix="wanwitness-offloaded-") as scratch:
        spent: dict[tuple[str, str], list[float]] = {}
        for kind in ("right", "offloaded"):
            folder = Path(scratch) / kind
            folder.mkdir()
            capture(folder / "lan.pcap", arguments.sessions, offloaded=kind == "offloaded")
        for _ in range(arguments.runs):
            for kind in ("right", "offloaded"):
                for version, source in versions.items():
                    spent.setdefault((kind, version), []).append(cost(Path(scratch) / kind, source)[0])
    for (kind, version), times in spent.items():
        print(f"{kind:10} {version:6} {min(times):.2f} s")
    if arguments.source:
        saved = 1 - min(spent["offloaded", "this"]) / min(spent["offloaded", "other"])
        print(f"saved where checksums are offloaded: {saved:.0%}")


if __name__ == "__main__":
    main()
