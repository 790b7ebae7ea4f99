"""The DNS messages of one capture point, most of which nobody will ever read.

Only messages that can matter to a mail session need be read, and which those are is known when all sessions are. Until
then a message that came by UDP is kept as its bytes and its skeleton, in columns. Of very many, those are let go of
first whose names nobody got an address for, then those of the names that were asked for least: `unkept` knows what
their answers held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from wanwitness.model import DnsExchange, FrameRef, Oddity
from wanwitness.oddities import ODD, of_protocol
from wanwitness.packets import Packets, addresses
from wanwitness.packets.flow_key import end_keys, row_keys
from wanwitness.packets.ports import DNS_PORT

from .exchanges import KEPT, OTHER_OPCODES, Exchanges
from .message import QTYPES, read
from .messages import DnsMessages
from .skeleton import Skeletons, skeletons
from .unkept import Unkept

MOST_KEPT = 1_000_000
"""Messages of a capture point, 0.2 kB each, and twice as many while they are collected: a flood of names must not fill
the memory. One that will be read whatever the sessions are counts for more."""
READ_COUNTS = 8
"""For so many it counts."""
MOST_CLIENTS = 65_536
"""Clients whose messages are counted, the first: who made them up is no client."""
MOST_READ = 100_000
"""Exchanges that are read at once, 1.5 kB each."""
_KEPT = np.isin(np.arange(1 << 16), [QTYPES[name] for name in KEPT])
_OTHER_OPCODES = np.isin(np.arange(16), list(OTHER_OPCODES))


@dataclass(slots=True, eq=False)
class LogPart:
    """A window's messages: those whose question may lead to an address, and those that are not plain."""

    messages: DnsMessages
    skeletons: Skeletons
    chosen: NDArray[np.bool_]
    """Whether the message is to be read."""

    def __len__(self) -> int:
        return len(self.messages)

    def weights(self) -> NDArray[np.int64]:
        """Return for how many messages each counts."""
        return np.where(self._always_read(), READ_COUNTS, 1)

    def helpful(self) -> NDArray[np.bool_]:
        """Return which messages may lead to an address, by what they hold; questions do not."""
        s, helps = self.skeletons, self._always_read()
        helps[s.holder] = helps[s.alias_holder] = True
        return helps

    def _always_read(self) -> NDArray[np.bool_]:
        """Which messages are read whatever the sessions are."""
        always: NDArray[np.bool_] = ~self.skeletons.plain | self.messages.cut | (self.skeletons.qtype == QTYPES["MX"])
        return always

    def servers(self) -> NDArray[np.uint8]:
        """The server's address of each message, shape (n, 16)."""
        return np.where(self.skeletons.response[:, None], self.messages.src, self.messages.dst)

    def server_endings(self) -> NDArray[np.uint32]:
        """The last four bytes of each server's address."""
        src, dst = (column.view(np.uint32)[:, 3] for column in (self.messages.src, self.messages.dst))
        return np.where(self.skeletons.response, src, dst)

    @classmethod
    def joined(cls, parts: Sequence[LogPart]) -> LogPart:
        """Return the messages of several parts as one part, with nothing chosen."""
        messages = DnsMessages.joined([part.messages for part in parts])
        found = Skeletons.joined([part.skeletons for part in parts])
        return cls(messages, found, ~found.plain | messages.cut)

    def book(self) -> NDArray[np.bool_]:
        """Which messages are the last answer of their kind, or the question to one. What the snap length cut off is of
        another kind than what is whole: it may have held more.
        """
        m, s = self.messages, self.skeletons
        held = np.zeros(len(m), np.uint64)
        np.bitwise_xor.at(held, s.holder, s.address)
        client = np.where(s.response[:, None], m.dst, m.src)
        asked = self.asked(np.arange(len(m))) ^ end_keys(client, np.where(s.response, m.dport, m.sport))
        kept = np.zeros(len(m), np.bool_)
        answers = np.flatnonzero(np.where(m.cut, m.sport == DNS_PORT, s.response & s.plain))
        columns = [*m.src[answers].view(np.uint64).T, *m.dst[answers].view(np.uint64).T, m.cut[answers]]
        qtype = np.where(s.name != 0, s.qtype, 0)
        kinds = row_keys([*columns, s.name[answers], qtype[answers], held[answers], m.capture[answers]])
        _, last = np.unique(kinds[::-1], return_index=True)
        kept[answers[len(answers) - 1 - last]] = True
        kept |= ~s.response & s.plain & np.isin(asked, asked[kept])
        return kept

    def take(self, rows: NDArray[np.int64]) -> LogPart:
        """Return some of the messages, with nothing chosen; `rows` rise."""
        messages, found = self.messages.take(rows), self.skeletons.take(rows)
        return LogPart(messages, found, ~found.plain | messages.cut)

    def asked(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        """A number for what each of these messages asks of whom: the server, the id, the name and the type."""
        s = self.skeletons
        return end_keys(self.servers()[rows], s.id[rows].astype(np.int64) << 16 | s.qtype[rows]) ^ s.name[rows]


@dataclass(slots=True, eq=False)
class Log:
    """Every message of one capture point, in order."""

    parts: list[LogPart] = field(default_factory=list)
    clients: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Messages to and from each client, by capture and address."""
    tcp: Exchanges = field(default_factory=lambda: Exchanges(most=MOST_READ))
    """Those that came by TCP, which are read at once."""
    choosy: bool = False
    """Whether only what was chosen is read."""
    unkept: Unkept = field(default_factory=Unkept)
    """What there was beyond the bounds."""
    clients_beyond: int = 0
    """Messages of clients that are not counted."""
    most: int = field(default_factory=lambda: MOST_KEPT)
    _weight: int = 0
    """Of the parts."""
    _damaged: Exchanges = field(default_factory=lambda: Exchanges(all_come=False, most=MOST_READ))
    """For the oddities of messages that are not plain."""
    _read: Exchanges | None = None

    def feed(self, packets: Packets) -> None:
        """Take the UDP packets of a window that come from or go to port 53."""
        messages = DnsMessages.of(packets)
        found = skeletons(messages.data, messages.begin, messages.length)
        plain = found.plain & ~messages.cut
        damaged = ~plain & ~_OTHER_OPCODES[found.opcode]
        for message in messages.each(np.flatnonzero(damaged)):
            self._damaged.feed(*message)
        rows = np.flatnonzero((plain & _KEPT[found.qtype]) | damaged)
        if len(rows):
            if len(rows) < len(messages):
                messages, found = messages.take(rows), found.take(rows)
            self._count(messages, found.response, np.flatnonzero(~damaged[rows]))
            self._keep(LogPart(messages, found, damaged[rows]))
            self._read = None

    def _keep(self, part: LogPart) -> None:
        """Keep messages; wherever windows end, it is at the same ones that others are let go of."""
        weights = np.cumsum(part.weights())
        while len(part) and self._weight + weights[-1] >= 2 * self.most:
            full = int(np.searchsorted(weights, 2 * self.most - self._weight)) + 1
            self.parts.append(part.take(np.arange(full)))
            self._let_go()
            part = part.take(np.arange(full, len(part)))
            weights = np.cumsum(part.weights())
        if len(part):
            self.parts.append(part)
            self._weight += int(weights[-1])

    def _let_go(self) -> None:
        """Let go of so many messages that what stays is within the bound; the last ones stay, for their answers come.

        A name that nobody got an address for leads nowhere; one that is asked for seldom is not the site's relay.
        """
        names = np.concatenate([part.skeletons.name for part in self.parts])
        helpful = np.concatenate([part.helpful() for part in self.parts])
        weights = np.concatenate([part.weights() for part in self.parts])
        _, name, often = np.unique(names, return_inverse=True, return_counts=True)
        leads = np.bincount(name, helpful) > 0
        count = np.where(names == 0, 1, often[name])  # 0: no name can be read
        late = np.cumsum(weights[::-1])[::-1] <= self.most // 4
        order = np.lexsort([-np.arange(len(names)), count, leads[name], late])
        left = weights.sum() - np.cumsum(weights[order])
        gone = np.zeros(len(names), np.bool_)
        gone[order[: int(np.searchsorted(-left, -self.most)) + 1]] = True
        begin, parts = 0, []
        for part in self.parts:
            mine = gone[begin : begin + len(part)]
            begin += len(part)
            if mine.any():
                self._forget(part, np.flatnonzero(mine))
                part = part.take(np.flatnonzero(~mine))
            parts.append(part)
        self.parts = [part for part in parts if len(part)]
        self._weight = sum(int(part.weights().sum()) for part in self.parts)

    def _forget(self, part: LogPart, rows: NDArray[np.int64]) -> None:
        """Note what messages held that are not kept."""
        m, s = part.messages, part.skeletons
        self.unkept.count(m.capture[rows], m.number[rows])
        held = np.isin(s.holder, rows)
        self.unkept.held(s.address[held], m.ts_ns[s.holder[held]])
        for src, _, _, wire, cut, ts_ns, _ in m.each(rows[~s.plain[rows]]):  # the skeleton may lack what they hold
            message = read(wire)
            if message is not None:
                self.unkept.texts((r.address for r in (*message.addresses, *message.additional)), ts_ns)
            if cut and src.port == DNS_PORT and (message is None or message.lacking):
                self.unkept.unknown(ts_ns)

    def _count(self, messages: DnsMessages, response: NDArray[np.bool_], rows: NDArray[np.int64]) -> None:
        halves = messages.src.view(np.uint64), messages.dst.view(np.uint64)
        client = np.where(response[:, None], halves[1], halves[0])
        keys = row_keys([*client.T, messages.capture])[rows]
        clients = np.unique(keys)  # with indexes it would sort the messages, of which there are many more
        place = np.searchsorted(clients, keys)
        some = np.empty(len(clients), np.int64)
        some[place[::-1]] = rows[::-1]  # the first of each, wherever windows end
        for row, count in sorted(zip(some.tolist(), np.bincount(place).tolist(), strict=True)):
            self._count_client((int(messages.capture[row]), addresses.text(client[row].tobytes())), count)

    def _count_client(self, client: tuple[int, str], count: int) -> None:
        if client in self.clients or len(self.clients) < MOST_CLIENTS:
            self.clients[client] += count
        else:
            self.clients_beyond += count

    def finish(self) -> None:
        """End the connections' messages, and count those that were read at once."""
        self.tcp.finish()
        self._damaged.finish()
        for exchange in self.tcp.rows + self._damaged.rows:
            frame = exchange.query or exchange.answer
            assert frame is not None
            self._count_client((frame.capture, exchange.client.ip), 1)

    def so_far(self) -> Log:
        """Return the log as `finish` would leave it now, with nothing chosen; this one goes on."""
        self._join()
        told = Log(list(self.parts), self.clients.copy(), self.tcp.so_far())
        told._damaged = self._damaged.so_far()
        told.unkept, told.clients_beyond = self.unkept, self.clients_beyond
        told.finish()
        return told

    def begin_of_last(self, most: int) -> int | None:
        """Return when the last so many messages began, ns; None where there are no more than these."""
        times = np.concatenate([np.empty(0, np.int64), *(part.messages.ts_ns for part in self.parts)])
        return int(np.partition(times, -most)[-most]) if len(times) > most else None

    def forget(self, before_ns: int) -> None:
        """Let go of old messages, but for what hosts may keep: of the answers to one question of one host by one server
        that held the same addresses, the last, with its question.

        Args:
            before_ns: what was captured from then on is kept whole.
        """
        self.parts = [LogPart.joined(self.parts)] if len(self.parts) > 1 else self.parts
        for part in self.parts:
            times = part.messages.ts_ns
            kept = (times >= before_ns) | part.book()
            if not kept.all():
                self.parts = [part.take(np.flatnonzero(kept))]
                self._read = None
        self._weight = sum(int(part.weights().sum()) for part in self.parts)
        for exchanges in (self.tcp, self._damaged):
            exchanges.forget(before_ns)

    def _join(self) -> None:
        """Join small parts, so that there are few however small the windows were: each is more than twice the next."""
        while len(self.parts) > 1 and len(self.parts[-2].messages) <= 2 * len(self.parts[-1].messages):
            self.parts[-2:] = [LogPart.joined(self.parts[-2:])]

    def choosing(self, chosen: Callable[[LogPart], NDArray[np.bool_]]) -> Log:
        """Return a log of the same messages that reads these, besides those chosen before, and no others."""
        parts = [replace(part, chosen=part.chosen | chosen(part)) for part in self.parts]
        same = self.choosy and all(map(_as_many, parts, self.parts))
        return replace(self, parts=parts, choosy=True, _read=self._read if same else None)

    def whole(self) -> Log:
        """Return a log of the same messages that reads every one."""
        return replace(self, choosy=False, _read=None) if self.choosy else self

    def exchanges(self) -> list[DnsExchange]:
        """Return what the messages say that are to be read, in order of time."""
        rows = self.tcp.rows + self._replayed().rows
        return sorted(rows, key=lambda e: e.query_ns if e.query_ns is not None else e.answer_ns or 0)

    def illegible_answers(self) -> list[tuple[str, FrameRef, int]]:
        """Return the answers of which the snap length left not even the question: to whom, frame, and time, ns."""
        return self._replayed().illegible

    def oddities(self) -> list[Oddity]:
        """Return what was odd about the messages that were read."""
        read = [*self._damaged.odd(), *self.tcp.odd(), *self._replayed().odd()]
        return [*read, *self._beyond()]

    def answers_beyond(self, address: str) -> list[tuple[tuple[FrameRef, int], tuple[FrameRef, int]]]:
        """Return between which moments answers came that are not kept and may have held an address: of each bound that
        there is, a frame near the first and the first's time, ns, and the same of the last.
        """
        return [
            ((unkept.first, between[0]), (unkept.last, between[1]))
            for unkept in (self.unkept, self.tcp.unkept)
            if (between := unkept.between(address)) is not None and unkept.first is not None and unkept.last is not None
        ]

    def _beyond(self) -> Iterator[Oddity]:
        """Tell what is not kept."""
        for unkept in (self.unkept, self.tcp.unkept):
            if unkept.first is not None:
                why = of_protocol("DNS", ODD("odd-dns-too-many", number=unkept.messages))
                yield Oddity(unkept.first.capture, unkept.first.number, None, why)
        if self.clients_beyond:
            capture = max(capture for capture, _ in self.clients)
            why = ODD("odd-dns-clients", number=self.clients_beyond, most=MOST_CLIENTS)
            yield Oddity(capture, None, None, of_protocol("DNS", why))

    def _replayed(self) -> Exchanges:
        if self._read is None:
            self._read = Exchanges()
            for part in self.parts:
                plain = part.skeletons.plain & ~part.messages.cut
                rows = np.flatnonzero(part.chosen) if self.choosy else np.arange(len(part.messages))
                for message, known in zip(part.messages.each(rows), (~plain[rows]).tolist(), strict=True):
                    self._read.feed(*message, known=known)
            self._read.finish()
        return self._read


def _as_many(one: LogPart, other: LogPart) -> bool:
    return int(one.chosen.sum()) == int(other.chosen.sum())
