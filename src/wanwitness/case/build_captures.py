"""The captures of a case, and what time they cover, as plain values: every time on the reference clock."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wanwitness.inputs import STDIN
from wanwitness.language import ENGLISH, told
from wanwitness.model import Capture, Clock, Span, printable

from .values import SECOND, time_value


def capture_value(capture: Capture, folder: Path | None) -> dict[str, Any]:
    """Return a row of `captures`; its path is relative to the case's folder, where it has one."""
    # Most first: which reason was met first depends on how many frames are looked at together.
    left_out = sorted(capture.left_out.items(), key=lambda row: (-row[1], ENGLISH.say(row[0])))
    return {
        "path": _relative(capture.path, folder),
        "sha256": capture.sha256,
        "bytes": capture.bytes,
        "interface": printable(capture.interface) if capture.interface else None,
        "interface_id": capture.interface_id,
        "ifindex": capture.ifindex,
        "section": capture.section,
        "several_interfaces": capture.several_interfaces,
        "vlan": capture.vlan,
        "role": capture.role,
        "link": capture.link,
        "role_source": capture.role_source,
        **told("role_reason", capture.role_reason),
        "linktype": capture.linktype,
        "packets": capture.packets,
        "first": _end(capture, capture.first_ns),
        "last": _end(capture, capture.last_ns),
        "snaplen_cut": capture.snaplen_cut,
        "bad_checksums": asdict(capture.checksums),
        "dropped": capture.dropped,
        "damage": [{"offset": d.offset, "bytes": d.bytes, **told("reason", d.reason)} for d in capture.damage],
        "left_out": {ENGLISH.say(why): frames for why, frames in left_out},
        "left_out_whys": [{"frames": frames, **told("why", why)} for why, frames in left_out],
        "clock": _clock(capture.clock),
    }


def span_value(span: Span, captures: Sequence[Capture]) -> dict[str, Any]:
    """Return a row of `coverage`."""
    capture = captures[span.capture]
    return {
        "capture": span.capture,
        "from": (_end if span.from_ns == capture.first_ns else _aligned)(capture, span.from_ns),
        "to": (_end if span.to_ns == capture.last_ns else _aligned)(capture, span.to_ns),
        "kind": span.kind,
        **told("text", span.text),
    }


def _relative(path: str, folder: Path | None) -> str:
    if path == STDIN or folder is None:
        return printable(path)
    try:
        # `..` leads out of where a symbolic link leads to, so both are taken for what they are
        place = os.path.realpath(Path(path).parent)
        return printable(os.path.relpath(Path(place, Path(path).name), os.path.realpath(folder)))
    except ValueError:  # another drive
        return printable(str(Path(path).absolute()))


def _end(capture: Capture, raw_ns: int | None) -> str | None:
    """The capture's first or last time, on the reference clock: not the least or the greatest written, after a step."""
    clock = capture.clock
    if clock is None or clock.first_ns is None or clock.last_ns is None:
        return time_value(raw_ns)
    return time_value(clock.first_ns if raw_ns == capture.first_ns else clock.last_ns)


def _aligned(capture: Capture, raw_ns: int | None) -> str | None:
    """A time that the capture wrote, on the reference clock."""
    clock = capture.clock
    if raw_ns is None or clock is None or clock.first_ns is None or clock.last_ns is None:
        return time_value(raw_ns)
    begin, end = capture.begin_ns, capture.end_ns
    if clock.steps or begin is None or end is None or end <= begin:
        offset = clock.offset_ns
        for step in clock.steps:  # a time that a clock set back wrote twice is the earlier
            if raw_ns - offset <= step.at_ns or raw_ns - offset - step.by_ns < step.at_ns:
                break
            offset += step.by_ns
        return time_value(raw_ns - offset)
    return time_value(clock.first_ns + (raw_ns - begin) * (clock.last_ns - clock.first_ns) // (end - begin))


def _clock(clock: Clock | None) -> dict[str, Any] | None:
    """A capture's clock minus the reference.

    `offset_s` is that at the capture's first frame; it lies within `uncertainty_s` of it. `drift_ppm` is by how much
    faster it ran, null where nothing shows that it did. A row of `steps` is where it was set: `at`, on the reference
    clock, and `by_s` forward, within its `uncertainty_s`.
    """
    if clock is None:
        return None
    return {
        "offset_s": clock.offset_ns / SECOND,
        "drift_ppm": _rounded(clock.drift_ppm),
        "drift_uncertainty_ppm": _rounded(clock.drift_uncertainty_ppm),
        "steps": [
            {
                "at": time_value(step.at_ns),
                "by_s": step.by_ns / SECOND,
                "uncertainty_s": step.uncertainty_ns / SECOND,
            }
            for step in clock.steps
        ],
        "uncertainty_s": clock.uncertainty_ns / SECOND,
        "pairs": clock.pairs,
    }


def _rounded(ppm: float | None) -> float | None:
    return None if ppm is None else round(ppm, 6)
