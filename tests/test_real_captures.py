"""Other people's captures, read as tshark reads them; they lie beside the checkout and are not the project's."""

from __future__ import annotations

import csv
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import tally
from places import SHARED
from wanwitness import CaptureError, analyze
from wanwitness.ingest import CaptureFile
from wanwitness.packets.decode import Decoder

REAL = SHARED / "real"
TCP, UDP = 6, 17
DNS_HEADER = 12
"""Bytes (RFC 1035, section 4.1.1)."""

REORDERED = "the capture wrote an ACK before the segment it acknowledges, which tshark takes for a retransmission"
CUT_REPLY = "a multi-line reply lies in two segments, and tshark counts it once in each"
DAMAGED = "three bytes are too many in the file, behind which tshark gives up"
DIFFERENCES = {
    "OISF__suricata-verify/tests/smtp-to-comma/10.7.29.101_49898-178.63.41.150_25.pcap": DAMAGED,
    "OISF__suricata-verify/tests/issue-4220-01-ids/1flowB.pcap": REORDERED,
    "arkime__arkime/tests/pcap/smtp-decrypted.pcap": REORDERED,
    "OISF__suricata-verify/tests/smtp-extract-url-schemes/input.pcap": CUT_REPLY,
    "arkime__arkime/tests/pcap/smtp-subject-windows.pcap": CUT_REPLY,
    "zeek__zeek/testing/btest/Traces/smtp/rfc3030-bdat-nonascii.pcap": CUT_REPLY,
    "zeek__zeek/testing/btest/Traces/http/connect-with-smtp.pcap": (
        "SMTP in an HTTP tunnel on port 8240, and tshark goes by the port"
    ),
}
"""Where our reply codes differ from tshark's, and why ours are right."""
LINK = "the link layer is not understood, which the case says"
NO_TUNNEL = (
    "the datagrams carry others by a protocol that is not looked into: GTP, VXLAN-GPE, IP itself, or by its source port"
)
MORE = "damage, behind which tshark gives up"
ZEROS = "zeros where records should be, which tshark takes for frames without a byte"
BLOCKS = "tshark counts pcapng's custom blocks too"
BROKEN = "broken headers, of which tshark shows the ports"
COUNTS: dict[str, tuple[str, str]] = {
    "DNS-OARC__dnscap/src/test/dns.pcap.xz": ("frames dns", "tshark does not unpack xz"),
    "OISF__suricata-verify/tests/bug-6875-01/fuzz.pcap": ("frames", "tshark takes rubbish for a frame of a MiB"),
    "OISF__suricata-verify/tests/smtp-to-comma/10.7.29.101_49898-178.63.41.150_25.pcap": ("frames", MORE),
    "arkime__arkime/tests/pcap/arkime_synthetic.pcap": ("dns", NO_TUNNEL),
    "google__gopacket/pcapgo/tests/be/test901.pcapng": ("frames", MORE),
    "google__gopacket/pcapgo/tests/le/test901.pcapng": ("frames", MORE),
    "hadrielk__pcapng-test-generator/output_be/advanced/test102.pcapng": ("frames", BLOCKS),
    "hadrielk__pcapng-test-generator/output_be/basic/test017.pcapng": ("frames", BLOCKS),
    "hadrielk__pcapng-test-generator/output_le/advanced/test102.pcapng": ("frames", BLOCKS),
    "hadrielk__pcapng-test-generator/output_le/basic/test017.pcapng": ("frames", BLOCKS),
    "ntop__nDPI/tests/cfgs/default/pcap/fuzz-2006-09-29-28586.pcap": ("tcp", BROKEN),
    "seladb__PcapPlusPlus/Tests/Fuzzers/RegressionTests/regression_samples/"
    "clusterfuzz-testcase-minimized-FuzzTarget-5717750942269440": ("frames", ZEROS),
    "seladb__PcapPlusPlus/Tests/Fuzzers/RegressionTests/regression_samples/"
    "clusterfuzz-testcase-minimized-FuzzTarget-5752969003008000": ("frames", MORE),
    "seladb__PcapPlusPlus/Tests/Packet++Test/PacketExamples/NullLoopback.pcap": (
        "dns",
        "an ethertype where the address family belongs",
    ),
    "seladb__PcapPlusPlus/Tests/Packet++Test/PacketExamples/gtp.pcap": ("dns tcp", NO_TUNNEL),
    "seladb__PcapPlusPlus/Tests/Pcap++Test/PcapExamples/null_loopback.pcap": (
        "dns",
        "an ethertype where the address family belongs",
    ),
    "the-tcpdump-group__libpcap/tests/filter/arcnet-rfc1051-arp-icmp-http.pcap": ("dns tcp", LINK),
    "the-tcpdump-group__libpcap/tests/filter/arcnet-rfc1201-arp-icmp-http.pcap": ("dns tcp", LINK),
    "the-tcpdump-group__tcpdump/tests/arcnet-rfc1051-arp-icmp-http.pcap": ("dns tcp", LINK),
    "the-tcpdump-group__tcpdump/tests/arcnet-rfc1201-arp-icmp-http.pcap": ("dns tcp", LINK),
    "the-tcpdump-group__tcpdump/tests/rtp-seg-fault-1.pcapng": ("dns", "fewer bytes than a DNS header has"),
    "zeek__zeek/testing/btest/Traces/ipv4/fragmented-3.pcap": (
        "tcp",
        "the first IP fragment of a packet that is not whole is used for what it holds",
    ),
    "zeek__zeek/testing/btest/Traces/tunnels/gtp/gtp1_gn_normal_incl_fragmentation.pcap": ("tcp", NO_TUNNEL),
    "zeek__zeek/testing/btest/Traces/tunnels/gtp/gtp2_different_udp_port.pcap": ("tcp", NO_TUNNEL),
    "zeek__zeek/testing/btest/Traces/tunnels/gtp/gtp9_unknown_or_too_short_payload.pcap": ("tcp", NO_TUNNEL),
    "zeek__zeek/testing/btest/Traces/tunnels/gtp/gtp_ext_header.pcap": ("tcp", NO_TUNNEL),
}
"""What of frames, DNS messages and TCP connections differs from tshark's, and why."""
LIMIT = 1500
"""The index cuts its cells at so many characters, and lists at most 12 streams; then only the sums are compared."""


