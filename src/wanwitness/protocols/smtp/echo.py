"""Keeps secrets out of replies: some servers repeat the line they did not understand, a password among them.

Two nets, one behind the other:

- What was sent as a secret is remembered, as it was sent and decoded, and masked wherever a server says it again.
- A reply to what may be a secret, or to what is not known, is kept only as far as it is made of words that servers
  say to anybody (`vocabulary`) and of what was said before in the clear. For a server may say a secret in a form that
  is not foreseen, and the line that had it may not have been captured.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import chain

from wanwitness.model import printable

from .codings import readings, turned
from .mechanisms import MECHANISMS, PASSWORD_ASKED, USER_NAME_ASKED
from .vocabulary import WORDS

_WORD = re.compile(r"(?:[\w+/=.-]|\\x[0-9a-f]{2})+")
_PLAIN_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_QUOTED = re.compile(r"(?:[\w+=@.$%&#!?~^-]|\\x[0-9a-f]{2})*[\w@](?:[\w+=@$%&#!?~^-]|\\x[0-9a-f]{2})*")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{4,}={0,2}")
_CRAM = re.compile(rb"(?s:.*) ([0-9a-f]{32})")
_APART = re.compile(r"[^\W_]+(?:'t)?")
_SIGNS = re.compile(r"[-_.:,+ ]")
"""What may stand between letters, and is left out then."""
_CHUNK = re.compile(r"\S+")
_LETTERS = re.compile(r"(?<!\w)(?:\S{1,2} ){3,}\S{1,2}(?!\w)")
"""Letters, or figures by twos, with blanks between them."""
_AROUND = re.compile(r"""([\[("'<*#]{0,3})(.*?)([\])"'>.,;:!?*…]{0,4})""", re.DOTALL)
"""What may stand around a word, and the word."""
_BETWEEN = re.compile(r"[-/.:,;=–|]{1,3}")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}|(?:OFR|LPN)[A-Z0-9]{0,3}_\d{2,3}")
"""RFC 3463 section 2; and the numbers of Orange's and La Poste's refusals."""

MAX_WORD = 512
"""Characters compared of each word: a reply line has no more (RFC 5321 section 4.5.3.1.5)."""
SHORT = 4
"""Shorter secrets are masked as words of their own only: parts of others are like them by chance."""
LONG = 6
"""Shorter ones are not looked for in other spellings than theirs: words are like them by chance. With an accent, or a
letter of another script, from `SHORT` on."""
MAX_TOLD = 1_000
"""Words remembered that were said in the clear: an EHLO's reply has some dozens."""


class _Words:
    """Words that must not be seen again, the latest."""

    def __init__(self, limit: int) -> None:
        self.said: deque[str] = deque(maxlen=limit)
        self.turned: deque[str] = deque(maxlen=3 * limit)
        """They in other spellings."""

    def add(self, word: str) -> None:
        if word not in self.said:
            self.said.append(word)
            if len(word) >= (LONG if word.isascii() else SHORT):
                self.turned.extend(dict.fromkeys((*turned(word), _SIGNS.sub("", word))))


class Echoes:
    """What must not be seen again, and what may.

    Args:
        limit: how many words are remembered; a reply repeats what was sent just before it.
    """

    def __init__(self, limit: int = 64) -> None:
        self._secrets = _Words(limit)
        self._likely = _Words(limit)
        """Plain words that no server uses, of lines that may have been secrets: they take no place of secrets."""
        self._plain: deque[str] = deque(maxlen=limit)
        """The other plain words of such lines."""
        self._told: OrderedDict[str, None] = OrderedDict()

    def remember(self, secret: bytes, *, certain: bool, user: bool = False) -> None:
        """Add the words of `secret`; those that servers use only where it is `certain` to be one.

        Args:
            secret: what was sent.
            certain: whether it is one, and not only may be.
            user: it is, in Base64, the name of a user, which is none.
        """
        for word in _words(secret):
            self._add(word, certain=certain)
        for token in _BASE64.findall(secret):
            if not user and (certain or not _PLAIN_WORD.fullmatch(token.decode("ascii"))):
                for part in _decoded(token):
                    self._add(part, certain=True)
                    for word in _WORD.findall(part):
                        self._add(word, certain=certain and len(word) >= SHORT)

    def tell(self, text: str) -> None:
        """Learn what was said in the clear, and may be said again."""
        for chunk in text.split():
            match = _AROUND.fullmatch(chunk)
            if match is not None and match[2]:
                self._told[match[2].lower()] = None
                if len(self._told) > MAX_TOLD:
                    self._told.popitem(last=False)

    def mask(self, text: str) -> str:
        """Replace what is remembered in `text`, whole or in part, by asterisks of the same length: a word that says it
        in another coding whole.
        """
        secrets = self._hidden
        if not secrets:
            return text
        text = _LETTERS.sub(self._unspelt, _CHUNK.sub(self._unspelt, text))
        folded, masked = _lower(text), text
        for secret in secrets:
            if len(secret) >= SHORT:
                at = folded.find(secret)
                while at >= 0:
                    masked = masked[:at] + "*" * len(secret) + masked[at + len(secret) :]
                    at = folded.find(secret, at + 1)
        return _WORD.sub(self._masked, masked)

    def vet(self, text: str) -> str:
        """Replace what is not known to be harmless in `text`, which is masked already, by asterisks."""
        pieces = re.split(r"(\s+)", text)
        chunks = range(0, len(pieces), 2)
        first = next((at for at in chunks if pieces[at]), 0)
        for at in chunks:
            pieces[at] = self._vetted(pieces[at], first=at == first)
        return "".join(pieces)

    def unquoted(self, text: str, message: str | None) -> str:
        """Replace what a reply to a message says of it by asterisks.

        Args:
            text: the reply's.
            message: in small letters; None where it is not known.
        """
        if message is None:
            return self.vet(text)
        return _QUOTED.sub(lambda match: "*" * len(match[0]) if self._quotes(match[0], message) else match[0], text)

    def _quotes(self, word: str, message: str) -> bool:
        folded = _lower(word)
        parts = (folded, *(part for part in _APART.findall(folded) if len(part) >= SHORT))
        return any(part in message and part not in WORDS and part not in self._told for part in parts)

    def _add(self, word: str, *, certain: bool) -> None:
        known = _lower(word)[:MAX_WORD].strip(".-")
        if len(known) < (2 if certain else SHORT):
            return
        if certain or not _PLAIN_WORD.fullmatch(word):
            self._secrets.add(known)
        elif known not in WORDS and known not in self._told:
            self._likely.add(known)
        elif known not in self._plain:
            self._plain.append(known)

    @property
    def _hidden(self) -> tuple[str, ...]:
        return (*self._secrets.said, *self._likely.said)

    def _unspelt(self, match: re.Match[str]) -> str:
        """What of a text may be shown, unless it is a secret when it is decoded."""
        spelt = match[0].replace(" ", "")
        read = [_lower(one) for one in readings(spelt)]
        secrets = [secret for secret in self._hidden if len(secret) >= SHORT]
        hidden = any(secret in one for secret in secrets for one in read)
        spelt = _lower(spelt)
        others = chain(self._secrets.turned, self._likely.turned)
        hidden = hidden or any(secret in one for secret in others for one in (spelt, *read))
        if " " in match[0]:
            hidden = hidden or any(secret in spelt for secret in secrets)
        return re.sub(r"\S", "*", match[0]) if hidden else match[0]

    def _masked(self, match: re.Match[str]) -> str:
        word = _lower(match[0]).strip(".-")
        if len(word) < SHORT:
            hidden = word in self._hidden
        else:
            hidden = any(word in secret or (len(secret) >= SHORT and secret in word) for secret in self._hidden)
        return "*" * len(match[0]) if hidden else match[0]

    def _vetted(self, chunk: str, *, first: bool) -> str:
        match = _AROUND.fullmatch(chunk)
        if match is None:
            return "*" * len(chunk)
        before, core, behind = match.groups()
        if not core or _BETWEEN.fullmatch(core):
            return chunk
        if (_STATUS.fullmatch(core) and (first or "#" in before or core[0] in "OL")) or self._is_harmless(core):
            return chunk
        return before + "*" * len(core) + behind

    def _is_harmless(self, core: str) -> bool:
        if core in USER_NAME_ASKED or core in PASSWORD_ASKED or core in MECHANISMS:
            return True
        folded = _lower(core)
        if folded in self._plain:
            return False
        if folded in self._told:
            return True
        if "*" in core:
            return False
        words = _APART.findall(core.replace("’", "'"))
        if not words or not all(word.islower() or word.isupper() or word.istitle() or "'" in word for word in words):
            return False
        return all(word.lower() in WORDS and word.lower() not in self._plain for word in words)


def _words(secret: bytes) -> Iterator[str]:
    """A secret's words, as replies are printed and as Latin-1 reads them."""
    limit = 4 * len(secret)
    for text in dict.fromkeys((printable(secret, limit), secret.decode("latin-1"))):
        for word in text.split():
            yield word
            if _WORD.fullmatch(word) is None:
                yield from (part for part in _WORD.findall(word) if len(part) >= SHORT)


def _decoded(token: bytes) -> Iterator[str]:
    """What Base64 says, in parts, without the name of the user.

    RFC 4616 section 2: `[authzid] NUL authcid NUL passwd`. RFC 2195 section 2: name, space, digest. XOAUTH2 and
    RFC 7628 separate by 0x01.
    """
    try:
        data = b64decode(token + b"=" * (-len(token) % 4), validate=True)
    except ValueError:
        return
    parts = data.split(b"\x00")
    if len(parts) == 3:
        parts = parts[2:]
    elif digest := _CRAM.fullmatch(data):
        parts = [digest[1]]
    for part in (piece for whole in parts for piece in whole.split(b"\x01")):
        if part and not part.lower().startswith((b"user=", b"n,a=")):
            yield from dict.fromkeys((printable(part, 4 * len(part)), part.decode("latin-1")))


def _lower(text: str) -> str:
    """Small letters, as many as there were."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
