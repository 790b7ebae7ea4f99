"""What time and memory hostile and damaged traffic takes, and how that grows.

    python -m tests.bench.hostile                          every shape, at three sizes that double; some minutes
    python -m tests.bench.hostile --only 'SYN flood' --times 4
    python -m tests.bench.hostile --source OTHER/src       another version of the product

The shapes are here and in `multiplied`. Each is analysed with --rows-only by a process of its own. `s` is its processor
time, less that of an analysis of next to nothing, `MB` its peak of memory; `exponent` is that of the time between the
last two sizes: 1 is linear, 2 the square. Exit status 1 where one is above 1.2 and the time is more than 2 s, which is
the noise of a machine in use.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import lzma
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address
from math import log2
from pathlib import Path
from random import Random
from struct import pack

sys.path.insert(0, str(Path(__file__).parents[1]))

from correlate.wire import ACK, FIN, PSH, SECOND, SYN, dns, ethernet, ip, tcp, udp, write_pcap

START = 1_700_000_000 * SECOND
MS = 1_000_000
CLIENT, ROUTER, SERVER, RESOLVER = "192.168.1.10", "203.0.113.10", "192.0.2.25", "198.51.100.53"
FORWARDER = "192.168.1.1"
SRC = Path(__file__).parents[2] / "src"
TOLERATED, NOISE = 1.2, 2.0

Timed = tuple[int, bytes]
Shape = Callable[[Path, int], None]


def _host(n: int) -> str:
    return str(ip_address(0xC6120000 + n))  # 198.18.0.0/15, RFC 2544


def _syns(folder: Path, syns: Iterable[tuple[str, int, str, int]], *, step: int = MS) -> None:
    """SYNs of (client, port, server, sequence number), seen on the LAN and, from the router's address, on a link."""
    lan, wan = [], []
    for n, (client, port, server, seq) in enumerate(syns):
        lan.append((START + n * step, tcp(client, port, server, 25, seq, 0, SYN, ident=n & 0xFFFF)))
        wan.append((START + n * step + 50_000, tcp(ROUTER, port, server, 25, seq, 0, SYN, ident=n & 0xFFFF, hops=63)))
    write_pcap(folder / "lan.pcap", lan)
    write_pcap(folder / "wan-orange.pcap", wan)


def syn_flood(folder: Path, n: int) -> None:
    random = Random(1)
    _syns(folder, ((CLIENT, 1024 + i % 64_000, SERVER, random.getrandbits(32)) for i in range(n)))


def one_sequence_number(folder: Path, n: int) -> None:
    """As nmap -sS sends it."""
    _syns(folder, ((CLIENT, 40_000 + i % 7, _host(i), 12_345) for i in range(n)))


def one_sequence_number_and_server(folder: Path, n: int) -> None:
    _syns(folder, ((CLIENT, 1024 + i % 64_000, SERVER, 12_345) for i in range(n)))


def distinct_hosts(folder: Path, n: int) -> None:
    random = Random(1)
    syns = ((_host(i), random.randrange(1024, 65536), SERVER, random.getrandbits(32)) for i in range(n))
    write_pcap(
        folder / "wan-orange.pcap",
        (
            (START + i * MS, tcp(client, port, server, 25, seq, 0, SYN))
            for i, (client, port, server, seq) in enumerate(syns)
        ),
    )


class _Talk:
    """A connection's frames."""

    def __init__(
        self, client: str, source: int, server: str, at: int, random: Random, *, opened: bool = True, port: int = 25
    ) -> None:
        self.ends = (client, source, server, port), (server, port, client, source)
        self.seq = [random.getrandbits(32), random.getrandbits(32)]
        self.at = at
        self.frames: list[Timed] = []
        if opened:
            for who, flags in ((0, SYN), (1, SYN | ACK), (0, ACK)):
                self.say(who, b"", flags)

    def say(self, who: int, data: bytes, flags: int = ACK | PSH) -> None:
        self.frames.append((self.at, tcp(*self.ends[who], self.seq[who], self.seq[1 - who], flags, data)))
        self.seq[who] += len(data) + bool(flags & (SYN | FIN))
        self.at += MS

    def end(self) -> list[Timed]:
        self.say(0, b"", FIN | ACK)
        self.say(1, b"", FIN | ACK)
        return self.frames


REFUSED = (
    (1, b"220 relay ESMTP\r\n"),
    (0, b"EHLO pc.example\r\n"),
    (1, b"250 relay\r\n"),
    (0, b"MAIL FROM:<a@site.example>\r\n"),
    (1, b"530 5.7.0 Authentication required\r\n"),
    (0, b"QUIT\r\n"),
    (1, b"221 bye\r\n"),
)


