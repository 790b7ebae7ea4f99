"""A stub resolver: asks one question, from a given port, in a given namespace."""

from __future__ import annotations

import socket
import time

import dns.flags
import dns.message
import dns.query
import dns.rdatatype

from . import namespaces
from .errors import LabError
from .facts import Question

PATIENCE_S, TRIES = 3.0, 2


def ask(
    namespace: str,
    host: str,
    source: tuple[str, int],
    server: tuple[str, int],
    name: str,
    kind: str = "A",
    *,
    interface: str | None = None,
    clock: float = 0.0,
) -> Question:
    """Ask a question by UDP, again by TCP where the answer is cut, and return what was asked and answered.

    Args:
        namespace: where it is asked.
        host: who asks, for the log.
        source: address and port to ask from; an empty address and 0 leave both to the kernel.
        server: whom to ask.
        name: the name.
        kind: the record's type.
        interface: the interface to leave by.
        clock: what to add to the time of day in the log.
    """
    query = dns.message.make_query(name, kind, use_edns=False)
    told = Question(host, source, server, name, kind, time.time() + clock)
    with _socket(namespace, socket.SOCK_DGRAM, source, server, interface) as udp:
        told.source = udp.getsockname()[:2]
        reply = _exchange(udp, query, server)
    if reply.flags & dns.flags.TC:
        told.asked = time.time() + clock
        with _socket(namespace, socket.SOCK_STREAM, source, server, interface) as tcp:
            dns.query.send_tcp(tcp, query)
            reply, _ = dns.query.receive_tcp(tcp)
    told.answered = time.time() + clock
    wanted = dns.rdatatype.from_text(kind)
    for rrset in reply.answer:
        if rrset.rdtype == wanted and kind in ("A", "AAAA"):
            told.addresses.update({record.address: rrset.ttl for record in rrset})
    return told


def _socket(
    namespace: str, kind: int, source: tuple[str, int], server: tuple[str, int], interface: str | None
) -> socket.socket:
    made = namespaces.socket_in(namespace, socket.AF_INET6 if ":" in server[0] else socket.AF_INET, kind)
    made.settimeout(PATIENCE_S)
    if interface is not None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if source[0]:
        made.bind(source)
    made.connect(server)
    return made


def _exchange(udp: socket.socket, query: dns.message.Message, server: tuple[str, int]) -> dns.message.Message:
    for _ in range(TRIES):
        udp.send(query.to_wire())
        try:
            while True:
                reply = dns.message.from_wire(udp.recv(65535))
                if query.is_response(reply):
                    return reply
        except TimeoutError:
            continue
    raise LabError(f"the resolver {server[0]} did not answer for {query.question[0].name}")
