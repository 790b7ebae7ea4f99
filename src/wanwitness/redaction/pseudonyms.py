"""Names that stand for others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Kind = Literal["user", "host"]
_DIGITS = b"0123456789abcdefghijklmnopqrstuvwxyz"


class Pseudonyms:
    """Gives each name another of the same length, which nothing else has.

    >>> names = Pseudonyms()
    >>> names.of("user", b"jean.dupont"), names.of("host", b"pc"), names.of("user", b"Jean.Dupont")
    (b'user-000001', b'h2', b'user-000001')

    Args:
        taken: words that are not to be given, in lower case.
    """

    def __init__(self, taken: Iterable[bytes] = ()) -> None:
        self._taken = set(taken)
        self._given: dict[tuple[Kind, bytes], bytes] = {}

    def of(self, kind: Kind, name: bytes) -> bytes:
        """Return what stands for a name, whichever of its letters are capitals."""
        key = kind, name.lower()
        if key not in self._given:
            self._given[key] = self._fresh(kind, len(name))
        return self._given[key]

    def _fresh(self, kind: Kind, length: int) -> bytes:
        first = number = len(self._given) + 1
        while (word := _spelt(kind, number, length)) in self._taken and number < first + len(_DIGITS) ** min(length, 3):
            number += 1  # of names of one letter there are not many: then two things share one
        self._taken.add(word)
        return word


def _spelt(kind: Kind, number: int, length: int) -> bytes:
    """A word for a number: `user-000017`, and where that is too long `u17`, or letters and digits alone."""
    digits = str(number).encode()
    for head in (f"{kind}-".encode(), kind[:1].encode()):
        if len(head) + len(digits) <= length:
            return head + digits.zfill(length - len(head))
    word = b""
    while len(word) < length:
        number, digit = divmod(number, len(_DIGITS))
        word = _DIGITS[digit : digit + 1] + word
    return word
