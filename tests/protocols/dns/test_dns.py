"""DNS messages, and how queries and answers are paired."""

from __future__ import annotations

from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import dns.tsig
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from english import all_english, english
from wanwitness.model import Direction, DnsExchange, Endpoint, FrameRef, Stream
from wanwitness.protocols.dns import Exchanges, TcpMessages, read

CLIENT, OTHER, SERVER = Endpoint("192.168.1.10", 5353), Endpoint("192.168.1.11", 5353), Endpoint("192.168.1.1", 53)
SECOND = 1_000_000_000
T0 = 1_353_500_000 * SECOND


def query(name: str = "smtp.example", qtype: str = "A", ident: int = 7, **more: Any) -> Any:
    return dns.message.make_query(name, qtype, id=ident, **more)


def answer(*records: str, asked: Any = None) -> Any:
    message = dns.message.make_response(asked or query())
    for record in records:
        name, ttl, kind, text = record.split(maxsplit=3)
        message.answer.append(dns.rrset.from_text(name, int(ttl), "IN", kind, text))
    return message


class TestMessages:
    def test_addresses(self) -> None:
        """A and AAAA records are told with owner and TTL, names in lower case."""
        message = read(answer("SMTP.example. 300 A 192.0.2.1", "smtp.example. 60 AAAA 2001:db8::1").to_wire())
        assert message is not None
        assert [tuple(vars_of(r)) for r in message.addresses] == [
            ("smtp.example", "192.0.2.1", 300),
            ("smtp.example", "2001:db8::1", 60),
        ]
        assert not message.faults

    def test_mx_and_flags(self) -> None:
        """MX records, return code and flags are told."""
        response = answer("a.example. 5 MX 10 Mx.example.", asked=query("a.example", "MX"))
        response.flags |= dns.flags.TC | dns.flags.AA
        response.set_rcode(dns.rcode.NXDOMAIN)
        message = read(response.to_wire())
        assert message is not None
        assert [tuple(vars_of(r)) for r in message.mx] == [("a.example", "mx.example", 10, 5)]
        assert (message.truncated, message.authoritative, message.rcode) == (True, True, "NXDOMAIN")

    def test_edns(self) -> None:
        """EDNS is noted, and a signature (RFC 8945) whose key we do not have is no fault."""

        signed = query(use_edns=0)
        signed.use_tsig(dns.tsig.Key("k.", b"0123456789abcdef"))
        message = read(signed.to_wire())
        assert message is not None
        assert message.edns
        assert not message.faults

    def test_damage_behind_the_question(self) -> None:
        """A broken record costs itself; a cut one what is behind the cut."""
        response = answer("smtp.example. 300 A 192.0.2.1", "smtp.example. 60 AAAA 2001:db8::1")
        wire = bytearray(response.to_wire())
        at = wire.index(bytes([192, 0, 2, 1]))
        message = read(bytes(wire[: at + 6]))
        assert message is not None
        assert [record.address for record in message.addresses] == ["192.0.2.1"]
        assert message.faults
        wire[at - 1] = 3  # RDLENGTH
        del wire[at]
        message = read(bytes(wire))
        assert message is not None
        assert [record.address for record in message.addresses] == ["2001:db8::1"]
        assert message.faults

    @pytest.mark.parametrize("pointer", [b"\xc0\x0c", b"\xc0\x0e", b"\xff\xff"])
    def test_loops(self, pointer: bytes) -> None:
        """A name that points to itself, forward or out of the message is not read."""
        assert read(bytes((0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)) + pointer + b"\0\1\0\1") is None

    @settings(max_examples=300, deadline=None)
    @given(st.binary(max_size=80), st.integers(0, 60), st.binary(max_size=4), st.booleans())
    def test_anything(self, noise: bytes, at: int, change: bytes, whole: bool) -> None:
        """No bytes raise."""
        wire = answer("smtp.example. 3 CNAME a.b.", "a.b. 4 A 192.0.2.1", "a.b. 5 MX 1 c.").to_wire()
        read(noise if whole else wire[:at] + change + wire[at + len(change) :])


def vars_of(record: Any) -> list[Any]:
    return [getattr(record, name) for name in record.__slots__]


