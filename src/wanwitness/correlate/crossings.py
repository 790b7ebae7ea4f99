"""Pairs the LAN side and the WAN side of one connection.

Plain NAT rewrites addresses and ports and leaves sequence numbers alone, so a connection is found on the other side by
its initial sequence number, 32 bits chosen at random (RFC 9293 section 3.4.1), and confirmed by the server's. Without
the SYN, the first payload's sequence number and length serve. A router that ends the connection and opens another
leaves only what was said and when: then the dialogues must agree, and every command must have been heard on the LAN
before it was repeated on the WAN, and every reply on the WAN before the LAN.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from wanwitness.model import Dialogue, Direction, FrameRef, Stream
from wanwitness.protocols.point import MailStream

from .point import Point

SECOND = 1_000_000_000
PROXY_START_NS = 60 * SECOND
"""A proxy opens its own connection within this time of the client's; a minute is the patience of mail clients."""

Method = Literal["isn", "relative-sequence", "payload", "dialogue"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A LAN stream and the WAN stream that is the same conversation."""

    lan: MailStream
    wan: MailStream
    wan_point: Point
    method: Method
    confidence: float
    runner_up: float | None
    frames: tuple[FrameRef, ...]
    wan_return: MailStream | None = None
    return_point: Point | None = None
    rivals: tuple[Point, ...] = ()
    """Points of other WAN streams that fit as well."""


Wan = tuple[Point, MailStream]


def by_sequence(lans: Iterable[MailStream], wans: Iterable[Wan]) -> list[Pair]:
    """Pair streams whose sequence numbers agree; each WAN stream is used once."""
    wans = list(wans)
    by_isn: dict[int, list[Wan]] = defaultdict(list)
    by_reply: dict[int, list[Wan]] = defaultdict(list)
    by_payload: dict[tuple[Direction, int, int], list[Wan]] = defaultdict(list)
    for wan in wans:
        stream = wan[1].stream
        if stream.isn_orig is not None:
            by_isn[stream.isn_orig].append(wan)
        if stream.isn_resp is not None:
            by_reply[stream.isn_resp].append(wan)
        for mark in _payload_marks(stream):
            by_payload[mark].append(wan)

    scored: list[tuple[float, int, MailStream, Wan, Method]] = []
    for order, lan in enumerate(lans):
        stream = lan.stream
        near: dict[int, Wan] = {}
        for found in (
            by_isn.get(stream.isn_orig, []) if stream.isn_orig is not None else [],
            by_reply.get(stream.isn_resp, []) if stream.isn_resp is not None else [],
            *(by_payload.get(mark, []) for mark in _payload_marks(stream)),
        ):
            near.update((id(wan[1]), wan) for wan in found)
        for wan in near.values():
            score, method = _sequence_score(stream, wan[1].stream)
            if score > 0:
                scored.append((score, order, lan, wan, method))
    return _assign(scored)


def _payload_marks(stream: Stream) -> list[tuple[Direction, int, int]]:
    return [(m.direction, m.seq, m.length) for m in stream.marks if m.length][:3]


def _sequence_score(lan: Stream, wan: Stream) -> tuple[float, Method]:
    """How sure it is, 0 to 1, that two streams are one. Each equal 32-bit number leaves chance one in four billion."""
    equal = unequal = 0
    for one, two in ((lan.isn_orig, wan.isn_orig), (lan.isn_resp, wan.isn_resp)):
        if one is not None and two is not None:
            equal += one == two
            unequal += one != two
    if unequal:
        return 0.0, "isn"
    common = set(_payload_marks(lan)) & set(_payload_marks(wan))
    if not equal and not common:
        return 0.0, "isn"
    score = 1 - 0.5 ** (2 * equal + len(common) + 2)
    if lan.tsval_orig is not None and wan.tsval_orig is not None:
        score = score if lan.tsval_orig == wan.tsval_orig else score * 0.9
    if lan.resp != wan.resp:
        score *= 0.99  # rewritten destination: possible, and second to an equal one
    return score, "isn" if equal else "payload"


def _assign(scored: list[tuple[float, int, MailStream, Wan, Method]]) -> list[Pair]:
    """Take the best pairs first, each stream once; a second WAN stream may carry the way back."""
    best = sorted(scored, key=lambda s: (-s[0], -_both_ways(s[3][1].stream), s[1], s[3][1].stream.first))
    candidates: dict[int, list[tuple[float, Wan]]] = defaultdict(list)
    for score, _, lan, wan, _ in best:
        candidates[id(lan)].append((score, wan))
    used: set[int] = set()
    pairs: list[Pair] = []
    for score, _, lan, wan, method in best:
        if id(lan) in used or id(wan[1]) in used:
            continue
        used |= {id(lan), id(wan[1])}
        others = [(s, w) for s, w in candidates[id(lan)] if w[1] is not wan[1] and id(w[1]) not in used]
        back = next((w for _, w in others if _completes(wan[1].stream, w[1].stream)), None)
        if back is not None:
            used.add(id(back[1]))
        rest = [s for s, w in others if w is not back]
        pairs.append(
            Pair(
                lan,
                wan[1],
                wan[0],
                method,
                round(score, 4),
                round(rest[0], 4) if rest else None,
                _opening_frames(lan.stream) + _opening_frames(wan[1].stream),
                back[1] if back else None,
                back[0] if back else None,
            )
        )
    return pairs


def _both_ways(stream: Stream) -> int:
    return (stream.packets_orig > 0) + (stream.packets_resp > 0)


def _completes(out: Stream, back: Stream) -> bool:
    """Whether one stream has only the client's packets and the other only the server's."""
    return out.packets_orig > 0 and out.packets_resp == 0 and back.packets_orig == 0 and back.packets_resp > 0


def _opening_frames(stream: Stream) -> tuple[FrameRef, ...]:
    shown = [f for f in (stream.syn, stream.synack) if f is not None]
    return tuple(shown or [stream.first])


def by_dialogue(
    lans: Iterable[MailStream],
    wans: Iterable[Wan],
    lan_time: Callable[[FrameRef, int], int],
    slack: Callable[[FrameRef, FrameRef], int],
) -> list[Pair]:
    """Pair a LAN stream with the connection that a proxy on the router opened for it.

    Args:
        lan_time: a frame and its raw time to the reference clock's.
        slack: how far the clocks of two frames' captures may be apart, ns.
    """
    wans = sorted(wans, key=lambda wan: wan[1].stream.start_ns)
    scored: list[tuple[float, int, MailStream, Wan]] = []
    for lan in lans:
        if not lan.dialogue.exchanges:
            continue
        begin = lan_time(lan.stream.first, lan.stream.start_ns)
        for wan in wans:
            stream = wan[1].stream
            tolerance = slack(lan.stream.first, stream.first)
            delay = lan_time(stream.first, stream.start_ns) - begin
            if not -tolerance <= delay <= PROXY_START_NS:
                continue
            score = _dialogue_score(lan.dialogue, wan[1].dialogue, lan_time, tolerance)
            if score > 0:
                scored.append((score, delay, lan, wan))
    fits: dict[int, list[tuple[float, Wan]]] = defaultdict(list)
    for score, _, lan, wan in scored:
        fits[id(lan)].append((score, wan))
    used: set[int] = set()
    pairs = []
    for score, _, lan, wan in sorted(scored, key=lambda s: (-s[0], s[1])):
        if id(lan) in used or id(wan[1]) in used:
            continue
        rivals = [(s, w) for s, w in fits[id(lan)] if w[1] is not wan[1] and id(w[1]) not in used and s >= score]
        used |= {id(lan), id(wan[1])}
        runner_up = max((s for s, w in fits[id(lan)] if w[1] is not wan[1]), default=None)
        pairs.append(
            Pair(
                lan,
                wan[1],
                wan[0],
                "dialogue",
                round(score / (1 + len(rivals)), 4),
                None if runner_up is None else round(runner_up / (1 + len(rivals)), 4),
                _opening_frames(lan.stream) + _opening_frames(wan[1].stream),
                rivals=tuple(w[0] for _, w in rivals),
            )
        )
    return pairs


def _dialogue_score(lan: Dialogue, wan: Dialogue, aligned: Callable[[FrameRef, int], int], tolerance: int) -> float:
    """How well two dialogues agree, 0 to 0.95; 0 where they contradict each other in words or in time."""
    one, two = _said(lan, aligned), _said(wan, aligned)
    if not one or not two:
        return 0.0
    agree = 0
    for (verb, words, asked, reply, answered), (wan_verb, wan_words, wan_asked, wan_reply, wan_answered) in zip(
        one, two, strict=False
    ):
        if verb != wan_verb or words != wan_words:
            if verb in ("MAIL", "RCPT"):
                return 0.0
            continue
        if asked is not None and wan_asked is not None and verb != "connect" and wan_asked < asked - tolerance:
            return 0.0
        if reply is not None and wan_reply is not None:
            if reply[0] != wan_reply[0]:
                return 0.0
            if answered is not None and wan_answered is not None and answered < wan_answered - tolerance:
                return 0.0
            agree += reply == wan_reply
    return 0.95 * agree / max(len(one), len(two))


_Said = tuple[str, str, int | None, tuple[int, str] | None, int | None]


def _said(dialogue: Dialogue, aligned: Callable[[FrameRef, int], int]) -> list[_Said]:
    rows: list[_Said] = []
    for exchange in dialogue.exchanges:
        command, reply = exchange.command, exchange.reply
        if command is None or (command.verb == "QUIT" and reply is None):
            continue
        rows.append(
            (
                command.verb,
                command.argument,
                aligned(command.frames[0], command.ts_ns) if command.frames else None,
                (reply.code, reply.text) if reply else None,
                aligned(reply.frames[-1], reply.ts_ns) if reply and reply.frames else None,
            )
        )
    return rows
