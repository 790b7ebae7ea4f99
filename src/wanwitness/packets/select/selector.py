"""What the later stages want of the packets: DNS, mail, neighbours, errors, and flows that turn out to speak SMTP."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import headers
from wanwitness.model import FrameRef, Oddity
from wanwitness.oddities import LetGo
from wanwitness.packets.flow_key import flow_keys, pair_keys
from wanwitness.packets.header_fields import ACK, RST, SYN
from wanwitness.packets.packets import ARP, IPCP, Packets
from wanwitness.packets.ports import DHCP_PORTS, HTTP_PORTS, HTTPS_PORT, MAIL_PORTS, MAILBOX_PORTS, NAME_PORTS

from .held_syns import MOST_HELD, HeldSyns, SynSender
from .public_resolvers import ADDRESSES

_MAIL_PORTS = tuple(sorted(MAIL_PORTS))
_ICMP, _TCP, _UDP, _ICMPV6 = 1, 6, 17, 58
_MESSAGES = {_ICMP: (3, 11, 12), _ICMPV6: (1, 2, 3, 4, 133, 134, 135, 136)}
"""Types of the error messages (RFC 792; RFC 4443, section 2.1) and of neighbour discovery (RFC 4861, section 4)."""

WANTED = np.zeros((256, 1 << 16), np.bool_)
"""By protocol, and port or type: whether the packet is wanted whatever else is in it."""
WANTED[ARP] = WANTED[IPCP] = True
WANTED[_UDP, NAME_PORTS + DHCP_PORTS] = True
WANTED[_TCP, NAME_PORTS + _MAIL_PORTS + MAILBOX_PORTS] = True
for _protocol, _types in _MESSAGES.items():
    WANTED[_protocol, _types] = True
_WANTED_BY_DESTINATION = np.isin(np.arange(256), (_TCP, _UDP))
"""Protocols whose `dport` is a port."""

_FIRST_WORD = np.dtype(">u4")
_LOWER_CASE = 0x20202020
_HELLOS = tuple(int.from_bytes(word) for word in (b"ehlo", b"helo"))
_GREETING = int.from_bytes(b"220 ")
_GREETING_CONTINUED = int.from_bytes(b"220-")
TLS_HANDSHAKE = 0x1603
"""Type and major version of a record that a connection begins with, whatever the minor one (RFC 8446, section 5.1)."""
HTTPS = HTTPS_PORT
QUIC_LONG = 0xC0
"""The least first byte of a QUIC packet while its connection is being set up (RFC 9000, section 17.2)."""
REQUESTS = tuple(int.from_bytes(word) for word in (b"GET ", b"POST", b"HEAD", b"PUT ", b"OPTI", b"CONN"))
"""What HTTP requests begin with (RFC 9110, section 9)."""
WEB_PORTS = np.isin(np.arange(1 << 16), (*HTTP_PORTS, HTTPS_PORT))
_RESOLVERS = np.array([int.from_bytes(address[12:]) for address in sorted(ADDRESSES)], np.uint32)
"""The last four bytes of the addresses of public DNS-over-HTTPS servers."""

MOST_ADOPTED = 1 << 16
"""Flows that are followed at the same time; each is one number, and the oldest makes room."""


class Selector:
    """Keeps what is wanted of one capture point's packets, window by window, in order.

    A TCP flow on whatever port is adopted with the packet whose payload begins like SMTP: `EHLO `, `HELO `, `220 ` or
    `220-`; that packet and all of the flow behind it are kept, and its handshake. With a connection to a mail port the
    SYNs are kept that its host sent to the same address shortly before. Where the windows are cut makes no difference,
    except that what is wanted only later is given with that later window.
    """

    def __init__(
        self,
        most_adopted: int = MOST_ADOPTED,
        most_held: int = MOST_HELD,
        spoken: NDArray[np.bool_] | None = None,
    ):
        self._most = most_adopted
        self._spoken = spoken if spoken is not None else np.zeros(1 << 16, np.bool_)
        self._adopted: dict[int, None] = {}  # flow keys, the oldest first
        self._known = 0
        """How many they were before the window."""
        self._let_go = LetGo("odd-followed-no-longer", most=most_adopted)
        self._handshakes = HeldSyns(most_held)
        self.ports = np.zeros(1 << 16, np.bool_)
        """Shape (65536,): ports that connections were opened to, wanted or not, and that of QUIC."""

    def select(self, packets: Packets) -> Packets:
        """Return the wanted packets of the next window, behind those of earlier ones that are wanted only now."""
        protocol = packets.protocol
        wanted = WANTED[protocol, packets.sport]
        wanted |= WANTED[protocol, packets.dport] & _WANTED_BY_DESTINATION[protocol]
        tcp = (protocol == _TCP) & ~wanted
        empty = packets.payload_length + packets.payload_missing == 0
        speaking = np.flatnonzero(tcp & (packets.payload_length >= 4))
        word = headers(packets.data, packets.payload[speaking], _FIRST_WORD)
        wanted[_asking_servers(packets, speaking, word)] = True
        wanted[_answered_by_resolvers(packets)] = True
        speaking = speaking[_speaks_smtp(packets, speaking, word)]
        self._spoken[packets.sport[speaking]] = self._spoken[packets.dport[speaking]] = True
        syn = tcp & (packets.flags & SYN != 0)
        self.ports[packets.dport[(protocol == _TCP) & (packets.flags & (SYN | ACK) == SYN)]] = True
        self.ports[packets.dport[(protocol == _UDP) & (packets.dport == HTTPS)]] = True
        wanted |= syn & ~empty
        flow, adopting = np.empty(0, np.uint64), np.empty(0, np.int64)
        rows = np.flatnonzero(tcp) if self._adopted or len(speaking) else speaking
        if len(rows):
            keys = _flows(packets, rows)
            followed, adopting = self._followed(rows, keys, speaking)
            flow = keys[np.searchsorted(rows, adopting)]
            self._count_let_go(packets, adopting)
            wanted[rows[followed]] = True
        held = np.flatnonzero(syn & ~wanted)
        place = self._handshakes.count + np.searchsorted(held, np.arange(len(packets)))
        self._handshakes.hold(
            packets.take(held), _flows(packets, held), pair_keys(packets.src[held], packets.dst[held])
        )
        # A SYN with data is given at once: so that it does not come before those of its flow, they are too.
        loaded = np.flatnonzero(syn & ~empty)
        opening = np.flatnonzero(wanted & (protocol == _TCP) & (packets.flags & (SYN | ACK | RST) == SYN))
        opening = opening[np.isin(packets.dport[opening], _MAIL_PORTS)]
        pair = pair_keys(packets.src[opening], packets.dst[opening])
        earlier, now = self._handshakes.give(
            *(
                [SynSender(*row) for row in zip(k.tolist(), place[r].tolist(), packets.ts_ns[r].tolist(), strict=True)]
                for k, r in ((flow, adopting), (pair, opening), (_flows(packets, loaded), loaded))
            )
        )
        wanted[held[now]] = True
        self._handshakes.trim()
        return Packets.joined([*earlier, packets if wanted.all() else packets.take(wanted)])

    def oddities(self) -> list[Oddity]:
        """Tell how many flows were let go of for others, and how many handshakes."""
        return self._let_go.rows() + self._handshakes.oddities()

    def _count_let_go(self, packets: Packets, adopting: NDArray[np.int64]) -> None:
        """Count the flows that make room for those that these rows adopt; they have been adopted."""
        count = self._known + len(adopting) - self._most
        if count > 0:
            row = adopting[len(adopting) - count]
            self._let_go.add(FrameRef(int(packets.capture[row]), int(packets.number[row])), count)
        self._known = len(self._adopted)

    def _followed(
        self, rows: NDArray[np.int64], keys: NDArray[np.uint64], speaking: NDArray[np.int64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Adopt what speaks, and return which rows belong to a flow that was adopted then, and which adopted one: those
        ask for its handshake.

        Args:
            rows: shape (n,), the window's TCP packets.
            keys: shape (n,), their flows.
            speaking: shape (k,), those of `rows` that begin like SMTP.
        """
        since = dict.fromkeys(self._adopted, 0)
        spans: list[tuple[int, int, int]] = []  # flow, and the rows from which and until which it is followed
        adopting: list[int] = []
        for row, key in zip(speaking.tolist(), keys[np.searchsorted(rows, speaking)].tolist(), strict=True):
            if key not in since:
                since[key] = row
                adopting.append(row)
                if len(since) > self._most:
                    oldest = next(iter(since))
                    spans.append((oldest, since.pop(oldest), row))
        self._adopted = dict.fromkeys(since)
        behind = int(rows[-1]) + 1
        spans += [(key, begin, behind) for key, begin in since.items()]
        flow = np.array([span[0] for span in spans], np.uint64)
        begin, until = (np.array([span[column] for span in spans], np.int64) for column in (1, 2))
        flows, flow_index = np.unique(flow, return_inverse=True)
        place = np.minimum(np.searchsorted(flows, keys), len(flows) - 1)
        known = np.flatnonzero(flows[place] == keys)
        # Of the flow's spans (one, unless it was given up and adopted again), take the last that begins at the row or
        # before it: flow and row become one number, in the order of both.
        order = np.argsort(flow_index * behind + begin)
        span = np.searchsorted((flow_index * behind + begin)[order], place[known] * behind + rows[known], "right") - 1
        span = order[np.maximum(span, 0)]
        followed = np.zeros(len(rows), np.bool_)
        followed[known] = (
            (flow_index[span] == place[known]) & (begin[span] <= rows[known]) & (rows[known] < until[span])
        )
        return followed, np.array(adopting, np.int64)


