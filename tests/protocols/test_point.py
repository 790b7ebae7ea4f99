"""What a capture point's packets come to, from a capture file to rows, in windows of any size."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import DHCP6_Reply, DHCP6OptDNSServers
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_NOP
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptRDNSS,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
)
from scapy.layers.l2 import ARP, Ether
from scapy.layers.ppp import PPP, PPP_IPCP, PPP_IPCP_Option_DNS1, PPP_IPCP_Option_IPAddress, PPPoE
from scapy.packet import Raw
from scapy.utils import PcapWriter

from english import all_english, english
from hello import client_hello
from wanwitness.ingest import CaptureFile
from wanwitness.packets.decode import decode
from wanwitness.packets.select import Selector
from wanwitness.protocols.neighbours import Neighbours
from wanwitness.reading import point_reader
from wanwitness.reading.point import PointRows
from wanwitness.reading.point_reader import PointReader

MAC, OTHER_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
C, S, C6, S6 = "192.168.1.10", "203.0.113.25", "2001:db8::10", "2001:db8:1::25"


@pytest.fixture
def rows(tmp_path: Path) -> Any:
    """Writes the packets to a file, reads it in windows of several sizes, and gives the rows, which are the same."""

    def read(*packets: Any) -> PointRows:
        path = tmp_path / "a.pcap"
        with PcapWriter(str(path), linktype=1) as writer:
            for i, packet in enumerate(packets):
                whole = packet if packet.haslayer(Ether) else Ether(src=MAC, dst=OTHER_MAC) / packet
                whole.time = 1_353_500_000 + i / 1000
                writer.write(whole)
        whole_rows, *others = (_read(path, size) for size in (None, 1, 7, 1000))
        assert all(_values(other) == _values(whole_rows) for other in others)
        return whole_rows

    return read


def _values(rows: PointRows) -> dict[str, Any]:
    """What the rows hold, the streams by their values."""
    kept = {field.name: getattr(rows, field.name) for field in fields(rows) if field.compare}
    return kept | {"mail": [asdict(mail) for mail in rows.mail]}


def _read(path: Path, size: int | None) -> PointRows:
    file, selector, reader = CaptureFile(path), Selector(), PointReader()
    for frames in file.windows(size):
        packets, _ = decode(frames, np.array([interface.linktype for interface in file.interfaces], np.int32))
        reader.feed(selector.select(packets.with_captures(np.zeros(len(packets), np.int32))))
    return reader.finish()


def talk(*turns: str | bytes, port: int = 25) -> list[Any]:
    """A connection; the turns begin with the server's, and alternate."""
    seq = {"c": 1000, "s": 5000}

    def packet(who: str, flags: str, data: bytes = b"") -> Any:
        other = "s" if who == "c" else "c"
        ip = IP(src=C, dst=S) if who == "c" else IP(src=S, dst=C)
        sport, dport = (40000, port) if who == "c" else (port, 40000)
        out = (
            ip
            / TCP(sport=sport, dport=dport, seq=seq[who], ack=seq[other] if flags != "S" else 0, flags=flags)
            / Raw(data)
        )
        seq[who] += len(data) + ("S" in flags or "F" in flags)
        return out

    packets = [packet("c", "S"), packet("s", "SA"), packet("c", "A")]
    for i, turn in enumerate(turns):
        if turn:
            packets.append(packet("sc"[i % 2], "PA", turn if isinstance(turn, bytes) else turn.encode() + b"\r\n"))
    return [*packets, packet("c", "FA"), packet("s", "FA"), packet("c", "A")]


SMTP = (
    "220 mx ESMTP",
    "EHLO a",
    "250 mx",
    "MAIL FROM:<a@b.example>",
    "530 5.7.0 Authentication required",
    "QUIT",
    "221 x",
)