def exchange_of(*records: str, name: str = "smtp.example") -> DnsExchange:
    asked = query(name)
    (row,) = paired((asked, CLIENT, 0), (answer(*records, asked=asked), CLIENT, 1))
    return row


class TestTtl:
    def test_chain(self) -> None:
        """An address may be used for the least TTL on the way to it, and what is beside the way does not count."""
        records = ("smtp.example. 300 CNAME a.b.", "a.b. 200 CNAME c.d.", "c.d. 250 A 192.0.2.1", "x.y. 5 CNAME z.")
        assert exchange_of(*records).ttl_of("192.0.2.1") == 200

    def test_plain(self) -> None:
        """Without CNAMEs it is the record's own; of an address that is not there nothing is known."""
        row = exchange_of("smtp.example. 300 A 192.0.2.1")
        assert (row.ttl_of("192.0.2.1"), row.ttl_of("192.0.2.2")) == (300, None)

    def test_zero(self) -> None:
        """A TTL of 0 is 0, and not unknown."""
        assert exchange_of("smtp.example. 0 A 192.0.2.1").ttl_of("192.0.2.1") == 0
        assert exchange_of("smtp.example. 0 CNAME a.b.", "a.b. 200 A 192.0.2.1").ttl_of("192.0.2.1") == 0

    def test_off_the_way(self) -> None:
        """Of a record that no chain leads to, its own TTL is used; a loop ends."""
        row = exchange_of("smtp.example. 9 CNAME a.b.", "a.b. 9 CNAME smtp.example.", "q.r. 77 A 192.0.2.1")
        assert row.ttl_of("192.0.2.1") == 77


def led(kind: str, *records: str, along: tuple[str, ...], name: str = "a.example") -> DnsExchange:
    """An exchange about MX or SRV whose answer brings addresses along."""
    asked = query(name, kind)
    told = answer(*records, asked=asked)
    for record in along:
        owner, ttl, rtype, text = record.split(maxsplit=3)
        told.additional.append(dns.rrset.from_text(owner, int(ttl), "IN", rtype, text))
    (row,) = paired((asked, CLIENT, 0), (told, CLIENT, 1))
    return row


class TestAdditional:
    def test_of_an_exchange(self) -> None:
        """An exchange's addresses that come along are the exchange's; glue of name servers is nobody's."""
        along = ("Mx.example. 300 A 192.0.2.1", "mx.example. 300 AAAA 2001:db8::1", "ns.example. 9 A 192.0.2.9")
        row = led("MX", "a.example. 60 MX 10 mx.example.", along=along)
        assert [(r.owner, r.address) for r in row.additional] == [
            ("mx.example", "192.0.2.1"),
            ("mx.example", "2001:db8::1"),
        ]
        assert not row.addresses
        assert row.name_of("192.0.2.1") == "mx.example"
        assert row.name_of("192.0.2.9") == "a.example"

    def test_of_a_service(self) -> None:
        """An SRV record is told whole, and its target's address belongs to it (RFC 6186)."""
        row = led(
            "SRV",
            "_submission._tcp.a.example. 60 SRV 1 2 587 Mail.example.",
            along=("mail.example. 300 A 192.0.2.1",),
            name="_submission._tcp.a.example",
        )
        (srv,) = row.srv
        assert (srv.target, srv.port, srv.priority, srv.weight, srv.ttl) == ("mail.example", 587, 1, 2, 60)
        assert (row.name_of("192.0.2.1"), row.ttl_of("192.0.2.1")) == ("mail.example", 60)

    def test_of_other_questions(self) -> None:
        """Along with an answer to any other question nothing comes that a stub uses."""
        row = led("A", "a.example. 60 A 192.0.2.7", along=("mx.example. 300 A 192.0.2.1",))
        assert not row.additional
        assert row.name_of("192.0.2.7") == "a.example"

    @pytest.mark.parametrize(("lead", "own", "least"), [(60, 300, 60), (300, 60, 60), (0, 60, 0), (60, 0, 0)])
    def test_ttl(self, lead: int, own: int, least: int) -> None:
        """It may be used as long as both the record that names its host and its own."""
        row = led("MX", f"a.example. {lead} MX 10 mx.example.", along=(f"mx.example. {own} A 192.0.2.1",))
        assert row.ttl_of("192.0.2.1") == least
        assert row.ttl_of("192.0.2.2") is None

    def test_ttl_by_an_alias_and_by_two_exchanges(self) -> None:
        """An alias on the way counts; of two exchanges of one address the one that lasts longer does."""
        records = ("a.example. 50 CNAME b.example.", "b.example. 90 MX 10 mx1.example.")
        along = ("mx1.example. 20 A 192.0.2.1", "mx2.example. 70 A 192.0.2.1")
        assert led("MX", *records, along=along).ttl_of("192.0.2.1") == 20
        assert led("MX", *records, "b.example. 90 MX 10 mx2.example.", along=along).ttl_of("192.0.2.1") == 50


