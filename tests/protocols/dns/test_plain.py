"""Our reader of usual messages says what dnspython says, or nothing."""

from __future__ import annotations

import dns.message
import dns.rrset
from hypothesis import given
from hypothesis import strategies as st

from wanwitness.protocols.dns.message import _any, _usual

NAMES = st.lists(
    st.sampled_from(["a", "SMTP", "smtp", "b_c", "xn--1", "w w", "relay", "example"]), min_size=1, max_size=3
)
NAME = NAMES.map(lambda labels: ".".join(labels).replace(" ", "\\032") + ".")
RECORD = st.one_of(
    st.tuples(NAME, st.just("A"), st.ip_addresses(v=4).map(str)),
    st.tuples(NAME, st.just("AAAA"), st.ip_addresses(v=6).map(str)),
    st.tuples(NAME, st.sampled_from(["CNAME", "NS"]), NAME),
    st.tuples(NAME, st.just("MX"), NAME.map(lambda name: f"10 {name}")),
    st.tuples(NAME, st.just("SRV"), NAME.map(lambda name: f"1 2 587 {name}")),
    st.tuples(NAME, st.just("SOA"), NAME.map(lambda name: f"{name} {name} 1 2 3 4 5")),
    st.tuples(NAME, st.just("TXT"), st.just('"x"')),
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    edns = draw(st.sampled_from([-1, 0]))
    query = dns.message.make_query(draw(NAME), draw(st.sampled_from(["A", "MX", "SRV", "TXT"])), use_edns=edns)
    message = dns.message.make_response(query) if draw(st.booleans()) else query
    message.flags |= draw(st.sampled_from([0, 0x0200, 0x0400, 0x0080, 3]))
    for section in (message.answer, message.authority, message.additional):
        for owner, kind, text in draw(st.lists(RECORD, max_size=3)):
            section.append(dns.rrset.from_text(owner, draw(st.integers(0, 100)), "IN", kind, text))
    return message.to_wire()


@given(messages())
def test_usual_messages(wire: bytes) -> None:
    """Every field is the same."""
    usual = _usual(wire)
    assert usual is None or usual == _any(wire)


def test_what_is_usual_is_read() -> None:
    """A CNAME chain with addresses, an authority section, and EDNS."""
    message = dns.message.make_response(dns.message.make_query("Smtp.isp.example.", "A", use_edns=0))
    for text in ("smtp.isp.example. 60 IN CNAME mx1.isp.example.", "mx1.isp.example. 30 IN A 192.0.2.1"):
        owner, ttl, _, kind, data = text.split()
        message.answer.append(dns.rrset.from_text(owner, int(ttl), "IN", kind, data))
    message.authority.append(dns.rrset.from_text("isp.example.", 9, "IN", "NS", "ns.isp.example."))
    usual = _usual(message.to_wire())
    assert usual is not None
    assert usual == _any(message.to_wire())


def test_what_comes_along_is_usual() -> None:
    """An MX and an SRV answer with addresses of hosts that they name, and with another's."""
    for kind, text in (("MX", "10 Mx.isp.example."), ("SRV", "0 1 587 Mx.isp.example.")):
        message = dns.message.make_response(dns.message.make_query("isp.example.", kind, use_edns=0))
        message.answer.append(dns.rrset.from_text("isp.example.", 60, "IN", kind, text))
        for owner, address in (("mx.isp.example.", "192.0.2.1"), ("ns.isp.example.", "192.0.2.2")):
            message.additional.append(dns.rrset.from_text(owner, 30, "IN", "A", address))
        usual = _usual(message.to_wire())
        assert usual is not None
        assert usual == _any(message.to_wire())
        assert [record.address for record in usual.additional] == ["192.0.2.1"]


@given(messages(), st.data())
def test_damaged_messages(wire: bytes, data: st.DataObject) -> None:
    """Where bytes are changed or missing too: what is read is what dnspython reads, without a fault."""
    place = data.draw(st.integers(0, len(wire) - 1))
    changed = wire[:place] + data.draw(st.binary(max_size=3)) + wire[place + data.draw(st.integers(0, 3)) :]
    usual = _usual(changed)
    assert usual is None or usual == _any(changed)