def whole_talk(
    client: str, source: int, server: str, at: int, random: Random, said: Iterable[tuple[int, bytes]], port: int = 25
) -> list[Timed]:
    """A connection in which this is said: 0 the client, 1 the server."""
    talk = _Talk(client, source, server, at, random, port=port)
    for who, data in said:
        talk.say(who, data)
    return talk.end()


def refused(client: str, port: int, server: str, at: int, random: Random) -> list[Timed]:
    return whole_talk(client, port, server, at, random, REFUSED)


def both_sides(folder: Path, lan: list[Timed], client: str = CLIENT) -> None:
    one, two = ip_address(client).packed, ip_address(ROUTER).packed
    wan = [(at + 50_000, frame.replace(one, two)) for at, frame in lan]
    write_pcap(folder / "lan.pcap", sorted(lan, key=lambda t: t[0]))
    write_pcap(folder / "wan-orange.pcap", sorted(wan, key=lambda t: t[0]))


def many_names_of_one_address(folder: Path, n: int) -> None:
    """A hosted MX: a customer's name each."""
    random, frames = Random(1), []
    for i in range(n):
        at = START + i * 100 * MS
        name = f"customer{i}.mx.example"
        frames.append((at, udp(CLIENT, 1024 + i % 60_000, RESOLVER, 53, dns(i & 0xFFFF, name))))
        frames.append((at + MS, udp(RESOLVER, 53, CLIENT, 1024 + i % 60_000, dns(i & 0xFFFF, name, [SERVER]))))
        frames += refused(CLIENT, 1024 + i % 60_000, SERVER, at + 2 * MS, random)
    both_sides(folder, frames)


def link_without_mail(folder: Path, n: int) -> None:
    """Beside a busy link one whose clock nothing but questions tells; one name, asked again and again."""
    random = Random(1)
    lan: list[Timed] = []
    orange: list[Timed] = []
    sfr: list[Timed] = []
    for i in range(n):
        at = START + i * 300 * SECOND
        port, name = 1024 + i % 60_000, "smtp.isp.example"
        upstream = orange if i % 2 else sfr
        late = 0 if i % 2 else 7 * SECOND
        lan.append((at, udp(CLIENT, port, "192.168.1.1", 53, dns(i & 0xFFFF, name))))
        upstream.append((at + late + MS, udp(ROUTER, 5353, RESOLVER, 53, dns(i * 7 & 0xFFFF, name))))
        upstream.append((at + late + 9 * MS, udp(RESOLVER, 53, ROUTER, 5353, dns(i * 7 & 0xFFFF, name, [SERVER]))))
        lan.append((at + 10 * MS, udp("192.168.1.1", 53, CLIENT, port, dns(i & 0xFFFF, name, [SERVER]))))
        talk = refused(CLIENT, port, SERVER, at + 12 * MS, random)
        one, two = ip_address(CLIENT).packed, ip_address(ROUTER).packed
        lan += talk
        orange += [(at + 50_000, frame.replace(one, two)) for at, frame in talk]
    for name, frames in (("lan", lan), ("wan-orange", orange), ("wan-sfr", sfr)):
        write_pcap(folder / f"{name}.pcap", sorted(frames, key=lambda t: t[0]))


