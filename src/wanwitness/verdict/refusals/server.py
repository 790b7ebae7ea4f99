"""The server that refuses, as far as its words are read in its light."""

from __future__ import annotations

from dataclasses import dataclass

SUBMISSION_PORTS = (465, 587)
"""Where a server asks everybody for a password, whatever the line (RFC 6409 section 4.3, RFC 8314 section 3.3)."""


@dataclass(frozen=True, slots=True)
class Server:
    """Who refused: what is known of the server but its words."""

    names: tuple[str, ...] = ()
    """By which it was asked for, announces itself or is known: those that may tell whose it is."""
    port: int = 25
    relay: bool = True
    """It may relay for those whose lines it knows: no recipient's mail exchange, nor a server that the site file, which
    names relays, leaves out."""
    named: bool = False
    """The site file names it as a relay of a link."""
    asked: bool = True
    """A host of the site asked it, by one of its links. Where strangers ask the site's own server, or the site's hosts
    each other, no link is in question."""

    @property
    def knows_lines(self) -> bool:
        """Whether it may know the site by the line that it comes by."""
        return self.asked and self.relay and (self.named or self.port not in SUBMISSION_PORTS)
