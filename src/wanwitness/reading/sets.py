"""Which files are pieces of one capture, where nobody said: rotated sets, whatever their names.

Pieces follow one another in time, and show one place: the same addresses that ask there, or the same two MACs. Files
whose names differ only in what a rotation adds are pieces unless what they show contradicts it; others only where what
they show says so plainly.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Literal

from wanwitness.inputs import STDIN
from wanwitness.model.private import is_private
from wanwitness.model.side_names import named_sides

from .glimpse import Glimpse, Pair, glimpse
from .input_file import File
from .rotation import bare, names, stem

SLACK_NS = 1_000_000_000
"""By so much pieces may overlap, and by a tenth of the shorter: frames are not always written in order of time."""
FEW = 2
"""Addresses that ask: where more do, it is no link's side."""
MANY = 64
"""Files of one rotation's names that are looked at; all of them only where these are of several captures."""
Likeness = Literal["same", "unknown", "renewed", "other"]
"""Of a set and a file: one place for sure, no telling, one link whose address may have changed, or two places."""


@dataclass(slots=True)
class _Set:
    """Files that are taken for pieces of one capture, in order of time."""

    order: int
    files: list[File] = field(default_factory=list)
    begin_ns: int = 0
    """Of the last piece."""
    end_ns: int = 0
    whole: bool = True
    """Whether the end is known."""
    own: set[str] = field(default_factory=set)
    versions: set[int] = field(default_factory=set)
    networks: set[str] = field(default_factory=set)
    pairs: set[Pair] = field(default_factory=set)
    macs: set[int] = field(default_factory=set)
    interfaces: frozenset[tuple[int, str]] = frozenset()
    names: set[str] = field(default_factory=set)
    stems: set[tuple[PurePath, str]] = field(default_factory=set)

    def add(self, file: File, seen: Glimpse) -> None:
        """Take the next piece."""
        self.files.append(file)
        self.begin_ns, self.end_ns = seen.begin_ns, max(self.end_ns, seen.end_ns)
        self.interfaces, self.whole = seen.interfaces, seen.whole
        self.names.update(names(file.item.path))
        self.stems.add(_place(file))
        self.own |= seen.own
        self.versions |= seen.versions
        self.networks |= seen.networks
        self.pairs |= seen.pairs
        self.macs |= seen.macs


def name_sets(files: Sequence[File]) -> None:
    """Give every file of which nobody said what it is the name of its set: files of one name are one capture."""
    free = [file for file in files if not file.item.rules]
    looked: dict[int, Glimpse | None] = {}
    unseen = _some_of_each(free) if len(free) > 1 else []
    while True:
        looked |= {file.order: _look(file) for file in unseen}
        known = {order: seen for order, seen in looked.items() if seen is not None}
        some = sorted((f for f in free if f.order in known), key=lambda f: (known[f.order].begin_ns, f.order))
        sets = [found.files for found in _sets(some, known)]
        places = Counter(place for members in sets for place in {_place(file) for file in members})
        # Where several captures have one name, each file must be looked at.
        unseen = [file for file in free if places[_place(file)] > 1 and file.order not in looked]
        if not unseen:
            break
    by_stem = {_place(file): members for members in reversed(sets) for file in members}
    for file in free:
        if file.order not in known:  # the name tells, also of what holds nothing
            members = by_stem.setdefault(_place(file), [])
            sets += [] if members else [members]
            members.append(file)
    sets.sort(key=lambda members: min(file.order for file in members))
    for members, name in zip(sets, _called(sets), strict=True):
        for file in members:
            file.set_name = name


def _place(file: File) -> tuple[PurePath, str]:
    """Folder and name, without what nobody writes but a rotation."""
    return PurePath(file.item.path).parent, stem(file.item.path)


