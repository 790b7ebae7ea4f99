"""What tshark reads of all files of a case: the frames that matter, and what all of them are together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from wanwitness.errors import UsageError
from wanwitness.packets.ports import HTTPS_PORT
from wanwitness.sources.unpacked import unpacked

from .checks import Checks, Ref
from .citations import Citation
from .frame import ACK, CNAME, MX, SYN, Frame, Pair
from .originals import Original
from .second_reader import SecondReader

FEWEST_OF_CLIENTS = 32_768
"""Hosts take the ports of their own ends from here on."""
UNTAGGED = -1
"""As case.json has it."""
_COMMENT = " frame "


@dataclass(slots=True)
class Extent:
    """How much there is of an interface, or of a VLAN of it."""

    frames: int = 0
    begin_ns: int = 0
    """The time of its first frame."""
    end_ns: int = 0
    cut: int = 0
    """How many frames were not captured whole."""
    first_ns: int = 0
    """The least time in it."""
    last_ns: int = 0
    opened: set[int] = field(default_factory=set)
    """Ports that connections were opened to."""
    spoken: set[int] = field(default_factory=set)
    """Ports of servers, of any frame."""

    def add(self, frame: Frame) -> None:
        """Count a frame."""
        ts_ns = frame.ts_ns
        if not self.frames:
            self.begin_ns = self.first_ns = self.last_ns = ts_ns
        self.frames += 1
        self.cut += frame.cut
        self.end_ns = ts_ns
        self.first_ns, self.last_ns = min(self.first_ns, ts_ns), max(self.last_ns, ts_ns)
        if frame.is_tcp and frame.flags & (SYN | ACK) == SYN:
            self.opened.update(frame.dport[-1:])
        elif not frame.is_tcp and HTTPS_PORT in frame.dport:  # QUIC (RFC 9000)
            self.opened.add(HTTPS_PORT)
        self.spoken.update(port for port in (*frame.sport, *frame.dport) if port < FEWEST_OF_CLIENTS)


Place = tuple[int | None, int | None, int | None]
"""Section, interface and Linux's number of the interface, as tshark counts them."""


