"""Which DNS messages need be read: those that can matter to a mail session.

Every message about a name that matters is read, and a name matters in any of these cases:

- An answer to it holds the address of a mail server.
- A CNAME or SRV record leads from it to a name that matters, or from such a name to it.
- The address of a mail server came along with another answer, and the name owns that address.
- The snap length cut off an answer to it: others' whole answers show what it gives.

MX questions are read always, since they tell relays from others' servers, and so is what came by TCP. Of each resolver
that a LAN host may have asked itself (server, id, name and type are the same on both sides of the router) a few
messages more are read, which show whether it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_address

import dns.exception
import dns.name
import numpy as np
from numpy.typing import NDArray

from wanwitness.correlate.sessions.uncounted import servers as uncounted_servers
from wanwitness.model import DnsExchange
from wanwitness.protocols.dns import Log, LogPart
from wanwitness.protocols.dns.message import QTYPES
from wanwitness.protocols.dns.skeleton import Column, Skeletons, address_key, name_key
from wanwitness.reading.point import Point, with_log

from .assumptions import MOST_READ_FOR_DIRECT

_MX = QTYPES["MX"]

Keys = NDArray[np.uint64]


def choose(points: Sequence[Point]) -> list[Point]:
    """Return the points with logs that read what can matter to their sessions.

    Args:
        points: the capture points, their roles known.
    """
    logs = [point.rows.log for point in points]
    servers = {mail.stream.resp.ip for point in points for mail in point.rows.mail} | uncounted_servers(points)
    addresses = _array(address_key(ip_address(ip).packed) for ip in servers)
    names = np.union1d(_names_of_answers(logs, addresses), _direct(points))
    labels = _array(())
    seen = None
    # It ends: there are only so many names, and none is taken back.
    while seen != (len(names), len(labels)):
        seen = (len(names), len(labels))
        wanted = np.union1d(names, _names_with_aliases(logs, labels))
        logs = [log.choosing(lambda part: _about(part, wanted)) for log in logs]  # noqa: B023 - called at once
        exchanges = [exchange for log in logs for exchange in log.exchanges()]
        related = _related(exchanges, servers, names) | {e.name for e in exchanges if e.cut}
        wires = [wire for name in related if (wire := _wire(name)) is not None]
        names = np.union1d(names, _array(name_key(wire) for wire in wires))
        labels = np.union1d(labels, _array(name_key(wire[: wire[0] + 1]) for wire in wires))
    return [with_log(point, log) for point, log in zip(points, logs, strict=True)]


def _array(keys: Iterable[int]) -> Keys:
    return np.unique(np.array(list(keys), np.uint64))


def _names(logs: Iterable[Log], of: Callable[[Skeletons], Column]) -> Keys:
    """The names that some messages ask for, by their rows, which `of` tells."""
    found = [np.unique(part.skeletons.name[of(part.skeletons)]) for log in logs for part in log.parts]
    return np.unique(np.concatenate([_array(()), *found]))


def _names_of_answers(logs: Iterable[Log], addresses: Keys) -> Keys:
    return _names(logs, lambda s: s.holder[np.isin(s.address, addresses)])


def _names_with_aliases(logs: Iterable[Log], labels: Keys) -> Keys:
    """The names whose answers hold an alias that begins so: of those the questions are to be read as well."""
    return _names(logs, lambda s: s.alias_holder[np.isin(s.alias, labels)])


def _about(part: LogPart, names: Keys) -> NDArray[np.bool_]:
    s = part.skeletons
    about: NDArray[np.bool_] = (s.qtype == _MX) | np.isin(s.name, names)
    return about


def _related(exchanges: Iterable[DnsExchange], servers: set[str], names: Keys) -> set[str]:
    """The names that exchanges are about that matter; a superset does no harm."""
    known = set(names.tolist())
    related: set[str] = set()
    for e in exchanges:
        about = {e.name, *(name for owner, target, _ in e.cnames for name in (owner, target))}
        if e.srv or e.additional:
            about.update(record.target for record in e.srv)
            about.update(record.owner for record in e.additional if record.address in servers)
        if about <= related:
            continue
        holds = any(record.address in servers for record in (*e.addresses, *e.additional))
        if holds or any(name_key(wire) in known for name in about if (wire := _wire(name)) is not None):
            related |= about
    return related


@lru_cache(1 << 14)  # a case has far more exchanges than names
def _wire(name: str) -> bytes | None:
    try:
        return dns.name.from_text(name).to_wire()
    except (dns.exception.DNSException, UnicodeError):  # a name that cannot be written as it was shown
        return None


def _direct(points: Iterable[Point]) -> Keys:
    """The names of some messages to each resolver that was asked the same on both sides of the router."""
    lan = [part for point in points if point.role == "lan" for part in point.rows.log.parts]
    wan = [part for point in points if point.role != "lan" for part in point.rows.log.parts]
    both = np.intersect1d(_endings(lan), _endings(wan))
    beyond = np.unique(np.concatenate([_array(()), *(part.asked(_of_servers(part, both)) for part in wan)]))
    if not len(beyond):
        return beyond
    often: dict[bytes, set[int]] = {}
    for part in lan:
        rows = _of_servers(part, both)
        asked = part.asked(rows)
        same = rows[beyond[np.searchsorted(beyond[:-1], asked)] == asked]
        servers = part.servers()[same]
        for server in np.unique(servers, axis=0):
            names = often.setdefault(server.tobytes(), set())
            rows = same[(servers == server).all(axis=1)][:MOST_READ_FOR_DIRECT]
            names.update(part.skeletons.name[rows].tolist()[: max(0, MOST_READ_FOR_DIRECT - len(names))])
    return _array(name for names in often.values() for name in names)


def _endings(parts: Iterable[LogPart]) -> NDArray[np.uint32]:
    """The last four bytes of all the servers' addresses: there are few, and soon found."""
    return np.unique(np.concatenate([np.empty(0, np.uint32), *(np.unique(part.server_endings()) for part in parts)]))


def _of_servers(part: LogPart, endings: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The messages to and from servers whose addresses end so."""
    return np.flatnonzero(np.isin(part.server_endings(), endings)) if len(endings) else np.empty(0, np.int64)