def feed(*messages: tuple[Any, Endpoint, float]) -> Exchanges:
    """Pairs (message, client, seconds)."""
    exchanges = Exchanges()
    for number, (message, client, seconds) in enumerate(messages, 1):
        wire = message if isinstance(message, bytes) else message.to_wire()
        ends = (SERVER, client) if wire[2] & 0x80 else (client, SERVER)
        exchanges.feed(*ends, "udp", wire, False, T0 + int(seconds * SECOND), FrameRef(0, number))
    exchanges.finish()
    return exchanges


def paired(*messages: tuple[Any, Endpoint, float]) -> list[DnsExchange]:
    return feed(*messages).rows


@pytest.mark.parametrize(("missing", "cut"), [(1, False), (20, False), (30, True)])
def test_an_answer_is_cut_where_the_answer_section_is(missing: int, cut: bool) -> None:
    """What stands behind it leads to no address."""
    message = answer("smtp.example 300 A 198.51.100.25", "smtp.example 300 A 198.51.100.26")
    message.additional.append(dns.rrset.from_text("ns.a-name.example.", 300, "IN", "A", "198.51.100.27"))
    exchanges = Exchanges()
    exchanges.feed(SERVER, CLIENT, "udp", message.to_wire(dns.name.root)[:-missing], True, T0, FrameRef(0, 1))
    (row,) = exchanges.rows
    assert row.cut is cut and len(row.addresses) == 2 - cut


def numbers(rows: list[DnsExchange]) -> list[tuple[int | None, int | None]]:
    return sorted(((r.query.number if r.query else None, r.answer.number if r.answer else None) for r in rows), key=str)


A1, A2 = "smtp.example. 300 A 192.0.2.1", "smtp.example. 300 A 192.0.2.2"


