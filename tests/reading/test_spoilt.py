"""A segment that was damaged on the way, and sent again."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import pytest
from scapy.layers.inet import IP, TCP
from scapy.packet import Raw

from wanwitness import analyze

CLIENT, RELAY = "192.168.1.20", "192.0.2.25"
SAID = (
    (True, "S", b""),
    (False, "SA", b""),
    (True, "A", b""),
    (False, "PA", b"220 relay.example ESMTP\r\n"),
    (True, "PA", b"HELO pc.example\r\n"),
    (False, "PA", b"250 relay.example\r\n"),
    (True, "PA", b"MAIL FROM:<alice@client.example>\r\n"),
    (False, "PA", b"530 5.7.0 Authentication required\r\n"),
    (True, "PA", b"QUIT\r\n"),
    (False, "PA", b"221 bye\r\n"),
    (True, "FA", b""),
    (False, "FA", b""),
)
REFUSAL = 7


def packets() -> list[bytes]:
    at = {True: 1000, False: 9000}
    made = []
    for up, flags, payload in SAID:
        ends = (CLIENT, RELAY, 40000, 25) if up else (RELAY, CLIENT, 25, 40000)
        tcp = TCP(sport=ends[2], dport=ends[3], seq=at[up], ack=at[not up] if "A" in flags else 0, flags=flags)
        made.append(bytes(IP(src=ends[0], dst=ends[1]) / tcp / Raw(payload)))
        at[up] += len(payload) + ("S" in flags or "F" in flags)
    return made


@pytest.mark.parametrize("first", [True, False])
def test_the_right_copy_says_why_mail_was_refused(tmp_path: Path, first: bool) -> None:
    """Whichever was captured first: the other's bytes were not what the client read."""
    made = packets()
    spoilt = made[REFUSAL].replace(b"530 5.7.0 Auth", b"250 5.7.0 Auth")
    made.insert(REFUSAL if first else REFUSAL + 1, spoilt)
    head = pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101)
    records = (pack("<IIII", 10**9, n * 1000, len(p), len(p)) + p for n, p in enumerate(made))
    (tmp_path / "lan.pcap").write_bytes(head + b"".join(records))
    document = analyze(tmp_path / "lan.pcap", rows_only=True).document
    (session,) = document["sessions"]
    assert session["rejection"]["code"] == 530
    assert session["outcome"] == "rejected"
    assert document["captures"][0]["bad_checksums"] == {"checked": 13, "ip": 0, "tcp": 1, "udp": 0}
    if first:
        assert not [finding for finding in session["findings"] if finding["kind"] == "conflicting-overlap"]
        assert session["rejection"]["frame"] == [0, REFUSAL + 2]
        assert any(f"what frame {REFUSAL + 1} had" in row["reason"] for row in document["oddities"])
