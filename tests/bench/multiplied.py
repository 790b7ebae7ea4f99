"""More of what outsiders and files can multiply, as shapes for `hostile`: options, records, reports, blocks, rows."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from random import Random
from struct import pack

from correlate.wire import ACK, PSH, SECOND, SYN, dns, ethernet, ip, tcp, udp, write_pcap
from hello import client_hello
from initial import crypto, initial

from .hostile import (
    CLIENT,
    MS,
    REFUSED,
    RESOLVER,
    ROUTER,
    SERVER,
    START,
    Shape,
    Timed,
    both_sides,
    one_talk,
    refused,
    whole_talk,
)

OFFICE = datetime(2023, 11, 14, 22, tzinfo=UTC)


def one_question(folder: Path, n: int) -> None:
    """Sent again and again with one id from one port, and answered once."""
    frames = [(START + i * MS, udp(CLIENT, 1025, RESOLVER, 53, dns(7, "smtp.isp.example"))) for i in range(n)]
    at = START + n * MS
    frames.append((at, udp(RESOLVER, 53, CLIENT, 1025, dns(7, "smtp.isp.example", [SERVER]))))
    both_sides(folder, frames + refused(CLIENT, 1026, SERVER, at + MS, Random(1)))


def acknowledging_nothing(folder: Path, n: int) -> None:
    """Commands sent ahead, and replies whose sender has had none of them."""
    frames, seq, mine, its = list[Timed](), [0, 0], 1 << 20, 1 << 21
    for i in range(n):
        at = START + i * MS
        frames.append((at, tcp(CLIENT, 1025, SERVER, 25, mine + seq[0], its, ACK | PSH, b"NOOP\r\n")))
        frames.append((at, tcp(SERVER, 25, CLIENT, 1025, its + seq[1], mine, ACK | PSH, b"250 ok\r\n")))
        seq = [seq[0] + 6, seq[1] + 8]
    both_sides(folder, frames)


def tcp_options(folder: Path, n: int) -> None:
    """SYNs with as many options as fit, to one server."""
    options = bytes.fromhex("0204 05b4 0101 0402 0303 07") + bytes((1,)) * 25 + bytes(2)
    frames = []
    for i in range(n):
        frame = bytearray(tcp(CLIENT, 1024 + i % 60_000, SERVER, 25, i * 77 + 1, 0, SYN))
        frame[46] = (5 + len(options) // 4) << 4
        head = ip(CLIENT, SERVER, 6, bytes(frame[34:54]) + options)
        frames.append((START + i * MS, head))
    both_sides(folder, frames)


def tls_records(folder: Path, n: int) -> None:
    """Of a byte each, behind STARTTLS."""
    hello, record = client_hello("relay.example"), b"\x17\x03\x03\0\1x"
    said = [(0, b"STARTTLS\r\n"), (1, b"220 go\r\n"), (0, hello), *((i & 1, record * 200) for i in range(n))]
    one_talk(folder, said)


def hellos(folder: Path, n: int, each: int = 100) -> None:
    """To web servers, each with a hundred extensions before its server's name."""
    hello = client_hello("webmail.isp.example")
    at = hello.index(b"webmail") - 9
    sid = 44 + hello[43]
    suites = sid + 2 + int.from_bytes(hello[sid : sid + 2])
    begin = suites + 1 + hello[suites] + 2
    assert begin <= at
    made = hello[:begin] + b"\xfa\xfa\0\0" * each + hello[begin:]
    frames = (
        (START + i * MS, tcp(CLIENT, 1024 + i % 60_000, "192.0.2.80", 443, i * 99, 1, ACK | PSH, made))
        for i in range(n)
    )
    write_pcap(folder / "lan.pcap", frames)


def long_hellos(folder: Path, n: int) -> None:
    """Each as long as a packet may be, of nothing but extensions."""
    hellos(folder, n, 15_000)


