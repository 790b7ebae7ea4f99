"""The captures that the files turn out to be: one a file, interface and rule, and the capture point of each."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from wanwitness.ingest.columns import distinct
from wanwitness.model import Capture, CaptureRule, Interface
from wanwitness.packets.capture_rules import UNTAGGED, display_filter, names_interface

from .input_file import File, PointKey


class Registry:
    """Numbers the captures as they appear, and keeps their rows.

    Args:
        first: number of the first one; other processes have those before it.
    """

    def __init__(self, first: int) -> None:
        self.first = first
        self.captures: list[Capture] = []
        self.keys: list[PointKey] = []
        """The capture point of each."""

    def __getitem__(self, number: int) -> Capture:
        """Return the capture with a number."""
        return self.captures[number - self.first]

    def by_point(self, captures: NDArray[np.int32]) -> dict[PointKey, list[int]]:
        """Return the numbers that occur in a column, by their points; -1 is none."""
        found: dict[PointKey, list[int]] = defaultdict(list)
        for number in distinct(captures):
            if number >= 0:
                found[self.keys[number - self.first]].append(number)
        return found

    def register(self, file: File) -> None:
        """Give every (interface, rule) of the file, also those that only now appeared, its capture."""
        interfaces, rules = file.capture.interfaces, file.rules
        begun, told = file.registered
        file.registered = len(interfaces), len(rules)
        if file.registered == (begun, told):
            return
        file.described.linktypes(interfaces)
        # Files may have thousands of sections, each with an interface: only what is new is looked at.
        for interface in interfaces[0 if len(rules) > told else begun :]:
            fresh: list[tuple[int, CaptureRule | None]] = [(-1, None)]
            if rules or file.places is not None:
                since = told if interface.index < begun else 0
                fresh = [(n, rules[n]) for n in range(since, len(rules)) if names_interface(rules[n], interface)]
            for place, rule in fresh:
                if (interface.index, place) not in file.indexes:
                    self._add(file, interface, place, rule)

    def _add(self, file: File, interface: Interface, place: int, rule: CaptureRule | None) -> None:
        """Give an interface, or what of it the rule at a place speaks of, its capture."""
        number = self.first + len(self.captures)
        file.indexes[interface.index, place] = number
        file.captures_of[interface.index].append((place, number))
        role, link = (rule.role, rule.link) if rule else (None, None)
        self.captures.append(
            Capture(
                file.item.path,
                interface.index_in_section,
                interface.name,
                None if rule is None or rule.vlan == UNTAGGED else rule.vlan,
                interface.linktype,
                role,
                link,
                "configured" if role else "inferred",
                file.described.several,
                # The rules that VLANs were found by speak of nothing else, and none of another's.
                display_filter(*((file.rules, place) if file.item.rules else ([rule], 0))) if rule else "",
                ifindex=interface.ifindex,
                description=interface.description,
            )
        )
        self.keys.append(file.point(interface, rule))

    def describe(self, file: File) -> None:
        """Have a file's captures say what is known of the file by now."""
        dropped = {interface.index: interface.dropped for interface in file.capture.interfaces}
        several = file.described.several
        sections = len({interface.section for interface in file.capture.interfaces}) > 1
        for (interface, _), number in file.indexes.items():
            row = self[number]
            row.section = file.capture.interfaces[interface].section if sections else None
            row.tls_keys = file.capture.tls_keys
            row.bytes, row.dropped, row.several_interfaces = file.capture.size, dropped[interface], several
            row.damage = list(file.capture.damage)
