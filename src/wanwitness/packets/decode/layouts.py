"""Header layouts, in the byte order of the wire. Code elsewhere only reads them."""

from __future__ import annotations

import numpy as np

ETHERNET = np.dtype({"names": ["dst", "src", "type"], "formats": [">u8", ">u8", ">u2"], "offsets": [0, 6, 12]})
"""IEEE 802.3, section 3.1.1. `dst` and `src` are 48 bits wide: their value is the number shifted right by 16."""

SWITCH_TAGGED = np.dtype(
    {
        "names": ["dst", "src", "tag", "type"],
        "formats": [">u8", ">u8", ">u4", ">u2"],
        "offsets": [0, 6, 12, 16],
    }
)
"""Ethernet with a tag of four bytes of what Linux calls DSA (tcpdump.org/linktypes/LINKTYPE_DSA_TAG_DSA.html)."""

VLAN_TAG = np.dtype([("control", ">u2"), ("type", ">u2")])
"""What follows a tag's ethertype (IEEE 802.1Q, section 9.6): priority and 12 bits of id, then the next ethertype."""

ETHERTYPE = np.dtype(">u2")

MAC = np.dtype(">u8")
"""48 bits wide: the value is the number shifted right by 16. `MAC` needs two bytes behind it."""

LLC = np.dtype(
    [("dsap", "u1"), ("ssap", "u1"), ("control", "u1"), ("oui_high", "u1"), ("oui_low", ">u2"), ("type", ">u2")]
)
"""IEEE 802.2 with SNAP (RFC 1042)."""

LLC_ALONE = np.dtype([("sap", ">u2"), ("control", "u1")])

SNAP = np.dtype([("oui_high", "u1"), ("oui_low", ">u2"), ("type", ">u2")])

ADDRESSES = np.dtype({"names": ["dst", "src"], "formats": [">u8", ">u8"], "offsets": [0, 4], "itemsize": 12})
"""Two 48-bit addresses: the value of `dst` is the number shifted right by 16, that of `src` its lower 48 bits."""

FDDI_CONTROL, TOKEN_RING_CONTROL = 1, 2
"""Bytes before the addresses."""

LONGEST_DLCI = 3
"""Bytes of a Frame Relay address before its last one, at most (ITU-T Q.922, section 3.2)."""

FRAME_RELAY = np.dtype([("control", "u1"), ("protocol", "u1")])
"""RFC 2427, section 3."""

IEEE80211 = np.dtype(
    {
        "names": ["control", "flags", "first", "second", "third"],
        "formats": ["u1", "u1", ">u8", ">u8", ">u8"],
        "offsets": [0, 1, 4, 10, 16],
        "itemsize": 24,
    }
)
"""IEEE 802.11, section 9.3.2.1, with three addresses, 48 bits wide as in `ETHERNET`."""

RADIOTAP = np.dtype([("version", "u1"), ("pad", "u1"), ("length", "<u2")])

AVS = np.dtype([("cookie", ">u4"), ("length", ">u4")])

PPI = np.dtype([("version", "u1"), ("flags", "u1"), ("length", "<u2"), ("linktype", "<u4")])

PKTAP = np.dtype([("length", "<u4"), ("next", "<u4"), ("linktype", "<u4")])

PFLOG = np.dtype([("length", "u1"), ("family", "u1")])

ENC = np.dtype([("family", "<u4"), ("spi", ">u4"), ("flags", "<u4")])

NFLOG = np.dtype([("family", "u1"), ("version", "u1"), ("resource", ">u2")])

NFLOG_VALUE = np.dtype([("length", "<u2"), ("type", "<u2")])

NSH = np.dtype([("flags", "u1"), ("length", "u1"), ("kind", "u1"), ("next", "u1")])
"""RFC 8300, section 2.2; the lower six bits of `length` count the header's words."""

JUNIPER = np.dtype([("magic", "V3"), ("flags", "u1"), ("extension", ">u2")])
"""What JunOS writes before a frame; `extension` is there where a flag says so."""

PPPOE = np.dtype([("version_type", "u1"), ("code", "u1"), ("session", ">u2"), ("length", ">u2")])
"""RFC 2516, section 4."""

PPP_PROTOCOL = np.dtype(">u2")
"""RFC 1661, section 2; one byte only where its lowest bit is set (section 6.5)."""

PPP_FRAMING = np.dtype([("address", "u1"), ("control", "u1")])
"""RFC 1662, section 3.1: FF 03, which a link may agree to leave out."""

