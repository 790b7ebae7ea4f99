"""What the page says of a capture: how its clock ran, and what of it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wanwitness.case.left_out import left_out_rows

from .wording import Wording

_SHOWN = 5
"""Lines of one kind, at most; case.json has all."""
_ALIKE_S = 0.001
"""Clocks that are no further apart are told to agree: nothing that is judged here is as close."""


def clock(row: dict[str, Any] | None, say: Wording) -> Iterator[str]:
    """Yield lines on a capture's clock against the reference."""
    if not row:
        yield say.gettext("not known")
        return
    if not row["pairs"] and not row["offset_s"]:
        yield say.gettext("the reference")
        return
    give = row["uncertainty_s"]
    sure = say.gettext(", to within {give}", give=say.fine(give)) if give is not None else ""
    offset = row["offset_s"]
    if abs(offset) + (give or 0) < _ALIKE_S and not row["steps"]:
        yield say.gettext("agrees with the reference to better than a thousandth of a second")
    elif offset > 0:
        yield say.gettext("{offset} ahead", offset=say.seconds(offset)) + sure
    else:
        yield say.gettext("{offset} behind", offset=say.seconds(-offset)) + sure
    drift = row["drift_ppm"]
    if drift is not None and abs(drift) > (row.get("drift_uncertainty_ppm") or 0):
        per_day = say.seconds(abs(drift) * 86_400 / 1e6)
        gains = say.gettext("gains {time} a day", time=per_day)
        yield gains if drift > 0 else say.gettext("loses {time} a day", time=per_day)
    for step in row["steps"][:_SHOWN]:
        facts = {"by": say.seconds(abs(step["by_s"])), "when": say.both(step["at"]) if step["at"] else "?"}
        if step["by_s"] > 0:
            yield say.gettext("was set forward by {by} about {when}", **facts)
        else:
            yield say.gettext("was set back by {by} about {when}", **facts)
    if len(row["steps"]) > _SHOWN:
        yield say.ngettext("and set {n} more time", "and set {n} more times", len(row["steps"]) - _SHOWN)


def losses(capture: dict[str, Any], say: Wording) -> Iterator[str]:
    """Yield lines on what of a capture is damaged, left out or lost; one line where nothing is."""
    lines = [*_damage(capture, say), *_left_out(capture, say)]
    yield from lines or [say.gettext("nothing")]
    if not lines and capture["dropped"] is None:
        yield say.gettext("the file does not say whether packets were lost")


def _damage(capture: dict[str, Any], say: Wording) -> Iterator[str]:
    for damage in capture["damage"][:_SHOWN]:
        yield say.gettext(
            "{bytes} bytes at offset {offset}: {reason}",
            bytes=say.number(damage["bytes"]),
            offset=say.number(damage["offset"]),
            reason=say.tell(damage, "reason"),
        )
    if len(capture["damage"]) > _SHOWN:
        more = len(capture["damage"]) - _SHOWN
        yield say.ngettext(
            "and {n} more damaged place, in case.json", "and {n} more damaged places, in case.json", more
        )


def _left_out(capture: dict[str, Any], say: Wording) -> Iterator[str]:
    for row in left_out_rows(capture):
        why, frames = say.tell(row, "why"), row["frames"]
        yield say.ngettext("{n} frame left out: {why}", "{n} frames left out: {why}", frames, why=why)
    if cut := capture["snaplen_cut"]:
        yield say.ngettext("{n} frame cut short by the capture", "{n} frames cut short by the capture", cut)
    sums = capture.get("bad_checksums") or {}
    if wrong := sum(sums.get(kind, 0) for kind in ("ip", "tcp", "udp")):
        yield say.ngettext(
            "{n} wrong checksum among {all} packets; used all the same",
            "{n} wrong checksums among {all} packets; used all the same",
            wrong,
            all=say.number(sums["checked"]),
        )
    if dropped := capture["dropped"]:
        yield say.ngettext("{n} packet lost while capturing", "{n} packets lost while capturing", dropped)
