"""A capture point's file, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .frame import FrameRef
from .sentence import Sentence

Role = Literal["lan", "wan"]


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface of a capture file, as the file describes it."""

    index: int
    linktype: int
    """LINKTYPE_ value of the tcpdump.org registry."""
    snaplen: int
    name: str | None = None
    description: str | None = None
    dropped: int | None = None
    """Packets the capturing side says it lost (pcapng: isb_ifdrop and isb_osdrop); None where it does not say."""
    section: int = 1
    """1-based number of the pcapng section that describes it."""
    index_in_section: int = 0
    """Wireshark's `frame.interface_id`, which begins again in every section."""
    ifindex: int | None = None
    """Linux's number of the interface, where the file's is the device `any` (Wireshark's `sll.ifindex`)."""
    called: tuple[str, ...] = ()
    """By what else than its name a user may mean it; empty where that is its number in the file alone."""

    @property
    def names(self) -> frozenset[str]:
        """What a user may call it."""
        return frozenset((*(self.called or (str(self.index),)), *((self.name,) if self.name else ())))


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of a file that could not be read as records."""

    offset: int
    bytes: int
    reason: Sentence
    after_ns: int | None = None
    """Time of the last frame before them."""
    before_ns: int | None = None
    """Time of the next frame behind them; None at the end of the file."""
    after_frame: int = 0
    """Number of the last frame before them."""


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time of one capture, by the capture's own clock."""

    capture: int
    """Index into the case's captures."""
    from_ns: int
    to_ns: int
    kind: Literal["seen", "gap", "drops"]
    """`seen`: from the first frame to the last; `gap`: nothing of this time was captured, or kept; `drops`: the
    capturing side lost packets somewhere in it."""
    text: Sentence
    edges: tuple[FrameRef, FrameRef] | None = None
    """The frames about which the gap's begin and end were written down: the last before it, the first behind it."""


@dataclass(frozen=True, slots=True)
class ClockStep:
    """A clock was set to another time."""

    at_ns: int
    """When, on the reference clock; it may have been at any time between two frames around it."""
    by_ns: int
    """By how much it went forward; negative where it was set back."""
    uncertainty_ns: int
    """Half the width of the interval that holds `by_ns`."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How a capture's clock ran against the reference, and how sure that is."""

    offset_ns: int
    """This capture's clock minus the reference clock at the capture's first frame."""
    uncertainty_ns: int
    """Half the width of the interval that holds the offset at the first frame."""
    pairs: int
    """Packets seen on both sides that bound the offset."""
    drift_ppm: float | None = None
    """How much faster than the reference it ran in the longest stretch between steps, in parts of a million; None
    where what was seen on both sides allows that it did not drift at all."""
    drift_uncertainty_ppm: float | None = None
    """Half the width of the interval that holds the drift; where none is told, what it is at most. None for the
    reference clock itself."""
    steps: tuple[ClockStep, ...] = ()
    """Those between the capture's first and last frame, in order of time."""
    first_ns: int | None = None
    """The capture's first frame on the reference clock."""
    last_ns: int | None = None


@dataclass(slots=True)
class Checksums:
    """How many of a capture's mail and DNS packets have wrong checksums; they are used all the same."""

    checked: int = 0
    ip: int = 0
    tcp: int = 0
    udp: int = 0


@dataclass(slots=True)
class Capture:
    """One (file, interface[, VLAN]): a place that saw traffic."""

    path: str
    """As the user named it."""
    interface_id: int
    """Wireshark's frame.interface_id, which begins again in each section of a pcapng file."""
    interface: str | None
    vlan: int | None
    """Only where capture points of one interface are told apart by VLAN."""
    linktype: int
    role: Role | None = None
    link: str | None = None
    role_source: Literal["configured", "inferred"] = "inferred"
    several_interfaces: bool = False
    """The file has more than one interface, so a display filter must name this one."""
    told_apart: str = ""
    """Display filter for what tells its frames from those of other capture points of the same interface."""
    section: int | None = None
    """Number of the pcapng section, where the file has several and a display filter must name it."""
    packets: int = 0
    first_ns: int | None = None
    """The earliest time in it, as its clock wrote it."""
    last_ns: int | None = None
    begin_ns: int | None = None
    """The time of its first frame, in the order of the file: not the earliest where the clock was set back."""
    end_ns: int | None = None
    snaplen_cut: int = 0
    checksums: Checksums = field(default_factory=Checksums)
    dropped: int | None = None
    damage: list[Damage] = field(default_factory=list)
    left_out: dict[Sentence, int] = field(default_factory=dict)
    """Frames that could not be used, by reason: they make the exit status 3."""
    bytes: int = 0
    sha256: str | None = None
    clock: Clock | None = None
    ifindex: int | None = None
    """Linux's number of the interface, where the file's is the device `any`: a display filter must name it."""
    role_reason: Sentence | None = None
    """Why that is its role, where it was inferred."""
    tls_keys: bool = False
    """Its file brings keys of TLS along."""
    description: str | None = None
    """Of the interface, as the file gives it."""
