"""Our bytes are those that tshark, the second reader, puts together."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import PcapWriter

from .test_reassembly import repeated
from .traffic import FIN, OTHER, SYN, Packet, conversation, read_one, shuffled, timed


def followed(path: Path) -> dict[str, bytes]:
    """Each direction's bytes by `tshark -z follow`; lines of the second node are indented by a tab."""
    command = ["tshark", "-r", str(path), "-o", "tcp.reassemble_out_of_order:TRUE", "-q", "-z", "follow,tcp,raw,0"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    node = next(line for line in lines if line.startswith("Node 0"))
    first = "orig" if node.endswith(":40000") else "resp"
    second = "resp" if first == "orig" else "orig"
    data = lines[lines.index(node) + 2 : -1]
    return {
        first: bytes.fromhex("".join(line for line in data if not line.startswith("\t"))),
        second: bytes.fromhex("".join(line.strip() for line in data if line.startswith("\t"))),
    }


def write(path: Path, packets: list[Packet]) -> None:
    with PcapWriter(str(path), linktype=1) as writer:
        for p in packets:
            ip = IP(src="192.168.1.10", dst="203.0.113.25")
            sport, dport = 40000, 25
            if p.direction == "resp":
                ip.src, ip.dst, sport, dport = ip.dst, ip.src, dport, sport
            tcp = TCP(sport=sport, dport=dport, seq=p.seq, ack=p.ack, flags=p.flags, window=65000)
            packet = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / ip / tcp / Raw(p.payload)
            packet.time = p.ts_ns / 1e9
            writer.write(packet)


@pytest.mark.needs("tshark")
@pytest.mark.parametrize("seed", range(5))
def test_agrees(tmp_path: Path, seed: int) -> None:
    """Repeated and slightly reordered packets give the bytes that tshark gives."""
    rng = random.Random(seed)
    turns = [(rng.choice(list(OTHER)), rng.randbytes(rng.randint(1, 200))) for _ in range(10)]
    isn = {"orig": 2**32 - 50 * seed, "resp": 9000}
    syn, synack, ack, *rest = repeated(conversation(turns, rng, isn=dict(isn), close=False), rng, 0.3)  # type: ignore[arg-type]
    packets = timed([syn, synack, ack, *shuffled(rest, rng, seed)])
    write(tmp_path / "a.pcap", packets)
    recorder = read_one(packets)
    assert not any(p.flags & FIN for p in packets) and packets[0].flags == SYN
    assert {side: recorder.bytes(side) for side in OTHER} == followed(tmp_path / "a.pcap")
