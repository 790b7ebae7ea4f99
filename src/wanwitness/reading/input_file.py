"""A file to read, and which files belong together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from glob import has_magic

from wanwitness.ingest import CaptureFile
from wanwitness.ingest.growing import GrowingFile
from wanwitness.inputs import Input
from wanwitness.model import CaptureRule, Interface
from wanwitness.model.side_names import named_sides
from wanwitness.packets.capture_rules import UNTAGGED, names_interface, tells_packets
from wanwitness.wrong_use import wrong

from .described import Described

PointKey = tuple[str, ...]


@dataclass(slots=True, eq=False)
class File:
    """A file with its rules, and the capture that each (interface, rule) is."""

    order: int
    item: Input
    capture: CaptureFile | GrowingFile
    indexes: dict[tuple[int, int], int] = field(default_factory=dict)
    unclaimed: int = 0
    read: int = 0
    """Bytes of it that have been read so far, decompressed."""
    understood: set[int] = field(default_factory=set)
    """The interfaces of which some frame was."""
    places: dict[int, int] | None = None
    """Where each of its VLANs is a capture point, the VLAN that stands for it: see `vlans.py`."""
    set_name: str = ""
    """What the files are called that are pieces of one capture, this one among them: see `sets.py`."""
    captures_of: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    """By interface the (rule, capture) that it has, -1 for no rule."""
    described: Described = field(default_factory=Described)
    registered: tuple[int, int] = (0, 0)
    """How many interfaces and rules have their captures."""
    _found: list[CaptureRule] = field(default_factory=list)
    _place: dict[CaptureRule, int] = field(default_factory=dict)

    @property
    def rules(self) -> list[CaptureRule]:
        """What the user said of its frames; else what its VLANs are."""
        return self.item.rules or self._found

    def find_vlan(self, interface: Interface, vlan: int) -> int:
        """Return the rule for a VLAN of an interface, `UNTAGGED` for none; a new one if need be."""
        rule = CaptureRule(self.item.path, None, interface=min(interface.names), vlan=vlan)
        if rule not in self._place:
            self._place[rule] = len(self._found)
            self._found.append(rule)
        return self._place[rule]

    def point(self, interface: Interface, rule: CaptureRule | None) -> PointKey:
        """The capture point of an interface, or of what of it a rule speaks of."""
        if rule is not None and rule.role is not None:
            return configured(rule.role, rule.link)
        key = inferred(self.set_name, self.capture.interfaces, interface)
        if rule is None or rule.vlan is None or self.places is None:
            return key
        vlan = self.places.get(rule.vlan, rule.vlan)
        named = "untagged" if vlan == UNTAGGED else f"vlan{vlan}"
        # A name that says a side, of this file or interface, is to go on saying it.
        return (*key, named if len(key) == 2 and not named_sides(key[1]) else f"{key[-1]}.{named}")

    @property
    def expected(self) -> int:
        """How many captures it is, as far as its begin tells."""
        rules = self.item.rules
        interfaces = self.capture.interfaces
        return sum(names_interface(r, i) for r in rules for i in interfaces) if rules else len(interfaces)

    @property
    def by_packets(self) -> bool:
        """Whether it is for the packets themselves to tell which capture they belong to."""
        return any(map(tells_packets, self.item.rules))

    def check_interfaces(self) -> None:
        """Hold the rules for this very file against the interfaces that it has; a glob may meet other files.

        Raises:
            UsageError: one names an interface that is not there.
        """
        interfaces = self.capture.interfaces
        for rule in self.rules:
            if has_magic(rule.file) or any(names_interface(rule, interface) for interface in interfaces):
                continue
            names = tuple(interface.name or str(interface.index) for interface in interfaces)
            about = {"path": self.item.path, "interface": repr(rule.interface)}
            raise wrong("no-interface", names=names, **about) if names else wrong("no-interface-at-all", **about)

    def keys(self) -> set[PointKey]:
        """The capture points its frames may belong to."""
        if self.item.rules:
            return {configured(rule.role, rule.link) for rule in self.item.rules if rule.role is not None}
        return {inferred(self.set_name, self.capture.interfaces, i) for i in self.capture.interfaces}


def configured(role: str, link: str | None) -> PointKey:
    """The capture point that the user named."""
    return (role, link or "")


def inferred(name: str, interfaces: Sequence[Interface], interface: Interface) -> PointKey:
    """The capture point of an interface that nobody named: rotated files of one set, called `name`, share it."""
    told = len(interfaces) > 1 or interface.ifindex is not None
    # What of the device `any` says no number of Linux's must not be taken for the interface that has its own.
    nameless = f"device {interface.called[0]}" if interface.called else str(interface.index)
    return ("", name, *((interface.name or nameless,) if told else ()))


def groups(files: Iterable[File]) -> list[list[File]]:
    """Files that share a capture point, together."""
    files = list(files)
    group_of = list(range(len(files)))

    def first(n: int) -> int:
        while group_of[n] != n:
            group_of[n] = n = group_of[group_of[n]]
        return n

    known: dict[PointKey, int] = {}
    for n, file in enumerate(files):
        for key in file.keys():  # noqa: SIM118 - a file is no mapping
            one, two = sorted((first(known.setdefault(key, n)), first(n)))
            group_of[two] = one
    found: dict[int, list[File]] = {}
    for n, file in enumerate(files):
        found.setdefault(first(n), []).append(file)
    return [sorted(members, key=lambda file: file.order) for members in found.values()]
