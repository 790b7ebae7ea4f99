"""Which frames of a file are a capture's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .frame import Frame
from .reading import UNTAGGED, Extent, Place, Reading


def extent_of(reading: Reading, capture: int) -> Extent | None:
    """Return how much there is of a capture: of an interface, or of a VLAN of it.

    None where its frames cannot be told from others by that, or where not all are there.
    """
    row, file = reading.captures[capture], reading.file(capture)
    if file is None or file.carved:
        return None
    beside = [
        n for n, other in enumerate(reading.captures) if other["path"] == row["path"] and _same_interface(other, row)
    ]
    apart = len(beside) > 1
    if apart and (row["vlan"] is None or len({reading.captures[n]["vlan"] for n in beside}) < len(beside)):
        return None
    parts = [
        part
        for (place, vlan), part in file.extents.items()
        if at(place, row) and vlan == (row["vlan"] if apart else None)
    ]
    return parts[0] if len(parts) == 1 else None


def at(place: Place, row: Mapping[str, Any]) -> bool:
    """Whether a frame's place is a capture's."""
    section, interface, ifindex = place
    return (
        (row["section"] is None or section is None or section == row["section"])
        and (not row["several_interfaces"] or interface is None or interface == row["interface_id"])
        and (row["ifindex"] is None or ifindex is None or ifindex == row["ifindex"])
    )


def belongs(frame: Frame, row: Mapping[str, Any]) -> bool:
    """Whether a frame may be a capture's."""
    vlan = row["vlan"]
    tagged = vlan is None or vlan in frame.vlans or (vlan == UNTAGGED and not frame.vlans)
    return tagged and at((frame.section, frame.interface, frame.ifindex), row)


def _same_interface(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
    return all(one[key] == two[key] for key in ("section", "interface_id", "ifindex"))