def _some_of_each(files: Iterable[File]) -> list[File]:
    """The files, but of very many whose names tell one rotation only some, from its begin to its end."""
    of_place: dict[tuple[PurePath, str], list[File]] = defaultdict(list)
    for file in files:
        of_place[_place(file)].append(file)
    some = []
    for members in of_place.values():
        members.sort(key=lambda file: file.item.path)
        step = -(-len(members) // MANY)  # every time at another place: captures may take turns
        some += [members[n + n // step % step] for n in range(0, len(members) - step + 1, step)] + members[-1:]
    return list({file.order: file for file in some}.values())


def _look(file: File) -> Glimpse | None:
    """Look at a file, unless it is a pipe, which can be read once."""
    return None if file.item.path == STDIN or not Path(file.item.path).is_file() else glimpse(file)


def _sets(files: Iterable[File], looked: Mapping[int, Glimpse]) -> list[_Set]:
    """Put files, in order of their begin, behind the pieces that they continue."""
    sets: list[_Set] = []
    index: dict[str, dict[int, _Set]] = defaultdict(dict)
    """By everything that a set and its next piece may have in common."""
    for file in files:
        seen = looked[file.order]
        keys = (*names(file.item.path), *seen.own)
        candidates = {n: known for key in keys for n, known in index[key].items()}
        ranked = ((rank, n) for n, known in candidates.items() if (rank := _rank(known, file, seen)) is not None)
        best = min(ranked, default=None)
        if best is None:
            sets.append(_Set(len(sets)))
        own = sets[-1] if best is None else sets[best[1]]
        own.add(file, seen)
        for key in keys:
            index[key][own.order] = own
    return sets


def _rank(known: _Set, file: File, seen: Glimpse) -> tuple[bool, int, int] | None:
    """Rank a file as the next piece of a set, the least being the best; None where it cannot be one."""
    level = next((n for n, name in enumerate(names(file.item.path)) if name in known.names), None)
    sure = _place(file) in known.stems
    like = _likeness(known, seen, sure=sure)
    if like == "other" or not _one_interface(known.interfaces, seen.interfaces):
        return None
    if like == "renewed" and not known.whole:
        return None  # who knows whether two addresses were in use at one time
    if _overlap(known, seen) and not (sure and like != "renewed"):
        return None
    if level is None and (like != "same" or _other_side(known, file)):
        return None
    return like != "same", len(names(file.item.path)) if level is None else level, seen.begin_ns - known.end_ns


def _likeness(known: _Set, seen: Glimpse, *, sure: bool) -> Likeness:
    """Compare what a set and a file show. `sure`: the names are such as only a rotation gives."""
    apart = bool(known.macs) and bool(seen.macs) and known.macs.isdisjoint(seen.macs)
    shared = known.own & seen.own
    if shared:
        if not apart:
            return "same" if known.macs & seen.macs or not all(map(is_private, shared)) else "unknown"
        # Two boxes may give one private address; a public one may be seen on both sides of a router without NAT.
        return "other" if all(map(is_private, shared)) else "unknown"
    if not known.own or not seen.own:
        return "unknown"
    if known.versions.isdisjoint(seen.versions):
        return "other" if apart else "unknown"  # IPv4 now and IPv6 then
    if not known.networks.isdisjoint(seen.networks):
        return "other" if apart else "unknown"
    if max(len(known.own), len(seen.own)) > FEW:  # hosts, of whom others may ask at another time
        return "unknown" if known.macs & seen.macs else "other"
    if known.pairs & seen.pairs or (sure and (known.macs & seen.macs or not (known.macs or seen.macs))):
        return "renewed"
    return "other"


def _one_interface(some: frozenset[tuple[int, str]], others: frozenset[tuple[int, str]]) -> bool:
    """Whether two files may show an interface in common: of one link type, and of one name if both give any."""
    return any(kind == other and (not name or not its or name == its) for kind, name in some for other, its in others)


def _other_side(known: _Set, file: File) -> bool:
    """Whether a file's name speaks of another side than the names of a set do."""
    own = named_sides(bare(file.item.path))
    theirs = set().union(*(named_sides(bare(other.item.path)) for other in known.files[:FEW]))
    return bool(own and theirs) and own != theirs


def _overlap(known: _Set, seen: Glimpse) -> bool:
    """Whether a file begins well before the pieces of a set end."""
    span = min(seen.end_ns - seen.begin_ns, known.end_ns - known.begin_ns)
    if span <= 0:
        return known.begin_ns < seen.begin_ns < known.end_ns
    return min(known.end_ns, seen.end_ns) - seen.begin_ns > min(SLACK_NS, span // 10)


def _called(sets: Sequence[Sequence[File]]) -> list[str]:
    """Name each set: after what its names have in common, and so that no two have one name."""
    found = [_common_name([file.item.path for file in members]) for members in sets]
    firsts = [min(members, key=lambda file: file.order).item.path for members in sets]
    for longer in (bare, lambda path: str(PurePath(path).parent / bare(path)), str):
        counts = Counter(found)
        found = [name if counts[name] == 1 else longer(path) for name, path in zip(found, firsts, strict=True)]
    return found


def _common_name(paths: Sequence[str]) -> str:
    """What the names of a set's files have in common; the first one's where that is nothing."""
    if len(paths) == 1:
        return stem(paths[0])
    shared = set(names(paths[0])).intersection(*map(names, paths[1:]))
    return next((name for name in names(paths[0]) if name in shared), stem(min(paths)))