def _flows(packets: Packets, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    return flow_keys(packets.src[rows], packets.dst[rows], packets.sport[rows], packets.dport[rows])


def _speaks_smtp(packets: Packets, rows: NDArray[np.int64], word: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Return whether the payload begins as SMTP sides do (RFC 5321, sections 4.1.1.1 and 4.2)."""
    at = packets.payload[rows]
    speaks = begins_smtp(word)
    hello = np.flatnonzero(speaks & (word > _GREETING_CONTINUED))
    speaks[hello] = (packets.payload_length[rows[hello]] >= 5) & (packets.data[at[hello] + 4] == ord(" "))
    return speaks


def begins_smtp(word: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Return whether a payload's first four bytes, as big-endian numbers, may be SMTP's."""
    lower = word | np.uint32(_LOWER_CASE)
    speaks: NDArray[np.bool_] = (word == _GREETING) | (word == _GREETING_CONTINUED)
    for hello in _HELLOS:
        speaks |= lower == hello
    return speaks


def _asking_servers(packets: Packets, rows: NDArray[np.int64], word: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return which packets name a web server: ClientHellos, what may be a QUIC client's Initial, HTTP requests."""
    to_web = WEB_PORTS[packets.dport[rows]]
    hello = to_web & (packets.dport[rows] == HTTPS) & (word >> 16 == TLS_HANDSHAKE)
    request = to_web & np.isin(word, REQUESTS)
    quic = np.flatnonzero((packets.protocol == _UDP) & (packets.dport == HTTPS) & (packets.payload_length > 0))
    quic = quic[packets.data[packets.payload[quic]] >= QUIC_LONG]
    return np.concatenate([rows[hello | request], quic])


def _answered_by_resolvers(packets: Packets) -> NDArray[np.int64]:
    """Return what public DNS-over-HTTPS servers send while a QUIC connection (RFC 9000) is being set up."""
    rows = np.flatnonzero((packets.protocol == _UDP) & (packets.sport == HTTPS) & (packets.payload_length > 0))
    rows = rows[packets.data[packets.payload[rows]] >= QUIC_LONG]
    return rows[_is_resolver(packets.src, rows)]


def _is_resolver(column: NDArray[np.uint8], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    last = np.ascontiguousarray(column[rows, 12:]).view(">u4").reshape(-1)
    likely = np.isin(last, _RESOLVERS)
    for row in np.flatnonzero(likely).tolist():
        likely[row] = column[rows[row]].tobytes() in ADDRESSES
    return likely
