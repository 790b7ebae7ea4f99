"""What an ISP's desk is told of look-ups, and asked: facts and questions, no accusation and no jargon."""

from __future__ import annotations

from collections.abc import Mapping

from .isps import Isp
from .wording import Wording


def request(isp: Isp, say: Wording) -> str:
    """Return what is asked of an ISP.

    Relays that mind who a subscriber is are asked how one is known; those that mind an address, what it lacks.
    """
    line = say.listed(isp.addresses) or say.gettext("our line")
    servers = say.listed([server.ip for server in isp.servers[:2]])
    by_address = sum((s["rejection"] or {}).get("link") == "address" for s in isp.sessions)
    if by_address * 2 > len(isp.sessions):
        return say.gettext(
            "Please tell us why {servers} does not take mail from {line}, and what has to change for it to do so.",
            servers=servers,
            line=line,
        )
    return say.gettext(
        "Please tell us which of your mail servers, by name and address, {line} may use without a log-in, and whether "
        "{servers} asks everybody for one.",
        servers=servers,
        line=line,
    )


def look_up(
    isp: Isp,
    link: str | None,
    server: str | None,
    address: str | None,
    number: int,
    *,
    names: Mapping[str, str],
    say: Wording,
) -> str:
    """Return how the relay's name was looked up for refused mail.

    Args:
        isp: whose relay it is.
        link: the link that the question left by; None: not known.
        server: the name server that was asked; None: not known.
        address: what it answered; None: no answer is known.
        number: of connections.
        names: links' ISPs.
        say: the language.
    """
    name = say.listed(isp.asked_names[:2])
    often = say.ngettext("{n} time", "{n} times", number)
    if link is None or address is None:
        return say.gettext("{name}: not known how it was looked up ({often})", name=name, often=often)
    over = names.get(link, link)
    if server is None:
        return say.gettext(
            "{name} was looked up over {link}, which gave {address} ({often})",
            name=name,
            link=over,
            address=address,
            often=often,
        )
    return say.gettext(
        "{name} was looked up over {link}, at the name server {server}, which gave {address} ({often})",
        name=name,
        link=over,
        server=server,
        address=address,
        often=often,
    )
