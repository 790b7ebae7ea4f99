"""The public address that a server says it saw: servers greet by it, and name it where they refuse.

`250-relay.example Hello pc.site.example [203.0.113.10]` (sendmail, Exim, Exchange), `at your service, [203.0.113.10]`
(Gmail), `Client host [203.0.113.10] blocked` (Postfix), `messages from [203.0.113.10]` (Outlook.com). RFC 5321 leaves
both to the server, so an address counts only where such words stand about it, or where the captures know it for the
site's. A client's own words that the server repeats (an address literal in its EHLO, RFC 5321 section 4.1.3) tell
nothing, nor do other servers' addresses.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address

from wanwitness.model import Bounce, Dialogue, Link, Reply, Session, ToldAddress
from wanwitness.model.private import is_private

_IPV4 = r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)"
_IPV6 = r"(?<![\w:.])(?:IPv6:)?[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?<=:)(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])"
_ADDRESS = re.compile(f"{_IPV4}|{_IPV6}", re.IGNORECASE)
_ABOUT_CLIENT = re.compile(
    r"(?:^|client(?: host)?|\bip(?: address)?|address|from|unknown|connection|for|you are|source|sender)"
    r"(?:\s+(?:host|is|address|ip|at))?[\s:=]*[\[(<\"']*$",
    re.IGNORECASE,
)
"""What stands before the client's address where a server refuses it."""
_GREETING = re.compile(r"\b(?:hello|hi|greet\w*|welcome|pleased|service|bonjour|hallo|hola)\b", re.IGNORECASE)
"""What stands before it where a server greets: without it, the address may be the server's own."""
_OTHER_HOST = re.compile(r"\s*[\])]*(?::\d+)?[\])]*\s*(?:said|refused to talk)\b", re.IGNORECASE)
"""What stands behind the address of another server whose words are told (Postfix, sendmail)."""
_HELLO = ("EHLO", "HELO", "LHLO")


def links_by_address(links: Iterable[Link]) -> dict[str, str]:
    """Return the name of the link of each address that is known for one's."""
    return {address: link.name for link in links for address in _addresses_of(link)}


def told_address(session: Session, known: dict[str, str], bounces: Iterable[Bounce] = ()) -> ToldAddress | None:
    """Return the address that the server told first, where it told one; else the one that the mail's report tells.

    Args:
        session: a session.
        known: `links_by_address`.
        bounces: reports of its mails.
    """
    crossing = session.crossing
    own = ChainMap(known, {crossing.client.ip: crossing.link}) if crossing is not None else known
    servers = {stream.resp.ip for stream in session.streams}
    for address, reply in _told(session.dialogue, own):
        if address not in servers and address != session.client.ip and not is_private(address):
            return ToldAddress(address, own.get(address), reply.frames[-1])
    for bounce in bounces:
        if bounce.saw is not None and bounce.saw not in servers:
            return ToldAddress(bounce.saw, own.get(bounce.saw), bounce.frame)
    return None


def address_in(line: str) -> str | None:
    """Return the client's address in a line of trace, `from pc (name [203.0.113.10])` (RFC 5321 section 4.4)."""
    told, _, _ = line.partition(" by ")
    found = [address for address, _, _ in _addresses(told) if not is_private(address)]
    return found[-1] if found else None


def _told(dialogue: Dialogue, own: Mapping[str, str]) -> Iterator[tuple[str, Reply]]:
    """Yield each address that replies tell of the client, in order."""
    for command, reply in dialogue.exchanges:
        if reply is None or command is None or not reply.frames:
            continue
        if command.verb in _HELLO and reply.accepts:
            said = {address for address, _, _ in _addresses(command.argument)}
            for address, before, _ in _addresses(reply.lines[0]):
                if address not in said and (address in own or _GREETING.search(before)):
                    yield address, reply
        elif reply.refuses:
            for address, before, behind in _addresses(reply.text):
                about = address in own or (_ABOUT_CLIENT.search(before) and not _OTHER_HOST.match(behind))
                if about:
                    yield address, reply


def _addresses(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield each address in a text in canonical form, with what stands before and behind it."""
    for match in _ADDRESS.finditer(text):
        try:
            address = str(ip_address(match[0].lower().removeprefix("ipv6:")))
        except ValueError:
            continue
        yield address, text[max(0, match.start() - 100) : match.start()], text[match.end() : match.end() + 30]


def _addresses_of(link: Link) -> set[str]:
    return {*link.addresses, *(row.value for row in link.shown if row.what == "address")}
