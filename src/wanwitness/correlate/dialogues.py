"""Pairs a LAN connection with the one that a proxy on the router opened for it.

Such a router leaves only what was said and when: the dialogues must agree, and every command must have been heard on
the LAN before it was repeated on the WAN, and every reply on the WAN before the LAN. Several that agree equally well
are shared out one to one, and where that leaves more than one link open, the pair says so.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable

from wanwitness.model import Dialogue, FrameRef
from wanwitness.protocols.point import MailStream

from .matching import Matching
from .pair import Method, Pair, Wan, opening_frames
from .sequence import relative_marks
from .timeline import Timeline

SECOND = 1_000_000_000
PROXY_START_NS = 60 * SECOND
"""A proxy opens its own connection within this time of the client's; a minute is the patience of mail clients."""
MAX_RIVALS = 64

_Said = tuple[str, str, int | None, tuple[int, str] | None, int | None]
"""Verb, words, when asked, reply, when answered."""


def by_dialogue(lans: Iterable[MailStream], wans: Iterable[Wan], timeline: Timeline) -> list[Pair]:
    """Pair streams whose dialogues agree; each stream is used once."""

    def begin(mail: MailStream) -> int:
        return timeline.aligned(mail.stream.first, mail.stream.start_ns)

    rows: dict[int, list[_Said]] = {}

    def said(mail: MailStream) -> list[_Said]:
        if id(mail) not in rows:
            rows[id(mail)] = _said(mail.dialogue, timeline.aligned)
        return rows[id(mail)]

    wans = sorted((wan for wan in wans if wan[1].dialogue.exchanges), key=lambda wan: begin(wan[1]))
    fits: dict[int, list[tuple[float, int, Wan]]] = {}
    lan_of: dict[int, MailStream] = {}
    for lan in lans:
        at = begin(lan)
        low = bisect_left(wans, at - timeline.widest, key=lambda wan: begin(wan[1]))
        high = bisect_right(wans, at + PROXY_START_NS, key=lambda wan: begin(wan[1]))
        found = []
        for wan in wans[low:high]:
            tolerance = timeline.slack(lan.stream.first, wan[1].stream.first)
            if begin(wan[1]) - at < -tolerance:
                continue
            score = _score(said(lan), said(wan[1]), tolerance)
            if score > 0:
                found.append((score, begin(wan[1]) - at, wan))
        if found:
            best = max(score for score, _, _ in found)
            fits[id(lan)] = [fit for fit in found if fit[0] >= 0.9 * best]
            lan_of[id(lan)] = lan
    return _share_out(lan_of, fits)


def _share_out(lan_of: dict[int, MailStream], fits: dict[int, list[tuple[float, int, Wan]]]) -> list[Pair]:
    used: dict[int, int] = {}
    ranked = sorted(
        ((score, delay, key, wan) for key, found in fits.items() for score, delay, wan in found),
        key=lambda fit: (-fit[0], fit[1]),
    )
    chosen: dict[int, tuple[float, Wan]] = {}
    for score, _, key, wan in ranked:
        if key not in chosen and id(wan[1]) not in used:
            used[id(wan[1])] = key
            chosen[key] = (score, wan)
    matchings = _matchings({key: [id(wan[1]) for _, _, wan in found] for key, found in fits.items()})
    pairs = []
    for key, (score, wan) in chosen.items():
        others = [(s, w) for s, _, w in fits[key] if w[1] is not wan[1]]
        rivals = [w for _, w in others if (matching := matchings[key]) is None or matching.may_pair(key, id(w[1]))]
        lan = lan_of[key]
        method: Method = "relative-sequence" if _passed_on(lan, wan[1]) else "dialogue"
        pairs.append(
            Pair(
                lan,
                wan[1],
                wan[0],
                method,
                round(score / (1 + len(rivals)), 4),
                round(max(s for s, _ in others) / (1 + len(rivals)), 4) if others else None,
                opening_frames(lan.stream) + opening_frames(wan[1].stream),
                rivals=tuple(w[0] for w in rivals),
            )
        )
    return pairs


def _matchings(edges: dict[int, list[int]]) -> dict[int, Matching | None]:
    """For each LAN stream how its group may be shared out; None where the group is too large to tell."""
    callers: dict[int, list[int]] = defaultdict(list)
    for left, rights in edges.items():
        for right in rights:
            callers[right].append(left)
    result: dict[int, Matching | None] = {}
    for start in edges:
        if start in result:
            continue
        group, todo = {start}, [start]
        while todo:
            for right in edges[todo.pop()]:
                fresh = [left for left in callers[right] if left not in group]
                group.update(fresh)
                todo += fresh
        matching = Matching({left: edges[left] for left in group}) if len(group) <= MAX_RIVALS else None
        result.update(dict.fromkeys(group, matching))
    return result


def _passed_on(lan: MailStream, wan: MailStream) -> bool:
    """Whether the two are one connection to one server after all, whose sequence numbers the router rewrote.

    Then every segment has the same place, and the server's SYN-ACK was seen behind the router first.
    """
    one, two = lan.stream, wan.stream
    if one.resp != two.resp or one.tsval_orig != two.tsval_orig:
        return False
    marks, others = relative_marks(one), relative_marks(two)
    return bool(marks) and (one.tsval_orig is not None or one.orig.port == two.orig.port) and marks == others


def _score(one: list[_Said], two: list[_Said], tolerance: int) -> float:
    """How well two dialogues agree, 0 to 0.95; 0 where they contradict each other in words or in time."""
    agree, named = 0, False
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
            named = named or verb != "connect"
    return 0.95 * agree / max(len(one), len(two)) if named else 0.0


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
