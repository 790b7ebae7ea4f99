"""An interface that is captured, and what of the site it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from wanwitness.model import CaptureRule

_PLAIN = re.compile(r"[^A-Za-z0-9.-]")


@dataclass(frozen=True, slots=True)
class LivePoint:
    """One interface; of a mirror port the rules tell which of its frames are which side's."""

    interface: str
    role: Literal["lan", "wan", "mirror"]
    link: str | None = None
    told_apart: tuple[CaptureRule, ...] = ()
    """The site file's rules for a mirror port, whatever files they name."""

    @property
    def source(self) -> str:
        """What the names of its files begin with.

        >>> LivePoint("eth1.7", "lan").source, LivePoint("ppp0", "wan", "orange").source
        ('lan-eth1.7', 'wan-orange-ppp0')
        """
        parts = (self.role, *([self.link] if self.link else []), self.interface)
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
