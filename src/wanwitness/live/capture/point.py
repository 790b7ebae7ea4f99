"""An interface that is captured, and what of the site it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from wanwitness.model import CaptureRule

STDIN = "-"
_TZSP = re.compile(r"tzsp:(?P<port>\d{1,5})/(?P<interface>.+)")
"""How MikroTik's routers, and others, send what they sniff: each packet in a datagram to a port of ours."""
_PLAIN = re.compile(r"[^A-Za-z0-9.-]")


@dataclass(frozen=True, slots=True)
class LivePoint:
    """One interface; of a mirror port the rules tell which of its frames are which side's."""

    interface: str
    """A pipe's path, or `-`, where it is one."""
    role: Literal["lan", "wan", "mirror"]
    link: str | None = None
    told_apart: tuple[CaptureRule, ...] = ()
    """The site file's rules for a mirror port, whatever files they name."""
    port: int | None = None
    """Where the packets are a TZSP stream that comes in by the interface: the port that it is sent to."""

    @classmethod
    def of(
        cls,
        text: str,
        role: Literal["lan", "wan", "mirror"],
        link: str | None,
        told_apart: tuple[CaptureRule, ...] = (),
    ) -> LivePoint:
        """Return what a user names: an interface, a pipe, or `tzsp:PORT/INTERFACE`.

        >>> LivePoint.of("tzsp:37008/eth2", "lan", None).port, LivePoint.of("/dev/fd/63", "lan", None).pipe
        (37008, True)
        """
        stream = _TZSP.fullmatch(text)
        if stream is None:
            return cls(text, role, link, told_apart)
        return cls(stream["interface"], role, link, told_apart, int(stream["port"]))

    @property
    def pipe(self) -> bool:
        """Whether it is a pipe."""
        return self.interface == STDIN or "/" in self.interface

    @property
    def name(self) -> str:
        """What a user calls it."""
        return self.interface if self.port is None else f"tzsp:{self.port}/{self.interface}"

    @property
    def filter(self) -> str | None:
        """The filter that lets through all of a TZSP stream, and little else; None: whatever the run asks for.

        Datagrams are larger than the packets in them, and may come in fragments, of which the first has the port.
        """
        if self.port is None:
            return None
        return f"udp dst port {self.port} or (ip and ip[6:2]&0x3fff!=0) or (ip6 and ip6[6]=44)"

    @property
    def source(self) -> str:
        """What the names of its files begin with.

        >>> LivePoint("eth1.7", "lan").source, LivePoint("ppp0", "wan", "orange").source
        ('lan-eth1.7', 'wan-orange-ppp0')
        """
        parts = (self.role, *([self.link] if self.link else []), "stdin" if self.interface == STDIN else self.name)
        return "-".join(_PLAIN.sub("", part) or "x" for part in parts)

    @property
    def pattern(self) -> str:
        """The glob of its files, relative to the case's folder."""
        return f"captures/{self.source}_*.pcap*"

    def rules(self, file: str) -> list[CaptureRule]:
        """What the frames of one of its files are.

        Args:
            file: the path, or glob, that the rules are to name.
        """
        if self.role == "mirror":
            return [replace(rule, file=file, interface=None) for rule in self.told_apart]
        return [CaptureRule(file, self.role, self.link)]
