"""One DNS message (RFC 1035 section 4), reduced to what resolutions rest on.

`plain.py` reads what is usual; all else, and all that is damaged, is left to dnspython.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from wanwitness.model import AddressRecord, MxRecord, SrvRecord, printable

from .plain import read_plain

QTYPES = {kind.name: int(kind) for kind in dns.rdatatype.RdataType}
"""The question types by name."""


@dataclass(frozen=True, slots=True)
class Message:
    """A query or a response, its id aside: who asks the same says the same."""

    response: bool
    name: str
    spelling: str
    qtype: str
    """With the class in front where that is another than IN: names of the Internet's hosts are not asked for so."""
    rcode: str
    truncated: bool
    authoritative: bool
    recursion_available: bool
    edns: bool
    cnames: tuple[tuple[str, str, int], ...]
    addresses: tuple[AddressRecord, ...]
    mx: tuple[MxRecord, ...]
    srv: tuple[SrvRecord, ...]
    additional: tuple[AddressRecord, ...]
    """Addresses of the hosts that an MX or SRV answer names, from its additional section."""
    faults: tuple[str, ...]
    """What could not be read of it; the rest is here."""
    lacking: bool = False
    """Whether records of the answer section are among that."""


def read(wire: bytes) -> Message | None:
    """Read a message; None where not even its header and question can be made out, or it is no standard query.

    Damage behind the question costs only the records that it hits.
    """
    return (_read_again if len(wire) <= OFTEN_SAID else _read)(b"\0\0" + wire[2:])


def _read(wire: bytes) -> Message | None:
    return _usual(wire) or _any(wire)


OFTEN_SAID = 512
"""Octets of messages that are remembered: what came by UDP without EDNS is no longer (RFC 1035, section 4.2.1)."""


def _usual(wire: bytes) -> Message | None:
    found = read_plain(wire)
    if found is None:
        return None
    flags, name, qtype, edns, (cnames, addresses, mx, srv, additional) = found
    return Message(
        response=bool(flags & 0x8000),
        name=name.lower(),
        spelling=name,
        qtype=_type(qtype),
        rcode=_RCODES[flags & 15],
        truncated=bool(flags & 0x0200),
        authoritative=bool(flags & 0x0400),
        recursion_available=bool(flags & 0x0080),
        edns=edns,
        cnames=cnames,
        addresses=addresses,
        mx=mx,
        srv=srv,
        additional=additional,
        faults=(),
    )


_read_again = lru_cache(1 << 12)(_read)
_RCODES = [dns.rcode.to_text(dns.rcode.Rcode(code)) for code in range(16)]
_type = lru_cache(1 << 10)(dns.rdatatype.to_text)


def _any(wire: bytes) -> Message | None:
    try:
        message = dns.message.from_wire(wire, keyring=False, ignore_trailing=True, continue_on_error=True)
    except (dns.exception.DNSException, ValueError, IndexError):
        return None
    if message.opcode() != dns.opcode.QUERY or not message.question:
        return None
    question = message.question[0]
    cnames: list[tuple[str, str, int]] = []
    addresses: list[AddressRecord] = []
    mx: list[MxRecord] = []
    srv: list[SrvRecord] = []
    for rrset in message.answer:
        if rrset.rdclass != dns.rdataclass.IN:
            continue
        owner = _text(rrset.name)
        if rrset.rdtype in _ADDRESSES:
            addresses += _addresses(rrset)
        elif rrset.rdtype == dns.rdatatype.CNAME:
            cnames += [(owner, _text(rdata.target), rrset.ttl) for rdata in rrset]
        elif rrset.rdtype == dns.rdatatype.MX:
            mx += [MxRecord(owner, _text(rdata.exchange), rdata.preference, rrset.ttl) for rdata in rrset]
        elif rrset.rdtype == dns.rdatatype.SRV:
            srv += [SrvRecord(owner, _text(r.target), r.port, r.priority, r.weight, rrset.ttl) for r in rrset]
    additional: list[AddressRecord] = []
    if question.rdtype in (dns.rdatatype.MX, dns.rdatatype.SRV):
        hosts = {*(record.exchange for record in mx), *(record.target for record in srv)}
        for rrset in message.additional:
            if rrset.rdclass == dns.rdataclass.IN and rrset.rdtype in _ADDRESSES and _text(rrset.name) in hosts:
                additional += _addresses(rrset)
    asked = dns.rdatatype.to_text(question.rdtype)
    told = sum(len(rrset) for rrset in message.answer)
    return Message(
        response=bool(message.flags & dns.flags.QR),
        name=_text(question.name),
        spelling=printable(question.name.to_text(omit_final_dot=True)),
        qtype=asked if question.rdclass == dns.rdataclass.IN else f"{dns.rdataclass.to_text(question.rdclass)} {asked}",
        rcode=dns.rcode.to_text(message.rcode()),
        truncated=bool(message.flags & dns.flags.TC),
        authoritative=bool(message.flags & dns.flags.AA),
        recursion_available=bool(message.flags & dns.flags.RA),
        edns=message.edns >= 0,
        cnames=tuple(cnames),
        addresses=tuple(addresses),
        mx=tuple(mx),
        srv=tuple(srv),
        additional=tuple(additional),
        faults=tuple(printable(str(error.exception)) for error in message.errors),
        lacking=bool(message.errors) and told < int.from_bytes(wire[6:8]),
    )


_ADDRESSES = (dns.rdatatype.A, dns.rdatatype.AAAA)


def _addresses(rrset: dns.rrset.RRset) -> list[AddressRecord]:
    owner = _text(rrset.name)
    return [AddressRecord(owner, str(ip_address(rdata.address)), rrset.ttl) for rdata in rrset]


def _text(name: dns.name.Name) -> str:
    return printable(name.to_text(omit_final_dot=True).lower())