class TestPairing:
    def test_repeats(self) -> None:
        """A query sent again is one exchange."""
        (row,) = paired((query(), CLIENT, 0), (query(), CLIENT, 5), (answer(A1), CLIENT, 6))
        assert numbers([row]) == [(1, 3)]
        assert [frame.number for _, frame in row.repeats] == [2]

    def test_alone(self) -> None:
        """A query without answer and an answer without query are exchanges too."""
        assert numbers(paired((query(ident=1), CLIENT, 0))) == [(1, None)]
        assert numbers(paired((answer(A1), CLIENT, 0))) == [(None, 1)]

    def test_id_used_again(self) -> None:
        """An id used again is another exchange, after the answer or after a minute."""
        both = (query(), CLIENT, 0), (answer(A1), CLIENT, 1)
        again = (query(), CLIENT, 3), (answer(A2), CLIENT, 4)
        assert numbers(paired(*both, *again)) == [(1, 2), (3, 4)]
        late = (query(ident=9), OTHER, 200), (query(ident=10), OTHER, 200), (query(), CLIENT, 201)
        assert len(paired((query(), CLIENT, 0), *late)) == 4

    def test_two_clients(self) -> None:
        """Two clients may use one id at once."""
        rows = paired((query(), CLIENT, 0), (query(), OTHER, 0), (answer(A2), OTHER, 1), (answer(A1), CLIENT, 1))
        assert numbers(rows) == [(1, 4), (2, 3)]

    @pytest.mark.parametrize("later", [-0.001, 0, 0.0005])
    def test_answer_captured_first(self, later: float) -> None:
        """An answer that the capture wrote down before its query is the query's."""
        assert numbers(paired((answer(A1), CLIENT, 1), (query(), CLIENT, 1 + later))) == [(2, 1)]

    def test_second_answer(self) -> None:
        """Of two answers the first counts; a different second is odd, one in other order or counted down is not."""
        same = answer(A2.replace("300", "299"), A1.replace("300", "299"))
        exchanges = feed((query(), CLIENT, 0), (answer(A1, A2), CLIENT, 1), (same, CLIENT, 1.1))
        assert (numbers(exchanges.rows), exchanges.oddities.rows()) == ([(1, 2)], [])
        exchanges = feed((query(), CLIENT, 0), (answer(A1), CLIENT, 1), (answer(A2), CLIENT, 1.1))
        assert all_english(odd.reason for odd in exchanges.oddities.rows()) == [
            "DNS: a second, different answer to one query; the first is used"
        ]
        assert exchanges.rows[0].addresses[0].address == "192.0.2.1"

    @pytest.mark.parametrize("later", [0.001, 1, 5, 59])
    def test_second_answers_are_rows_and_no_grounds(self, later: float) -> None:
        """A different answer never takes the first one's place, however long after it comes, nor does a third."""
        rows = paired((query(), CLIENT, 0), (answer(A1), CLIENT, 1), *((answer(A2), CLIENT, 1 + later),) * 2)
        assert [(row.query is not None, row.addresses[0].address, row.usable, row.surplus) for row in rows[:2]] == [
            (True, "192.0.2.1", True, None),
            (False, "192.0.2.2", False, FrameRef(0, 2)),
        ]
        assert not rows[2].usable

    def test_a_copy_that_comes_late_is_surplus(self) -> None:
        """It is nothing odd, but it is not what was used either."""
        exchanges = feed((query(), CLIENT, 0), (answer(A1), CLIENT, 1), (answer(A1), CLIENT, 5))
        assert [row.surplus for row in exchanges.rows] == [None, FrameRef(0, 2)]
        assert not exchanges.oddities.rows()

    def test_a_repeat_that_crossed_the_answer_opens_nothing(self) -> None:
        """Who asked had the first answer before the one to the repeat came; after a failure it asked again."""
        again = (query(), CLIENT, 1.05), (answer(A2), CLIENT, 1.1)
        first, second = paired((query(), CLIENT, 0), (answer(A1), CLIENT, 1), *again)
        assert (first.usable, second.usable, second.query) == (True, False, None)
        assert [frame.number for _, frame in first.repeats] == [3]
        failed = answer()
        failed.set_rcode(dns.rcode.SERVFAIL)
        first, second = paired((query(), CLIENT, 0), (failed, CLIENT, 1), *again)
        assert (first.usable, second.usable) == (False, True)
        assert second.query == FrameRef(0, 3)

    @pytest.mark.parametrize("what", ["id", "port", "server", "name", "type", "class", "client"])
    def test_what_differs_is_no_answer(self, what: str) -> None:
        """Everything that the asker checks must agree (RFC 5452 section 9.1); the question stays open for the rest."""
        asked = {
            "id": query(ident=8),
            "name": query("smtp.example.net"),
            "type": query(qtype="ANY"),
            "class": query(rdclass="CH"),
        }
        exchanges = Exchanges()
        server = Endpoint("192.168.1.2", 53) if what == "server" else SERVER
        client = {"port": Endpoint(CLIENT.ip, 5354), "client": OTHER}.get(what, CLIENT)
        exchanges.feed(CLIENT, SERVER, "udp", query().to_wire(), False, T0, FrameRef(0, 1))
        wrong = answer(A2, asked=asked.get(what)).to_wire()
        exchanges.feed(server, client, "udp", wrong, False, T0 + 1, FrameRef(0, 2))
        exchanges.feed(SERVER, CLIENT, "udp", answer(A1).to_wire(), False, T0 + 2, FrameRef(0, 3))
        exchanges.finish()
        (row,) = (row for row in exchanges.rows if row.query is not None)
        assert (row.answer, row.addresses[0].address) == (FrameRef(0, 3), "192.0.2.1")

    def test_what_may_be_used(self) -> None:
        """No error, whole and holding addresses; an answer whose question is missing may be, as far as it shows."""
        truncated, failed = answer(A1), answer(A1)
        truncated.flags |= dns.flags.TC
        failed.set_rcode(dns.rcode.SERVFAIL)
        for told, usable in ((answer(A1), True), (answer(), False), (truncated, False), (failed, False)):
            (row,) = paired((query(), CLIENT, 0), (told, CLIENT, 1))
            assert row.usable is usable
        (row,) = paired((answer(A1), CLIENT, 1))
        assert row.usable and row.query is None
        (row,) = paired((query(), CLIENT, 0))
        assert not row.usable

    def test_another_spelling(self) -> None:
        """It is the question's answer all the same (RFC 4343), but whoever made it had not the question before him."""
        told = answer("smtp.example. 300 A 192.0.2.1", asked=query("smtp.example"))
        exchanges = feed((query("sMtP.eXample"), CLIENT, 0), (told, CLIENT, 1))
        assert numbers(exchanges.rows) == [(1, 2)]
        assert [odd.frame for odd in exchanges.oddities.rows()] == [2]
        assert "spelt" in english(exchanges.oddities.rows()[0].reason)
        assert not feed(
            (query("sMtP.eXample"), CLIENT, 0), (answer(A1, asked=query("sMtP.eXample")), CLIENT, 1)
        ).oddities.rows()

    def test_an_answer_that_nobody_asked_for(self) -> None:
        """It is odd where this client's questions were captured long before, and not where the capture begins."""
        unasked = answer(A2, asked=query("www.example"))
        other = (query(ident=1), CLIENT, 0), (answer(A1, asked=query(ident=1)), CLIENT, 1)
        assert [odd.frame for odd in feed(*other, (unasked, CLIENT, 12)).oddities.rows()] == [3]
        for quiet in (
            (*other, (unasked, CLIENT, 5)),
            (*other, (unasked, OTHER, 12)),
            ((unasked, CLIENT, 12),),
            (*other, (unasked, CLIENT, 12), (query("www.example"), CLIENT, 12.0005)),
        ):
            assert not feed(*quiet).oddities.rows()

    def test_other_kinds(self) -> None:
        """Updates are nothing odd; rubbish is, within bounds."""
        update = bytearray(query().to_wire())
        update[2] |= 5 << 3
        assert not feed((bytes(update), CLIENT, 0)).oddities.rows()
        rubbish = feed(*[(b"rubbish", CLIENT, 0)] * 10_500).oddities.rows()
        assert len(rubbish) == 10_001
        assert "500 more" in english(rubbish[-1].reason)