@dataclass(slots=True)
class FileRead:
    """A file as tshark reads it."""

    frames: dict[int, Frame] = field(default_factory=dict)
    """Those that are cited, or of a session's connection, by number."""
    by_pair: defaultdict[Pair, list[int]] = field(default_factory=lambda: defaultdict(list))
    extents: defaultdict[tuple[Place, int | None], Extent] = field(default_factory=lambda: defaultdict(Extent))
    """By place and outermost VLAN, `UNTAGGED` for none; under None all of a place."""
    names: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By address, the names that DNS gives for it anywhere in the file."""
    called: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By address, every name in the answers that give it: also those that an alias stands for."""
    asked: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By address, the names that were asked for, and those whose address came along (RFC 1035 section 3.3.9)."""
    exchangers: set[str] = field(default_factory=set)
    """The hosts that MX records name."""
    opaque: int = 0
    """Frames of which tshark does not know what is in them."""
    last: int = 0
    """The number of the last frame that tshark reads."""
    carved: bool = False
    """It is not the original, but made of the evidence captures: not all is there."""
    readable: Path | None = None

    def add(self, frame: Frame, cited: Collection[int], pairs: AbstractSet[Pair], ips: Collection[str]) -> None:
        """Take what matters of a frame."""
        self.last = max(self.last, frame.number)
        self.opaque += frame.is_opaque
        place = (frame.section, frame.interface, frame.ifindex)
        for vlan in (None, frame.vlans[0] if frame.vlans else UNTAGGED):
            self.extents[place, vlan].add(frame)
        own = not pairs.isdisjoint(frame.pairs)
        if own and "tcp" in frame.protocols:
            for pair in {*frame.pairs}:
                if pair in pairs:
                    self.by_pair[pair].append(frame.number)
        if own or frame.number in cited:
            self.frames[frame.number] = frame
        if frame.is_answer:
            self.exchangers.update(record.data for record in frame.records if record.qtype == MX and record.data)
            led_to = {*frame.questions, *(r.data for r in frame.records if r.qtype == CNAME)}
            for record in frame.records:
                if record.data in ips and record.data is not None:
                    self.asked[record.data].update(frame.questions if record.owner in led_to else (record.owner,))
                    self.names[record.data].update((record.owner, *frame.questions))
                    aliases = (name for r in frame.records if r.qtype == CNAME for name in (r.owner, r.data or ""))
                    self.called[record.data].update((record.owner, *frame.questions, *aliases))


class KeptFrames(NamedTuple):
    """What of each file is to be kept."""

    cited: Mapping[str, set[int]]
    """By path, numbers of frames."""
    pairs: set[Pair]
    ips: set[str]


class Reading:
    """All files of a case.

    Args:
        captures: the case's `captures`.
        originals: where their files are.
    """

    def __init__(self, captures: Sequence[Mapping[str, Any]], originals: Mapping[str, Original]) -> None:
        self.captures, self.originals = captures, originals
        self.paths = [str(capture["path"]) for capture in captures]
        self.files: dict[str, FileRead] = {}

    def read(self, reader: SecondReader, work: Path, wanted: KeptFrames, evidence: Path, checks: Checks) -> None:
        """Have tshark read every file that is there, and the evidence captures in place of those that are not."""
        absent = set()
        for index, (path, original) in enumerate(self.originals.items()):
            if original.file is None:
                absent.add(path)
                continue
            read = FileRead(readable=unpacked(original.file, work / f"{index}"))
            assert read.readable is not None
            try:
                cited = wanted.cited.get(path, set())
                for frame in reader.frames(read.readable, cited):
                    read.add(frame, cited, wanted.pairs, wanted.ips)
            except UsageError as error:
                checks.cannot(path, str(error))
                continue
            self.files[path] = read
        if absent:
            self._read_carved(reader, evidence, absent, wanted)

    def _read_carved(self, reader: SecondReader, evidence: Path, absent: Collection[str], wanted: KeptFrames) -> None:
        """Each frame of an evidence capture says in its comment which frame of which file it is."""
        names: defaultdict[str, list[str]] = defaultdict(list)
        for path in dict.fromkeys(self.paths):
            names[Path(path).name].append(path)
        every = range(1 << 62)
        for file in sorted(evidence.glob("*.pcapng")) if evidence.is_dir() else ():
            for frame in reader.frames(file, every):
                origin, number = _origin(frame.comment, names)
                if origin is not None and origin in absent and number is not None:
                    read = self.files.setdefault(origin, FileRead(carved=True))
                    if number not in read.frames:
                        own = frame._replace(number=number, section=None, interface=None, stream=None)
                        read.add(own, wanted.cited.get(origin, set()), wanted.pairs, wanted.ips)

    def file(self, capture: int) -> FileRead | None:
        """Return a capture's file; None where tshark has not read it."""
        return self.files.get(self.paths[capture]) if 0 <= capture < len(self.paths) else None

    def frame(self, ref: Sequence[int] | None) -> Frame | None:
        """Return a cited frame; None where tshark has not read it."""
        if ref is None:
            return None
        file = self.file(ref[0])
        return file.frames.get(ref[1]) if file is not None else None

    def frames(self, refs: Iterable[Sequence[int]]) -> list[tuple[Ref, Frame]]:
        """Return those of some frames that tshark has read and understood."""
        found = [((ref[0], ref[1]), self.frame(ref)) for ref in refs]
        return [(ref, frame) for ref, frame in found if frame is not None and frame.is_understood]

    def whole(self, refs: Iterable[Sequence[int]]) -> bool:
        """Whether tshark has read and understood all of some frames."""
        refs = list(refs)
        return len(self.frames(refs)) == len(refs)

    def status(self, citation: Citation) -> str:
        """Return what a citation can be proved by today."""
        capture, number = citation.frame
        if not 0 <= capture < len(self.paths):
            return "nowhere"
        original, file = self.originals[self.paths[capture]], self.files.get(self.paths[capture])
        if original.file is None:
            carved = "redacted" if original.state == "redacted" else "carve"
            return carved if file is not None and number in file.frames else "gone"
        if file is None:
            return "unread"
        frame = file.frames.get(number)
        if frame is None:
            return "unread" if self.captures[capture]["damage"] and number > file.last else "nowhere"
        if not frame.is_understood:
            return "unread"
        return {"kept": "kept", "changed": "changed"}.get(original.state, "original")


def _origin(comment: str | None, names: Mapping[str, Sequence[str]]) -> tuple[str | None, int | None]:
    """Which frame of which file it is: `lan0.pcap frame 85: …`. A name that two files share tells neither."""
    head, _, rest = (comment or "").partition(_COMMENT)
    number = rest.partition(":")[0]
    paths = names.get(head, ())
    return (paths[0], int(number)) if len(paths) == 1 and number.isdigit() else (None, None)
