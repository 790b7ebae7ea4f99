"""What the ends of a connection chose at random, and what routers and proxies pass on as it was.

The two randoms of a TLS handshake and the Message-IDs pass through whatever does not read TLS, or writes mails anew.
The SYN's Identification, or flow label, passes through routers, but for those that scrub it (pf's `random-id`); since
it has 16 bits and some senders just count, it says something only where most connections have found their own.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from wanwitness.reading.point import MailStream

from .assignment import Comparison
from .assumptions import LABEL_WEIGHT
from .opener import has_fewer_hops

Labels = tuple[Set[object], ...]
"""What can be compared, each of a kind; empty where it was not seen."""


def weighed(fits: Sequence[Comparison]) -> list[Comparison]:
    """Count against each candidate the labels that differ, and those of one side alone: these may be equal all the
    same, which is its doubt.
    """
    kept = _keeps_idents(fits)
    return [_weighed(fit, with_ident=kept) for fit in fits]


def _weighed(fit: Comparison, *, with_ident: bool) -> Comparison:
    ours, theirs = (_labels(mail, with_ident=with_ident) for mail in (fit.lan, fit.wan[1]))
    differ = sum(bool(one and two) and not one & two for one, two in zip(ours, theirs, strict=True))
    unknown = sum(bool(one) != bool(two) for one, two in zip(ours, theirs, strict=True))
    if not differ and not unknown:
        return fit
    return replace(
        fit, mismatches=fit.mismatches + LABEL_WEIGHT * (differ + unknown), doubt=fit.doubt + LABEL_WEIGHT * unknown
    )


def _labels(mail: MailStream, *, with_ident: bool) -> Labels:
    client, server = mail.dialogue.tls_randoms
    ident = mail.stream.ident_orig if with_ident else None
    named = {t.message_id for t in mail.dialogue.transactions if t.message_id is not None}
    return (named, *(set() if one is None else {one} for one in (client, server, ident)))


def _keeps_idents(fits: Sequence[Comparison]) -> bool:
    """Whether the router seems to pass Identifications on: one equal number among thousands is chance.

    Where clients and a proxy count, their numbers often meet; but a proxy's packets are not the clients'.
    """
    found: dict[MailStream, bool] = {}
    for fit in fits:
        one, two = fit.lan.stream.ident_orig, fit.wan[1].stream.ident_orig
        if one is not None and two is not None:
            same = one == two and has_fewer_hops(fit.lan.stream, fit.wan[1].stream)
            found[fit.lan] = found.get(fit.lan, False) or same
    return 2 * sum(found.values()) > len(found)
