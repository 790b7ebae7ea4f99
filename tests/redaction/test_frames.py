"""Frames with other addresses."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlate import wire
from wanwitness.evidence.pcapng import FrameOut, InterfaceOut, section
from wanwitness.packets.decode.link import LINK_LAYERS
from wanwitness.redaction.addresses import AddressMasks
from wanwitness.redaction.captures import mask_capture
from wanwitness.redaction.dns_wire import mask_message
from wanwitness.redaction.frames import FrameMask
from wanwitness.redaction.pseudonyms import Pseudonyms
from wanwitness.redaction.secret_names import Names
from wanwitness.redaction.texts import TextMasks

HOST, ROUTER, RELAY = "192.168.7.33", "192.168.7.1", "198.51.100.25"
SECRETS = [ip_address(HOST).packed, ip_address(ROUTER).packed, wire.mac(0x31C7), b"accueil7", b"dupont", HOST.encode()]
NAMES = Names(domains={b"dupont.example"}, users={b"jean.dupont"}, hosts={b"dupont", b"accueil7"})


def masks() -> tuple[TextMasks, AddressMasks]:
    addresses = AddressMasks(())
    return TextMasks(NAMES, addresses, Pseudonyms()), addresses


def masked(frame: bytes, linktype: int = 1) -> bytes:
    return FrameMask(frame, linktype, *masks()).finish()


def tagged(frame: bytes) -> bytes:
    return frame[:12] + b"\x81\x00\x00\x07" + frame[12:]


def pppoe(frame: bytes) -> bytes:
    return frame[:12] + b"\x88\x64\x11\x00\x00\x07" + pack("!H", len(frame) - 12) + b"\x00\x21" + frame[14:]


def vxlan(frame: bytes) -> bytes:
    return wire.udp(ROUTER, 4000, RELAY, 4789, b"\x08\0\0\0\0\0\x07\0" + frame)


def gre(frame: bytes) -> bytes:
    return wire.ip(ROUTER, RELAY, 47, b"\0\0\x08\0" + frame[14:])


def ipip(frame: bytes) -> bytes:
    return wire.ip(ROUTER, RELAY, 4, frame[14:])


PTR = pack("!6H", 7, 0x0100, 1, 0, 0, 0) + wire.dns_name("33.7.168.192.in-addr.arpa") + pack("!HH", 12, 1)
DHCP = bytes((1, 1, 6, 0)) + bytes(8) + ip_address(HOST).packed * 4 + wire.mac(0x31C7) + bytes(10 + 192)
DHCP += b"\x63\x82\x53\x63\x35\x01\x03\x0c\x08accueil7\x3d\x07\x01" + wire.mac(0x31C7)
DHCP += b"\x32\x04" + ip_address(HOST).packed + b"\xff"
FRAMES: dict[str, Callable[[], bytes]] = {
    "dns": lambda: wire.udp(HOST, 4000, ROUTER, 53, wire.dns(7, "accueil7.dupont.example"), sender=0x31C7),
    "answer": lambda: wire.udp(
        ROUTER, 53, HOST, 4000, wire.dns(7, "smtp.dupont.example", [HOST], alias="accueil7.lan")
    ),
    "reverse": lambda: wire.udp(HOST, 4000, ROUTER, 53, PTR, sender=0x31C7),
    "arp": lambda: wire.arp(HOST, 0x31C7),
    "neighbour": lambda: wire.neighbour("fd00:7::1", 0x31C7),
    "icmp": lambda: wire.unreachable(ROUTER, HOST, wire.tcp(HOST, 4000, RELAY, 25, 7, 0, 2, sender=0x31C7)),
    "dhcp": lambda: wire.udp(HOST, 68, ROUTER, 67, DHCP, sender=0x31C7),
    "other": lambda: wire.udp(HOST, 4000, RELAY, 9999, b"accueil7 " + ip_address(HOST).packed, sender=0x31C7),
    "syn": lambda: wire.tcp(HOST, 4000, RELAY, 25, 7, 0, 2, sender=0x31C7),
}
WRAPS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes, "vlan": tagged, "pppoe": pppoe, "vxlan": vxlan, "gre": gre, "ipip": ipip
}  # fmt: skip
OF_IPV4 = ("pppoe", "gre", "ipip")
"""Wrappings that are made for IPv4 alone."""


@pytest.mark.needs("tshark")
@pytest.mark.parametrize(
    ("kind", "wrap"),
    [(kind, wrap) for kind in FRAMES for wrap in WRAPS if wrap not in OF_IPV4 or kind not in ("arp", "neighbour")],
)
def test_nothing_secret_is_left_in_a_frame(kind: str, wrap: str, tmp_path: Path) -> None:
    """Whatever it carries and is wrapped in; tshark reads it still, and finds no checksum wrong."""
    frame = WRAPS[wrap](FRAMES[kind]())
    other = masked(frame)
    assert any(secret in frame for secret in SECRETS)
    assert [secret for secret in SECRETS if secret in other.lower()] == []
    assert len(other) == len(frame)
    wire.write_pcap(tmp_path / "one.pcap", [(0, other)])
    checks = [word for part in ("ip", "tcp", "udp") for word in ("-o", f"{part}.check_checksum:TRUE")]
    told = subprocess.run(
        ["tshark", "-r", str(tmp_path / "one.pcap"), "-V", *checks], capture_output=True, text=True, check=True
    ).stdout
    assert "incorrect" not in told
    if kind not in ("other", "dhcp"):
        assert "Malformed" not in told


def test_fragments_and_trailers_are_blanked() -> None:
    """What of a name stands in another fragment is not known; a frame's check sequence tells of the frame as it was."""
    frame = FRAMES["dns"]() + b"accueil7"
    assert masked(frame).endswith(bytes(8))
    fragment = bytearray(FRAMES["dns"]())
    fragment[20:22] = b"\x20\x00"
    assert set(masked(bytes(fragment))[34:]) == {ord("*")}


