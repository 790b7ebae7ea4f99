"""Queries and responses of one capture point, paired."""

from __future__ import annotations

from copy import copy

from wanwitness.model import DnsExchange, Endpoint, FrameRef, Oddity
from wanwitness.oddities import ODD, LetGo, Oddities
from wanwitness.packets.ports import DNS_PORT

from .message import Message, read
from .unkept import Unkept

SECOND = 1_000_000_000
PATIENCE_NS = 60 * SECOND
"""A query without an answer for so long stays unanswered; resolvers give up after half of that."""
REPEAT_NS = 2 * SECOND
"""An answer that comes again so soon, with the same contents, is a copy that a mirror port or a network made."""
WAITING_NS = 10 * SECOND
"""A question is put so long before its answer, at most, save by rare resolvers: what was captured before shows it."""
CROSSED_NS = SECOND // 10
"""A query that is seen again so soon after its answer was on its way before that reached who asked."""
REORDERED_NS = SECOND // 1000
"""A capture may write a query down, and even date it, so much later than its answer."""
MAX_OPEN = 100_000
"""Exchanges remembered, the open and the closed; a flood must not fill the memory."""
OTHER_OPCODES = frozenset((1, 2, 4, 5, 6))
"""IQUERY, STATUS, NOTIFY, UPDATE, DSO (RFC 6895 section 2.2): nothing odd, and they resolve nothing."""
KEPT = frozenset(("A", "AAAA", "MX", "CNAME", "ANY", "SRV", "HTTPS", "SVCB"))
"""Questions that can lead to a mail server's address; the others are counted alone."""

Key = tuple[Endpoint, Endpoint, str, int, str, str]


