"""Several hosts behind one address of the LAN: an inner router translates for them.

No answer that such an address got is plainly any connection's own, for another host behind it may have asked. That
there are several is shown by what an inner router leaves alone:

- **Hop counts**: TTLs that senders begin with differ by system (64, 128, 255), and each router takes one away; one
  host's connections have one TTL at one capture point.
- **Time stamps** (RFC 7323): a host's clock for one server ticks on from connection to connection. Connections that lie
  on two clocks, in turns, come from two hosts; one clock behind the other may be one host that was started anew.

Bellovin (*A technique for counting NATted hosts*, 2002) counted sequences of IP Identifications in this way, which
today's systems draw at random; Kohno, Broido and Claffy (*Remote physical device fingerprinting*, 2005) told devices
apart by their time stamps' clocks. That Linux adds a secret number to the clock for each server, and others one for
each connection, is why only connections to one server are compared, and why a value that fits no other says nothing.
That nothing shows several hosts does not mean that there is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import FrameRef, Stream
from wanwitness.reading.point import Point

from .assumptions import AT_ONCE, CRYSTALS, JITTER_S, LONGEST_S, ON_ONE_CLOCK

TICKS = (1000, 250, 100)
"""Time stamp clocks in use, ticks a second: Linux has 1000 since 4.13, and had what its kernel was built with. RFC 7323
section 5.4 allows from one a second to one a millisecond."""


def several_hosts(streams: Iterable[Stream]) -> tuple[FrameRef, ...]:
    """Return the frames which show that the connections of one address come from several hosts; none if nothing does.

    Args:
        streams: connections that one address of the LAN opened, as one capture point saw them.
    """
    streams = sorted(streams, key=lambda stream: (stream.start_ns, stream.first))
    return _hops(streams) or _clocks(streams)


def _hops(streams: Iterable[Stream]) -> tuple[FrameRef, ...]:
    """A connection of each TTL, where there are several."""
    first: dict[int, FrameRef] = {}
    for stream in streams:
        # What a firewall sends in its host's stead, a lone RST, has the firewall's TTL.
        if stream.ttl_orig is not None and (stream.syn is not None or stream.payload_orig):
            first.setdefault(stream.ttl_orig, stream.syn or stream.first)
    return tuple(sorted(first.values())) if len(first) > 1 else ()


def _clocks(streams: Iterable[Stream]) -> tuple[FrameRef, ...]:
    """Connections to one server that lie on two clocks, in turns."""
    by_server: dict[str, list[Stream]] = defaultdict(list)
    for stream in streams:
        if stream.syn is not None and stream.syn_ns is not None and stream.tsval_orig is not None:
            by_server[stream.resp.ip].append(stream)
    for some in by_server.values():
        for begin in range(0, len(some), AT_ONCE):
            found = _interleaved(some[begin : begin + AT_ONCE])
            if found:
                return found
    return ()


def _interleaved(streams: Sequence[Stream]) -> tuple[FrameRef, ...]:
    """Two connections of each of two clocks that take turns."""
    clocks = _grouped(streams)
    if sum(map(len, clocks)) < ON_ONE_CLOCK * len(streams):
        return ()
    # A capture's clock may have been set: its frames came in this order, whatever their times.
    came = np.empty(len(streams), np.int64)
    came[sorted(range(len(streams)), key=lambda row: streams[row].syn or streams[row].first)] = np.arange(len(streams))
    for number, one in enumerate(clocks):
        for other in clocks[number + 1 :]:
            if _in_turns(one, other) and _in_turns(came[one], came[other]):
                rows = sorted((one[0], one[-1], other[0], other[-1]))
                return tuple(stream.syn or stream.first for stream in (streams[row] for row in rows))
    return ()


def _grouped(streams: Sequence[Stream]) -> list[NDArray[np.int64]]:
    """Rows of the connections that lie on one clock, two at least each: the clock of most first, then of the rest."""
    left = np.arange(len(streams))
    at = np.array([(stream.syn_ns or 0) - (streams[0].syn_ns or 0) for stream in streams]) / 1e9
    stamp = np.array([stream.tsval_orig or 0 for stream in streams], np.int64)
    apart = at[None, :] - at[:, None]
    ticked = stamp[None, :] - stamp[:, None]
    fits = []
    for ticks in TICKS:
        late = (ticked - apart * ticks + (1 << 31)) % (1 << 32) - (1 << 31)
        allowed = 1 + ticks * (JITTER_S + CRYSTALS * np.abs(apart))
        fits.append((np.abs(late) <= allowed) & (np.abs(apart) <= LONGEST_S))
    clocks: list[NDArray[np.int64]] = []
    while len(left) > 1:
        together = [fit[np.ix_(left, left)] for fit in fits]
        sizes = np.array([fit.sum(axis=1) for fit in together])
        rate, seed = np.unravel_index(sizes.argmax(), sizes.shape)
        if sizes[rate, seed] < 2:
            break
        mine = together[rate][seed]
        clocks.append(left[mine])
        left = left[~mine]
    return clocks


def _in_turns(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """Whether neither lies wholly before the other."""
    return bool(one.min() < other.max() and other.min() < one.max())


def crowds(points: Iterable[Point]) -> dict[str, tuple[FrameRef, ...]]:
    """Return, by address, the frames which show that several hosts of the LAN have it."""
    streams: dict[tuple[int, str], list[Stream]] = defaultdict(list)
    for number, point in enumerate(points):
        if point.role == "lan":
            for mail in point.rows.mail:
                streams[number, mail.stream.orig.ip].append(mail.stream)
    return {ip: frames for (_, ip), own in streams.items() if (frames := several_hosts(own))}
