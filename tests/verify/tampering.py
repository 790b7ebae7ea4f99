"""One thing of a case changed, at a random place: a frame number, a text, a time, an address, a count."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

Place = tuple[Any, ...]
"""Keys and indexes from the document down to a value."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+|[0-9a-f:]*::[0-9a-f:]*")
_SAID = {"text", "command", "mail_from", "banner", "helo", "asked_name"}
"""Keys of texts that came out of packets."""
_NOT_CHECKED = {
    "explanation",
    "sentences",
    "tool",
    "analysed_at",
    "notes",
    "events",
    "role_reason",
    "site",
    "oddities",
}


def places(document: dict[str, Any]) -> Iterator[tuple[Place, Any]]:
    """Every value of a document with its place."""

    def within(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
        rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
        if rows is None:
            yield place, value
            return
        for key, part in rows:
            if key not in _NOT_CHECKED and not str(key).endswith(("_id", "_args")):  # of sentences
                yield from within(part, (*place, key))

    return within(document, ())


def _is_frame(place: Place, value: Any) -> bool:
    if type(value) is not int or ("sessions" not in place and "links" not in place):
        return False
    single = place[-1] == 1 and isinstance(place[-2], str) and place[-2].endswith("frame")
    return single or (place[-1] == 1 and "frames" in place)


def _is_text(place: Place, value: Any) -> bool:
    own = [key for key in place if isinstance(key, str)]
    if not isinstance(value, str) or "sessions" not in place or len(value) < 2 or value == "connect":
        return False
    if {"findings", "objections", "candidates", "nearest"} & set(own):  # our own words
        return False
    return own[-1] in _SAID or own[-1] in ("rcpt_to", "enhanced") or (own[-2:] == ["resolution", "name"])


def _is_time(place: Place, value: Any) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def _is_address(place: Place, value: Any) -> bool:
    if "shown" in place:
        return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None
    return "sessions" in place and isinstance(value, str) and _ADDRESS.fullmatch(value) is not None


def _is_port(place: Place, value: Any) -> bool:
    return type(value) is int and place[-1] == "port"


def _is_count(place: Place, value: Any) -> bool:
    if type(value) is not int:
        return False
    counted = {"packets", "bytes", "ttl_s", "id", "code", "accepted", "rejected", "sessions", "flagged"}
    return place[-1] in counted and ("sessions" not in place[:1] or place[-1] in ("ttl_s", "id", "code"))


def _is_filter(place: Place, value: Any) -> bool:
    return place[-1] in ("tshark_filter", "community_id") and isinstance(value, str)


def _is_figure(place: Place, value: Any) -> bool:
    return place[0] == "hypotheses" and type(value) in (int, float)


def _is_link(place: Place, value: Any) -> bool:
    own = ("transport_link", "resolver_link", "link", "point", "verdict")
    return "sessions" in place[:1] and "rejections" not in place and place[-1] in own and isinstance(value, str)


KINDS: dict[str, Callable[[Place, Any], bool]] = {
    "frame number": _is_frame,
    "text": _is_text,
    "time": _is_time,
    "address": _is_address,
    "port": _is_port,
    "count, TTL, id, code": _is_count,
    "figure": _is_figure,
    "filter": _is_filter,
    "link": _is_link,
}


def changed(value: Any, kind: str, rng: random.Random) -> Any:
    """Another value of the same kind, near by."""
    if kind == "frame number":
        return max(1, value + rng.choice([-3, -2, -1, 1, 2, 3])) if value > 3 else value + rng.randint(1, 3)
    if isinstance(value, float):
        return value * rng.choice([0.99, 1.01]) if value else 0.01
    if type(value) is int:
        return value + rng.choice([1, 2, 10])
    if kind == "time":
        return _digit(value, rng, range(11, 24))  # from the hours down to a tenth of a millisecond: clocks are no surer
    if kind in ("address", "filter") and any(sign.isdigit() for sign in value):
        return _digit(value, rng, range(len(value)))
    at = rng.randrange(len(value))
    other = rng.choice([sign for sign in "abcdefghijklmnopqrstuvwxyz" if sign != value[at].lower()])
    return value[:at] + other + value[at + 1 :]


def _digit(value: str, rng: random.Random, among: range) -> str:
    at = rng.choice([n for n in among if n < len(value) and value[n].isdigit()])
    other = rng.choice([digit for digit in "0123456789" if digit != value[at]])
    return value[:at] + other + value[at + 1 :]


def tamper(document: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    """The document with another value in a place."""
    copy = deepcopy(document)
    part: Any = copy
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    return copy
