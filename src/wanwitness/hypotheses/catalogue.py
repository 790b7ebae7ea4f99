"""Every sentence about explanations, as a template with named arguments: what a translation is made from.

A template's arguments are names, addresses and numbers, and words of `PHRASES`, which are templates themselves.
"""

from __future__ import annotations

from .sentence import Argument, Sentence

STATEMENTS = {
    "link-mismatch": "The relay's name was resolved over another link than the mail took.",
    "relay-owner": "The relay belongs to another ISP than the link that the mail took.",
    "relay-resolver": "The relay's address came from the resolver of another ISP than the relay's.",
    "foreign-resolver": "The question left by a link, but went to a resolver that is not that link's.",
    "mail-login": "A log-in to the ISP's mailbox by POP or IMAP opens its relay for a while.",
    "webmail": "A visit to the ISP's webmail opens its relay for a while.",
    "event": "Something that no packet shows changed it.",
    "event:KIND": "It changed with “{what}”.",
    "hour": "It depends on the time of day.",
    "mending": "It mends by itself, some time after the first refusal.",
    "helo": "It depends on the name that the client gives in EHLO or HELO.",
    "sender": "It depends on the sender.",
    "client": "It depends on the computer that sends.",
    "tls": "It depends on whether the session is encrypted.",
    "size": "It depends on the size of the mail.",
    "relay-address": "It depends on the address of the relay.",
    "redirected": "The router leads the connection to another server than was dialled.",
    "egress": "It depends on the link, and so on the address, that the mail left by.",
}
"""By explanation, what it says."""

PHRASES = {
    "link-mismatch": "the look-up by another link than the mail's",
    "relay-owner": "the relay of another ISP than the link's",
    "relay-resolver": "the look-up by another ISP's resolver than the relay's",
    "foreign-resolver": "the resolver that is not the link's",
    "mail-login": "the log-in by POP or IMAP",
    "webmail": "the visit to the webmail",
    "event": "events",
    "event:KIND": "“{what}”",
    "hour": "the time of day",
    "mending": "waiting",
    "helo": "the client's EHLO name",
    "sender": "the sender",
    "client": "the computer that sends",
    "tls": "encryption",
    "size": "the size of the mail",
    "relay-address": "the relay's address",
    "redirected": "the router's redirection",
    "egress": "the link that the mail left by",
    "relay": "whose relay it was",
}
"""By explanation, how it is called within a sentence."""

TEMPLATES = {
    # Readings: what the episodes say of one explanation.
    "named-link": "Mail through {relay_isp} was refused where {asker} had looked up {name} through {resolver_isp} and \
the mail left by {transport_isp} ({refused} of {with_it}), and {otherwise} ({other_refused} of {without}).",
    "named": "{phrase}{what}: {refused} of {with_it} refused where it holds, {other_refused} of {without} where it \
does not; by chance that is as rare as p {p_turned} and {p_runs}. They go together; what the relay checks no packet \
shows.",
    "named-opens": "{phrase}: {refused} of {with_it} refused within {window} after it, {other_refused} of {without} \
otherwise; by chance that is as rare as p {p_turned} and {p_runs}. They go together; what the relay checks no packet \
shows.",
    "explained-away": "{phrase}: not shown; among tries that are alike in {by}, it makes no difference.",
    "tied": "{phrase}: cannot be told apart from {with}, since both hold of the same tries ({refused} of {with_it} \
refused, {other_refused} of {without} otherwise).",
    "by-way-of": "{phrase}: goes with the refusals, and follows from {by}.",
    "not-shown": "{phrase}: not shown ({refused} of {with_it} refused where it holds, {other_refused} of {without} \
where it does not; chance alone does as much, p {p}).",
    "not-shown-alike": "{phrase}: not shown; it was alike in all tries, the refused and the accepted.",
    "not-enough-evidence": "{phrase}: not enough evidence.",
    "not-observable": "{phrase}: these captures could not have shown it.",
    "not-observable-event": "{phrase}: the site file tells of none.",
    "not-observable-mail-login": "{phrase}: these captures hold nothing of POP or IMAP, as if a filter or the place \
had left them out; whether anybody logged in cannot be seen.",
    "not-observable-webmail": "{phrase}: these captures hold no web traffic, as if a filter or the place had left it \
out; whether anybody visited cannot be seen.",
    "not-observable-webmail-host": "{phrase}: nobody says which servers are the ISP's webmail; add its relays' names \
to the site file.",
    "not-observable-relay": "{phrase}: nobody says whose relays and resolvers these are; the site file can.",
    "not-observable-size": "{phrase}: no client declared it.",
    # Next observations: the mail that would tell.
    "tell-address": "One mail to {address} whose look-up and way are by the same link ({link}; dialled by its number, \
say) tells the look-up and the address apart: is it refused as well, then the address decides.",
    "tell-redirected": "One mail with the router's redirection off, looked up and sent as before, tells them apart.",
    "tell-relay-owner": "One mail to {relay_isp}'s relay by {relay_isp}'s own link, looked up over the other link, \
tells them apart: is it accepted, then it was the link that the mail took.",
    "tell-login": "One mail with {one} and without {other} tells them apart: is it refused, then {one_again} does not \
help.",
    "tell": "One mail with {one} and without {other}, or the reverse, tells them apart.",
    # The answer.
    "led-to": "The wrong answer {always} led to {address}{called}.",
    "not-named": "{phrases}: not shown.",
    "not-seen": "{phrases}: these captures could not have shown it.",
    "away": "{phrases}: explained by {by}.",
    "lacking": "Which explanation holds cannot be said yet: {lacking}.",
    "nothing-shown": "None of the explanations looked at goes with the refusals more than by chance.",
    "open": "Two or more explanations hold of the same tries: {phrases}.",
    "by-chance": "Retries counted once ({refused} of {with_it}, and {other_refused} of {without}), that is by chance \
alone as rare as p {p_turned} (outcomes turned) and {p_runs} (series with as many bursts), all explanations \
considered; the odds of a refusal are {odds} times as great (95 %: {low} to {high}). What the relay checks no packet \
shows.",
    "by-chance-at-least": "Retries counted once ({refused} of {with_it}, and {other_refused} of {without}), that is by \
chance alone as rare as p {p_turned} (outcomes turned) and {p_runs} (series with as many bursts), all explanations \
considered; the odds of a refusal are at least {low} times as great (95 %). What the relay checks no packet shows.",
    "bracket": "After it mail was accepted up to {accepted}, and refused from {refused} on.",
    "try-link": "Have the relay's name resolved over the link that the mail takes, by that link's own resolver.",
    "try-router": "The router itself looks the relay up, as port-25 redirection does (Peplink: SMTP Forwarding; ZyXEL: \
SMTP Redirect; BaseWall: SMTP Binding): switch it off for this relay, or bind its look-ups to the relay's link.",
    "try-owner": "Send mail for {relay_isp}'s relay by {relay_isp}'s link only.",
    "try-login": "Log in by POP or IMAP before sending, or use the ISP's submission service with a password (587).",
    "capture-rivals": "Capture log-ins and web visits as well, on the LAN side: wanwitness filter --rivals",
    "try-capture": "Then capture again: {need} more tries without a refusal would show that it is mended.",
}