CISCO_HDLC = np.dtype([("address", "u1"), ("control", "u1"), ("type", ">u2")])
"""LINKTYPE_C_HDLC (RFC 1547, section 4.3.1)."""

FAMILY = np.dtype("<u4")
"""LINKTYPE_NULL: the address family in the capturing host's byte order."""

SLL = np.dtype([("packet", ">u2"), ("hardware", ">u2"), ("size", ">u2"), ("address", ">u8"), ("type", ">u2")])
"""LINKTYPE_LINUX_SLL: the sender's link-layer address of `size` bytes, left-aligned."""

SLL2 = np.dtype(
    [
        ("type", ">u2"),
        ("reserved", ">u2"),
        ("interface", ">u4"),
        ("hardware", ">u2"),
        ("packet", "u1"),
        ("size", "u1"),
        ("address", ">u8"),
    ]
)
"""LINKTYPE_LINUX_SLL2."""

IPCP = np.dtype([("code", "u1"), ("identifier", "u1"), ("length", ">u2")])
"""RFC 1661, section 5."""

ARP_HEADER = np.dtype(
    {
        "names": ["hardware", "type", "sizes", "operation", "sender_mac", "sender", "target"],
        "formats": [">u2", ">u2", ">u2", ">u2", ">u8", "u4", "u4"],
        "offsets": [0, 2, 4, 6, 8, 14, 24],
    }
)
"""RFC 826 for Ethernet and IPv4. `sender_mac` is 48 bits wide, as in `ETHERNET`; addresses keep their byte order."""

IPV4 = np.dtype(
    [
        ("version_ihl", "u1"),
        ("tos", "u1"),
        ("length", ">u2"),
        ("id", ">u2"),
        ("fragment", ">u2"),
        ("ttl", "u1"),
        ("protocol", "u1"),
        ("checksum", ">u2"),
        ("src", "u4"),
        ("dst", "u4"),
    ]
)
"""RFC 791, section 3.1; addresses keep their byte order."""

IPV6 = np.dtype(
    [
        ("version", "u1"),
        ("class_flow", "u1", 3),
        ("length", ">u2"),
        ("next", "u1"),
        ("hop_limit", "u1"),
        ("src", "V16"),
        ("dst", "V16"),
    ]
)
"""RFC 8200, section 3; `version` is the upper half of its byte."""

EXTENSION = np.dtype([("next", "u1"), ("length", "u1"), ("fragment", ">u2"), ("id", ">u4")])
"""The first 8 bytes, and so the least, of every IPv6 extension header (RFC 8200, section 4); `fragment` and `id` are
those of the fragment header (section 4.5)."""

TCP = np.dtype(
    [
        ("sport", ">u2"),
        ("dport", ">u2"),
        ("seq", ">u4"),
        ("ack", ">u4"),
        ("offset", "u1"),
        ("flags", "u1"),
        ("window", ">u2"),
        ("checksum", ">u2"),
        ("urgent", ">u2"),
    ]
)
"""RFC 9293, section 3.1; `offset` is the upper half of its byte, in words of 4 bytes."""

UDP = np.dtype([("sport", ">u2"), ("dport", ">u2"), ("length", ">u2"), ("checksum", ">u2")])
"""RFC 768."""

ICMP = np.dtype([("type", "u1"), ("code", "u1"), ("checksum", ">u2")])
"""RFC 792 and RFC 4443, section 2.1: what all messages have in common."""

GRE = np.dtype([("flags", ">u2"), ("type", ">u2")])
"""RFC 2784, section 2.1: what all versions begin with."""

ERSPAN3 = np.dtype({"names": ["version", "flags"], "formats": ["u1", ">u2"], "offsets": [0, 10], "itemsize": 12})
"""draft-foschiano-erspan-03, section 4.3: of the third type's header, what tells how it goes on."""

VXLAN = np.dtype([("flags", ">u4"), ("network", ">u4")])
"""RFC 7348, section 5."""

GENEVE = np.dtype([("version_length", "u1"), ("flags", "u1"), ("type", ">u2"), ("network", ">u4")])
"""RFC 8926, section 3.4."""

TZSP = np.dtype([("version", "u1"), ("type", "u1"), ("protocol", ">u2")])
"""What follows are fields of a tag and a length, up to the one that says "end"."""

L2TP = np.dtype(">u2")
"""RFC 2661, section 3.1: flags and version, by which the rest of the header is long or short."""

MPLS_LABEL = np.dtype(">u4")
"""RFC 3032, section 2.1: bit 8 marks the last of a stack."""
