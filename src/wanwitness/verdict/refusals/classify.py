"""Why a server refused: rules as data, applied in order, the mail provider first.

RFC 5321 section 4.2 gives meaning to codes and none to texts, so every text rule is a heuristic. A rule matches the
reply's text folded to plain lower-case letters (`Relais refusé` is read as `relais refuse`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from wanwitness.model import Blame, RejectionCause, Reply

from .blame import blame_of
from .server import Server


@dataclass(frozen=True, slots=True)
class Provider:
    """A mail provider's submission service: it asks for a password wherever the client is."""

    name: str
    host: re.Pattern[str]
    """Of the server's names."""
    text: re.Pattern[str] | None = None
    """Of its replies."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One sign of one cause; every condition that it states must hold."""

    cause: RejectionCause
    source: str
    """RFC clause, FIELD-NOTES row, or the software whose words these are."""
    text: re.Pattern[str] | None = None
    codes: tuple[int, ...] = ()
    enhanced: re.Pattern[str] | None = None
    commands: tuple[str, ...] = ()
    tls: bool | None = None
    """Whether the session was under TLS already."""
    provider: str | None = None

    def holds(self, reply: Reply, text: str, command: str, *, tls: bool, provider: str | None) -> bool:
        """Whether every stated condition holds."""
        return (
            (not self.codes or reply.code in self.codes)
            and (self.text is None or self.text.search(text) is not None)
            and (self.enhanced is None or self.enhanced.fullmatch(reply.enhanced or "") is not None)
            and (not self.commands or command in self.commands)
            and (self.tls is None or self.tls == tls)
            and (self.provider is None or self.provider == provider)
        )


MAX_TEXT = 4_000
"""Characters of a reply that are looked at; the reason stands in its first lines."""

_P = re.compile
PROVIDERS = (
    Provider("Gmail", _P(r"(^|\.)(gmail|googlemail|google)\.com$"), _P(r"\bgsmtp\b|support\.google\.com")),
    Provider(
        "Microsoft",
        _P(r"(^|\.)(outlook|office365|live|hotmail)\.com$"),
        _P(r"client not authenticated to send mail|\.(prod|protection)\.outlook\.com\b|smtpclientauthentication"),
    ),
    Provider(
        "Yahoo",
        _P(r"(^|\.)(yahoo\.(com|fr|co\.uk)|yahoodns\.net|aol\.com)$"),
        _P(r"(help|postmaster|mail)\.yahoo(inc)?\.(com|net)\b"),
    ),
    Provider("iCloud", _P(r"(^|\.)(mail\.me\.com|icloud\.com)$"), _P(r"support\.apple\.com")),
    Provider("GMX", _P(r"(^|\.)(gmx\.(net|com|de|fr)|web\.de|mail\.com)$")),
    Provider("OVH", _P(r"^(ssl0|pro\d)\.(mail\.)?ovh\.net$|^pro\d\.mail\.ovh\.net$")),
    Provider("Gandi", _P(r"(^|\.)mail\.gandi\.net$")),
    Provider("IONOS", _P(r"(^|\.)smtp\.(ionos|1and1)\.[a-z.]+$")),
    Provider("Zoho", _P(r"(^|\.)zoho\.(com|eu)$")),
    Provider("Fastmail", _P(r"(^|\.)(fastmail|messagingengine)\.com$")),
    Provider("Proton", _P(r"(^|\.)(protonmail\.ch|proton\.me)$")),
    Provider("Yandex", _P(r"(^|\.)smtp\.yandex\.[a-z.]+$")),
    Provider("Amazon SES", _P(r"^email-smtp\.[a-z0-9-]+\.amazonaws\.com$")),
    Provider("SendGrid", _P(r"(^|\.)sendgrid\.net$")),
    Provider("Mailgun", _P(r"(^|\.)mailgun\.org$")),
    Provider("Mailjet", _P(r"(^|\.)mailjet\.com$")),
    Provider("Brevo", _P(r"(^|\.)smtp-relay\.(brevo|sendinblue)\.com$")),
)