WORDS = {
    "router": "the router itself",
    "client": "the computer that sends",
    "never": "never otherwise",
    "seldom": "seldom otherwise",
    "always": "always",
    "mostly": "mostly",
    "for-good": "any time",
    "minutes": "{n} min",
    "hours": "{n} h",
    "days": "{n} days",
    "and": " and ",
    "comma": ", ",
    "lack-episodes": "{have} episodes of at least {need} (a retry under the same conditions counts once)",
    "lack-refused": "{have} refused of at least {need}",
    "lack-runs": "refusals in {have} bursts of at least {need}",
    "lack-accepted": "{have} accepted of at least {need}",
}
"""Words and pieces that fill templates."""


def sentence(kind: str, /, **args: Argument) -> Sentence:
    """Make a sentence of the catalogue, with its first letter great."""
    text = TEMPLATES[kind].format(**args)
    return Sentence(kind, args, text[:1].upper() + text[1:])


def nothing() -> Sentence:
    """Stand where a sentence will be."""
    return Sentence("", {}, "")


def lack(what: str, have: int, need: int) -> Sentence:
    """Say what there is too little of."""
    kind = f"lack-{what}"
    return Sentence(kind, {"have": have, "need": need}, WORDS[kind].format(have=have, need=need))


def statement(explanation: str) -> Sentence:
    """Say what an explanation says."""
    kind, args = _kind(explanation)
    return Sentence(f"statement-{kind}", args, STATEMENTS[kind].format(**args))


def phrase(explanation: str) -> str:
    """Call an explanation within a sentence."""
    kind, args = _kind(explanation)
    return PHRASES[kind].format(**args)


def phrases(explanations: tuple[str, ...] | list[str]) -> str:
    """Call several, in one list."""
    return listed([phrase(explanation) for explanation in explanations])


def listed(words: list[str]) -> str:
    """Put words into one list: `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return WORDS["comma"].join(words[:-1]) + WORDS["and"] + words[-1]


def span(seconds: float) -> str:
    """Tell a length of time, to three digits at most."""
    if seconds == float("inf"):
        return WORDS["for-good"]
    for unit, length in (("days", 86_400), ("hours", 3600)):
        if seconds >= 2 * length:
            return WORDS[unit].format(n=f"{seconds / length:.3g}")
    return WORDS["minutes"].format(n=f"{seconds / 60:.3g}")


def _kind(explanation: str) -> tuple[str, dict[str, Argument]]:
    if explanation.startswith("event:"):
        return "event:KIND", {"what": explanation.removeprefix("event:")}
    return explanation, {}
