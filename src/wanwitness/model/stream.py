"""One TCP connection at one capture point."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from .frame import FrameRef

Direction = Literal["orig", "resp"]
"""Zeek's words: `orig` is the side that opened the connection, `resp` the other."""


class Endpoint(NamedTuple):
    """An address and a port."""

    ip: str
    port: int

    def __str__(self) -> str:
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes of one direction that were sent but not captured."""

    direction: Direction
    length: int
    frame: FrameRef
    """The frame that showed that they are missing: the next one captured behind them, or one that acknowledges them."""
    places: int = 1
    """How many gaps that is: of very many, the later ones of a direction are one."""


class Mark(NamedTuple):
    """A packet that can be recognised on the other side of the router."""

    direction: Direction
    seq: int
    length: int
    """Payload bytes; a SYN has none."""
    syn: bool
    ts_ns: int
    frame: FrameRef


@dataclass(slots=True, eq=False)
class Stream:
    """What one capture point saw of a TCP connection, payload aside; compared by identity."""

    orig: Endpoint
    resp: Endpoint
    first_ns: int
    last_ns: int
    first: FrameRef
    last: FrameRef
    syn: FrameRef | None = None
    syn_ns: int | None = None
    isn_orig: int | None = None
    synack: FrameRef | None = None
    synack_ns: int | None = None
    isn_resp: int | None = None
    tsval_orig: int | None = None
    """TCP timestamp option of the SYN (RFC 7323), which plain NAT leaves alone."""
    ident_orig: int | None = None
    """IPv4 Identification (RFC 791) or IPv6 flow label (RFC 6437) of the SYN, which most routers leave alone; None
    where the sender sets none."""
    ttl_orig: int | None = None
    """IP TTL or hop limit of the first packet from `orig`: one less behind each router."""
    packets_orig: int = 0
    packets_resp: int = 0
    payload_orig: int = 0
    payload_resp: int = 0
    payload_syn: int = 0
    """Of `payload_orig`, what came with SYNs (RFC 7413): the server has taken it only if it answers."""
    ended: Literal["fin", "rst", "idle", "eof"] = "eof"
    """`idle`: nothing for so long that it was given up; `eof`: the capture ended first."""
    ended_by: Direction | None = None
    """Who sent the first FIN or the RST."""
    end_frame: FrameRef | None = None
    refused: FrameRef | None = None
    """The RST or ICMP error that answered the SYN."""
    others: tuple[int, ...] = ()
    """Captures of its frames beyond that of the first: it goes on in another file, or has another tag in the other
    direction."""
    latest: FrameRef | None = None
    """The frame whose time is `last_ns`, the greatest, where it is not `last`."""
    end_ns: int | None = None
    """The time of `last`, where it is not the greatest: frames stand out of order, or the clock was set back."""
    gaps: list[Gap] = field(default_factory=list)
    """In the order in which they were found."""
    overlaps: list[FrameRef] = field(default_factory=list)
    """Frames that carried other bytes for a place already filled."""
    marks: list[Mark] = field(default_factory=list)
    """The first packets with a SYN or payload, at most a few dozen: what crossings and clocks are found by."""

    def note_capture(self, capture: int) -> None:
        """Take note of a frame's capture."""
        if capture != self.first.capture and capture not in self.others:
            self.others += (capture,)

    @property
    def ends(self) -> tuple[tuple[FrameRef, int], tuple[FrameRef, int]]:
        """The frame with the greatest time, and the last in the file: which is the later one, is for clocks to tell."""
        end_ns = self.last_ns if self.end_ns is None else self.end_ns
        return (self.latest or self.last, self.last_ns), (self.last, end_ns)

    def note_last(self, frame: FrameRef, ts_ns: int, latest: FrameRef, latest_ns: int) -> None:
        """Take note of the last frame of some, and of the latest among these."""
        if latest_ns >= self.last_ns:
            self.latest, self.last_ns = latest, latest_ns
        elif self.latest is None:
            self.latest = self.last
        self.last, self.end_ns = frame, ts_ns
        if self.latest == frame:
            self.latest = self.end_ns = None

    def note_copy(self, frame: FrameRef, ts_ns: int) -> None:
        """Take note of a frame that holds once more what one of this stream's does: it may be behind the last."""
        if frame.capture in (self.first.capture, *self.others) and frame.number > self.last.number:
            self.note_last(frame, ts_ns, frame, ts_ns)

    @property
    def start_ns(self) -> int:
        """The SYN's time, else the first frame's."""
        return self.first_ns if self.syn_ns is None else self.syn_ns
