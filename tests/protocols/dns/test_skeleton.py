"""The skeletons of messages, against dnspython."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

import dns.message
import dns.rrset
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanwitness.protocols.dns import read
from wanwitness.protocols.dns.skeleton import Skeletons, address_key, name_key, skeletons

Records = list[tuple[str, str, str]]

NAMES = (
    st.lists(
        st.sampled_from(["a", "smtp", "Mail", "xn--caf-dma", "a" * 63, "relay-1", "orange", "example"]),
        min_size=1,
        max_size=4,
    )
    .map(".".join)
    .filter(lambda name: len(name) <= 253)  # RFC 1035 section 2.3.4: 255 octets on the wire
)
RECORDS = st.one_of(
    st.tuples(NAMES, st.just("A"), st.ip_addresses(v=4).map(str)),
    st.tuples(NAMES, st.just("AAAA"), st.ip_addresses(v=6).map(str)),
    st.tuples(NAMES, st.just("CNAME"), NAMES.map(lambda name: name + ".")),
    st.tuples(NAMES, st.just("MX"), NAMES.map(lambda name: f"10 {name}.")),
    st.tuples(NAMES, st.just("SRV"), NAMES.map(lambda name: f"0 1 587 {name}.")),
)


def of(wires: list[bytes]) -> Skeletons:
    length = np.array([len(wire) for wire in wires], np.int64)
    return skeletons(np.frombuffer(b"".join(wires), np.uint8), np.cumsum(length) - length, length)


def wired(name: str) -> bytes:
    wire = dns.name.from_text(name).to_wire()
    assert wire is not None
    return wire


def answer(
    name: str,
    qtype: str,
    records: list[tuple[str, str, str]],
    edns: bool = False,
    along: Sequence[tuple[str, str, str]] = (),
) -> bytes:
    message = dns.message.make_response(dns.message.make_query(name + ".", qtype, id=7, use_edns=0 if edns else False))
    for owner, kind, text in records:
        message.answer.append(dns.rrset.from_text(owner + ".", 60, "IN", kind, text))
    for owner, kind, text in along:
        message.additional.append(dns.rrset.from_text(owner + ".", 60, "IN", kind, text))
    return message.to_wire()


@given(
    st.lists(
        st.tuples(
            NAMES,
            st.sampled_from(["A", "AAAA", "MX", "SRV"]),
            st.lists(RECORDS, max_size=4),
            st.booleans(),
            st.lists(RECORDS, max_size=3),
        ),
        max_size=6,
    )
)
def test_a_skeleton_says_what_dnspython_reads(asked: list[tuple[str, str, Records, bool, Records]]) -> None:
    """Name, type, addresses and CNAMEs of many messages at once; each is sound."""
    wires = [answer(*question) for question in asked]
    found = of(wires)
    assert found.plain.all() and found.response.all() and (found.id == 7).all()
    for row, wire in enumerate(wires):
        message = read(wire)
        assert message is not None
        assert found.name[row] == name_key(wired(message.name))
        assert found.qtype[row] == dns.rdatatype.from_text(message.qtype)
        held = {address_key(ip_address(record.address).packed) for record in message.addresses}
        told = set(found.address[found.holder == row].tolist())
        led = {address_key(ip_address(record.address).packed) for record in message.additional}
        if message.qtype in ("MX", "SRV"):
            assert held | led <= told
        else:
            assert told == held and not led
        labels = [wired(target) for _, target, _ in message.cnames] + [wired(srv.target) for srv in message.srv]
        assert {name_key(wire[: wire[0] + 1]) for wire in labels} <= set(
            found.alias[found.alias_holder == row].tolist()
        )


@given(NAMES, st.lists(RECORDS, min_size=1, max_size=3), st.data())
def test_what_dnspython_finds_broken_is_not_plain(
    name: str, records: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    """A message that ends too early is never plain, and rubbish never raises."""
    wire = answer(name, "A", records)
    short = wire[: data.draw(st.integers(0, len(wire) - 1))]
    assert not of([short, wire]).plain[0]
    of([data.draw(st.binary(max_size=80)), wire])
    place = data.draw(st.integers(0, len(wire) - 1))
    of([wire[:place] + data.draw(st.binary(min_size=1, max_size=4)) + wire[place + 1 :]])


@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_case_makes_no_difference(case: object) -> None:
    """Names are compared without it (RFC 4343)."""
    assert callable(case)
    wires = [answer(case("smtp.orange.example"), "A", []), answer("smtp.orange.example", "A", [])]
    assert len(set(of(wires).name.tolist())) == 1
    assert len(set(of([*wires, answer("smtp.sfr.example", "A", [])]).name.tolist())) == 2
