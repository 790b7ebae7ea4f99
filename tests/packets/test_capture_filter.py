"""The capture filter, judged by libpcap's own compiler: what is wanted passes, plain web traffic does not."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from scapy.layers import inet
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_Router_Alert
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.layers.ppp import PPP, PPPoE
from scapy.utils import RawPcapReader, rdpcap, wrpcap

from hello import client_hello
from wanwitness.packets.capture_filter import capture_filter
from wanwitness.packets.decode.tunnels import PORTS
from wanwitness.packets.ports import TUNNEL_PORTS

from .test_link import WRAPPED as LINKS
from .test_tunnels import WRAPPED as TUNNELS

fragment: Any = inet.fragment
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
FOUR, SIX = IP(src="192.0.2.1", dst="198.51.100.2"), IPv6(src="2001:db8::1", dst="2001:db8::2")


def pppoe(packet: Any) -> Any:
    """The packet in a PPPoE session."""
    return PPPoE(sessionid=7) / PPP(proto=0x57 if packet.version == 6 else 0x21) / packet


ENCAPSULATED: dict[str, Any] = {
    "plain": lambda packet: ETHER / packet,
    "VLAN": lambda packet: ETHER / Dot1Q(vlan=835) / packet,
    "QinQ": lambda packet: ETHER / Dot1AD(vlan=100) / Dot1Q(vlan=7) / packet,
    "old QinQ": lambda packet: bytes(ETHER)[:12] + b"\x91\0\0\x05" + bytes(ETHER / Dot1Q(vlan=7) / packet)[12:],
    "PPPoE": lambda packet: ETHER / pppoe(packet),
    "PPPoE in a VLAN": lambda packet: ETHER / Dot1Q(vlan=835) / pppoe(packet),
}
"""Where a plain IP packet is looked for."""
MAIL = b"530 5.7.0 Authentication required\r\n"


def carried(ip: Any) -> dict[str, Any]:
    """What is wanted of plain packets."""
    ports = [*((TCP, port) for port in (25, 465, 587, 2525, 53, 853)), *((UDP, port) for port in (53, 853))]
    wanted = {
        f"{layer.__name__} {port} {'from' if back else 'to'}": ip
        / layer(sport=port if back else 40000, dport=40000 if back else port)
        / MAIL
        for layer, port in ports
        for back in (False, True)
    }
    for port in (67, 68, 546, 547):
        wanted[f"DHCP {port}"] = ip / UDP(sport=port, dport=port) / bytes(240)
    for port in TUNNEL_PORTS:
        wanted[f"tunnel {port}"] = ip / UDP(sport=50000, dport=port) / bytes(60)
    wanted["L2TP back"] = ip / UDP(sport=1701, dport=50000) / bytes(60)
    wanted["SYN to 25"] = ip / TCP(sport=40000, dport=25, flags="S")
    wanted["RST from 25"] = ip / TCP(sport=25, dport=40000, flags="R")
    wanted["ClientHello"] = ip / TCP(sport=40000, dport=443, flags="PA") / client_hello("dns.example")
    options = [("Timestamp", (1, 2)), ("NOP", None), ("NOP", None)]
    wanted["ClientHello behind options"] = (
        ip / TCP(sport=40000, dport=443, flags="PA", options=options) / client_hello("dns.example")
    )
    wanted["QUIC Initial"] = ip / UDP(sport=40000, dport=443) / (b"\xc3\0\0\0\1" + bytes(1200))
    wanted["QUIC from a server"] = ip / UDP(sport=443, dport=40000) / (b"\xe3\0\0\0\1" + bytes(600))
    wanted["ICMP"] = ip / (ICMP(type=3, code=4) if ip.version == 4 else bytes((1, 4, 0, 0)) + bytes(60))
    return wanted


def odd() -> dict[str, Any]:
    """What is wanted, or not for a filter to judge, because it is no plain packet."""
    whole4 = IP(bytes(FOUR / UDP(sport=53, dport=40000) / bytes(3000)))
    found: dict[str, Any] = {f"fragment {n}": ETHER / part for n, part in enumerate(fragment(whole4, 1400))}
    web = FOUR / TCP(sport=40000, dport=443) / b"\x17\x03\x03"
    part = IP(bytes(web)).copy()
    part.flags, part.frag = 0, 185
    found["later fragment whose bytes look like other ports"] = ETHER / part
    found["IPv6 fragment"] = ETHER / SIX / IPv6ExtHdrFragment(nh=17, offset=100, m=0) / bytes(100)
    mail = TCP(sport=25, dport=40000) / MAIL
    found["hop-by-hop"] = ETHER / SIX / IPv6ExtHdrHopByHop() / mail
    found["destination options"] = ETHER / SIX / IPv6ExtHdrDestOpt() / mail
    found["IPv4 options"] = ETHER / IP(options=[IPOption_Router_Alert()]) / mail
    found["ARP"] = ETHER / ARP()
    found["ARP in a VLAN"] = ETHER / Dot1Q(vlan=5) / ARP()
    found["PPPoE discovery"] = bytes(ETHER)[:12] + b"\x88\x63\x11\x09\0\0\0\4\1\1\0\0" + bytes(40)
    found["IPCP"] = bytes(ETHER)[:12] + b"\x88\x64\x11\0\0\7\0\x0c\x80\x21" + bytes(40)
    plain = ("ethernet", "vlan", "priority tag", "qinq", "pppoe", "pppoe in a vlan")
    found.update({name: frame for name, linktype, frame, _ in LINKS if linktype == 1 and name not in plain})
    found.update({name: frame for name, (linktype, frame) in TUNNELS.items() if linktype == 1})
    return found


WANTED: dict[str, Any] = {
    **{
        f"{name}: IPv{ip.version}: {what}": wrap(packet)
        for name, wrap in ENCAPSULATED.items()
        for ip in (FOUR, SIX)
        for what, packet in carried(ip).items()
    },
    **odd(),
}
UNWANTED: dict[str, Any] = {
    f"{name}: IPv{ip.version}: {what}": wrap(packet)
    for name, wrap in ENCAPSULATED.items()
    for ip in (FOUR, SIX)
    for what, packet in {
        "HTTPS": ip / TCP(sport=40000, dport=443, flags="PA") / (b"\x17\x03\x03\0\x40" + bytes(64)),
        "HTTPS from a server": ip / TCP(sport=443, dport=40000, flags="PA") / (b"\x17\x03\x03\0\x40" + bytes(64)),
        "HTTPS SYN": ip / TCP(sport=40000, dport=443, flags="S"),
        "HTTPS ACK": ip / TCP(sport=40000, dport=443, flags="A"),
        "HTTP": ip / TCP(sport=40000, dport=80, flags="PA") / b"GET / HTTP/1.1\r\n",
        "QUIC data": ip / UDP(sport=40000, dport=443) / (b"\x43" + bytes(1200)),
        "QUIC data from a server": ip / UDP(sport=443, dport=40000) / (b"\x43" + bytes(1200)),
        "POP": ip / TCP(sport=40000, dport=110, flags="PA") / b"USER alice\r\n",
        "a file server": ip / TCP(sport=40000, dport=445, flags="PA") / bytes(100),
        "ESP": (IP(src=ip.src, dst=ip.dst, proto=50) if ip.version == 4 else IPv6(src=ip.src, dst=ip.dst, nh=50))
        / bytes(100),
    }.items()
}


def passed(folder: Path, frames: dict[str, Any], text: str) -> set[str]:
    """The names of the frames that tcpdump lets through."""
    numbered = list(frames.items())
    packets = [Ether(bytes(frame)) for _, frame in numbered]
    for second, packet in enumerate(packets):
        packet.time = second
    wrpcap(str(folder / "all.pcap"), packets)
    command = ["tcpdump", "-r", str(folder / "all.pcap"), "-w", str(folder / "some.pcap"), text]
    subprocess.run(command, check=True, capture_output=True)
    return {numbered[int(packet.time)][0] for packet in rdpcap(str(folder / "some.pcap"))}


def test_the_tunnels_ports_are_the_decoders() -> None:
    """What is opened is let through."""
    assert set(TUNNEL_PORTS) == set(PORTS)


@pytest.mark.needs("tcpdump")
@pytest.mark.parametrize("rivals", [False, True])
def test_all_that_is_wanted_passes(tmp_path: Path, rivals: bool) -> None:
    """In every encapsulation, by IPv4 and IPv6, fragments and tunnels too."""
    assert set(WANTED) - passed(tmp_path, WANTED, capture_filter(rivals=rivals)) == set()


@pytest.mark.needs("tcpdump")
def test_plain_traffic_does_not_pass(tmp_path: Path) -> None:
    """In every encapsulation, by IPv4 and IPv6."""
    assert passed(tmp_path, UNWANTED, capture_filter()) == set()
    rivals = passed(tmp_path, UNWANTED, capture_filter(rivals=True))
    assert rivals == {name for name in UNWANTED if name.endswith("POP")}


@pytest.mark.needs("tcpdump")
def test_a_host_is_let_through(tmp_path: Path) -> None:
    """HTTPS of a provider's hosts, both ways, in every encapsulation; of others not."""
    named = capture_filter(rivals=True, hosts=["198.51.100.0/24", "2001:db8::2"])
    got = passed(tmp_path, UNWANTED, named)
    assert got == {name for name in UNWANTED if name.split(": ")[2].startswith(("HTTPS", "QUIC", "POP"))}
    other = capture_filter(rivals=True, hosts=["203.0.113.0/24", "2001:db8:1::/48"])
    assert passed(tmp_path, UNWANTED, other) == {name for name in UNWANTED if name.endswith("POP")}