class TestMail:
    @pytest.mark.parametrize("port", [25, 587, 2626])
    def test_found(self, rows: Any, port: int) -> None:
        """SMTP is found on whatever port, with its SYN."""
        (mail,) = rows(*talk(*SMTP, port=port)).mail
        assert (mail.stream.syn, mail.stream.resp.port, mail.stream.gaps) == ((0, 1), port, [])
        assert [exchange.reply.code for exchange in mail.dialogue.exchanges if exchange.reply] == [220, 250, 530, 221]

    @pytest.mark.parametrize("first", ["GET / HTTP/1.1", "POST /x HTTP/1.0"])
    def test_other_protocol(self, rows: Any, first: str) -> None:
        """Another protocol on a mail port is an oddity and no mail."""
        found = rows(*talk("", first, "HTTP/1.1 200 OK"))
        assert not found.mail
        assert all_english(odd.reason for odd in found.oddities) == [
            f"TCP: the stream to {S}:25 is on a mail port and does not speak SMTP"
        ]

    def test_other_port(self, rows: Any) -> None:
        """Neither mail nor an oddity comes of other protocols on other ports, and a SYN alone is none there."""
        found = rows(*talk("", "GET / HTTP/1.1", "HTTP/1.1 200 OK", port=80), *talk("220 ftp", "USER x", port=21))
        (visit,) = found.visits
        assert (visit.by, visit.host) == ("HTTP", "")
        assert found == PointRows(senders={C: frozenset((0x020000000001,))}, visits=[visit])

    def test_unanswered(self, rows: Any) -> None:
        """A SYN to a mail port that nothing answers is mail that was tried."""
        (mail,) = rows(IP(src=C, dst=S) / TCP(sport=4, dport=25, flags="S")).mail
        assert mail.stream.syn == (0, 1)
        assert not mail.dialogue.exchanges

    @pytest.mark.parametrize("padding", [1, 2, 6])
    @pytest.mark.parametrize("place", [3, 4, 6, 8])
    def test_padding(self, rows: Any, padding: int, place: int) -> None:
        """An ACK whose padding the IP header counts hides nothing of what comes at that place."""
        packets = talk(*SMTP)
        packet = packets[place].copy()
        packet[TCP].flags, packet[TCP].payload = "A", Raw(bytes(padding))
        (mail,) = rows(*packets[:place], packet, *packets[place:]).mail
        assert [exchange.reply.code for exchange in mail.dialogue.exchanges if exchange.reply] == [220, 250, 530, 221]
        assert not mail.stream.overlaps

    def test_crossing(self, rows: Any) -> None:
        """A reply that acknowledges less than the command was sent before it came, and is none to it."""
        packets = talk(*SMTP[:3], SMTP[3], "250 one more", "", *SMTP[4:])
        late = next(packet for packet in packets if b"one more" in bytes(packet))
        late[TCP].ack -= len(SMTP[3]) + 2
        (mail,) = rows(*packets).mail
        assert [
            (exchange.command.verb if exchange.command else None, exchange.reply.code if exchange.reply else None)
            for exchange in mail.dialogue.exchanges
        ] == [("connect", 220), ("EHLO", 250), (None, 250), ("MAIL", 530), ("QUIT", 221)]

    RECORD = b"\x17\x03\x03\x00\x20" + bytes(range(32))

    @pytest.mark.parametrize(
        ("mail_port", "other", "found"), [(2525, 443, 0), (2525, 8443, 0), (25, 443, 0), (465, 40001, 1)]
    )
    @pytest.mark.parametrize("first", [0, 1])
    def test_no_opening(self, rows: Any, mail_port: int, other: int, found: int, first: int) -> None:
        """A port is a hint, not a proof: without its SYN, a client's port 2525 makes no mail of what a server sends."""
        packets = talk("" if first else self.RECORD, self.RECORD, self.RECORD, port=mail_port)[3:-3]
        for packet in packets:
            ports = {mail_port: mail_port, 40000: other}
            packet[TCP].sport, packet[TCP].dport = ports[packet[TCP].sport], ports[packet[TCP].dport]
        assert len(rows(*packets).mail) == found

    def test_no_opening_on_an_odd_port(self, rows: Any) -> None:
        """What is said shows that it is mail."""
        (mail,) = rows(*talk(*SMTP, port=2525)[3:]).mail
        assert mail.dialogue.exchanges[2].reply.code == 530


def syn(ip: Any) -> Any:
    return ip / TCP(sport=40000, dport=25, seq=1000, flags="S")


