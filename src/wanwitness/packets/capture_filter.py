"""A capture filter for tcpdump, dumpcap and Wireshark that lets through all that the later stages want.

It says what is left out, and everything else passes: TCP and UDP right behind a plain IP header, on ports that nobody
asks for. So fragments, IPv6 with extension headers, ARP, ICMP, tunnels of all kinds, link set-up, odd tags and whatever
a later version may read come through without being named, and a mistake here costs room, never evidence.

The keywords `vlan`, `pppoes` and `mpls` of libpcap's language are not used: each shifts the offsets of all that follows
it (pcap-filter(7)), so that of one filter only one branch is right, and Linux takes a tag out of a frame before the
filter sees it. Offsets from the frame's begin hold either way: a frame whose tag was taken out is an untagged one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from .ports import DHCP_PORTS, L2TP_PORT, MAIL_PORTS, MAILBOX_PORTS, NAME_PORTS, TUNNEL_PORTS

RIVAL_PORTS = MAILBOX_PORTS
"""POP and IMAP, plain and over TLS: a log-in before the mail is another explanation of a refusal."""
_HTTPS = 443
_TLS_HANDSHAKE, _QUIC_LONG = 0x16, 0xC0
"""How the first bytes of a connection to HTTPS's port begin: by the server's name in them DNS over HTTPS is known."""
_IPV4, _IPV6, _PPPOE = 0x0800, 0x86DD, 0x8864
_TAGS = (0x8100, 0x88A8, 0x9100)
_PPP_IPV4, _PPP_IPV6 = 0x21, 0x57
_TCP, _UDP, _ESP = 6, 17, 50
_ETHERTYPE, _ETHERNET, _TAG, _PPPOE_TO_PROTOCOL, _PPPOE_HEADER = 12, 14, 4, 6, 8

Host = IPv4Network | IPv6Network


def capture_filter(*, rivals: bool = False, ports: Iterable[int] = (), hosts: Iterable[str] = ()) -> str:
    """Return the filter, one line.

    Args:
        rivals: whether what explains refusals otherwise is wanted too: POP and IMAP.
        ports: further TCP ports on which mail is sent.
        hosts: addresses or networks whose HTTPS is wanted whole: a provider's webmail.

    Raises:
        ValueError: a host is no address or network.
    """
    both = sorted({*MAIL_PORTS, *NAME_PORTS, *ports, *(RIVAL_PORTS if rivals else ())})
    ip = _Ip(both, [ip_network(host, strict=False) for host in hosts])
    at = _ETHERTYPE
    twice = _all([_tagged(at + _TAG), _any(_typed(ip, at + 2 * _TAG))])
    # Behind the link layer's own header libpcap finds IP itself, whatever the link: Ethernet, PPP, the device `any`.
    left_out = [
        _all(["ip", ip.four("ip", 0)]),
        _all(["ip6", ip.six("ip6", 0)]),
        _in_pppoe(ip, at),
        _all([_tagged(at), _any([*_typed(ip, at + _TAG), _in_pppoe(ip, at + _TAG), twice])]),
    ]
    return f"not {_any(left_out)}"


def _any(parts: Sequence[str]) -> str:
    # In brackets always: to libpcap `and` and `or` bind alike.
    return f"({' or '.join(parts)})"


def _all(parts: Sequence[str]) -> str:
    return f"({' and '.join(parts)})"


def _tagged(at: int) -> str:
    return _any([f"ether[{at}:2]={tag:#x}" for tag in _TAGS])


def _typed(ip: _Ip, at: int) -> list[str]:
    """What is left out where the ethertype stands at an offset."""
    behind = at + _ETHERNET - _ETHERTYPE
    return [
        _all([f"ether[{at}:2]={_IPV4:#x}", ip.four("ether", behind)]),
        _all([f"ether[{at}:2]={_IPV6:#x}", ip.six("ether", behind)]),
    ]


def _in_pppoe(ip: _Ip, at: int) -> str:
    """The same within a PPPoE session; what has a short protocol field passes."""
    protocol = at + 2 + _PPPOE_TO_PROTOCOL
    behind = protocol + 2
    return _all(
        [
            f"ether[{at}:2]={_PPPOE:#x}",
            _any(
                [
                    _all([f"ether[{protocol}:2]={_PPP_IPV4:#x}", ip.four("ether", behind)]),
                    _all([f"ether[{protocol}:2]={_PPP_IPV6:#x}", ip.six("ether", behind)]),
                ]
            ),
        ]
    )


class _Ip:
    """IP packets that nobody wants.

    Args:
        both: ports that are wanted as a packet's source or destination.
        hosts: whose HTTPS is wanted.
    """

    def __init__(self, both: Sequence[int], hosts: Sequence[Host]) -> None:
        self._both = both
        self._hosts = hosts

    def four(self, base: str, at: int) -> str:
        """IPv4 without options that is no fragment; `at` counts from `base`, as elsewhere here."""
        plain = [f"{base}[{at}]=0x45", f"{base}[{at + 6}:2]&0x3fff=0"]
        hosts = [_host(base, at + side, host) for host in self._hosts if host.version == 4 for side in (12, 16)]
        return _all([*plain, self._unwanted(base, at + 9, at + 20, hosts)])

    def six(self, base: str, at: int) -> str:
        """IPv6 without extension headers."""
        hosts = [_host(base, at + side, host) for host in self._hosts if host.version == 6 for side in (8, 24)]
        return self._unwanted(base, at + 6, at + 40, hosts)

    def _unwanted(self, base: str, protocol: int, at: int, hosts: Sequence[str]) -> str:
        """TCP and UDP from `at` on, and ESP, which nobody can read."""
        source, target = f"{base}[{at}:2]", f"{base}[{at + 2}:2]"
        wanted = [f"{source}={port}" for port in self._both]
        wanted += [f"{target}={port}" for port in [*self._both, *DHCP_PORTS, *TUNNEL_PORTS]]
        wanted.append(f"{source}={L2TP_PORT}")
        # An empty segment has no byte there, and a filter that looks behind a packet's end refuses it.
        hello = f"{base}[{at}+(({base}[{at + 12}]&0xf0)>>2)]={_TLS_HANDSHAKE:#x}"
        quic = f"{base}[{at + 8}]&{_QUIC_LONG:#x}={_QUIC_LONG:#x}"
        https = _any([f"{source}={_HTTPS}", f"{target}={_HTTPS}"])
        if hosts:
            wanted.append(_all([https, _any(hosts)]))
        # Last what may look behind a packet's end.
        wanted.append(_all([f"{base}[{protocol}]={_UDP}", https, quic]))
        wanted.append(_all([f"{base}[{protocol}]={_TCP}", f"{target}={_HTTPS}", hello]))
        carried = _any([f"{base}[{protocol}]={_TCP}", f"{base}[{protocol}]={_UDP}"])
        return _any([f"{base}[{protocol}]={_ESP}", _all([carried, f"not {_any(wanted)}"])])


def _host(base: str, at: int, network: Host) -> str:
    """Whether an address lies in a network, four bytes at a time."""
    address, mask = network.network_address.packed, network.netmask.packed
    parts = []
    for begin in range(0, len(address), 4):
        bits, value = (int.from_bytes(whole[begin : begin + 4]) for whole in (mask, address))
        if bits:
            masked = f"&{bits:#x}" if bits != 0xFFFFFFFF else ""
            parts.append(f"{base}[{at + begin}:4]{masked}={value:#x}")
    return _all(parts or ["1=1"])