class Exchanges:
    """Takes messages as they come; `rows` holds the finished exchanges.

    An answer belongs to a question if id, addresses, ports, name and type are the same (RFC 5452 section 9.1), and the
    first that does is the question's. A query repeated with the same id and port is one exchange (its repeats are
    kept). An answer whose query was not captured is an exchange too, and so is one to a question that has its answer:
    `surplus` marks it.

    Args:
        all_come: whether every message comes here, so that one that has no match is odd.
        most: how many exchanges are kept; None where not more than so many messages can come.
    """

    def __init__(self, *, all_come: bool = True, most: int | None = None) -> None:
        self._all_come, self._most = all_come, most
        self.rows: list[DnsExchange] = []
        self.unkept = Unkept()
        """The others."""
        self.oddities = Oddities("DNS")
        self._let_go = LetGo("odd-dns-open", most=MAX_OPEN)
        self.messages = 0
        self.illegible: list[tuple[str, FrameRef, int]] = []
        """Answers of which the snap length left not even the question: to whom, the frame, and its time, ns. None where
        not every message comes here: who has them all bounds them."""
        self._open: dict[Key, DnsExchange] = {}
        self._closed: dict[Key, DnsExchange] = {}
        self._asking: dict[str, int] = {}
        """When each client's first question was captured (ns)."""
        self._unasked: list[DnsExchange] = []
        """Answers by UDP without a question, of clients whose questions were captured before."""
        self._pruned_ns = 0
        self._previous_ns = 0

    def feed(
        self,
        src: Endpoint,
        dst: Endpoint,
        transport: str,
        wire: bytes,
        cut: bool,
        ts_ns: int,
        frame: FrameRef,
        *,
        known: bool = False,
    ) -> None:
        """Take one message from `src` to `dst`.

        Args:
            cut: the capture holds only its beginning.
            known: its damage is on record already.
        """
        if len(wire) > 2 and wire[2] >> 3 & 15 in OTHER_OPCODES:
            return
        message = read(wire)
        if not known and (message is None or message.faults):
            said = None if message is None else ODD("odd-dns-fault", said=message.faults[0])
            self.oddities.add(frame, ODD("odd-dns-cut") if cut else said or ODD("odd-dns-unreadable"))
        if message is None:
            if cut and src.port == DNS_PORT and self._all_come:
                self.illegible.append((dst.ip, frame, ts_ns))
            return
        self.messages += 1
        if message.qtype not in KEPT:
            return
        self._prune(ts_ns)
        client, server = (dst, src) if message.response else (src, dst)
        key = (client, server, transport, int.from_bytes(wire[:2]), message.name, message.qtype)
        if message.response:
            exchange = self._answer(key, message, cut, ts_ns, frame)
            if exchange is not None and not known:
                self._note_unasked(exchange, ts_ns, frame)
        else:
            self._query(key, message, ts_ns, frame)

    def finish(self) -> None:
        """Close what is still open, unanswered."""
        for exchange in self._open.values():
            self._end(exchange)
        for exchange in self._unasked:
            if exchange.query is None and exchange.answer is not None:
                self.oddities.add(exchange.answer, ODD("odd-dns-unasked"))
        self._unasked.clear()
        self._open.clear()
        self._closed.clear()

    def odd(self) -> list[Oddity]:
        """Return what was odd, and how many exchanges were not followed to their end."""
        return self.oddities.rows() + self._let_go.rows()

    def so_far(self) -> Exchanges:
        """Return the exchanges that there are by now, to be finished; these go on."""
        told = Exchanges(all_come=self._all_come, most=self._most)
        told.unkept = self.unkept
        told.rows, told.illegible, told.messages = list(self.rows), list(self.illegible), self.messages
        told._open = {key: copy(exchange) for key, exchange in self._open.items()}
        return told

    def forget(self, before_ns: int) -> None:
        """Let go of older exchanges, but for the last of each client with each server about each name, cut or whole."""
        last = {(row.client.ip, row.server, row.name, row.qtype, row.cut): row for row in self.rows}
        kept = set(map(id, last.values()))
        self.rows = [row for row in self.rows if (row.answer_ns or row.query_ns or 0) >= before_ns or id(row) in kept]
        latest = {row[0]: row for row in self.illegible}
        self.illegible = [row for row in self.illegible if row[2] >= before_ns or row is latest[row[0]]]

    def _query(self, key: Key, message: Message, ts_ns: int, frame: FrameRef) -> None:
        if len(self._asking) < MAX_OPEN:
            self._asking.setdefault(key[0].ip, ts_ns)
        earlier = self._open.get(key)
        if earlier is not None:
            earlier.repeats += ((ts_ns, frame),)
            return
        done = self._closed.get(key)
        if done is not None and done.query is None and ts_ns <= (done.answer_ns or 0) + REORDERED_NS:
            # The capture wrote the answer down before the query.
            done.query, done.query_ns, done.edns = frame, ts_ns, message.edns
            self._compare(done.spelling, message.spelling, frame)
            done.spelling = message.spelling
            return
        if done is not None and done.query is not None and _settles(done, ts_ns):
            done.repeats += ((ts_ns, frame),)
            return
        exchange = _exchange(key, message)
        exchange.query, exchange.query_ns, exchange.edns = frame, ts_ns, message.edns
        self._open[key] = exchange
        if len(self._open) > MAX_OPEN:
            self._end(self._open.pop(next(iter(self._open))))
            self._let_go.add(frame)

    def _end(self, exchange: DnsExchange) -> None:
        if self._most is None or len(self.rows) < self._most:
            self.rows.append(exchange)
        else:
            self.unkept.exchange(exchange)

    def _answer(self, key: Key, message: Message, cut: bool, ts_ns: int, frame: FrameRef) -> DnsExchange | None:
        exchange = self._open.pop(key, None)
        surplus = None
        if exchange is not None:
            self._compare(exchange.spelling, message.spelling, frame)
        else:
            done = self._closed.get(key)
            if done is not None and done.answer_ns is not None:
                same = _substance(done) == _substance(message)
                if same and ts_ns - done.answer_ns <= REPEAT_NS:
                    return None
                if not same and self._all_come:
                    self.oddities.add(frame, ODD("odd-dns-second"))
                surplus = done.answer
            exchange = _exchange(key, message)
            exchange.surplus = surplus
        exchange.answer, exchange.answer_ns, exchange.rcode = frame, ts_ns, message.rcode
        exchange.truncated, exchange.authoritative = message.truncated, message.authoritative
        exchange.recursion_available = message.recursion_available
        exchange.cnames, exchange.addresses, exchange.mx = message.cnames, message.addresses, message.mx
        exchange.srv, exchange.additional = message.srv, message.additional
        exchange.cut = cut and message.lacking
        self._end(exchange)
        if surplus is None:
            self._closed[key] = exchange
            if len(self._closed) > MAX_OPEN:
                del self._closed[next(iter(self._closed))]
                self._let_go.add(frame)
        return exchange

    def _note_unasked(self, exchange: DnsExchange, ts_ns: int, frame: FrameRef) -> None:
        """Keep an answer without a question in mind, where the capture would have shown that.

        It would if it showed a question of this client long enough before; at the beginning of a capture, and in one
        of answers only, nothing is odd. A query that the capture wrote down late may yet come.
        """
        since = self._asking.get(exchange.client.ip)
        shown = since is not None and ts_ns - since > WAITING_NS
        alone = exchange.answer == frame and exchange.query is None and exchange.transport == "udp"
        if alone and shown and exchange.usable and self._all_come and len(self._unasked) < MAX_OPEN:
            self._unasked.append(exchange)

    def _compare(self, asked: str, answered: str, frame: FrameRef) -> None:
        """Note that a name came back with other letters in capitals than it was asked with.

        Names are compared without case (RFC 4343), and servers copy the question (RFC 5452 section 9.1 asks for no
        more), so that it is one answer for us; but who makes an answer up does not know how the question was spelt.
        """
        if asked != answered and self._all_come:
            self.oddities.add(frame, ODD("odd-dns-spelling"))

    def _prune(self, ts_ns: int) -> None:
        """Forget what is too old; a single stray time stamp does not count (see `streams.tracker`)."""
        now, self._previous_ns = min(ts_ns, self._previous_ns), ts_ns
        if abs(now - self._pruned_ns) < PATIENCE_NS:
            return
        self._pruned_ns = now
        for key, exchange in list(self._open.items()):
            if now - (exchange.query_ns or 0) > PATIENCE_NS:
                self._end(self._open.pop(key))
        self._closed = {k: e for k, e in self._closed.items() if now - (e.answer_ns or 0) <= PATIENCE_NS}


def _settles(done: DnsExchange, ts_ns: int) -> bool:
    """Whether a query seen at this time crossed the answer. Of one that failed it asks again, as musl does at once."""
    crossed = 0 <= ts_ns - (done.answer_ns or 0) <= CROSSED_NS
    return crossed and done.rcode == "NOERROR" and not done.truncated


def _substance(told: DnsExchange | Message) -> tuple[str | None, bool, set[tuple[str, ...]]]:
    """What makes an answer the same: servers rotate the records, and caches count the TTLs down."""
    addresses = {(record.owner, record.address) for record in (*told.addresses, *told.additional)}
    hosts = {(record.owner, record.exchange, "") for record in told.mx}
    hosts |= {(record.owner, record.target, str(record.port)) for record in told.srv}
    return told.rcode, told.truncated, addresses | hosts


def _exchange(key: Key, message: Message) -> DnsExchange:
    client, server, transport, ident, name, qtype = key
    return DnsExchange(client, server, transport, ident, name, message.spelling, qtype)