def fields_of_mirrored_frames(folder: Path, n: int) -> None:
    """TZSP with sixty thousand fields before each frame, as few bytes as they can be."""
    head = pack("!BBH", 1, 0, 1) + bytes(60_000) + b"\1"
    frames = _messages(n, REFUSED, apart=100 * MS)
    write_pcap(folder / "lan.pcap", ((at, udp(ROUTER, 40_000, CLIENT, 37_008, head + one)) for at, one in frames))


def pieces_with_hosts_of_their_own(folder: Path, n: int) -> None:
    """n files whose names tell nothing, each with sixty hosts, and one of the file before."""
    for i in range(n):
        hosts = (str(ip_address(0x0A000000 + 59 * i + k)) for k in range(60))
        frames = (udp(host, 1025, RESOLVER, 53, dns(7, "smtp.isp.example")) for host in hosts)
        path = folder / f"{Random(i).getrandbits(64):x}.pcap"
        write_pcap(path, ((START + i * SECOND + k * MS, frame) for k, frame in enumerate(frames)))


def handshakes_in_pieces(folder: Path, n: int) -> None:
    """QUIC: a ClientHello byte by byte, which says that it is longer than any."""
    pieces = [b"".join(crypto(190 * k + i, b"\1") for i in range(190)) for k in range(80)]
    datagrams = [initial(one) for one in pieces]
    frames = ((START + i * MS, udp(CLIENT, 1025, "192.0.2.80", 443, datagrams[i % 80])) for i in range(n))
    write_pcap(folder / "lan.pcap", frames)


def _answers(folder: Path, n: int, answer: bytes, question: bytes) -> None:
    frames: list[Timed] = []
    for i in range(n):
        at, port, ident = START + i * MS, 1024 + i % 60_000, pack("!H", i & 0xFFFF)
        frames.append((at, udp(CLIENT, port, RESOLVER, 53, ident + question[2:])))
        frames.append((at + 100_000, udp(RESOLVER, 53, CLIENT, port, ident + answer[2:])))
    both_sides(folder, frames + refused(CLIENT, 1025, SERVER, START + n * MS, Random(1)))


def chains(folder: Path, n: int) -> None:
    """Answers of sixty aliases, one behind the other, the last of which has the address."""
    question = dns(0, "smtp.isp.example")
    names = [b"\xc0\x0c", *(bytes((3,)) + f"a{i:02}".encode() + b"\0" for i in range(60))]
    records = b"".join(one + pack("!HHIH", 5, 1, 300, len(two)) + two for one, two in pairwise(names))
    records += names[-1] + pack("!HHIH", 1, 1, 300, 4) + ip_address(SERVER).packed
    _answers(folder, n, b"\0\0\x81\x80\0\1" + pack("!HHH", 61, 0, 0) + question[12:] + records, question)


def pointers(folder: Path, n: int) -> None:
    """Names that point to names that point to names."""
    question = dns(0, "smtp.isp.example")
    records, at = b"", len(question)
    last = 12
    for _ in range(60):
        name = b"\1a" + pack("!H", 0xC000 | last)
        records += name + pack("!HHIH", 1, 1, 300, 4) + ip_address(SERVER).packed
        last, at = at, at + 4 + 14
    _answers(folder, n, b"\0\0\x81\x80\0\1" + pack("!HHH", 60, 0, 0) + question[12:] + records, question)


def additional_options(folder: Path, n: int) -> None:
    """EDNS with as many options as fit (RFC 6891)."""
    question = dns(0, "smtp.isp.example")
    address = b"\xc0\x0c" + pack("!HHIH", 1, 1, 300, 4) + ip_address(SERVER).packed
    options = b"\xfd\xe9\0\0" * 250
    opt = b"\0" + pack("!HHIH", 41, 1232, 0, len(options)) + options
    _answers(folder, n, b"\0\0\x81\x80\0\1" + pack("!HHH", 1, 0, 1) + question[12:] + address + opt, question)