class TestRefusals:
    @pytest.mark.parametrize("options", [[], [IPOption_NOP()] * 4])
    @pytest.mark.parametrize(("kind", "code", "refuses"), [(3, 1, True), (3, 13, True), (11, 0, True), (3, 4, False)])
    def test_icmp(self, rows: Any, options: list[Any], kind: int, code: int, refuses: bool) -> None:
        """An ICMP error that quotes the SYN refuses it; "fragmentation needed" does not."""
        quoted = bytes(syn(IP(src=C, dst=S, options=options)))[: 28 + len(options)]
        error = IP(src="198.51.100.1", dst=C) / ICMP(type=kind, code=code) / Raw(quoted)
        (mail,) = rows(syn(IP(src=C, dst=S, options=options)), error).mail
        assert mail.stream.refused == ((0, 2) if refuses else None)

    def test_icmpv6(self, rows: Any) -> None:
        """So does an ICMPv6 error."""
        error = IPv6(src="2001:db8::1", dst=C6) / ICMPv6DestUnreach(code=1) / syn(IPv6(src=C6, dst=S6))
        (mail,) = rows(syn(IPv6(src=C6, dst=S6)), error).mail
        assert mail.stream.refused == (0, 2)

    @pytest.mark.parametrize("change", [{"seq": 7}, {"sport": 25, "dport": 40000}])
    def test_other_packet(self, rows: Any, change: dict[str, int]) -> None:
        """An error about another packet refuses nothing."""
        quoted = syn(IP(src=C, dst=S))
        for name, value in change.items():
            setattr(quoted[TCP], name, value)
        error = IP(src="198.51.100.1", dst=C) / ICMP(type=3, code=1) / quoted
        (mail,) = rows(syn(IP(src=C, dst=S)), error).mail
        assert mail.stream.refused is None

    def test_soft(self, rows: Any) -> None:
        """An error before the connection came about all the same was none (RFC 5461)."""
        packets = talk(*SMTP)
        error = IP(src="198.51.100.1", dst=C) / ICMP(type=3, code=1) / packets[0].copy()
        (mail,) = rows(packets[0], error, *packets).mail
        assert mail.stream.refused is None


def own(found: PointRows) -> dict[str, list[int]]:
    return {address: list(macs) for address, macs in found.macs.items()}


class TestSenders:
    def test_who_asks_or_opens(self, rows: Any) -> None:
        """MACs of those who ask DNS or open connections, and not of those who answer."""
        asked = Ether(src=MAC, dst=OTHER_MAC) / IP(src=C, dst="192.168.1.1") / UDP(sport=5353, dport=53) / Raw(b"x")
        answered = Ether(src=OTHER_MAC, dst=MAC) / IP(src="192.168.1.1", dst=C) / UDP(sport=53, dport=5353) / Raw(b"x")
        opened = Ether(src=OTHER_MAC, dst=MAC) / syn(IPv6(src=C6, dst=S6))
        found = rows(asked, answered, opened, asked)
        assert found.senders == {C: frozenset((0x020000000001,)), C6: frozenset((0x020000000002,))}

    def test_several(self, rows: Any) -> None:
        """An address whose packets come from two MACs has both; where there is no MAC it has none."""
        one, two, none = (Ether(src=mac) / syn(IP(src=C, dst=S)) for mac in (MAC, OTHER_MAC, "00:00:00:00:00:00"))
        assert rows(one, two).senders == {C: frozenset((0x020000000001, 0x020000000002))}
        assert rows(none).senders == {C: frozenset()}