def _fragment(ident: int, offset: int, part: bytes, *, more: bool) -> bytes:
    head = pack("!BBHHHBBH", 0x45, 0, 20 + len(part), ident, more << 13 | offset // 8, 64, 17, 0)
    return ethernet(1, head + ip_address(RESOLVER).packed + ip_address(CLIENT).packed + part, 0x0800)


def fragments(folder: Path, n: int) -> None:
    """Of one packet, over and over."""
    write_pcap(
        folder / "lan.pcap",
        ((START + i * 1000, _fragment(7, 8 * (i % 8000), bytes(8), more=True)) for i in range(n)),
    )


def overlapping_fragments(folder: Path, n: int) -> None:
    """Of 200 packets at a time, all at one place."""
    write_pcap(
        folder / "lan.pcap",
        ((START + i * 1000, _fragment(i % 200, 8, bytes(1400), more=True)) for i in range(n)),
    )


def fragments_of_many_packets(folder: Path, n: int) -> None:
    write_pcap(
        folder / "lan.pcap",
        ((START + i * 1000, _fragment(i & 0xFFFF, 8 * (i % 100), bytes(8), more=True)) for i in range(n)),
    )


def _hours(n: int, each: int = 1) -> Iterator[list[Timed]]:
    random = Random(1)
    for i in range(n):
        frames: list[Timed] = []
        for k in range(each):
            frames += refused(CLIENT, 1024 + (i * each + k) % 60_000, SERVER, START + (i * 60 + k) * SECOND, random)
        yield frames


def rotated_files(folder: Path, n: int) -> None:
    for i, frames in enumerate(_hours(n)):
        write_pcap(folder / f"lan_{i:05}.pcap", frames)


def unlike_files(folder: Path, n: int) -> None:
    """Each a capture of its own: of another network's client, at the same time."""
    random = Random(1)
    for i in range(n):
        client = f"10.{i // 250}.{i % 250}.10"
        name = f"{'abcdefghij'[i % 10]}{'klmnopqrst'[i // 10 % 10]}{'uvwxyzklmn'[i // 100 % 10]}{'opq'[i // 1000]}"
        write_pcap(folder / f"wan-{name}.pcap", refused(client, 1025, _host(i), START + i * MS, random))


def sections(folder: Path, n: int) -> None:
    """pcapng, each with an interface."""
    out = bytearray()
    for frames in _hours(n):
        out += pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28) + pack("<IIHHII", 1, 20, 1, 0, 0, 20)
        for at, frame in frames:
            body = frame + bytes(-len(frame) % 4)
            size = 32 + len(body)
            high, low = divmod(at // 1000, 1 << 32)
            out += pack("<IIIIIII", 6, size, 0, high, low, len(frame), len(frame)) + body + pack("<I", size)
    (folder / "lan.pcapng").write_bytes(out)


def interfaces(folder: Path, n: int) -> None:
    """pcapng, all in one section."""
    out = bytearray(pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28))
    out += pack("<IIHHII", 1, 20, 1, 0, 0, 20) * n
    for i, frames in enumerate(_hours(n)):
        for at, frame in frames:
            body = frame + bytes(-len(frame) % 4)
            size = 32 + len(body)
            high, low = divmod(at // 1000, 1 << 32)
            out += pack("<IIIIIII", 6, size, i, high, low, len(frame), len(frame)) + body + pack("<I", size)
    (folder / "lan.pcapng").write_bytes(out)


def vlans(folder: Path, n: int) -> None:
    frames = []
    for i, talk in enumerate(_hours(n)):
        tag = b"\x81\x00" + (i % 4094 + 1).to_bytes(2)
        frames += [(at, frame[:12] + tag + frame[12:]) for at, frame in talk]
    write_pcap(folder / "mirror.pcap", frames)


def half_open_with_data(folder: Path, n: int) -> None:
    """Never answered, each with a payload."""
    random, frames = Random(1), []
    for i in range(n):
        talk = _Talk(_host(i), 1025, SERVER, START + i * MS, random, opened=False)
        talk.say(0, b"", SYN)
        talk.say(0, b"EHLO x\r\n")
        frames += talk.frames
    write_pcap(folder / "lan.pcap", sorted(frames, key=lambda t: t[0]))


def half_open_on_every_port(folder: Path, n: int) -> None:
    """The same on ports that are not mail's."""
    random, frames = Random(1), []
    for i in range(n):
        talk = _Talk(_host(i), 1025, SERVER, START + i * MS, random, opened=False, port=3000 + i * 7 % 60_000)
        talk.say(0, b"", SYN)
        talk.say(0, b"EHLO x\r\n")
        frames += talk.frames
    write_pcap(folder / "lan.pcap", sorted(frames, key=lambda t: t[0]))


def words_without_a_syn(folder: Path, n: int) -> None:
    """Of made-up addresses, to the site's server."""
    frames = (
        (START + i * MS, tcp(_host(i), 1025, SERVER, 25, i * 77 + 1, 1, ACK | PSH, b"MAIL FROM:<a@x.example>\r\n"))
        for i in range(n)
    )
    write_pcap(folder / "wan-orange.pcap", frames)


def servers_unasked(folder: Path, n: int) -> None:
    """Made-up ones, that greet the router."""
    greeting = b"220 mx.example ESMTP\r\n"
    frames = (
        (START + i * MS, tcp(_host(i), 25, ROUTER, 1024 + i % 60_000, i * 77 + 1, 1, ACK | PSH, greeting))
        for i in range(n)
    )
    write_pcap(folder / "wan-orange.pcap", frames)


def mail_ports_without_smtp(folder: Path, n: int) -> None:
    """Whole connections, of which each is noted."""
    random, frames = Random(1), []
    for i in range(n):
        talk = _Talk(_host(i), 1025, SERVER, START + i * MS, random)
        talk.say(0, b"\x00\x01\x02 no mail\r\n")
        talk.say(1, b"\x00\x01\x02 no mail\r\n")
        frames += talk.end()
    write_pcap(folder / "lan.pcap", sorted(frames, key=lambda t: t[0]))


def syns_with_data(folder: Path, n: int) -> None:
    """Of made-up addresses, never answered (RFC 7413 has a SYN carry data)."""
    hosts = ((START + i * MS, tcp(_host(i), 1025, SERVER, 25, i * 77 + 1, 0, SYN, b"EHLO x\r\n")) for i in range(n))
    write_pcap(folder / "lan.pcap", hosts)


def one_talk(folder: Path, said: Iterable[tuple[int, bytes]]) -> None:
    talk = _Talk(CLIENT, 1025, SERVER, START, Random(1))
    for who, data in REFUSED[:3]:
        talk.say(who, data)
    for who, data in said:
        talk.say(who, data)
    both_sides(folder, talk.end())


def endless_line(folder: Path, n: int) -> None:
    one_talk(folder, ((0, b"x" * 1400) for _ in range(n)))


def endless_reply(folder: Path, n: int) -> None:
    one_talk(folder, [(0, b"NOOP\r\n"), *((1, b"250-and so on\r\n" * 90) for _ in range(n))])


def commands(folder: Path, n: int) -> None:
    one_talk(folder, (one for _ in range(n) for one in ((0, b"NOOP\r\n"), (1, b"250 ok\r\n"))))


def unanswered_commands(folder: Path, n: int) -> None:
    one_talk(folder, ((0, b"RCPT TO:<b@far.example>\r\n" * 50) for _ in range(n)))


def unasked_replies(folder: Path, n: int) -> None:
    one_talk(folder, ((1, b"250 2.1.5 ok\r\n" * 90) for _ in range(n)))


def unknown_lines(folder: Path, n: int) -> None:
    one_talk(
        folder, (one for i in range(n) for one in ((0, b"XFOO%d bar\r\n" % i), (1, b"500 what is XFOO%d bar\r\n" % i)))
    )


def message(folder: Path, n: int) -> None:
    said = [(0, b"MAIL FROM:<a@x.example>\r\n"), (1, b"250 ok\r\n"), (0, b"DATA\r\n"), (1, b"354 go\r\n")]
    one_talk(folder, [*said, *((0, b"a line of text\r\n" * 90) for _ in range(n)), (0, b".\r\n"), (1, b"250 ok\r\n")])


def many_refusals(folder: Path, n: int) -> None:
    said = ((0, b"MAIL FROM:<a%d@x.example>\r\n", 0), (1, b"550 5.7.1 <a%d@x.example>: no\r\n", 1))
    one_talk(folder, ((who, text % i) for i in range(n) for who, text, _ in said))


def names(folder: Path, n: int) -> None:
    frames = []
    for i in range(n):
        at, port, name = START + i * MS, 1024 + i % 60_000, f"host{i}.example"
        frames.append((at, udp(CLIENT, port, RESOLVER, 53, dns(i & 0xFFFF, name))))
        frames.append((at + 100_000, udp(RESOLVER, 53, CLIENT, port, dns(i & 0xFFFF, name, [_host(i)]))))
    frames += refused(CLIENT, 1025, SERVER, START + n * MS, Random(1))
    both_sides(folder, frames)


def one_name(folder: Path, n: int) -> None:
    """Asked and answered over and over, and one session."""
    frames = []
    for i in range(n):
        at, port = START + i * MS, 1024 + i % 60_000
        frames.append((at, udp(CLIENT, port, RESOLVER, 53, dns(i & 0xFFFF, "smtp.isp.example"))))
        frames.append((at + 100_000, udp(RESOLVER, 53, CLIENT, port, dns(i & 0xFFFF, "smtp.isp.example", [SERVER]))))
    frames += refused(CLIENT, 1025, SERVER, START + n * MS, Random(1))
    both_sides(folder, frames)


def one_name_forwarded(folder: Path, n: int) -> None:
    """Asked over and over within a second, of a forwarder whose resolver takes two, and one session."""
    lan, wan = refused(CLIENT, 1025, SERVER, START + 3000 * MS, Random(1)), []
    for i in range(n):
        at, port, other, name = START + i * 1000 * MS // n, 1024 + i % 60_000, 1024 + i * 7 % 60_000, "smtp.isp.example"
        lan.append((at, udp(CLIENT, port, FORWARDER, 53, dns(i & 0xFFFF, name))))
        wan.append((at + 200_000, udp(ROUTER, other, RESOLVER, 53, dns(i * 3 & 0xFFFF, name))))
        wan.append((at + 2000 * MS, udp(RESOLVER, 53, ROUTER, other, dns(i * 3 & 0xFFFF, name, [SERVER]))))
        lan.append((at + 2000 * MS + 200_000, udp(FORWARDER, 53, CLIENT, port, dns(i & 0xFFFF, name, [SERVER]))))
    write_pcap(folder / "lan.pcap", sorted(lan))
    write_pcap(folder / "wan-orange.pcap", sorted(wan))


def unanswered_questions(folder: Path, n: int) -> None:
    """With one id and one port: which answer is whose?"""
    frames = [(START + i * MS, udp(CLIENT, 5353, RESOLVER, 53, dns(7, f"host{i % 100}.example"))) for i in range(n)]
    frames += refused(CLIENT, 1025, SERVER, START + n * MS, Random(1))
    both_sides(folder, frames)


def tunnels(folder: Path, n: int) -> None:
    """Fifty deep."""
    inner = tcp(CLIENT, 1025, SERVER, 25, 1, 0, SYN)[14:]
    for _ in range(50):
        inner = ip("198.51.100.1", "198.51.100.2", 4, inner)[14:]
    write_pcap(folder / "lan.pcap", ((START + i * MS, ethernet(1, inner, 0x0800)) for i in range(n)))


def out_of_order(folder: Path, n: int) -> None:
    """Every segment behind a hole that is never filled."""
    talk = _Talk(CLIENT, 1025, SERVER, START, Random(1))
    for who, data in REFUSED[:3]:
        talk.say(who, data)
    for _ in range(n):
        talk.seq[0] += 1400
        talk.say(0, b"x" * 700)
    both_sides(folder, talk.end())


def backwards(folder: Path, n: int) -> None:
    """Every segment before the last."""
    talk = _Talk(CLIENT, 1025, SERVER, START, Random(1))
    for who, data in REFUSED[:3]:
        talk.say(who, data)
    talk.seq[0] += 1400 * n
    for _ in range(n):
        talk.seq[0] -= 2800
        talk.say(0, b"x" * 1400)
    both_sides(folder, talk.end())


def resets(folder: Path, n: int) -> None:
    """One connection, opened and reset on the same ports."""
    random, frames = Random(1), []
    for i in range(n):
        talk = _Talk(CLIENT, 1025, SERVER, START + i * 10 * MS, random, opened=False)
        talk.say(0, b"", SYN)
        talk.say(1, b"", 4 | ACK)
        frames += talk.frames
    both_sides(folder, frames)


def retransmissions(folder: Path, n: int) -> None:
    talk = _Talk(CLIENT, 1025, SERVER, START, Random(1))
    for who, data in REFUSED[:4]:
        talk.say(who, data)
    frames = talk.frames + [(talk.at + i * MS, talk.frames[-1][1]) for i in range(n)]
    both_sides(folder, frames)


def sessions(folder: Path, n: int) -> None:
    """Honest ones, to compare with."""
    both_sides(folder, [frame for talk in _hours(n) for frame in talk])


def _bomb(folder: Path, name: str, squeeze: Callable[[bytes], bytes], n: int) -> None:
    frame = ethernet(1, bytes(60_000), 0x88B5)
    record = pack("<IIII", START // SECOND, 0, len(frame), len(frame)) + frame
    head = pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)
    (folder / name).write_bytes(squeeze(head + record * n))


def bomb_gz(folder: Path, n: int) -> None:
    _bomb(folder, "lan.pcap.gz", gzip.compress, n)


def bomb_xz(folder: Path, n: int) -> None:
    _bomb(folder, "lan.pcap.xz", lzma.compress, n)


def bomb_bz2(folder: Path, n: int) -> None:
    _bomb(folder, "lan.pcap.bz2", bz2.compress, n)


def bomb_zst(folder: Path, n: int) -> None:
    from backports import zstd

    _bomb(folder, "lan.pcap.zst", zstd.compress, n)


def bomb_lz4(folder: Path, n: int) -> None:
    import lz4.frame

    _bomb(folder, "lan.pcap.lz4", lz4.frame.compress, n)


def streams_on_every_port(folder: Path, n: int) -> None:
    """A scan of other ports than mail's, each opened with a word."""
    random, frames = Random(1), []
    for i in range(n):
        at, client, port = START + i * MS, _host(i), 1024 + i * 7 % 60_000
        seq = random.getrandbits(32)
        frames.append((at, tcp(client, 4000, SERVER, port, seq, 0, SYN)))
        frames.append((at + 1000, tcp(client, 4000, SERVER, port, seq + 1 & 0xFFFFFFFF, 1, ACK | PSH, b"x")))
    write_pcap(folder / "lan.pcap", frames)


def answered_and_silent(folder: Path, n: int) -> None:
    """SYNs from made-up addresses that the site's own server answers."""
    random, frames = Random(1), []
    for i in range(n):
        talk = _Talk(_host(i), 1025, SERVER, START + i * MS, random, opened=False)
        talk.say(0, b"", SYN)
        talk.say(1, b"", SYN | ACK)
        frames += talk.frames
    write_pcap(folder / "wan-orange.pcap", sorted(frames, key=lambda t: t[0]))


def asking_hosts(folder: Path, n: int) -> None:
    """Questions to a resolver from made-up addresses."""
    frames = ((START + i * MS, udp(_host(i), 5353, RESOLVER, 53, dns(i & 0xFFFF, "host.example"))) for i in range(n))
    write_pcap(folder / "wan-orange.pcap", frames)


def random_names(folder: Path, n: int) -> None:
    """Of a domain, each answered: as many as are beyond what is kept, if they are enough."""
    frames = []
    for i in range(n):
        at, port, name = START + i * MS, 1024 + i % 60_000, f"{i * 0x9E3779B1 & 0xFFFFFFFF:08x}.far.example"
        for client, hops in ((CLIENT, 64), (ROUTER, 63)):
            question = udp(client, port, RESOLVER, 53, dns(i & 0xFFFF, name), hops=hops)
            answer = udp(RESOLVER, 53, client, port, dns(i & 0xFFFF, name, [_host(i)]))
            frames.append((client, at, question))
            frames.append((client, at + 100_000, answer))
    for name, client in (("lan", CLIENT), ("wan-orange", ROUTER)):
        write_pcap(folder / f"{name}.pcap", ((at, frame) for whose, at, frame in frames if whose == client))


def names_by_tcp(folder: Path, n: int) -> None:
    """A name each, all in one connection."""
    talk = _Talk(CLIENT, 1025, RESOLVER, START, Random(1), port=53)
    for i in range(n):
        for who, message in (
            (0, dns(i & 0xFFFF, f"host{i}.example")),
            (1, dns(i & 0xFFFF, f"host{i}.example", [SERVER])),
        ):
            talk.say(who, len(message).to_bytes(2) + message)
    write_pcap(folder / "lan.pcap", talk.end())


def mail_exchanges(folder: Path, n: int) -> None:
    """Asked of a domain each: MX questions are read whatever the sessions are."""
    frames = (
        (START + i * MS, udp(CLIENT, 5353, RESOLVER, 53, dns(i & 0xFFFF, f"{i}.example", qtype="MX"))) for i in range(n)
    )
    write_pcap(folder / "lan.pcap", frames)


def encrypted_questions(folder: Path, n: int) -> None:
    """DNS over TLS from made-up addresses."""
    frames = ((START + i * MS, tcp(_host(i), 1025, RESOLVER, 853, i, 0, SYN)) for i in range(n))
    write_pcap(folder / "wan-orange.pcap", frames)


def web_requests(folder: Path, n: int) -> None:
    """From made-up addresses."""
    request = b"GET / HTTP/1.1\r\nHost: www.site.example\r\n\r\n"
    frames = ((START + i * MS, tcp(_host(i), 1025, SERVER, 80, i, 1, ACK | PSH, request)) for i in range(n))
    write_pcap(folder / "wan-orange.pcap", frames)


def log_ins_ahead(folder: Path, n: int) -> None:
    """POP3: passwords tried, all at once."""
    talk = _Talk(CLIENT, 1025, SERVER, START, Random(1), port=110)
    talk.say(1, b"+OK\r\n")
    for _ in range(n):
        talk.say(0, b"USER a\r\nPASS b\r\n" * 50)
    for _ in range(n):
        talk.say(1, b"+OK\r\n-ERR no\r\n" * 50)
    write_pcap(folder / "lan.pcap", talk.end())


def claimed_addresses(folder: Path, n: int) -> None:
    """ARP: each address claimed by a MAC of its own."""
    frames = []
    for i in range(n):
        mac, address = (0x020000000000 + i).to_bytes(6), ip_address(_host(i)).packed
        arp = pack("!HHBBH", 1, 0x0800, 6, 4, 2) + mac + address + bytes(6) + address
        frames.append((START + i * MS, b"\xff" * 6 + mac + b"\x08\x06" + arp))
    write_pcap(folder / "lan.pcap", frames)


def proxy_arp(folder: Path, n: int) -> None:
    """One MAC answers for every address of a network that is scanned."""
    frames = []
    asker, proxy = (0x020000000001).to_bytes(6), (0x020000000002).to_bytes(6)
    for i in range(n):
        address = ip_address(_host(i)).packed
        arp = pack("!HHBBH", 1, 0x0800, 6, 4, 2) + proxy + address + asker + ip_address(CLIENT).packed
        frames.append((START + i * MS, asker + proxy + b"\x08\x06" + arp))
    write_pcap(folder / "lan.pcap", frames)


def forwarded_questions(folder: Path, n: int) -> None:
    """To a name server of the site, from strangers, through the router."""
    frames = [(START + i * MS, udp(_host(i), 5353, CLIENT, 53, dns(i & 0xFFFF, "host.example"))) for i in range(n)]
    frames += refused(CLIENT, 1025, SERVER, START + n * MS, Random(1))
    write_pcap(folder / "lan.pcap", frames)


def unreachables(folder: Path, n: int) -> None:
    """ICMP errors about connections that nobody saw."""
    inner = tcp(CLIENT, 1025, SERVER, 25, 1, 0, SYN)[14:]
    frame = ip(ROUTER, CLIENT, 1, pack("!BBHI", 3, 1, 0, 0) + inner[:28])
    write_pcap(folder / "lan.pcap", ((START + i * MS, frame) for i in range(n)))


def stray_syns(folder: Path, n: int) -> None:
    """Inside one open connection, with other numbers each."""
    random = Random(1)
    talk = _Talk(CLIENT, 1025, SERVER, START, random)
    for who, data in REFUSED[:3]:
        talk.say(who, data)
    frames = [(talk.at + i * MS, tcp(*talk.ends[0], random.getrandbits(32), 0, SYN)) for i in range(n)]
    both_sides(folder, talk.frames + frames)


def damaged_records(folder: Path, n: int) -> None:
    """Every other record's head says what cannot be."""
    out = bytearray(pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
    frame = tcp(CLIENT, 1025, SERVER, 25, 1, 0, SYN)
    for i in range(n):
        seconds = START // SECOND + i
        out += pack("<IIII", seconds, 0, len(frame), len(frame)) + frame
        out += pack("<IIII", 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFF0, 3) + b"\xff" * 24
    (folder / "lan.pcap").write_bytes(out)


def recipients(folder: Path, n: int) -> None:
    """Of one mail, each answered."""
    said = [(0, b"MAIL FROM:<a@x.example>\r\n"), (1, b"250 ok\r\n")]
    for i in range(n):
        said += [(0, b"RCPT TO:<b%d@far.example>\r\n" % i), (1, b"250 ok\r\n")]
    one_talk(folder, said)


def answers_with_many_addresses(folder: Path, n: int) -> None:
    """Each answer holds twenty, of which the mail server's is one."""
    frames = []
    for i in range(n):
        at, port, name = START + i * MS, 1024 + i % 60_000, f"host{i % 50}.example"
        held = [SERVER, *(_host(i * 19 + k) for k in range(19))]
        frames.append((at, udp(CLIENT, port, RESOLVER, 53, dns(i & 0xFFFF, name))))
        frames.append((at + 100_000, udp(RESOLVER, 53, CLIENT, port, dns(i & 0xFFFF, name, held))))
    both_sides(folder, frames + refused(CLIENT, 1025, SERVER, START + n * MS, Random(1)))


SHAPES: dict[str, tuple[Shape, int]] = {
    "SYN flood, one host to one server": (syn_flood, 2_000),
    "scan with one sequence number": (one_sequence_number, 500),
    "the same, one server": (one_sequence_number_and_server, 500),
    "link without mail, one name": (link_without_mail, 500),
    "one address with many names, refused": (many_names_of_one_address, 500),
    "fragments of one packet": (fragments, 5_000),
    "fragments that overlap": (overlapping_fragments, 20_000),
    "fragments of many packets": (fragments_of_many_packets, 20_000),
    "SYNs from distinct hosts": (distinct_hosts, 20_000),
    "rotated files": (rotated_files, 500),
    "unlike files": (unlike_files, 250),
    "pcapng sections": (sections, 500),
    "interfaces": (interfaces, 500),
    "VLANs": (vlans, 500),
    "half-open with data": (half_open_with_data, 5_000),
    "half-open with data, other ports": (half_open_on_every_port, 20_000),
    "words without a SYN": (words_without_a_syn, 10_000),
    "servers that greet unasked": (servers_unasked, 10_000),
    "mail ports without SMTP": (mail_ports_without_smtp, 5_000),
    "SYNs with data": (syns_with_data, 10_000),
    "endless line": (endless_line, 5_000),
    "endless multi-line reply": (endless_reply, 1_000),
    "commands": (commands, 20_000),
    "commands without replies": (unanswered_commands, 500),
    "replies without commands": (unasked_replies, 200),
    "unknown lines, repeated by the server": (unknown_lines, 5_000),
    "a message": (message, 5_000),
    "refusals in one session": (many_refusals, 2_500),
    "names": (names, 20_000),
    "one name": (one_name, 10_000),
    "one name, forwarded at once": (one_name_forwarded, 10_000),
    "questions without answers": (unanswered_questions, 10_000),
    "deep tunnels": (tunnels, 2_500),
    "out of order": (out_of_order, 5_000),
    "backwards": (backwards, 2_500),
    "resets on one pair of ports": (resets, 2_500),
    "retransmissions": (retransmissions, 10_000),
    "scan of all ports, with data": (streams_on_every_port, 5_000),
    "SYNs of made-up addresses, answered": (answered_and_silent, 20_000),
    "questions of made-up addresses": (asking_hosts, 20_000),
    "random names, answered": (random_names, 20_000),
    "names by TCP": (names_by_tcp, 10_000),
    "MX questions": (mail_exchanges, 10_000),
    "DNS over TLS of made-up addresses": (encrypted_questions, 10_000),
    "web requests of made-up addresses": (web_requests, 10_000),
    "passwords tried by POP3, ahead": (log_ins_ahead, 500),
    "ARP claims": (claimed_addresses, 10_000),
    "proxy ARP of a scanned network": (proxy_arp, 10_000),
    "questions of strangers, on the LAN": (forwarded_questions, 10_000),
    "ICMP errors": (unreachables, 10_000),
    "SYNs inside a connection": (stray_syns, 5_000),
    "damaged records": (damaged_records, 5_000),
    "recipients of one mail": (recipients, 5_000),
    "answers with twenty addresses": (answers_with_many_addresses, 2_000),
    "sessions": (sessions, 500),
    "bomb: gzip": (bomb_gz, 1_000),
    "bomb: xz": (bomb_xz, 1_000),
    "bomb: bzip2": (bomb_bz2, 1_000),
    "bomb: zstd": (bomb_zst, 1_000),
    "bomb: lz4": (bomb_lz4, 1_000),
}


def measure(shape: Shape, n: int, source: Path = SRC, timeout_s: float = 600) -> tuple[float, float]:
    """Processor time (s) and peak of memory (MB) of an analysis; infinite where it does not end in time."""
    with tempfile.TemporaryDirectory(prefix="wanwitness-hostile-") as scratch:
        folder = Path(scratch) / "in"
        folder.mkdir()
        shape(folder, n)
        return cost(folder, source, timeout_s)


def cost(folder: Path, source: Path = SRC, timeout_s: float = 600) -> tuple[float, float]:
    """Return the same of the analysis of a folder. Memory is the greatest of one process, workers included."""
    code = (
        "import resource, sys\n"
        "from wanwitness.cli import main\n"
        "try: main()\n"
        "finally:\n"
        " own, rest = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))\n"
        " peak = next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('VmHWM'))\n"
        " spent = own.ru_utime + own.ru_stime + rest.ru_utime + rest.ru_stime\n"
        " print('spent', spent, max(peak, rest.ru_maxrss) / 1024, file=sys.stderr)\n"
    )
    with tempfile.TemporaryDirectory(prefix="wanwitness-hostile-") as out:
        command = [sys.executable, "-c", code, "analyze", str(folder), "--rows-only", "--out", f"{out}/case"]
        environment = {**os.environ, "PYTHONPATH": str(source)}
        try:
            ran = subprocess.run(
                command, capture_output=True, text=True, env=environment, timeout=timeout_s, check=False
            )
        except subprocess.TimeoutExpired:
            return float("inf"), float("inf")
        if ran.returncode not in (0, 2, 3):
            raise RuntimeError(ran.stderr[-2000:])
        word, spent, memory = ran.stderr.strip().splitlines()[-1].split()
        assert word == "spent", ran.stderr
        return float(spent), float(memory)


def main() -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.hostile", description=__doc__)
    parser.add_argument("--only", nargs="*", default=(), help="shapes whose names begin so")
    parser.add_argument("--times", type=int, default=3, help="sizes, each twice the one before [%(default)s]")
    parser.add_argument("--scale", type=float, default=1.0, help="of the smallest size [%(default)s]")
    parser.add_argument("--source", type=Path, default=SRC)
    arguments = parser.parse_args()
    nothing = min(measure(sessions, 1, arguments.source)[0] for _ in range(2))
    print(f"nothing: {nothing:.2f} s")
    from .multiplied import SHAPES as MORE

    bad = 0
    for name, (shape, size) in {**SHAPES, **MORE}.items():
        if arguments.only and not any(name.startswith(one) for one in arguments.only):
            continue
        row, times = [], []
        for step in range(arguments.times):
            n = round(size * arguments.scale) << step
            spent, memory = measure(shape, n, arguments.source)
            times.append(max(spent - nothing, 0.01))
            row.append(f"{n:,}: {times[-1]:.1f} s {memory:.0f} MB")
            if spent == float("inf"):
                break
        exponent = log2(times[-1] / times[-2]) if len(times) > 1 else 0.0
        wrong = exponent > TOLERATED and times[-1] > NOISE
        bad += wrong
        print(f"{name:40}{exponent:6.2f}{'!' if wrong else ' '} {'; '.join(row)}", flush=True)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
