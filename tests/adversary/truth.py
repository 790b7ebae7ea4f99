"""What of a world can be known from its captures, session by session."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Literal

from .flaws import Written
from .world import Answer, Host, Told, World

FRESH = 0.1
"""Seconds from answer to SYN within which a look-up looks like the connection's own."""
OVERLAP = 0.005
"""Upstream questions by several links that were open within this time of each other cannot be told apart by time."""

Class = Literal["decidable", "twin", "unknowable"]
Look = Literal["own", "chance", "refresh", "several", "nothing"]


@dataclass(frozen=True)
class Row:
    """One session's truth as it is scored."""

    port: int
    wan_port: int
    mismatch: bool | None
    of: Class
    looks: Look
    """What came within FRESH before the SYN: its own answer alone, or answers of another link that it did not use, by
    `chance` or because its host's cache was refreshed (`refresh`), or answers of `several` links, or `nothing`.
    """
    near: str | None
    """The link of those answers."""
    other_age: float | None
    """Seconds from the latest answer of another link than its own to the SYN."""
    why: str
    story: str
    at: float
    opener: str
    transport: str
    resolver: str | None


def rows_of(world: World, written: Written, overlap: float = OVERLAP) -> list[Row | None]:
    """Judge what can be known from what was written; None for a connection of which nothing was."""
    reached: dict[str, list[Answer]] = defaultdict(list)
    connects: dict[str, list[Told]] = defaultdict(list)
    for host in (*world.hosts, world.router):
        reached[host.ip] += host.reached
        connects[host.ip] += host.connects
    hosts = {host.name: host for host in (*world.hosts, world.router)}
    shared = {ip for ip, count in Counter(host.ip for host in world.hosts).items() if count > 1}
    rows: list[Row | None] = []
    for told in world.told:
        if written.present.isdisjoint(told.frames):
            rows.append(None)
            continue
        host = hosts[told.opener]
        before = [a for a in reached[host.ip] if a.came <= told.at and told.address in a.addresses]
        why = _unknowable(world, told, host, before, connects[host.ip], written, overlap)
        if not why and host.ip in shared and len({answer.link for answer in before}) > 1:
            why = "contested, and several hosts behind one address"
        rows.append(
            Row(
                told.port,
                told.wan_port,
                told.mismatch,
                "unknowable" if why else "decidable",
                *_looks(told, before),
                _other_age(told, before),
                why,
                told.story,
                told.at,
                told.opener,
                told.transport,
                told.answer.link if told.answer else None,
            )
        )
    return rows


def _looks(told: Told, before: list[Answer]) -> tuple[Look, str | None]:
    """What the packets just before the SYN look like: a look-up of its own where one link's answer came."""
    near = [a for a in before if told.at - a.came <= FRESH]
    links = {a.link for a in near}
    if len(links) != 1:
        return ("nothing" if not near else "several"), None
    (link,) = links
    if told.answer is not None and link == told.answer.link:
        return "own", link
    return ("refresh" if any(a.refresh for a in near) else "chance"), link


def _other_age(told: Told, before: list[Answer]) -> float | None:
    used = None if told.answer is None else told.answer.link
    return min((told.at - answer.came for answer in before if answer.link != used), default=None)


def _unknowable(
    world: World,
    told: Told,
    host: Host,
    before: list[Answer],
    connects: list[Told],
    written: Written,
    overlap: float,
) -> str:
    """Why nobody need be able to tell; empty where the captures can."""
    kept = written.kept
    used = told.answer
    if used is None:
        return "the address came from no look-up"
    if not told.clear:
        return "hidden by the mechanism"
    if not used.sure:
        return "the answer's link is hidden (encrypted, own TTL, race)"
    if not used.evidence.issubset(kept):
        return "frames of its look-up are missing"
    if not told.evidence.issubset(kept):
        return "frames of its opening are missing"
    rivals = (up for up in world.upstreams if up.name == used.name and up.group != used.group)
    if any(_confused(used, up.link, up.asked, up.came, overlap) for up in rivals):
        return "another link was asked at the same time"
    # The later answers of one look-up that asks several servers at once change nothing.
    before = [a for a in before if a is used or a.question != used.question or a.came < used.came]
    if host.name == "router" and not written.lan_span[0] < used.asked < used.came < written.lan_span[1]:
        return "whether the look-up was the router's own: the LAN side was not captured then"
    if not host.joined and (":" in told.address) != host.asks_by_6:
        return "nothing shows that the asker and the opener are one host"
    if all(answer.link == used.link for answer in before) and (host.name != "router" or told.at - used.came <= FRESH):
        if world.blind and told.at - used.came > FRESH:
            return "kept, and a capture is blind"
        return ""
    if host.name == "router" and told.at - used.came > FRESH:
        return "the router's own, and not fresh"
    if world.blind:
        return "contested, and a capture is blind"
    if told.at - used.came > FRESH:
        return "contested, and not fresh"
    if any(answer is not used and answer.came > used.asked for answer in before):
        return "contested, and another answer came between"
    if any(
        other is not told
        and used.asked <= other.at <= told.at
        and (other.address == told.address or other.answer is used)
        for other in connects
    ):
        return "contested, and another connection came between"
    return ""


def _confused(used: Answer, link: str, asked: float, came: float, overlap: float) -> bool:
    return link != used.link and asked - overlap < used.came and used.asked < came + overlap and used.came - asked < 10