@pytest.mark.needs("tcpdump")
def test_a_port_is_let_through(tmp_path: Path) -> None:
    """Where mail is sent to a port that nobody would guess."""
    got = passed(tmp_path, UNWANTED, capture_filter(ports=[445]))
    assert got == {name for name in UNWANTED if name.endswith("a file server")}


@pytest.mark.needs("tcpdump")
@pytest.mark.parametrize("linktype", ["EN10MB", "LINUX_SLL", "LINUX_SLL2", "PPP", "RAW", "NULL", "PPP_ETHER"])
def test_it_compiles_for_every_link(linktype: str) -> None:
    """Into fewer instructions than Linux takes (4,096)."""
    command = ["tcpdump", "-y", linktype, "-d", capture_filter(rivals=True, hosts=["192.0.2.0/24", "2001:db8::1"])]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert len(done.stdout.splitlines()) < 1000


@contextmanager
def two_ends() -> Iterator[tuple[str, str]]:
    """A pair of interfaces: what is sent by one comes in by the other."""
    one, two = "wwfilter0", "wwfilter1"
    subprocess.run(["ip", "link", "add", one, "type", "veth", "peer", two], check=True)
    try:
        for end in (one, two):
            Path(f"/proc/sys/net/ipv6/conf/{end}/disable_ipv6").write_text("1")
            subprocess.run(["ip", "link", "set", end, "mtu", "4000", "up"], check=True)
        yield one, two
    finally:
        subprocess.run(["ip", "link", "del", one], check=True)