def framed(message: Any) -> bytes:
    wire: bytes = message.to_wire()
    return len(wire).to_bytes(2) + wire


class TestTcp:
    def read(self, *chunks: tuple[Direction, bytes | int]) -> Exchanges:
        exchanges = Exchanges()
        stream = Stream(CLIENT, SERVER, T0, T0, FrameRef(0, 1), FrameRef(0, 1))
        messages = TcpMessages(stream, exchanges)
        for number, (direction, what) in enumerate(chunks, 1):
            if isinstance(what, int):
                messages.gap(direction, what, FrameRef(0, number), T0 + number)
            else:
                messages.data(direction, what, FrameRef(0, number), T0 + number)
        exchanges.finish()
        return exchanges

    @pytest.mark.parametrize("size", [1, 2, 3, 1000])
    def test_cuts(self, size: int) -> None:
        """Messages are found however the bytes are cut, several in one segment too."""
        asked = b"".join(framed(query(ident=i)) for i in (1, 2))
        told = b"".join(framed(answer(A1, asked=query(ident=i))) for i in (1, 2))
        chunks: list[tuple[Direction, bytes]] = [("orig", asked[i : i + size]) for i in range(0, len(asked), size)]
        chunks += [("resp", told[i : i + size]) for i in range(0, len(told), size)]
        exchanges = self.read(*chunks)
        assert [(row.id, row.transport, row.addresses[0].address) for row in exchanges.rows] == [
            (1, "tcp", "192.0.2.1"),
            (2, "tcp", "192.0.2.1"),
        ]

    def test_gap(self) -> None:
        """Behind a gap nothing more is read of that direction."""
        one = framed(query())
        assert len(self.read(("orig", one), ("orig", 5), ("orig", one)).rows) == 1
