"""Which names are the site's own, by what a case tells.

A domain is masked if a mailbox is in it, or a host calls itself by it; but never one that a link's relays are in, and
not that of a server which the site's hosts asked for, unless it takes mail there for its own mailboxes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any

PRIVATE_ZONES = frozenset(
    (b"local", b"lan", b"home", b"internal", b"intranet", b"corp", b"private", b"localdomain", b"home.arpa", b"box")
)
"""Zones that are no part of the Internet's names (RFC 6762 appendix G, RFC 8375, ICANN's `internal`): whatever is in
one is a host of the site."""
_SECOND_LEVEL = frozenset(b"ac asso co com edu gob gouv gov gv ne net or org".split())
"""Under a country's two letters, labels under which names are given to everybody, as in example.co.uk."""
PROVIDERS = frozenset(
    b"gmail.com google.com outlook.com office365.com hotmail.com yahoo.com icloud.com gmx.net".split()
)
"""Domains of mail that everybody has a mailbox in: they tell nothing of whose it is."""
EVERYBODYS = frozenset(
    b"abuse admin administrator contact ftp ftps hostmaster imap imaps info localhost localdomain mail mailer-daemon "
    b"marketing mta mx newsletter noc noreply no-reply ns pop pop3 pops postmaster relay root router sales security "
    b"smtp smtps submission support usenet uucp webmail webmaster www".split()
)
"""Names of mailboxes and hosts that half the world has (RFC 2142): in an address they are masked, alone they are
words."""
SHORTEST = 4
"""Bytes of a name that is looked for where it stands alone: shorter ones are parts of anything."""
_MAILBOX = re.compile(rb"<?(?:@[^:>]*:)?(?P<local>.*)@(?P<domain>[^@>\s]+)>?", re.DOTALL)
_ADDRESSED = re.compile(r"(?:MAIL|RCPT|VRFY|EXPN|SEND|SOML|SAML) (?:FROM:|TO:)?\s*(?P<path><[^>]*>|\S+)", re.IGNORECASE)
_HOST = re.compile(rb"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+", re.IGNORECASE)
_WORD = re.compile(rb"[a-z0-9\x80-\xff][a-z0-9\x80-\xff-]+")
_TEXTS = (".html", ".j2", ".po", ".json", ".tsv", ".toml")
Document = Mapping[str, Any]


@dataclass(slots=True)
class Names:
    """What of a case's names is to be masked."""

    domains: set[bytes] = field(default_factory=set)
    """Registered domains, in lower case."""
    kept: set[bytes] = field(default_factory=set)
    """Registered domains that stay: relays', servers'."""
    users: set[bytes] = field(default_factory=set)
    """Mailboxes' names, without their domain, that are looked for alone too."""
    hosts: set[bytes] = field(default_factory=set)
    """Hosts' and domains' names of one label, that are looked for alone too."""
    sayings: set[bytes] = field(default_factory=set)
    """What somebody calls himself that is no name: masked as it stands."""


def names_of(document: Document) -> Names:
    """Find the names that a case's document tells of the site and of its mailboxes."""
    found = Names()
    kept = set(PROVIDERS) | {registered(name) for name in _relays(document)}
    asked: set[bytes] = set()
    for session in document["sessions"]:
        mailboxes = {raw(text) for text in _mailboxes(session)}
        domains = {match["domain"].lower() for box in mailboxes if (match := _MAILBOX.fullmatch(box))}
        for box in mailboxes:
            match = _MAILBOX.fullmatch(box)
            local = (match["local"] if match else box).strip(b'<>"').lower()
            if local:
                found.users.add(local)
        found.domains |= {registered(domain) for domain in domains if b"." in domain}
        found.hosts |= {domain for domain in domains if b"." not in domain}
        _greeted(session, found)
        own = {registered(domain) for domain in domains}
        asked |= {registered(name) for name in _servers(session)} - own
    greeted = {registered(raw(s["helo"])) for s in document["sessions"] if s["helo"] and "." in s["helo"]}
    found.kept = kept | (asked - greeted)
    found.domains -= found.kept
    found.domains = {domain for domain in found.domains if b"." in domain and not _is_address(domain)}
    found.hosts |= {domain.split(b".")[0] for domain in found.domains}
    name = (document["site"] or {}).get("name")
    if name:
        found.sayings.add(raw(name))
    _leave_out_words(found, document, kept | asked)
    return found


def _leave_out_words(found: Names, document: Document, kept: Iterable[bytes]) -> None:
    """Alone, a name is not looked for that is a word of our own, of every mail server, or of a link's."""
    words = vocabulary() | EVERYBODYS | {label for domain in kept for label in domain.split(b".")}
    for link in document["links"]:
        words |= {raw(text).lower() for text in (link["name"], link["isp"] or "")}
    found.users = {name for name in found.users if len(name) >= SHORTEST and name not in words}
    found.hosts = {name for name in found.hosts if len(name) >= SHORTEST and name not in words}
    found.sayings = {name for name in found.sayings if len(name) >= SHORTEST and name.lower() not in words}


