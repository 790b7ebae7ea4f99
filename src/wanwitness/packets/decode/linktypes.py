"""Names of the link types that captures of a network may have (tcpdump.org/linktypes)."""

from __future__ import annotations

_NAMES = {
    7: "ARCNET_BSD",
    8: "SLIP",
    129: "ARCNET_LINUX",
    143: "DOCSIS",
    178: "JUNIPER_ETHER",
    147: "USER0",
    187: "BLUETOOTH_HCI_H4",
    189: "USB_LINUX",
    195: "IEEE802_15_4_WITHFCS",
    201: "BLUETOOTH_HCI_H4_WITH_PHDR",
    220: "USB_LINUX_MMAPPED",
    227: "CAN_SOCKETCAN",
    249: "USBPCAP",
    253: "NETLINK",
    274: "ETHERNET_MPACKET",
    281: "DSA_TAG_BRCM",
    282: "DSA_TAG_BRCM_PREPEND",
    284: "DSA_TAG_DSA",
    285: "DSA_TAG_EDSA",
}


def linktype_name(linktype: int) -> str:
    """Return the number, and the name where it is known.

    >>> linktype_name(249), linktype_name(9999)
    ('249, USBPCAP,', '9999')
    """
    return f"{linktype}, {_NAMES[linktype]}," if linktype in _NAMES else str(linktype)
