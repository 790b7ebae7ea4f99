"""Names of the link types that captures of a network may have (tcpdump.org/linktypes)."""

from __future__ import annotations

_NAMES = {
    6: "IEEE802_5 (Token Ring)",
    7: "ARCNET_BSD",
    8: "SLIP",
    10: "FDDI",
    100: "ATM_RFC1483",
    105: "IEEE802_11 (Wi-Fi)",
    107: "FRELAY (Frame Relay)",
    117: "PFLOG (OpenBSD's packet filter)",
    119: "IEEE802_11_PRISM (Wi-Fi)",
    122: "IP_OVER_FC",
    127: "IEEE802_11_RADIOTAP (Wi-Fi)",
    143: "DOCSIS",
    147: "USER0",
    163: "IEEE802_11_AVS (Wi-Fi)",
    187: "BLUETOOTH_HCI_H4",
    189: "USB_LINUX",
    192: "PPI (Wi-Fi)",
    195: "IEEE802_15_4_WITHFCS",
    201: "BLUETOOTH_HCI_H4_WITH_PHDR",
    220: "USB_LINUX_MMAPPED",
    227: "CAN_SOCKETCAN",
    239: "NFLOG (netfilter)",
    240: "NETANALYZER",
    249: "USBPCAP",
    253: "NETLINK",
    258: "PKTAP (macOS)",
    274: "ETHERNET_MPACKET",
}


def linktype_name(linktype: int) -> str:
    """Return the number, and the name where it is known.

    >>> linktype_name(127), linktype_name(9999)
    ('127, IEEE802_11_RADIOTAP (Wi-Fi),', '9999')
    """
    return f"{linktype}, {_NAMES[linktype]}," if linktype in _NAMES else str(linktype)
