"""Which server really spoke: behind a redirection it is not the one that the client dialled."""

from __future__ import annotations

from typing import NamedTuple

from wanwitness.model import Endpoint, Session


class Answering(NamedTuple):
    """The server that spoke in a session."""

    endpoint: Endpoint | None
    """None where no capture shows which one it was: the router may have led the connection anywhere."""
    banner: str | None
    """Its greeting, with the code; None where that was not captured, or is encrypted."""

    @property
    def words(self) -> str:
        """The two in one line."""
        where = "a server" if self.endpoint is None else str(self.endpoint)
        return where if self.banner is None else f"{where}, “{self.banner}”"


def answered_by(session: Session) -> Answering | None:
    """Return the server that spoke; None where none did.

    What came in was answered by the server that the router led it to; what left, by the one that the link shows. Where
    only the LAN's capture shows a connection that left, nobody knows.
    """
    if not any(stream.payload_resp for stream in session.streams):
        return None
    stream = session.wan if session.judged else session.lan or session.wan
    first = session.dialogue.exchanges[0] if session.dialogue.exchanges else None
    banner = None
    if first is not None and first.reply is not None and first.command is not None and first.command.verb == "connect":
        reply = first.reply
        banner = " ".join(part for part in (str(reply.code or ""), reply.enhanced, reply.text) if part)
    # Where the sides cannot be what they are said to be, neither can what they say of servers.
    known = session.direction is not None
    return Answering(stream.resp if stream is not None and known else None, banner)