def test_a_cut_packet_has_no_checksum() -> None:
    """It would tell of the address that was there."""
    frame = wire.tcp(HOST, 4000, RELAY, 25, 7, 0, 24, b"250 ok\r\n" * 9)
    cut = bytearray(frame[:60])
    cut[50:52] = b"\x12\x34"
    assert masked(bytes(cut))[50:52] == bytes(2)


@given(st.binary(max_size=200), st.sampled_from(sorted({*LINK_LAYERS, 1, 113, 276, 105, 999})))
def test_any_bytes_make_a_frame_of_their_size(data: bytes, linktype: int) -> None:
    assert len(masked(data, linktype)) == len(data)


@given(st.sampled_from(sorted(FRAMES)), st.data())
def test_any_damage_makes_a_frame_of_its_size(kind: str, data: st.DataObject) -> None:
    frame = bytearray(FRAMES[kind]())
    for _ in range(data.draw(st.integers(1, 6))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    assert len(masked(bytes(frame[: data.draw(st.integers(0, len(frame)))]))) <= len(frame)


@given(st.binary(max_size=120))
def test_any_bytes_make_a_message_of_their_size(data: bytes) -> None:
    message = bytearray(data)
    mask_message(message, 0, len(message), *masks())
    assert len(message) == len(data)


def carved(payloads: list[tuple[int, bytes]], port: int = 25) -> bytes:
    """An evidence capture of what a client sends, each with its sequence number."""
    frames = [
        FrameOut(0, n, 0, wire.tcp(HOST, 4000, RELAY, port, seq, 0, 24, payload), f"frame {n} of {HOST}")
        for n, (seq, payload) in enumerate(payloads)
    ]
    return b"".join(section("accueil7", [InterfaceOut(1, "lan", "")], frames, "a test"))


def said(payloads: list[tuple[int, bytes]], port: int = 25) -> bytes:
    texts, addresses = masks()
    return b"".join(mask_capture(carved(payloads, port), texts, addresses, texts.text))


LINE = b"MAIL FROM:<jean.dupont@dupont.example>\r\n"


@pytest.mark.parametrize("size", [1, 2, 7, 100])
@pytest.mark.parametrize("begin", [1, 0xFFFFFFF0])
def test_a_name_that_came_in_pieces_is_found(size: int, begin: int) -> None:
    """Also backwards, twice, and over the end of the sequence numbers: put together it is what it is in one piece."""
    texts, _ = masks()
    whole = texts.mask(LINE)
    pieces = [((begin + at) % (1 << 32), LINE[at : at + size]) for at in range(0, len(LINE), size)]
    for order in (pieces, pieces[::-1], pieces + pieces):
        capture = said(order)
        shown = [capture.index(b"frame %d of" % n) for n in range(len(order))]
        for (seq, piece), place in zip(order, shown, strict=True):
            at = (seq - begin) % (1 << 32)
            assert whole[at : at + len(piece)] in capture[place - len(piece) - 16 : place]


def test_dns_by_tcp_is_read_as_dns() -> None:
    message = wire.dns(7, "accueil7.dupont.example", [HOST])
    stream = pack("!H", len(message)) + message
    capture = said([(1, stream[:9]), (10, stream[9:])], 53)
    assert [secret for secret in SECRETS if secret in capture] == []
    assert b"example" in capture


def test_comments_are_masked() -> None:
    capture = said([(1, LINE)])
    assert HOST.encode() not in capture
    assert b"frame 0 of 10." in capture
    assert b"Redacted:" in capture
