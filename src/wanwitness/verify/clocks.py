"""A capture's times on the reference clock, by what the case says of its clock alone."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any, NamedTuple

from .checks import Checks
from .extents import extent_of
from .reading import Extent, Reading

BOTH = 2

SECOND = 1_000_000_000
ROUNDING_NS = 2
"""Of a clock that is not the reference."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENDS_OF_TIME = ("9999-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00.000000000Z")


def nanoseconds(text: str) -> int:
    """Read a time of the case: RFC 3339 UTC with nine decimals.

    Raises:
        ValueError: it is none.
    """
    head, dot, fraction = text.partition(".")
    if not dot or len(fraction) != 10 or fraction[-1] != "Z":
        raise ValueError(f"{text}: no time as case.json has them")
    since = datetime.fromisoformat(head).replace(tzinfo=UTC) - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + int(fraction[:9])


class Aligned(NamedTuple):
    """A time on the reference clock."""

    at_ns: tuple[int, ...]
    """Where the clock was set back, or may have been set by then, there are several."""
    within_ns: int
    """What the case tells of the clock leaves so much open."""

    def is_(self, text: str | None) -> bool:
        """Whether the case tells this time."""
        if text is None:
            return False
        if text in _ENDS_OF_TIME:
            return True
        try:
            told = nanoseconds(text)
        except ValueError:
            return False
        return any(abs(told - at) <= self.within_ns for at in self.at_ns)

    def is_before(self, later: Aligned, by_ns: int) -> bool:
        """Whether it is so much before another time."""
        open_ns = self.within_ns + later.within_ns + 1
        return any(abs(two - one - by_ns) <= open_ns for one in self.at_ns for two in later.at_ns)


class Clocks:
    """Brings what captures wrote to the reference clock."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._extents: dict[int, Extent | None] = {}

    def extent(self, capture: int) -> Extent | None:
        """Return how much there is of a capture; None where that cannot be told."""
        if capture not in self._extents:
            self._extents[capture] = extent_of(self._reading, capture)
        return self._extents[capture]

    def aligned(self, capture: int, raw_ns: int) -> Aligned:
        """Return a time that a capture wrote."""
        row = self._reading.captures[capture]
        clock: Mapping[str, Any] | None = row["clock"]
        if clock is None or is_reference(clock):
            return Aligned((raw_ns,), 0)
        offset, uncertainty = (round(clock[key] * SECOND) for key in ("offset_s", "uncertainty_s"))
        extent = self.extent(capture)
        drift = (abs(clock["drift_ppm"] or 0) + (clock.get("drift_uncertainty_ppm") or 0)) * 1e-6
        whole = extent is not None and not row["damage"]  # of a damaged file tshark reads the beginning
        if clock["steps"] or not whole or extent is None or row["first"] is None or extent.end_ns <= extent.begin_ns:
            offsets = [offset, *accumulate([round(s["by_s"] * SECOND) for s in clock["steps"]], initial=offset)]
            open_ns = uncertainty + sum(round(step["uncertainty_s"] * SECOND) for step in clock["steps"])
            begin = extent.begin_ns if extent is not None else raw_ns
            if extent is None and row["first"] is not None:  # its beginning is told, on the reference clock
                begin = nanoseconds(row["first"]) + offset
            gone = raw_ns - begin
            ran = [0, round((clock["drift_ppm"] or 0) * 1e-6 * gone)]
            # The drift that is told is that of the longest stretch between steps: others may be a little different.
            open_ns += round(max(abs(drift - abs(clock["drift_ppm"] or 0) * 1e-6), drift * 0.01) * abs(gone))
            at = tuple(raw_ns - one - more for one in offsets for more in ran)
            return Aligned(at, open_ns + ROUNDING_NS)
        first, last = nanoseconds(row["first"]), nanoseconds(row["last"])
        gone, span = raw_ns - extent.begin_ns, extent.end_ns - extent.begin_ns
        at_ns = raw_ns - offset + gone * (last - first - span) // span
        return Aligned((at_ns,), ROUNDING_NS + 2 * uncertainty)

    def was_set(self, capture: int) -> bool:
        """Whether a capture's clock was set to another time meanwhile."""
        clock = self._reading.captures[capture]["clock"]
        return bool(clock and clock["steps"])


