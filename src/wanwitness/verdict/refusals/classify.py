"""Why a server refused: rules kept as data, applied in order.

RFC 5321 section 4.2 gives meaning to codes and none to texts, so every rule about a text is a heuristic. What no rule
knows is `other`, and blames nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from wanwitness.model import Blame, Refusal, RejectionCause, Reply, Rule

from .blame import blame_of
from .fold import enhanced_in, folded
from .server import Server
from .table import Provider, providers, rules


def classify(
    reply: Reply,
    command: str,
    server: Server,
    own: tuple[Rule, ...] = (),
    *,
    tls_active: bool = False,
    known: bool = False,
) -> tuple[RejectionCause, Blame]:
    """Return the cause of a refusal of `command`, `other` where no rule holds, and how a link may be to blame.

    Args:
        reply: what the server said.
        command: to which.
        server: who it is.
        own: the user's rules; they come before the package's.
        tls_active: the session was under TLS already.
        known: the client had logged in already.
    """
    text = folded(reply.text)
    provider = _provider(text, server.names)
    refusal = Refusal(
        reply.code,
        enhanced_in(reply.enhanced, text),
        text,
        command,
        tls_active,
        server.port,
        provider.name if provider else None,
        tuple(name.lower().rstrip(".") for name in server.names) if any(rule.servers for rule in own) else (),
    )
    rule = _first(refusal, own)
    if rule is None:
        return "other", "none"
    return rule.cause, blame_of(rule, server, provider, known=known)


@lru_cache(1 << 12)  # servers say the same again and again
def _first(refusal: Refusal, own: tuple[Rule, ...]) -> Rule | None:
    return next((rule for rule in (*own, *rules()) if rule.holds(refusal)), None)


def provider_of(text: str, names: Iterable[str]) -> str | None:
    """Return the mail provider that a server belongs to, by its names or its words; None where it is none of those."""
    provider = _provider(folded(text), tuple(names))
    return provider.name if provider else None


def _provider(text: str, names: tuple[str, ...]) -> Provider | None:
    return _by_names(names) or _by_words(text)


@lru_cache(1 << 10)  # a case has few servers, and many replies of each
def _by_names(names: tuple[str, ...]) -> Provider | None:
    hosts = [name.lower().rstrip(".") for name in names]
    return next((one for one in providers() if any(one.hosts.search(host) for host in hosts)), None)


@lru_cache(1 << 12)
def _by_words(text: str) -> Provider | None:
    return next((one for one in providers() if one.text is not None and one.text.search(text)), None)


def telling(names: Iterable[str]) -> list[str]:
    """Return those of a server's names that tell which provider's it is, one for each.

    Hosted mail gives a server thousands of names, and it may have as many sessions.
    """
    found: dict[str, str] = {}
    for name in names:
        provider = _by_names((name,))
        if provider is not None:
            found.setdefault(provider.name, name)
    return list(dict.fromkeys(found.values()))