def header_lines(folder: Path, n: int) -> None:
    """Of one message, folded, all of them its Message-ID."""
    lines = b"Message-ID: <a\r\n" + b" b\r\n" * 300
    said = [
        (0, b"DATA\r\n"),
        (1, b"354 go\r\n"),
        *((0, lines) for _ in range(n)),
        (0, b"\r\n.\r\n"),
        (1, b"250 ok\r\n"),
    ]
    one_talk(folder, said)


def _report(identifier: str, recipients: int, parts: int = 1) -> bytes:
    group = "Final-Recipient: rfc822; b{}@far.example\r\nAction: failed\r\nStatus: 5.7.1\r\n\r\n"
    return (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        + "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n" * parts
        + "".join(group.format(i) for i in range(recipients))
        + f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{identifier}@site.example>\r\n\r\n--b--\r\n"
    ).encode()


def long_reports(folder: Path, n: int) -> None:
    """Delivery reports, each of a hundred recipients and of a hundred parts, over one connection."""
    report = _report("x", 100, 100)
    mail = [(0, b"MAIL FROM:<>\r\n"), (1, b"250 ok\r\n"), (0, b"RCPT TO:<a@site.example>\r\n"), (1, b"250 ok\r\n")]
    sent = [(0, b"DATA\r\n"), (1, b"354 go\r\n"), (0, report + b".\r\n"), (1, b"250 ok\r\n")]
    one_talk(folder, (one for _ in range(n) for one in (*mail, *sent)))


def _messages(n: int, script: Iterable[tuple[int, bytes]], *, port: int = 25, apart: int = SECOND) -> list[Timed]:
    random, said = Random(1), list(script)
    frames: list[Timed] = []
    for i in range(n):
        frames += whole_talk(CLIENT, 1024 + i % 60_000, SERVER, START + i * apart, random, said, port=port)
    return frames


MESSAGE = (
    *REFUSED[:3],
    (0, b"MAIL FROM:<a@site.example>\r\n"),
    (1, b"250 ok\r\n"),
    (0, b"RCPT TO:<b@far.example>\r\n"),
    (1, b"250 ok\r\n"),
    (0, b"DATA\r\n"),
    (1, b"354 go\r\n"),
    (0, b"Message-ID: <x@site.example>\r\n\r\ntext\r\n.\r\n"),
    (1, b"250 ok\r\n"),
)