def is_reference(clock: Mapping[str, Any]) -> bool:
    """Whether a clock is the one that all times are told by."""
    return not (clock["offset_s"] or clock["uncertainty_s"] or clock["steps"] or clock["drift_ppm"])


def _interfaces(row: Mapping[str, Any], seen: Set[int | None], where: str, checks: Checks) -> None:
    """Whether its interface is one of the file's, if packets of it are there."""
    several = row["several_interfaces"]
    agrees = bool(seen) if several else len(seen) < BOTH
    checks.compare("capture", agrees, f"{where}.several_interfaces", several, seen)
    if row["interface_id"] is not None:
        known = seen or {0}  # a file of a format without interfaces has one
        checks.compare("capture", row["interface_id"] in known, f"{where}.interface_id", row["interface_id"], known)


_ABSENT = {
    "piped": "it came on standard input",
    "gone": "the file is not there any more",
    "redacted": "the case is redacted, and it is not",
}


def check_captures(reading: Reading, clocks: Clocks, checks: Checks) -> None:
    """Compare each capture's hash, size, number of packets, first and last time."""
    for index, row in enumerate(reading.captures):
        where, original = f"captures[{index}]", reading.originals[reading.paths[index]]
        if original.state in _ABSENT:
            checks.cannot(f"{where} {row['path']}", _ABSENT[original.state])
            continue
        if original.state == "unhashed":
            checks.cannot(f"{where}.sha256", "the case has no SHA-256 of it")
        if original.recorded is not None:
            told, found = original.recorded, original.sha256
            checks.compare("capture", original.state != "changed", f"{where}.sha256", told, found)
        if original.recorded is not None or original.state == "changed":
            checks.compare("capture", row["bytes"] == original.bytes, f"{where}.bytes", row["bytes"], original.bytes)
        extent, file = clocks.extent(index), reading.file(index)
        if extent is None or file is None or (original.recorded is None and original.bytes != row["bytes"]):
            continue
        if extent.frames:
            _interfaces(row, {place[1] for place, _ in file.extents} - {None}, where, checks)
        if row["damage"]:
            checks.cannot(f"{where}.packets", "the file is damaged, and tshark reads it no further")
            continue
        checks.compare("count", row["packets"] == extent.frames, f"{where}.packets", row["packets"], extent.frames)
        checks.compare(
            "count", row["snaplen_cut"] == extent.cut, f"{where}.snaplen_cut", row["snaplen_cut"], extent.cut
        )
        if row["first"] is None or not extent.frames:
            continue
        clock = row["clock"] or {"offset_s": 0, "steps": [], "drift_ppm": None, "uncertainty_s": 0}
        offset = round(clock["offset_s"] * SECOND)
        # Frames may stand in the file out of order; where the clock was set, its first and last frame count.
        begin, least = (extent.begin_ns, extent.begin_ns) if clock["steps"] else (extent.begin_ns, extent.first_ns)
        slack = 0 if is_reference(clock) else ROUNDING_NS + (begin - least) // 1000
        checks.compare(
            "time", Aligned((least - offset,), slack).is_(row["first"]), f"{where}.first", row["first"], "another time"
        )
        span = extent.end_ns if clock["steps"] else extent.last_ns
        away = span - extent.begin_ns
        drift = (abs(clock["drift_ppm"] or 0) + (clock.get("drift_uncertainty_ppm") or 0)) * 1e-6
        moved = offset + sum(round(step["by_s"] * SECOND) for step in clock["steps"])
        open_ns = 0 if is_reference(clock) else round(drift * abs(away)) + 2 * round(clock["uncertainty_s"] * SECOND)
        open_ns += sum(round(step["uncertainty_s"] * SECOND) for step in clock["steps"])
        checks.compare(
            "time",
            Aligned((span - moved,), open_ns + slack).is_(row["last"]),
            f"{where}.last",
            row["last"],
            "another time",
        )
