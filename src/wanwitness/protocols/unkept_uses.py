"""Encrypted DNS that is beyond the bound of what is kept: enough to doubt what may have rested on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from wanwitness.model import EncryptedDns

MOST_PAIRS = 1 << 14
"""Two hosts each; what others did stands together, as anybody's."""


class Asking(NamedTuple):
    """Whose uses they are."""

    client: str | None
    """None: anybody."""
    server: str | None
    answered: bool


class Between(NamedTuple):
    """The first use that is not kept, and the last."""

    first: EncryptedDns
    last: EncryptedDns


@dataclass(slots=True)
class UnkeptUses:
    """Between which moments each two hosts used it without that being kept."""

    spans: dict[Asking, Between] = field(default_factory=dict)

    def add(self, use: EncryptedDns) -> None:
        """Note a use that is not kept."""
        hosts = Asking(use.client, use.server, use.answered)
        if hosts not in self.spans and len(self.spans) >= MOST_PAIRS:
            hosts = Asking(None, None, use.answered)
        first, last = self.spans.get(hosts, (use, use))
        self.spans[hosts] = Between(min(first, use, key=_at), max(last, use, key=_at))


def _at(use: EncryptedDns) -> int:
    return use.ts_ns