def _greeted(session: Document, found: Names) -> None:
    """What the hosts of the site call themselves: clients by HELO, its own servers by their banner."""
    helo = raw(session["helo"] or "").strip().lower()
    names = [helo] if helo and not helo.startswith(b"[") else []
    if session["direction"] in ("inbound", "internal"):
        banner = raw((session["answered_by"] or {}).get("banner") or "")
        names += [name.lower() for name in _HOST.findall(banner)[:1]]
        names += [raw(session["asked_name"]).lower()] if session["asked_name"] else []
    for name in names:
        if _is_address(name):
            continue
        if _HOST.fullmatch(name):
            found.domains.add(registered(name))
            first = name.split(b".")[0]
            if first not in EVERYBODYS:
                found.hosts.add(first)
        elif re.fullmatch(rb"[a-z0-9_-]+", name):
            found.hosts.add(name)
        else:
            found.sayings.add(name)


def _mailboxes(session: Document) -> Iterator[str]:
    for transaction in session["transactions"]:
        yield from (path for path in (transaction["mail_from"], *transaction["rcpt_to"]) if path)
    yield from (bounce["recipient"] for bounce in session["bounces"] if bounce["recipient"])
    for exchange in session["commands"]:
        match = _ADDRESSED.match(exchange["command"] or "")
        if match and match["path"].strip("<>"):
            yield match["path"]


def _relays(document: Document) -> Iterator[bytes]:
    """Names of the links' relays and resolvers."""
    for link in document["links"]:
        shown = [row["value"] for row in link["shown"] if row["what"] == "relay"]
        for text in (*link["relays"], *shown):
            name = raw(text).lower().removeprefix(b"*.").lstrip(b".")
            if _HOST.fullmatch(name) and not _is_address(name):
                yield name


def _servers(session: Document) -> Iterator[bytes]:
    """Names of a server beyond the router that a host of the site spoke to."""
    if session["direction"] in ("inbound", "internal"):
        return
    if session["asked_name"]:
        yield raw(session["asked_name"]).lower()
    banner = raw((session["answered_by"] or {}).get("banner") or "")
    yield from (name.lower() for name in _HOST.findall(banner)[:1])


def suffix_labels(name: bytes) -> int:
    """Return how many of a name's last labels are given to everybody.

    >>> [suffix_labels(name) for name in (b"mx.example.co.uk", b"pc.example.com", b"pc.home.arpa", b"pc.lan")]
    [2, 1, 2, 1]
    """
    labels = name.lower().rstrip(b".").split(b".")
    if labels[-2:] == [b"home", b"arpa"]:
        return 2
    return 2 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 1


def registered(name: bytes) -> bytes:
    """Return the domain that somebody registered of a name, in lower case.

    >>> registered(b"PC-3.office.example.co.uk")
    b'example.co.uk'
    """
    labels = name.lower().rstrip(b".").split(b".")
    return b".".join(labels[-suffix_labels(name) - 1 :])


def lan_networks(document: Document) -> list[IPv4Network | IPv6Network]:
    """Return the LAN's networks, as the site file names them, the captures show them, and its hosts' own addresses are,
    less what is a link's.
    """
    site = document["site"] or {}
    texts = [*(site.get("lan") or ()), *(row["value"] for row in site.get("lan_shown") or ())]
    links = {text for link in document["links"] for key in ("addresses", "resolvers", "relays") for text in link[key]}
    for session in document["sessions"]:
        inside = session["server"] if session["direction"] == "inbound" else session["client"]
        if session["direction"] != "router" and session["lan_stream"] is not None:
            texts.append(inside["ip"])
        if session["direction"] == "internal":
            texts.append(session["server"]["ip"])
    found = (_network(text) for text in dict.fromkeys(texts) if text not in links)
    return [network for network in found if network is not None]


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _is_address(name: bytes) -> bool:
    try:
        ip_address(name.decode("latin-1"))
    except ValueError:
        return False
    return True


_ESCAPES = re.compile(r"\\(?:x([89a-f][0-9a-f]|[01][0-9a-f]|7f)|u([0-9a-f]{4})|U([0-9a-f]{8}))")


def raw(text: str) -> bytes:
    r"""Return the bytes that `printable` made a text of.

    >>> raw("j\\xe9r\u00f4me")
    b'j\xe9r\xc3\xb4me'
    """
    if "\\" not in text:
        return text.encode("utf-8", "surrogatepass")
    pieces, at = [], 0
    for match in _ESCAPES.finditer(text):
        pieces.append(text[at : match.start()].encode("utf-8", "surrogatepass"))
        byte, *points = match.groups()
        point = int(byte or points[0] or points[1], 16)
        pieces.append(bytes((point,)) if byte else chr(min(point, 0x10FFFF)).encode("utf-8", "surrogatepass"))
        at = match.end()
    return b"".join((*pieces, text[at:].encode("utf-8", "surrogatepass")))


@cache
def vocabulary() -> frozenset[bytes]:
    """Return the words that the program itself uses: alone they tell nothing of anybody."""
    package = Path(__file__).parent.parent
    files = (path for path in package.rglob("*") if path.suffix in _TEXTS and path.is_file())
    return frozenset(word for path in files for word in _WORD.findall(path.read_bytes().lower()))
