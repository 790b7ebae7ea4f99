"""Command lines (RFC 5321 section 4.1), stripped of what must stay secret."""

from __future__ import annotations

import re
from functools import lru_cache

from wanwitness.model import Command, printable

from .lines import Line

UNKNOWN_CODES = (500, 501, 502)
"""Replies to a line that was not understood (RFC 5321 section 4.2.2)."""

_PATH_FROM, _PATH_TO, _WORD = rb"FROM[ \t]*:(?s:.*)", rb"TO[ \t]*:(?s:.*)", rb"\S+"
_ARGUMENTS = {
    verb: re.compile(argument, re.IGNORECASE)
    for verbs, argument in (
        ("EHLO HELO LHLO", _WORD),  # RFC 5321 4.1.1.1, RFC 2033 4.1
        ("MAIL SEND SOML SAML", _PATH_FROM),  # RFC 5321 4.1.1.2, RFC 821 4.1.1
        ("RCPT", _PATH_TO),  # RFC 5321 4.1.1.3
        ("DATA RSET QUIT STARTTLS TURN", rb""),  # RFC 5321 4.1.1, RFC 3207, RFC 821
        ("NOOP HELP", rb"\S*"),  # RFC 5321 4.1.1.8, 4.1.1.9
        ("VRFY EXPN ETRN ATRN", _WORD),  # RFC 5321 4.1.1.6, RFC 1985, RFC 2645
        ("BDAT", rb"\d{1,18}(?:[ \t]+LAST)?"),  # RFC 3030 section 2
        ("BURL", rb"\S+(?:[ \t]+LAST)?"),  # RFC 4468 section 3
        ("AUTH", rb"[A-Z0-9_-]{1,20}(?:[ \t]+\S+)?"),  # RFC 4954 section 4
        ("XCLIENT XFORWARD", rb"[A-Z]+=(?s:.*)"),  # Postfix's extensions
    )
    for verb in verbs.split()
}
"""Each known verb with the form of its argument. A line of another form is still that command, its argument unkept:
mail text read as commands after a gap (`Mail me the contract`) must not be stored."""
_SILENT = frozenset(("NOOP", "HELP", "AUTH", "BURL"))
"""Verbs whose argument is free text or holds a secret (BURL: the URLAUTH token)."""
_LINE = re.compile(rb"[ \t]*([A-Za-z]+)(?:[ \t].*)?", re.DOTALL)
_JOINED = re.compile(rb"[ \t]*(MAIL(?=FROM[ \t]*:)|RCPT(?=TO[ \t]*:)).*", re.DOTALL | re.IGNORECASE)
"""`MAILFROM:<a@example.org>` is sent, and taken by some servers."""
_MECHANISM = re.compile(
    # RFC 4422 section 3.1: up to 20 capitals, digits, hyphens, underscores. In other case only the registered ones,
    # as a password sent in the mechanism's place would have small letters too.
    rb"[A-Z0-9_-]{1,20}|(?i:PLAIN|LOGIN|NTLM|GSSAPI|EXTERNAL|ANONYMOUS|(?:CRAM|DIGEST)-MD5|X?OAUTH2?|OAUTHBEARER)"
)
_PATH = re.compile(r'<((?:"(?:\\.|[^"\\])*"|[^">])*)>|<?([^\s>]*)')


@lru_cache(512)
def verb_of(raw: bytes) -> str | None:
    """The known verb that a line begins with, upper case; None for any other line."""
    match = _JOINED.fullmatch(raw) or _LINE.fullmatch(raw)
    verb = match[1].decode("ascii").upper() if match else ""
    return verb if verb in _ARGUMENTS else None


def is_plain(raw: bytes) -> bool:
    """Whether a line is a command beyond doubt: a known verb with an argument of its form."""
    verb = verb_of(raw)
    return verb is not None and _ARGUMENTS[verb].fullmatch(_argument(raw, verb)) is not None


def is_plainly_begun(raw: bytes) -> bool:
    """Whether a line whose end is missing is the beginning of a command beyond doubt."""
    begun = raw.lstrip(b" \t").upper()
    return is_plain(raw) or any(len(begun) > 5 and form.startswith(begun) for form in (b"MAIL FROM:", b"RCPT TO:"))


def parse_command(line: Line) -> Command:
    """Read one line as a command, keeping only what may be kept."""
    return Command(*_parse(line.raw), line.ts_ns, line.frames)


def parse_begun(line: Line) -> Command | None:
    """Read a line whose end was not captured, if its verb was; `…` stands for the rest of its argument."""
    verb = verb_of(line.raw)
    if verb is None or not line.raw.lstrip(b" \t")[len(verb) :]:
        return None
    verb, argument = _parse(line.raw)
    shown = "" if verb in _SILENT or verb == "BDAT" else argument + "…"
    return Command(verb, argument if verb == "AUTH" else shown, line.ts_ns, line.frames)


@lru_cache(512)
def _parse(raw: bytes) -> tuple[str, str]:
    """Verb and argument of a line; clients say the same over and over."""
    verb = verb_of(raw)
    if verb is None:
        return "?", ""
    argument = _argument(raw, verb)
    kept = b""
    if verb == "AUTH":
        kept = (mechanism_of(argument) or b"").upper()
    elif verb == "BURL":
        kept = b"LAST" if argument.upper().split()[-1:] == [b"LAST"] else b""
    elif verb not in _SILENT and (verb in ("EHLO", "HELO", "LHLO") or _ARGUMENTS[verb].fullmatch(argument)):
        kept = argument
    return verb, printable(kept)


def mechanism_of(argument: bytes) -> bytes | None:
    """The mechanism that AUTH's argument begins with, if it can be one."""
    word = argument.split(None, 1)[:1]
    return word[0] if word and _MECHANISM.fullmatch(word[0]) else None


def secret_of(raw: bytes) -> bytes:
    """What of a command line is or may be secret: all of an unknown line, AUTH's initial response, BURL's URL."""
    verb = verb_of(raw)
    if verb is None:
        return raw
    argument = _argument(raw, verb)
    if verb == "AUTH":
        return argument[len(mechanism_of(argument) or b"") :]
    return argument if verb == "BURL" else b""


def chunk_size(command: Command) -> int:
    """How many bytes follow a BDAT at once; 0 where its argument is not of RFC 3030's form."""
    return int(command.argument.split()[0]) if command.verb == "BDAT" and command.argument else 0


def path_of(argument: str) -> str:
    """The path of `FROM:<path> parameters` (RFC 5321 section 4.1.2) without angle brackets; they may be missing."""
    match = _PATH.match(argument.partition(":")[2].strip())
    return (match[1] if match[1] is not None else match[2]) if match else ""


def _argument(raw: bytes, verb: str) -> bytes:
    return raw.lstrip(b" \t")[len(verb) :].strip()
