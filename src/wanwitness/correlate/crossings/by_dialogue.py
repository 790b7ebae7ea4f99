"""Pairs a LAN connection with the one that a proxy on the router opened for it.

Such a router leaves only what was said and when: the dialogues must agree, and every command must have been heard on
the LAN before it was repeated on the WAN, and every reply on the WAN before the LAN. Several that agree equally well
are assigned one to one; where more than one link remains possible, the pair says so.

A capture that lost packets may show a reply with the wrong command, or miss a command. As many differences are
tolerated as there are gaps: the true partner must never be ruled out, or another one would be taken for it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from wanwitness.correlate.clocks.timeline import Timeline
from wanwitness.model import Dialogue, FrameRef
from wanwitness.reading.point import MailStream

from .assignment import Comparison, assign
from .assumptions import CERTAIN_BY_DIALOGUE, ENOUGH_DIALOGUES, PROXY_START_NS
from .identifiers import weighed
from .opener import opener_of
from .pair import Method, Opener, Pair, Wan, opening_frames

SECOND = 1_000_000_000
GREETINGS = frozenset(("EHLO", "HELO"))
ENVELOPE = frozenset(("MAIL", "RCPT"))
METHODS: dict[Opener, Method] = {"client": "relative-sequence", "router": "dialogue", "either": "payload"}

Key = tuple[str, str]


class _Row(NamedTuple):
    key: Key
    """What must be the same on both sides: verb and words. A proxy may greet in its own name, or by the older verb."""
    words: str
    asked: int | None
    reply: tuple[int, str] | None
    answered: int | None


@dataclass(frozen=True, slots=True)
class _Talk:
    """One side's dialogue, on the reference clock."""

    rows: list[_Row]
    begin: int
    """Its SYN's time, else when it was first seen."""
    unseen: int
    """How much earlier it may have begun, ns."""
    lost: int
    """Places where bytes were not captured."""

    @property
    def envelope(self) -> list[Key]:
        """The senders and recipients."""
        return [row.key for row in self.rows if row.key[0] in ENVELOPE]

    @property
    def first(self) -> _Row | None:
        """The first command."""
        return next((row for row in self.rows if row.key[0] != "connect"), None)


def by_dialogue(lans: Iterable[MailStream], wans: Iterable[Wan], timeline: Timeline) -> list[Pair]:
    """Pair streams whose dialogues agree; each stream is used once."""
    lans, talks = list(lans), [(wan, _talk(wan[1], timeline)) for wan in wans if wan[1].dialogue.exchanges]
    streams = [*(lan.stream for lan in lans), *(wan.stream for (_, wan), _ in talks)]
    others = _Others(talks, 2 * max((timeline.doubt_of(stream).ns for stream in streams), default=0))
    fits: list[Comparison] = []
    for lan in lans:
        own = _talk(lan, timeline)
        for wan, other in others.near(own):
            tolerance = timeline.apart(lan.stream, wan[1].stream)
            delay = other.begin - own.begin
            if -tolerance - own.unseen <= delay <= PROXY_START_NS:
                found = _compare(own, other, tolerance)
                if found is not None:
                    score, mismatches = found
                    opener = opener_of(lan.stream, wan[1].stream, timeline)
                    doubt = own.lost + other.lost
                    fits.append(Comparison(lan, wan, METHODS[opener], score, mismatches, doubt, opener, abs(delay)))
    return assign(weighed(fits))


def by_words(lans: Iterable[MailStream], wans: Iterable[Wan]) -> list[Pair]:
    """Pair streams in which, word for word, something was said that was said only once on either side.

    It needs no clocks: what it finds may tie them. One pair alone proves little, since the same mail may have been
    tried at another time too: several pairs of a capture must agree on the offset of its clock.
    """

    def said(mail: MailStream) -> tuple[object, ...]:
        rows = _rows(mail.dialogue, lambda _, ts_ns: ts_ns)
        named = any(key[0] in ENVELOPE and reply is not None for key, _, _, reply, _ in rows)
        return tuple((key, reply) for key, _, _, reply, _ in rows) if named else ()

    ours, theirs = [(said(lan), lan) for lan in lans], [(said(wan[1]), wan) for wan in wans]
    often, others_often = Counter(words for words, _ in ours), Counter(words for words, _ in theirs)
    by_said = {words: wan for words, wan in theirs if words and others_often[words] == 1}
    found: dict[int, list[Pair]] = defaultdict(list)
    for words, lan in ours:
        wan = by_said.get(words)
        if wan is not None and often[words] == 1:
            frames = opening_frames(lan.stream) + opening_frames(wan[1].stream)
            found[wan[1].stream.first.capture].append(
                Pair(lan, wan[1], wan[0], "dialogue", CERTAIN_BY_DIALOGUE, None, frames, opener="router")
            )
    return [pair for pairs in found.values() if _agree_on_the_time(pairs) for pair in pairs]


def _agree_on_the_time(pairs: Sequence[Pair]) -> bool:
    apart = [pair.wan.stream.start_ns - pair.lan.stream.start_ns for pair in pairs]
    return len(apart) >= ENOUGH_DIALOGUES and max(apart) - min(apart) <= PROXY_START_NS