class TestNeighbours:
    def test_an_advertisement_from_another_mac(self, rows: Any) -> None:
        """Who sends it from the address itself speaks for another's MAC, or for another's address: both are claims."""
        packet = (
            Ether(src=OTHER_MAC, dst="33:33:00:00:00:01")
            / IPv6(src=C6, dst="ff02::1", hlim=255)
            / ICMPv6ND_NA(tgt=C6, S=0, O=1)
            / ICMPv6NDOptDstLLAddr(lladdr=MAC)
        )
        assert own(rows(packet)) == {C6: [0x020000000001, 0x020000000002]}

    @pytest.mark.parametrize(
        ("op", "sender", "known"), [(1, C, True), (2, C, True), (1, "0.0.0.0", False), (3, C, False)]
    )
    def test_arp(self, rows: Any, op: int, sender: str, known: bool) -> None:
        """Requests, replies and announcements claim the sender's address; probes and RARP claim none."""
        packet = Ether(src=OTHER_MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(op=op, hwsrc=MAC, psrc=sender, pdst=C)
        assert own(rows(packet)) == ({C: [0x020000000001]} if known else {})

    @pytest.mark.parametrize(("op", "asker", "known"), [(2, S, True), (1, S, False), (2, C, False)])
    def test_arp_reply(self, rows: Any, op: int, asker: str, known: bool) -> None:
        """A reply repeats what the asker said to be its own; a question does not, nor an announcement to one host."""
        packet = Ether(src=OTHER_MAC, dst="02:00:00:00:00:09") / ARP(op=op, hwsrc=MAC, psrc=C, pdst=asker)
        assert own(rows(packet)) == {C: [0x020000000001]} | ({S: [0x020000000009]} if known else {})

    @pytest.mark.parametrize(
        ("op", "asker", "told"), [(1, S, {C: MAC}), (2, C, {C: MAC}), (2, S, {S: "02:00:00:00:00:09"})]
    )
    def test_told_unasked(self, rows: Any, op: int, asker: str, told: dict[str, str]) -> None:
        """Who asks or announces tells of his own accord; who answers may be a proxy (RFC 1027)."""
        packet = Ether(src=OTHER_MAC, dst="02:00:00:00:00:09") / ARP(op=op, hwsrc=MAC, psrc=C, pdst=asker)
        assert rows(packet).announced == {
            address: frozenset((int(mac.replace(":", ""), 16),)) for address, mac in told.items()
        }

    @pytest.mark.parametrize(("solicited", "to", "known"), [(1, S6, True), (0, S6, False), (1, "ff02::1", False)])
    def test_solicited_advertisement(self, rows: Any, solicited: int, to: str, known: bool) -> None:
        """It goes to the address and the MAC that asked (RFC 4861 section 7.2.4)."""
        answer = ICMPv6ND_NA(tgt=C6, S=solicited, O=1) / ICMPv6NDOptDstLLAddr(lladdr=MAC)
        packet = Ether(src=MAC, dst="02:00:00:00:00:09") / IPv6(src="fe80::1", dst=to, hlim=255) / answer
        assert own(rows(packet)) == {C6: [0x020000000001]} | ({S6: [0x020000000009]} if known else {})

    def test_claims_beyond_the_bound_are_counted(self, rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is known already may be said again; a second MAC of a known address is no exception."""
        monkeypatch.setattr(point_reader, "Neighbours", lambda: Neighbours(2))
        macs = [f"02:00:00:00:00:0{n}" for n in (1, 2, 3, 1, 3)]
        ips = ["192.168.1.1", "192.168.1.2", "192.168.1.3", "192.168.1.1", "192.168.1.1"]
        claims = [Ether(src=m) / ARP(op=1, hwsrc=m, psrc=ip, pdst=S) for m, ip in zip(macs, ips, strict=True)]
        found = rows(*claims)
        assert own(found) == {"192.168.1.1": [0x020000000001], "192.168.1.2": [0x020000000002]}
        assert found.announced.keys() == {"192.168.1.1", "192.168.1.2"}
        assert found.claims_lost == 2
        (odd,) = found.noted
        assert (odd.frame, english(odd.reason).startswith("ARP and neighbour discovery: 2 claims")) == (3, True)

    def test_group(self, rows: Any) -> None:
        """A group's MAC belongs to no host."""
        assert not own(rows(Ether(src=MAC) / ARP(op=2, hwsrc="ff:ff:ff:ff:ff:ff", psrc=C)))

    @pytest.mark.parametrize(
        ("message", "source", "claimed"),
        [
            (ICMPv6ND_NS(tgt=S6) / ICMPv6NDOptSrcLLAddr(lladdr=MAC), C6, C6),
            (ICMPv6ND_NS(tgt=S6), C6, None),
            (ICMPv6ND_NS(tgt=C6) / ICMPv6NDOptSrcLLAddr(lladdr=MAC), "::", None),
            (ICMPv6ND_NA(tgt=C6, O=1) / ICMPv6NDOptDstLLAddr(lladdr=MAC), "fe80::1", C6),
            (ICMPv6ND_NA(tgt=C6, O=0) / ICMPv6NDOptDstLLAddr(lladdr=MAC), "fe80::1", None),
            (ICMPv6ND_RA() / ICMPv6NDOptSrcLLAddr(lladdr=MAC), "fe80::1", "fe80::1"),
        ],
    )
    def test_discovery(self, rows: Any, message: Any, source: str, claimed: str | None) -> None:
        """Solicitations and advertisements claim by their options; a proxy's answer does not (RFC 4861)."""
        assert own(rows(IPv6(src=source, dst="ff02::1", hlim=255) / message)) == (
            {claimed: [0x020000000001]} if claimed else {}
        )
        assert not own(rows(IPv6(src=source, dst="ff02::1", hlim=254) / message))

    @pytest.mark.parametrize(("source", "hops", "known"), [(C6, 255, True), ("fe80::1", 255, False), (C6, 254, False)])
    def test_answer_without_mac(self, rows: Any, source: str, hops: int, known: bool) -> None:
        """An answer to one host may leave the MAC out (RFC 4861 section 4.4); its sender's own is the frame's."""
        answer = Ether(src=MAC) / IPv6(src=source, dst="fe80::2", hlim=hops) / ICMPv6ND_NA(tgt=C6, R=0, S=1, O=0)
        assert own(rows(answer)) == ({C6: [0x020000000001]} if known else {})


def test_what_links_are_given_comes_out_of_packets(rows: Any) -> None:
    """DHCP by its ports, IPCP inside PPPoE, router advertisements by their type; what is broken is a remark."""
    mac = bytes.fromhex(MAC.replace(":", ""))
    dhcp = BOOTP(op=2, yiaddr=C, chaddr=mac) / DHCP(options=[("message-type", "ack"), ("name_server", S), "end"])
    ipcp = PPP_IPCP(code=2, options=[PPP_IPCP_Option_IPAddress(data=C), PPP_IPCP_Option_DNS1(data=S)])
    found = rows(
        IP(src=S, dst=C) / UDP(sport=67, dport=68) / dhcp,
        Ether(src=OTHER_MAC, dst=MAC) / PPPoE(sessionid=1) / PPP() / ipcp,
        IPv6(src="fe80::1", dst="ff02::1", hlim=255) / ICMPv6ND_RA() / ICMPv6NDOptRDNSS(dns=[S6], lifetime=9),
        IPv6(src="fe80::1") / UDP(sport=547, dport=546) / DHCP6_Reply() / DHCP6OptDNSServers(dnsservers=[S6]),
        IPv6(src="fe80::1") / UDP(sport=547, dport=546) / Raw(b"\x07\0\0\0\0\x17\0\x09"),
    )
    assert [(p.means, p.frame.number, p.resolvers, p.taker) for p in found.provisions] == [
        ("dhcp", 1, (S,), mac.hex()),
        ("ipcp", 2, (S,), mac.hex()),
        ("ra", 3, (S6,), ""),
        ("dhcp", 4, (S6,), ""),
    ]
    assert [(o.frame, english(o.reason)) for o in found.oddities] == [
        (5, "DHCPv6: option 23 runs over the message's end")
    ]


def test_encrypted_dns(rows: Any) -> None:
    """DNS over TLS, QUIC and HTTPS is noted with server and name, once a second, and whether it was answered."""
    web: dict[str, Any] = {"sport": 5, "dport": 443, "flags": "PA"}
    tls: dict[str, Any] = {"sport": 5, "dport": 853}
    packets = [
        IP(src=C, dst=S) / TCP(**tls, flags="S"),
        IP(src=C, dst=S) / UDP(**tls) / Raw(b"x"),
        IP(src=C, dst=S) / TCP(**tls, flags="PA") / Raw(b"x"),
        IP(src=S, dst=C) / TCP(sport=853, dport=5, flags="PA") / Raw(b"x"),
        IP(src=S, dst=C) / UDP(sport=853, dport=6) / Raw(b"x"),
        IP(src=C, dst=S) / TCP(**web) / Raw(client_hello("dns.google")),
        IP(src=C, dst="8.8.8.8") / TCP(**web) / Raw(client_hello(None)),
        IP(src=C, dst=S) / TCP(**web) / Raw(client_hello("www.example")),
        IPv6(src="2620:fe::fe", dst=C6) / UDP(sport=443, dport=5) / Raw(b"\xc3x"),
    ]
    found = rows(*packets)
    assert [(u.frame.number, u.client, u.envelope, u.server, u.answered, u.name) for u in found.encrypted_dns] == [
        (1, C, "DNS over TLS", S, False, None),
        (2, C, "DNS over QUIC", S, False, None),
        (3, C, "DNS over TLS", S, True, None),
        (5, C, "DNS over QUIC", S, True, None),
        (6, C, "DNS over HTTPS", S, True, "dns.google"),
        (7, C, "DNS over HTTPS", "8.8.8.8", True, None),
        (9, C6, "DNS over HTTPS", "2620:fe::fe", True, None),
    ]
    assert not found.oddities
