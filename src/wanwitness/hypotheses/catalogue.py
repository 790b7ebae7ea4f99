"""Every sentence about explanations, as a template with named arguments: what a translation is made from.

Arguments are names, addresses and numbers, and sentences of this catalogue, as what an explanation is called.
"""

from __future__ import annotations

from collections.abc import Sequence

from wanwitness.language import Catalogue
from wanwitness.model import Sentence

sentence = Catalogue(
    "hypotheses",
    {
        # Statements: by explanation, what it says.
        "statement-link-mismatch": "The relay's name was resolved over another link than the mail took.",
        "statement-relay-owner": "The relay belongs to another ISP than the link that the mail took.",
        "statement-relay-resolver": "The relay's address came from the resolver of another ISP than the relay's.",
        "statement-foreign-resolver": "The question left by a link, but went to a resolver that is not that link's.",
        "statement-smtp-login": "A log-in by SMTP (AUTH) before the mail would let it through.",
        "statement-mail-login": "A log-in to the ISP's mailbox by POP or IMAP opens its relay for a while.",
        "statement-webmail": "A visit to the ISP's webmail opens its relay for a while.",
        "statement-event": "Something that no packet shows changed it.",
        "statement-event:KIND": "It changed with “{what}”.",
        "statement-hour": "It depends on the time of day.",
        "statement-mending": "It mends by itself, some time after the first refusal.",
        "statement-helo": "It depends on the name that the client gives in EHLO or HELO.",
        "statement-sender": "It depends on the sender.",
        "statement-client": "It depends on the computer that sends.",
        "statement-tls": "It depends on whether the session is encrypted.",
        "statement-size": "It depends on the size of the mail.",
        "statement-relay-address": "It depends on the address of the relay.",
        "statement-redirected": "The router leads the connection to another server than was dialled.",
        "statement-egress": "It depends on the link, and so on the address, that the mail left by.",
        # Phrases: by explanation, how it is called within a sentence.
        "phrase-link-mismatch": "the look-up by another link than the mail's",
        "phrase-relay-owner": "the relay of another ISP than the link's",
        "phrase-relay-resolver": "the look-up by another ISP's resolver than the relay's",
        "phrase-foreign-resolver": "the resolver that is not the link's",
        "phrase-smtp-login": "the log-in by SMTP",
        "phrase-mail-login": "the log-in by POP or IMAP",
        "phrase-webmail": "the visit to the webmail",
        "phrase-event": "events",
        "phrase-event:KIND": "“{what}”",
        "phrase-hour": "the time of day",
        "phrase-mending": "waiting",
        "phrase-helo": "the client's EHLO name",
        "phrase-sender": "the sender",
        "phrase-client": "the computer that sends",
        "phrase-tls": "encryption",
        "phrase-size": "the size of the mail",
        "phrase-relay-address": "the relay's address",
        "phrase-redirected": "the router's redirection",
        "phrase-egress": "the link that the mail left by",
        "phrase-relay": "the ISP whose relay it was",  # no explanation: what a decision may hold alike
        # Readings: what the episodes say of one explanation.
        "named-link": "Mail through {relay_isp} was refused where {asker} had looked up {name} through {resolver_isp} \
and the mail left by {transport_isp} ({refused} of {with_it}), and {otherwise} ({other_refused} of {without}).",
        "named": "{phrase:capital}: {refused} of {with_it} refused where it holds, {other_refused} of {without} where \
it does not; by chance that is as rare as p {p_turned:.2g} and {p_runs:.2g}. They go together; what the relay checks \
no packet shows.",
        "named-value": "{phrase:capital} ({what}): {refused} of {with_it} refused where it holds, {other_refused} of \
{without} where it does not; by chance that is as rare as p {p_turned:.2g} and {p_runs:.2g}. They go together; what \
the relay checks no packet shows.",
        "named-opens": "{phrase:capital}: {refused} of {with_it} refused within {window:duration} after it, \
{other_refused} of {without} otherwise; by chance that is as rare as p {p_turned:.2g} and {p_runs:.2g}. They go \
together; what the relay checks no packet shows.",
        "explained-away": "{phrase:capital}: not shown; among tries that are alike in {by}, it makes no difference.",
        "tied": "{phrase:capital}: cannot be told apart from {others}, since both hold of the same tries ({refused} \
of {with_it} refused, {other_refused} of {without} otherwise).",
        "by-way-of": "{phrase:capital}: goes with the refusals, and follows from {by}.",
        "not-shown": "{phrase:capital}: not shown ({refused} of {with_it} refused where it holds, {other_refused} of \
{without} where it does not; chance alone does as much, p {p:.2g}).",
        "not-shown-alone": "{phrase:capital}: all {refused} refusals came with it, and so did {accepted} tries of \
{with_it} that were accepted: they may need it, and it alone does not explain them (p {p:.2g}).",
        "not-shown-within": "{phrase:capital}: not shown ({refused} of {with_it} refused within {window:duration} \
after it, {other_refused} of {without} otherwise; chance alone does as much, p {p:.2g}).",
        "not-shown-without": "{phrase:capital}: tried before none of these mails, and {other_accepted} of {without} \
were accepted all the same; that it is missing does not explain the refusals by itself.",
        "not-shown-alike": "{phrase:capital}: not shown; it was alike in all tries, the refused and the accepted.",
        "not-enough-evidence": "{phrase:capital}: not enough evidence.",
        "not-observable": "{phrase:capital}: these captures could not have shown it.",
        "not-observable-event": "{phrase:capital}: the site file tells of none.",
        "not-observable-mail-login": "{phrase:capital}: these captures hold nothing of POP or IMAP, as if a filter or \
the place had left them out; whether anybody logged in cannot be seen.",
        "not-observable-webmail": "{phrase:capital}: these captures hold no web traffic, as if a filter or the place \
had left it out; whether anybody visited cannot be seen.",
        "not-observable-webmail-host": "{phrase:capital}: nobody says which servers are the ISP's webmail; add its \
relays' names to the site file.",
        "not-observable-relay": "{phrase:capital}: nobody says whose relays and resolvers these are; the site file \
can.",
        "not-observable-size": "{phrase:capital}: no client declared it.",
        # Next observations: the mail that would tell.
        "tell-address": "One mail to {address} whose look-up and way are by the same link ({link}; dialled by its \
number, say, and led nowhere else by the router) tells the look-up and the address apart: is it refused as well, then \
the address decides, else the look-up.",
        "tell-redirected": "One mail with the router's redirection off, looked up and sent as before, tells them \
apart.",
        "tell-relay-owner": "One mail to {relay_isp}'s relay by {relay_isp}'s own link, looked up over the other \
link, tells them apart: is it accepted, then it was the link that the mail took.",
        "tell": "One mail with {one} and without {other}, or the reverse, tells them apart.",
        # The answer.
        "led-to": "The wrong answer {always} led to {address}.",
        "led-to-called": "The wrong answer {always} led to {address} ({called}).",
        "not-named": "{phrases:capital}: not shown.",
        "away": "{phrase:capital}: explained by {by}.",
        "lacking": "Which explanation holds cannot be said yet: {lacking}.",
        "nothing-shown": "None of the explanations looked at goes with the refusals more than by chance.",
        "open": "Two or more explanations hold of the same tries: {phrases}.",
        "by-chance": "Retries counted once ({refused} of {with_it}, and {other_refused} of {without}), that is by \
chance alone as rare as p {p_turned:.2g} (outcomes turned) and {p_runs:.2g} (series with as many bursts; \
both must be {level:.2g} at most), all explanations considered; the odds of a refusal are {odds:.3g} times as great \
(95 %: {low:.3g} to {high:.3g}). What the relay checks no packet shows.",
        "by-chance-at-least": "Retries counted once ({refused} of {with_it}, and {other_refused} of {without}), that \
is by chance alone as rare as p {p_turned:.2g} (outcomes turned) and {p_runs:.2g} (series with as many bursts; \
both must be {level:.2g} at most), all explanations considered; the odds of a refusal are at least {low:.3g} times as \
great (95 %). What the relay checks no packet shows.",
        "bracket": "After it mail was accepted up to {accepted:duration}, and refused from {refused:duration} on.",
        "try-link": "Have the relay's name resolved over the link that the mail takes, by that link's own resolver.",
        "try-router": "The router itself looks the relay up, as port-25 redirection does (Peplink: SMTP Forwarding; \
ZyXEL: SMTP Redirect; BaseWall: SMTP Binding): bind its look-ups to the relay's link. Switched off for this relay, \
it leaves the look-up to the computers, and theirs must go over that link too.",
        "try-login": "Log in by POP or IMAP before sending, or use the ISP's submission service with a password (587).",
        "capture-rivals": "Capture log-ins and web visits as well, on the LAN side: wanwitness filter --rivals",
        "try-capture": "Then capture again: {need} more tries without a refusal, in a stretch longer than any before, \
would show that it is mended (wanwitness compare).",
        # Parts that fill others.
        "never": "never otherwise",
        "seldom": "seldom otherwise",
        "always": "always",
        "mostly": "mostly",
        "for-good": "any time",
        "the-router": "the router itself",
        "the-client": "the computer that sends",
        "lack-episodes": "{have} episodes of at least {need} (a retry under the same conditions counts once)",
        "lack-refused": "{have} refused of at least {need}",
        "lack-runs": "refusals in {have} bursts of at least {need}",
        "lack-accepted": "{have} accepted of at least {need}",
    },
)


def nothing() -> Sentence:
    """Stand where a sentence will be."""
    return Sentence("")


def lack(what: str, have: int, need: int) -> Sentence:
    """Say what there is too little of."""
    return sentence(f"lack-{what}", have=have, need=need)


def statement(explanation: str) -> Sentence:
    """Say what an explanation says."""
    return _of("statement", explanation)


def phrase(explanation: str) -> Sentence:
    """Call an explanation within a sentence."""
    return _of("phrase", explanation)


def phrases(explanations: Sequence[str]) -> tuple[Sentence, ...]:
    """Call several."""
    return tuple(phrase(explanation) for explanation in explanations)


def span(seconds: float) -> float | Sentence:
    """Return a length of time as an argument: for good, where it has no end."""
    return sentence("for-good") if seconds == float("inf") else seconds


def _of(what: str, explanation: str) -> Sentence:
    if explanation.startswith("event:"):
        return sentence(f"{what}-event:KIND", what=explanation.removeprefix("event:"))
    return sentence(f"{what}-{explanation}")