_AUTH_WORDS = (
    r"(?<!un)authenti(cat|fi)\w*( is| est)? (first )?(required|needed|mandatory|requise?|obligatoire|necessaire)"
    r"|auth\w* (is )?(required|needed|mandatory)|requires? (smtp )?(auth|log ?in|authentication)\b"
    r"|issue an? auth|\bauth first|must (first )?(be )?(authenticat|log ?in)|(need|have) to (be )?authenticat"
    r"|(client )?(was |is )?not authenticated( to send)?|authenticate (first|yourself)|please (first )?authenticat"
    r"|not logged in|log ?in (first|required)|(veuillez|vous devez) (d'abord )?(vous )?(authentifier|identifier)"
    r"|s'authentifier|(non|pas) authentifie|identification (requise|obligatoire|necessaire)"
)
_RELAY_WORDS = (
    r"relay(ing)?( access)?( is| was)?( from \S+)? (denied|not (permitted|allowed|authori[sz]ed)|prohibited|disallowed|"
    r"refused|forbidden|rejected)|(unable|not (allowed|permitted|authori[sz]ed)|cannot|can't|won't|do(es)? not|"
    r"refuse) (to )?relay|no relay(ing)?\b|rcpthosts|open relay"
    r"|relai?s? (\w+ )?(est )?(refuse|interdit|non (autorise|permis)|pas (autorise|permis))|relayage"
)
_BLOCK_WORDS = (
    r"spamhaus|spamcop|barracuda(central)?|sorbs|abuseat|\bcbl\b|dnsbl|\brbls?\b|blocked using|block ?list|black ?list"
    r"|deny ?list|listed (in|at|by|on)\b|\bs31[45]0\b|\b(sc|dy|ou)-00\d|\bbl\d\d\b|liste noire|too many spams? from"
    r"|bad reputation|poor reputation|mauvaise reputation"
)
_RATE_WORDS = (
    r"too many|too much|too fast|too frequent|rate ?limit|rate (is )?exceeded|unusual rate|slow down|throttl"
    r"|exceeded .{0,40}(limit|quota|rate)|(hourly|daily) .{0,20}(limit|quota)|limit exceeded|\btss0\d|trop de"
    r"|\bofr(_|\d+_)10[458]\b|(limite|quota) .{0,40}(depasse|atteint)|temporarily (deferred|rate)|4\.7\.28"
)
_RECIPIENT_WORDS = (
    r"user (is )?(unknown|not found)|unknown (local |virtual )?(user|recipient|mailbox|address)|no such (user|recipient"
    r"|mailbox|address|person|domain)|(mailbox|account|address|boite).{0,30}(full|unavailable|not found|disabled"
    r"|inactive|does not exist|pleine|inconnue|inexistante)|does(n't| not) exist|over ?quota|quota exceeded"
    r"|recipient.{0,40}(rejected|unknown|invalid|refused)|(invalid|bad|unknown) recipient|not our customer"
    r"|(utilisateur|destinataire|adresse).{0,40}(inconnu|invalide|refuse|inexistant|n'existe)|recipients? refus"
)
_SENDER_WORDS = (
    r"sender.{0,60}(rejected|refused|invalid|denied|not (found|owned|allowed|exist)|verif)|(bad|invalid|unknown) "
    r"(sender|return)|domain.{0,40}(not found|does not (exist|resolve)|not resolv|no mx|n'existe)|expediteur"
    r"|\bspf\b|\bdkim\b|\bdmarc\b|sender policy framework|unauthenticated (email|mail|sender)|not owned by user"
    r"|as this sender"
)
_MAIL = ("RCPT", "DATA", ".", "BDAT", "BURL")

