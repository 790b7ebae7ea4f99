"""Keeps secrets out of replies: some servers repeat the line they did not understand, a password among them."""

from __future__ import annotations

import re
from collections import deque

_WORD = re.compile(r"[A-Za-z0-9+/=_.-]{4,}")
_PLAIN_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
MAX_WORD = 512
"""Characters compared of each word: a reply line has no more (RFC 5321 section 4.5.3.1.5)."""


class Echoes:
    """The words that must not be seen again.

    Args:
        limit: how many words are remembered; a reply repeats what was sent just before it.
    """

    def __init__(self, limit: int = 32) -> None:
        self._secrets: deque[str] = deque(maxlen=limit)

    def remember(self, secret: bytes, *, certain: bool) -> None:
        """Add the words of `secret`; plain words only where it is `certain` to be one."""
        for word in _WORD.findall(secret.decode("latin-1")):
            if (certain or not _PLAIN_WORD.fullmatch(word)) and (known := word.lower()[:MAX_WORD]) not in self._secrets:
                self._secrets.append(known)

    def mask(self, text: str) -> str:
        """Replace each remembered word in `text`, whole or in part, by asterisks of the same length."""
        return _WORD.sub(self._masked, text) if self._secrets else text

    def _masked(self, match: re.Match[str]) -> str:
        word = match[0].lower().strip(".-")
        known = len(word) >= 4 and any(word in secret or secret in word for secret in self._secrets)
        return "*" * len(match[0]) if known else match[0]