def _index() -> Iterator[dict[str, str]]:
    if REAL.is_dir():
        with (REAL / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def _tshark_codes(row: dict[str, str]) -> list[list[int]]:
    streams = (stream.partition(":")[2].split() for stream in row["smtp_codes_by_stream"].split(";"))
    return sorted([int(code) for code in codes] for codes in streams if codes)


def _tshark_sums(row: dict[str, str]) -> Counter[int]:
    pairs = (pair.split("x") for pair in row["smtp_reply_codes"].split())
    return Counter({int(code): int(count) for code, count in pairs})


def _our_codes(path: Path) -> list[list[int]]:
    sessions = analyze(path, rows_only=True).document["sessions"]
    codes = ([exchange["reply"]["code"] for exchange in s["commands"] if exchange["reply"]] for s in sessions)
    return sorted(found for found in codes if found)


@pytest.mark.shared
@pytest.mark.parametrize(
    "row", [row for row in _index() if row["smtp_streams"] not in ("", "0")], ids=lambda row: row["path"]
)
def test_reply_codes_are_tsharks(row: dict[str, str]) -> None:
    """Every TCP connection has the reply codes that tshark finds in it, or a reason why not stands here."""
    ours, theirs = _our_codes(REAL / row["path"]), _tshark_codes(row)
    if row["path"] in DIFFERENCES:
        assert ours != theirs, "the difference is gone: take it off the list"
        return
    if len(row["smtp_codes_by_stream"]) >= LIMIT or int(row["smtp_streams"]) > len(theirs):
        assert Counter(code for codes in ours for code in codes) == _tshark_sums(row)
        return
    assert ours == theirs


class Counts(NamedTuple):
    """What two readers of a file must agree on."""

    frames: int
    dns: int
    """Datagrams from or to port 53 that have room for a DNS header, those that ICMP errors quote left out."""
    tcp: int
    """Pairs of ends that TCP segments went between, by the innermost headers; those that ICMP errors quote left out."""


def _ours(path: Path) -> Counts:
    capture, decoder = CaptureFile(path), Decoder()
    frames = dns = 0
    connections: set[frozenset[tuple[bytes, int]]] = set()

    def take(decoded: Sequence[Any]) -> int:
        messages = 0
        for _, packets, *_ in decoded:
            named = (packets.protocol == UDP) & ((packets.sport == 53) | (packets.dport == 53))
            messages += int((named & (packets.payload_length >= DNS_HEADER)).sum())
            for row in packets.take(packets.protocol == TCP).rows():
                (sport, dport), (src, dst) = row[4:6], row[10:12]
                connections.add(frozenset(((src, sport), (dst, dport))))
        return messages

    for window in capture.windows(max_frames=97):
        frames += len(window)
        linktypes = np.array([interface.linktype for interface in capture.interfaces], np.int32)
        dns += take(decoder.decode(window, linktypes))
    return Counts(frames, dns + take(decoder.finish()), len(connections))


FIELDS = "ip.src ip.dst ipv6.src ipv6.dst tcp.srcport tcp.dstport udp.srcport udp.dstport dns.id icmp.type icmpv6.type"


def _tsharks(path: Path) -> Counts:
    fields = [part for field in FIELDS.split() for part in ("-e", field)]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=l", *fields]
    text = subprocess.run(command, capture_output=True, check=False).stdout.decode(errors="replace")
    rows = [line.split("\t") for line in text.splitlines()]
    rows = [row for row in rows if len(row) == len(FIELDS.split())]
    dns, connections = 0, set()
    for src, dst, src6, dst6, sport, dport, udp_sport, udp_dport, ident, icmp, icmp6 in rows:
        if icmp or icmp6:
            continue
        dns += bool(ident) and "53" in (udp_sport, udp_dport)
        if sport:
            connections.add(frozenset(((src or src6, sport), (dst or dst6, dport))))
    return Counts(len(rows), dns, len(connections))


def _check_counts(name: str) -> None:
    path = REAL / name
    try:
        ours = _ours(path)
    except CaptureError:
        ours = Counts(0, 0, 0)
    theirs = _tsharks(path)
    differing = " ".join(column for column in Counts._fields if getattr(ours, column) != getattr(theirs, column))
    columns, reason = COUNTS.get(name, ("", ""))
    for column in columns.split():
        assert column in differing.split(), f"{column}: the difference is gone, take it off the list"
    if reason != MORE:
        assert differing == columns
    if reason == LINK:
        left_out = [capture["left_out"] for capture in analyze(path, rows_only=True).document["captures"]]
        assert any(text.startswith("link type") for counts in left_out for text in counts)
    if reason in (MORE, LINK) or not reason:
        assert ours.frames >= theirs.frames


NAMES = [row["path"] for row in _index()]


@pytest.mark.shared
@pytest.mark.needs("tshark")
@pytest.mark.parametrize("name", sorted({*NAMES[::40], *list(COUNTS)[::4]}) if NAMES else [])
def test_some_counts_are_tsharks(name: str) -> None:
    """A share of the files, and of the differences."""
    _check_counts(name)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.needs("tshark")
@pytest.mark.parametrize("name", NAMES)
def test_counts_are_tsharks(name: str) -> None:
    """Every file has the frames, DNS messages and TCP connections that tshark finds in it, or a reason why not."""
    _check_counts(name)


@pytest.mark.shared
@pytest.mark.parametrize("share", range(4))
def test_what_became_of_every_frame_is_told(share: int) -> None:
    """Of every file each frame is used, or left out with a row, or counted, and the sums are right."""
    for name in NAMES[share::4]:
        with suppress(CaptureError):
            tally.check(REAL / name, analyze(REAL / name, rows_only=True).document)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("row", list(_index()), ids=lambda row: row["path"])
def test_nothing_else_is_raised(row: dict[str, str]) -> None:
    """A file is analysed, or refused as no capture; no other exception comes out."""
    with suppress(CaptureError):
        analyze(REAL / row["path"], rows_only=True)