class _Others:
    """The WAN side's dialogues by time."""

    def __init__(self, talks: Iterable[tuple[Wan, _Talk]], widest: int) -> None:
        self._widest = widest
        self._all = sorted(talks, key=lambda talk: talk[1].begin)
        self._lost = [talk for talk in self._all if talk[1].lost or _asked(talk[1]) is None]
        self._whole = [talk for talk in self._all if not talk[1].lost and _asked(talk[1]) is not None]
        self._whole.sort(key=lambda talk: _asked(talk[1]) or 0)

    def near(self, talk: _Talk) -> Iterable[tuple[Wan, _Talk]]:
        """Those that may be what a proxy made of `talk`; few others."""
        first = talk.first
        begin = (talk.begin - talk.unseen - self._widest, talk.begin + PROXY_START_NS)
        if talk.lost or first is None or first.asked is None or first.answered is None:
            return _between(self._all, *begin, lambda other: other.begin)
        # The first command was repeated while its answer was waited for.
        whole = _between(
            self._whole,
            first.asked - self._widest,
            first.answered + self._widest,
            lambda other: _asked(other) or 0,
        )
        return [*whole, *_between(self._lost, *begin, lambda other: other.begin)]


def _asked(talk: _Talk) -> int | None:
    return talk.first.asked if talk.first is not None else None


def _between(
    talks: Sequence[tuple[Wan, _Talk]], low: int, high: int, key: Callable[[_Talk], int]
) -> Sequence[tuple[Wan, _Talk]]:
    first = bisect_left(talks, low, key=lambda talk: key(talk[1]))
    return talks[first : bisect_right(talks, high, key=lambda talk: key(talk[1]))]


def _compare(one: _Talk, two: _Talk, tolerance: int) -> tuple[float, float] | None:
    """How well two dialogues agree, 0 to 0.95, and what speaks against it; None where it is plain that they do not."""
    if not _same_envelope(one, two):
        return None
    agree = differ = contrary = 0
    named = False
    for row, other in _aligned(one.rows, two.rows):
        verb = row.key[0]
        early = row.asked is not None and other.asked is not None and other.asked < row.asked - tolerance
        contrary += early and verb != "connect"
        differ += row.words != other.words
        if row.reply is not None and other.reply is not None:
            late = row.answered is not None and other.answered is not None and row.answered < other.answered - tolerance
            contrary += late or row.reply[0] != other.reply[0]
            agree += row.reply == other.reply
            differ += row.reply != other.reply
            named = named or verb != "connect"
    if not named or contrary > one.lost + two.lost:
        return None
    return CERTAIN_BY_DIALOGUE * agree / max(len(one.rows), len(two.rows), 1), differ + contrary


def _same_envelope(one: _Talk, two: _Talk) -> bool:
    """Whether senders and recipients are the same; one side may have ended earlier, or have lost some."""
    ours, theirs = one.envelope, two.envelope
    if not one.lost and not two.lost:
        return all(key == other for key, other in zip(ours, theirs, strict=False))
    if one.lost and two.lost:
        return not ours or not theirs or bool(set(ours) & set(theirs))
    whole, holed = (theirs, ours) if one.lost else (ours, theirs)
    rest = iter(whole)
    return all(key in rest for key in holed)


def _aligned(one: Sequence[_Row], two: Sequence[_Row]) -> Iterator[tuple[_Row, _Row]]:
    """Pair the rows of two dialogues. Where these are not the same row by row, only rows that occur once in each are
    paired, in order.
    """
    if all(row.key == other.key for row, other in zip(one, two, strict=False)):
        yield from zip(one, two, strict=False)
        return
    often, others_often = Counter(row.key for row in one), Counter(row.key for row in two)
    place = {row.key: n for n, row in enumerate(two)}
    last = -1
    for row in one:
        if often[row.key] == others_often[row.key] == 1 and place[row.key] > last:
            last = place[row.key]
            yield row, two[last]


def _talk(mail: MailStream, timeline: Timeline) -> _Talk:
    stream = mail.stream
    lost = len(stream.gaps) + (stream.syn is None and stream.synack is None)
    unseen = 0 if stream.syn is not None else PROXY_START_NS
    return _Talk(_rows(mail.dialogue, timeline.aligned), timeline.aligned(stream.first, stream.start_ns), unseen, lost)


def _rows(dialogue: Dialogue, aligned: Callable[[FrameRef, int], int]) -> list[_Row]:
    rows: list[_Row] = []
    for exchange in dialogue.exchanges:
        command, reply = exchange.command, exchange.reply
        if command is None or (command.verb == "QUIT" and reply is None):
            continue
        words = command.argument.strip().lower()
        key = (command.verb, words)
        if command.verb in GREETINGS:
            key = ("HELO", "")
        elif command.verb in ENVELOPE:  # what follows the path are options, which a proxy may leave out
            key = (command.verb, words.partition(">")[0])
        rows.append(
            _Row(
                key,
                words,
                aligned(command.frames[0], command.ts_ns) if command.frames else None,
                (reply.code, reply.text) if reply else None,
                aligned(reply.frames[-1], reply.ts_ns) if reply and reply.frames else None,
            )
        )
    return rows