RULES = (
    # A provider's own words.
    Rule("starttls-required", "FIELD-NOTES, RFC 3207", _P(r"starttls"), (530,), tls=False, provider="Gmail"),
    Rule("authentication-required", "FIELD-NOTES, gsmtp", _P(r"authentication required"), (530,), provider="Gmail"),
    Rule("bad-credentials", "Gmail help", enhanced=_P(r"5\.7\.(8|9|14)"), codes=(534, 535), provider="Gmail"),
    Rule("sender-refused", "Gmail help: SPF, DKIM, DMARC", enhanced=_P(r"[45]\.7\.2[567]"), provider="Gmail"),
    Rule("rate-limited", "Gmail help", _P(r"unusual rate|sending limit|too quickly"), provider="Gmail"),
    Rule("authentication-required", "FIELD-NOTES, Exchange Online", enhanced=_P(r"5\.7\.57"), provider="Microsoft"),
    Rule("blocklisted", "FIELD-NOTES, hotmail", _P(r"\bs31[45]0\b|\b(sc|dy|ou)-00\d"), provider="Microsoft"),
    # TLS first: 538 is about the mechanism offered without it, 530 about everything.
    Rule("bad-credentials", "RFC 4954 section 6; FIELD-NOTES", codes=(538,), enhanced=_P(r"5\.7\.11")),
    Rule(
        "starttls-required",
        "FIELD-NOTES; RFC 3207 section 4",
        _P(
            r"(issue|use|send|do|need|require\w*) (a |the )?starttls|starttls (command )?(is )?(first|required|needed)"
            r"|(tls|ssl|encrypt(ion|ed)|chiffrement|secure connection)( \w+)?( is| est)?( \w+)? "
            r"(required|mandatory|needed|requise?|obligatoire|necessaire)|requires? (tls|ssl|encryption)"
        ),
        tls=False,
    ),
    Rule(
        "pop-before-smtp",
        "FIELD-NOTES, hosting providers",
        _P(
            r"pop.{0,3}(before|avant).{0,3}smtp|check (your |for )?(new )?(e-?)?mail|(pop|imap)3? (log ?in|authent\w+)"
            r"|authenticate before send|(relev|consult)\w* .{0,30}(courrier|messages|mails?|boite)|pop first"
        ),
    ),
    Rule("bad-credentials", "RFC 4954 section 6", codes=(432, 534, 535, 538), commands=("AUTH", "AUTH-RESPONSE")),
    Rule(
        "bad-credentials",
        "RFC 4954 section 6",
        _P(
            r"(authentication|authentification|login|log-in) (failed|failure|unsuccessful|rejected|echouee|incorrecte)"
            r"|(invalid|incorrect|bad|wrong) (username|user|login|password|credentials)"
            r"|(mot de passe|identifiant)s?.{0,30}(incorrect|invalide|errone)|credentials invalid"
        ),
    ),
    Rule("greylisted", "FIELD-NOTES, Postgrey; RFC 6647", _P(r"gr[ae]y ?-?list|liste grise|postgrey")),
    # Authentication and relaying.
    Rule("sender-refused", "RFC 7208, RFC 7489", _P(r"\bspf\b|\bdkim\b|\bdmarc\b|unauthenticated (e-?)?mail")),
    Rule("authentication-required", "RFC 4954 section 6; the incident", _P(_AUTH_WORDS), (530,)),
    Rule("relaying-denied", "FIELD-NOTES: Postfix, qmail, KB 290842 (fr)", _P(_RELAY_WORDS)),
    Rule("authentication-required", "RFC 4954 section 6; Postfix, hMailServer, davmail#59", _P(_AUTH_WORDS)),
    # The client's address.
    Rule(
        "policy",
        "FIELD-NOTES, direct to MX",
        _P(r"not (authori[sz]ed|allowed|permitted) to send (e-?mail |mail )?directly|dynamic ip|dial-?up"),
    ),
    Rule("blocklisted", "FIELD-NOTES, DNS block lists", _P(_BLOCK_WORDS)),
    Rule("rate-limited", "FIELD-NOTES, Orange OFR; RFC 5321 section 4.5.3.1.10", _P(_RATE_WORDS)),
    # Sender and recipient: Postfix answers about the sender at RCPT, so its words go first.
    Rule("sender-refused", "RFC 3463 section 3.2, X.1.7 and X.1.8", enhanced=_P(r"[45]\.1\.[78]")),
    Rule("sender-refused", "Postfix, Exim", _P(_SENDER_WORDS)),
    Rule(
        "recipient-refused",
        "RFC 3463 section 3.2 and 3.3",
        enhanced=_P(r"[45]\.(1\.[1236]|1\.10|2\.[0-4])"),
        commands=_MAIL,
    ),
    Rule("recipient-refused", "RFC 5321 section 4.2.2", _P(_RECIPIENT_WORDS), commands=_MAIL),
    Rule("recipient-refused", "RFC 5321 section 4.2.2", codes=(551, 553), commands=("RCPT",)),
    Rule("sender-refused", "RFC 5321 section 4.2.2", codes=(553,), commands=("MAIL",)),
    # What the codes alone allow.
    Rule("authentication-required", "RFC 4954 section 6: TLS is there, so it is not asked for", codes=(530,), tls=True),
    Rule("starttls-required", "RFC 3207 section 4, at AUTH", codes=(530,), commands=("AUTH",), tls=False),
    Rule("bad-credentials", "RFC 4954 section 6", codes=(534, 535, 538)),
    Rule("policy", "RFC 3463 section 3.8, X.7.1", enhanced=_P(r"[45]\.7\.1")),
    Rule(
        "policy",
        "Postfix, Orange OFR",
        _P(r"\bpolicy|\bspam\b|access denied|client host rejected|not (authori[sz]ed|allowed)|politique|\bofr_?\d"),
    ),
)
"""In order: the first that holds gives the cause."""