@pytest.mark.needs("tcpdump", "dumpcap", "ip")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: it makes interfaces")
@pytest.mark.parametrize("program", ["tcpdump", "dumpcap"])
def test_live(tmp_path: Path, program: str) -> None:
    """In the kernel, which takes the outer VLAN tag away before the filter looks."""
    text, out = capture_filter(), tmp_path / "live.pcap"
    commands = {
        "tcpdump": ["tcpdump", "-Z", "root", "-U", "-s", "0", "-w", str(out), text],
        "dumpcap": ["dumpcap", "-P", "-q", "-f", text, "-w", str(out)],
    }
    frames = WANTED | UNWANTED
    with two_ends() as (here, there), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((here, 0))
        command = [*commands[program], "-i", there]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as capturing:
            assert capturing.stdout is not None
            while "apturing on" not in (line := capturing.stdout.readline()) and "listening on" not in line:
                assert line, capturing.wait()
            time.sleep(0.5)
            for number, frame in enumerate(frames.values()):
                # Its number in the last bytes, where nothing looks.
                sender.send(bytes(frame) + bytes(60) + pack(">H", number))
            time.sleep(1.5)
            capturing.send_signal(signal.SIGINT)
            capturing.wait(10)
    names = list(frames)
    with RawPcapReader(str(out)) as captured:
        got = {names[int.from_bytes(packet[-2:])] for packet, _ in captured}
    assert (sorted(set(WANTED) - got), sorted(got & set(UNWANTED))) == ([], [])
