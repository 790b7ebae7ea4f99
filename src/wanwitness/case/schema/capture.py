"""A capture as the case tells it: its file, its clock, and the time that it covers."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from .scalars import Arguments, Natural, Role, Sha256, Time


class DamageJson(Struct):
    """Bytes of a file that were left out."""

    offset: Natural
    bytes: Natural
    reason: str
    reason_id: str | None = None
    reason_args: Arguments | None = None


class LeftOutJson(Struct):
    """Frames that could not be used, for one reason."""

    frames: Natural
    why: str
    why_id: str | None
    why_args: Arguments | None


class StepJson(Struct):
    """Where a clock was set."""

    at: Time | None
    by_s: float
    uncertainty_s: float


class ClockJson(Struct):
    """A capture's clock minus the reference."""

    offset_s: float
    drift_ppm: float | None
    drift_uncertainty_ppm: float | None
    steps: list[StepJson]
    uncertainty_s: float
    pairs: Natural


class CaptureJson(Struct):
    """One capture point's part of one file."""

    path: str
    sha256: Sha256 | None
    bytes: Natural
    interface: str | None
    interface_id: int | None
    vlan: int | None
    role: Role | None
    link: str | None
    role_source: Literal["configured", "inferred"]
    linktype: Natural
    packets: Natural
    first: Time | None
    last: Time | None
    snaplen_cut: Natural
    dropped: Natural | None
    damage: list[DamageJson]
    left_out: dict[str, Natural]
    clock: ClockJson | None
    left_out_whys: list[LeftOutJson] = field(default_factory=list)
    """`left_out` as sentences."""


class SpanJson(Struct):
    """What time a capture covers, or does not."""

    capture: Natural
    from_: Time | None = field(name="from")
    to: Time | None
    kind: Literal["seen", "gap", "drops"]
    text: str
    text_id: str | None = None
    text_args: Arguments | None = None
