"""Refusals, and the rules by which their causes are known: the package's own and those of the site file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .judgement import Blame, RejectionCause
from .text import plain

Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is known of one refusal before anything is made of it."""

    code: int
    enhanced: str
    """The enhanced code, wherever in the reply it stands; empty where it has none."""
    text: str
    """Plain small letters, one space between words, mailboxes as `<@>`."""
    command: str
    tls: bool = False
    """The session was under TLS already."""
    port: int = 25
    provider: str | None = None
    servers: tuple[str, ...] = ()
    """Names of the server that refused; empty where no rule asks for them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One sign of one cause; every condition that it states must hold."""

    cause: RejectionCause
    source: str | None = None
    """RFC clause, or the software or provider whose words these are."""
    text: Pattern | None = None
    unless: Pattern | None = None
    """Must not be found."""
    codes: tuple[int, ...] = ()
    enhanced: Pattern | None = None
    """Of the whole enhanced code."""
    commands: tuple[str, ...] = ()
    tls: bool | None = None
    ports: tuple[int, ...] = ()
    providers: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    link: Blame | None = None
    """How a link may be to blame, where that is not what the cause and the server say."""

    def holds(self, refusal: Refusal) -> bool:
        """Whether every stated condition holds; the dear ones are asked last."""
        return (
            (not self.codes or refusal.code in self.codes)
            and (not self.commands or refusal.command in self.commands)
            and (self.tls is None or self.tls == refusal.tls)
            and (not self.ports or refusal.port in self.ports)
            and (not self.providers or refusal.provider in self.providers)
            and (not self.servers or any(name in self.servers for name in refusal.servers))
            and (self.enhanced is None or self.enhanced.fullmatch(refusal.enhanced) is not None)
            and (self.text is None or self.text.search(refusal.text) is not None)
            and (self.unless is None or self.unless.search(refusal.text) is None)
        )


def pattern_of(*patterns: str, small: bool = False) -> Pattern:
    """Return one pattern for all, without accents, as the replies are read.

    Args:
        patterns: any of them is meant.
        small: they are in small letters, as the replies are; it is quicker.
    """
    return re.compile("|".join(f"(?:{plain(pattern)})" for pattern in patterns), 0 if small else re.IGNORECASE)