def provider_of(text: str, names: Iterable[str]) -> str | None:
    """The mail provider that a server belongs to, by its names or its words; None where it is none of those known."""
    hosts = {host for name in names for host in _providers_at(name)}
    words = _folded(text)
    for provider in PROVIDERS:
        if provider.name in hosts or (provider.text is not None and provider.text.search(words)):
            return provider.name
    return None


def telling(names: Iterable[str]) -> list[str]:
    """Those of a server's names that tell which provider's it is, one for each.

    Hosted mail gives a server thousands of names, and it may have as many sessions.
    """
    found: dict[str, str] = {}
    for name in names:
        for provider in _providers_at(name):
            found.setdefault(provider, name)
    return list(dict.fromkeys(found.values()))


@lru_cache(1 << 10)  # a case has few servers, and many replies of each
def _providers_at(name: str) -> tuple[str, ...]:
    host = name.lower().rstrip(".")
    return tuple(provider.name for provider in PROVIDERS if provider.host.search(host))


def classify(
    reply: Reply, command: str, server: Server, *, tls_active: bool = False, known: bool = False
) -> tuple[RejectionCause, Blame]:
    """Return the cause of a refusal of `command`, `other` where no rule holds, and how a link may be to blame.

    Args:
        reply: what the server said.
        command: to which.
        server: who it is.
        tls_active: the session was under TLS already.
        known: the client had logged in already.
    """
    provider = provider_of(reply.text, server.names)
    text = _folded(reply.text)
    for rule in RULES:
        if rule.holds(reply, text, command, tls=tls_active, provider=provider):
            return rule.cause, blame_of(rule.cause, server, provider, known=known)
    return "other", "none"


def _folded(text: str) -> str:
    r"""Plain lower-case letters; bytes that were no UTF-8 (printed as `\xe9`) are read as Latin-1."""
    text = re.sub(r"\\x([89a-f][0-9a-f])", lambda match: chr(int(match[1], 16)), text)
    if text.isascii():
        return text[:MAX_TEXT].lower()
    letters = unicodedata.normalize("NFKD", text[:MAX_TEXT].replace("’", "'"))
    return "".join(char for char in letters if not unicodedata.combining(char)).lower()