def one_message(folder: Path, n: int) -> None:
    """Sent n times with one Message-ID, and as often refused, over one link."""
    both_sides(folder, _messages(n, MESSAGE) + [(at + SECOND // 2, f) for at, f in _messages(n, REFUSED)])


def its_reports(folder: Path, n: int) -> None:
    """Sent n times with one Message-ID, and n delivery reports of it fetched by POP3."""
    report = _report("x", 1)
    fetch = [
        (1, b"+OK\r\n"),
        (0, b"USER a\r\n"),
        (1, b"+OK\r\n"),
        (0, b"PASS b\r\n"),
        (1, b"+OK\r\n"),
        (0, b"RETR 1\r\n"),
        (1, b"+OK\r\n" + report + b".\r\n"),
    ]
    later = [(at + SECOND // 2, frame) for at, frame in _messages(n, fetch, port=110)]
    both_sides(folder, _messages(n, MESSAGE) + later)


def literals(folder: Path, n: int) -> None:
    """IMAP: a log-in after the other, each with literals."""
    said = [(1, b"* OK\r\n")]
    for i in range(n):
        said += [(0, b"a%d LOGIN {1+}\r\na {1+}\r\nb\r\n" % i), (1, b"a%d NO no\r\n" % i)]
    frames = whole_talk(CLIENT, 1025, SERVER, START, Random(1), said, port=143)
    both_sides(folder, frames + _messages(3, REFUSED))


def log_ins_and_mail(folder: Path, n: int) -> None:
    """A log-in to the ISP's mailbox before every mail."""
    script = [(1, b"+OK\r\n"), (0, b"USER a\r\n"), (1, b"+OK\r\n"), (0, b"PASS b\r\n"), (1, b"+OK\r\n")]
    both_sides(folder, _messages(n, REFUSED) + [(at - MS, f) for at, f in _messages(n, script, port=110)])


def offers(folder: Path, n: int) -> None:
    """EHLO, whose reply has thousands of mechanisms, again and again."""
    reply = b"250-relay\r\n250 AUTH " + b" ".join(b"X%d" % i for i in range(200)) + b"\r\n"
    one_talk(folder, (one for _ in range(n) for one in ((0, b"EHLO pc.example\r\n"), (1, reply))))


def log_ins_refused(folder: Path, n: int) -> None:
    """AUTH with another password each time, which the server says again, decoded."""
    said: list[tuple[int, bytes]] = []
    for i in range(n):
        word = b"secret%d" % i
        said.append((0, b"AUTH PLAIN " + b64encode(b"\0bob\0" + word) + b"\r\n"))
        said.append((1, b"535 5.7.8 no: " + word[::-1] + b" %70%61 =41=42 \\x41 " + b64encode(word) + b"\r\n"))
    one_talk(folder, said)


def nested_tags(folder: Path, n: int) -> None:
    """Eight VLAN tags before every packet, of other VLANs each."""
    frames = []
    for i, (at, frame) in enumerate(_messages(n, REFUSED, apart=100 * MS)):
        tags = b"".join(b"\x81\x00" + ((i // 12 * 7 + k) % 4094 + 1).to_bytes(2) for k in range(8))
        frames.append((at, frame[:12] + tags + frame[12:]))
    write_pcap(folder / "lan.pcap", frames)


def extension_headers(folder: Path, n: int) -> None:
    """IPv6 packets of nothing but headers (RFC 8200, section 4)."""
    ends = ip_address("2001:db8::1").packed + ip_address("2001:db8::2").packed
    body = bytes((60, 0, 1, 4, 0, 0, 0, 0)) * 150
    packet = ethernet(1, pack("!IHBB", 6 << 28, len(body), 60, 64) + ends + body, 0x86DD)
    write_pcap(folder / "lan.pcap", [(START + i * MS, packet) for i in range(n)])


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return pack("<II", kind, 12 + len(body)) + body + pack("<I", 12 + len(body))


def _option(code: int, value: bytes) -> bytes:
    return pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def _pcapng(folder: Path, blocks: Iterable[bytes], section: bytes = b"") -> None:
    out = bytearray(_block(0x0A0D0D0A, pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + section))
    out += _block(1, pack("<HHI", 1, 0, 0))
    for block in blocks:
        out += block
    (folder / "lan.pcapng").write_bytes(out)


def _packets(frames: Iterable[Timed], options: bytes = b"") -> Iterator[bytes]:
    for at, frame in frames:
        high, low = divmod(at // 1000, 1 << 32)
        body = pack("<IIIII", 0, high, low, len(frame), len(frame)) + frame + bytes(-len(frame) % 4) + options
        yield _block(6, body)


def comments(folder: Path, n: int) -> None:
    """pcapng: ten comments of a thousand letters on every packet."""
    _pcapng(folder, _packets(_messages(n, REFUSED), _option(1, b"c" * 1000) * 10 + bytes(4)))


def long_comment(folder: Path, n: int) -> None:
    """pcapng: a section with n comments of 60 kB."""
    _pcapng(folder, _packets(_messages(1, REFUSED)), _option(1, b"c" * 60_000) * n)


def names_of_addresses(folder: Path, n: int) -> None:
    """pcapng: name resolution blocks, statistics and keys between the packets."""
    name = _block(4, pack("<HH", 1, 20) + bytes(4) + b"smtp.isp.example" + pack("<HH", 0, 0))
    count = _block(5, pack("<III", 0, 0, 0) + _option(4, bytes(8)) + _option(5, bytes(8)) + bytes(4))
    keys = _block(10, pack("<II", 0x544C534B, 104) + b"CLIENT_RANDOM " + b"0" * 90)
    blocks = list(_packets(_messages(2, REFUSED)))
    _pcapng(folder, (one for _ in range(n) for one in (blocks[0], name, count, keys)))


def leases(folder: Path, n: int) -> None:
    """DHCP: offers of another address and resolver each, to another host each."""
    frames = []
    for i in range(n):
        address = ip_address(0xC6120000 + i).packed
        head = pack("!BBBBIHH", 2, 1, 6, 0, i, 0, 0) + bytes(4) + address + bytes(8) + pack("!IH", i, 2) + bytes(202)
        options = b"\x63\x82\x53\x63\x35\1\5\x36\4" + address + b"\1\4\xff\xff\xff\0\3\4" + address + b"\6\4" + address
        frames.append((START + i * MS, udp(ROUTER, 67, "255.255.255.255", 68, head + options + b"\xff")))
    write_pcap(folder / "wan-orange.pcap", frames + _messages(2, REFUSED, apart=n * MS))


def rules_of_the_site(folder: Path, n: int) -> None:
    """site.toml with n events, each of a kind of its own, and n rules for refusals, and 100 tries."""
    both_sides(folder, _messages(100, REFUSED, apart=60 * SECOND))
    lines = ['[site]\nlan = ["192.168.1.0/24"]\n']
    for i in range(n):
        at = (OFFICE + timedelta(seconds=i)).isoformat()
        lines.append(f'[[event]]\nat = {at}\nkind = "k{i % 10}"\nwhat = "w{i}"\n')
        lines.append(f'[[rule]]\ntext = "nothing like this {i}"\ncause = "policy"\n')
    (folder / "site.toml").write_text("".join(lines))


def rows_of_coverage(folder: Path, n: int) -> None:
    """coverage.jsonl with rows of drops and gaps for every one of n files."""
    rows = []
    for i in range(n):
        at, path = START + i * 60 * SECOND, folder / f"lan_{i:05}.pcap"
        write_pcap(path, refused(CLIENT, 1024 + i, SERVER, at, Random(i)))
        begin = datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S.000000000Z")
        rows.append({"kind": "drops", "file": path.name, "dropped": 3})
        rows += [{"kind": "gap", "file": path.name, "from": begin, "to": begin, "text": "x"}] * 10
    (folder / "coverage.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


SHAPES: dict[str, tuple[Shape, int]] = {
    "one question, sent again": (one_question, 10_000),
    "replies that acknowledge nothing": (acknowledging_nothing, 5_000),
    "TCP options": (tcp_options, 10_000),
    "TLS records of a byte": (tls_records, 2_500),
    "extensions of ClientHellos": (hellos, 5_000),
    "long ClientHellos": (long_hellos, 200),
    "fields of mirrored frames": (fields_of_mirrored_frames, 50),
    "pieces with hosts of their own": (pieces_with_hosts_of_their_own, 125),
    "QUIC handshakes in pieces": (handshakes_in_pieces, 500),
    "chains of aliases": (chains, 2_500),
    "pointers to pointers": (pointers, 2_500),
    "options of EDNS": (additional_options, 2_500),
    "lines of a header": (header_lines, 2_500),
    "long delivery reports": (long_reports, 200),
    "one message, sent and refused": (one_message, 500),
    "one message, and its reports": (its_reports, 500),
    "literals": (literals, 10_000),
    "log-ins and mail": (log_ins_and_mail, 500),
    "offers": (offers, 1_000),
    "passwords tried, repeated by the server": (log_ins_refused, 2_500),
    "tags in tags": (nested_tags, 500),
    "extension headers": (extension_headers, 5_000),
    "comments": (comments, 500),
    "comments of a section": (long_comment, 100),
    "name resolution blocks": (names_of_addresses, 10_000),
    "leases": (leases, 10_000),
    "events and rules of site.toml": (rules_of_the_site, 1_000),
    "rows of coverage.jsonl": (rows_of_coverage, 250),
}
