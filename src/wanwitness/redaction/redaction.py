"""All of a case masked by the same names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .addresses import AddressMasks
from .captures import mask_capture
from .document import mask_document
from .pseudonyms import Pseudonyms
from .secret_names import lan_networks, names_of
from .texts import TextMasks, words_of

if TYPE_CHECKING:
    import pyarrow as pa


_LONGEST = 50
"""Characters of an address, and more."""


class Redaction:
    """Masks what a case has, by the names and addresses that its document tells.

    What stands for what is known to this object alone, and goes with it.

    Args:
        document: the case's, which is not changed.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        texts = set(_texts(document))
        self._addresses = AddressMasks(lan_networks(document), _addresses(document))
        self._names = TextMasks(names_of(document), self._addresses, Pseudonyms(words_of(texts)))
        self._ids = {session["id"]: f"{n:012x}" for n, session in enumerate(document["sessions"], 1)}
        self.text = lru_cache(1 << 16)(self._text)

    def _text(self, text: str) -> str:
        """Return a text with its names and addresses masked, and sessions called by their new ids."""
        masked = self._names.text(text)
        for old in self._ids.keys() & set(_words(masked)):
            masked = masked.replace(old, self._ids[old])
        return masked

    def document(self) -> dict[str, Any]:
        """Return the document, masked, and marked as such."""
        return mask_document(self._document, self.text, self._ids)

    def session(self, name: str) -> str:
        """Return the id that stands for a session's."""
        return self._ids[name]

    def capture(self, content: bytes) -> Iterator[bytes]:
        """Yield an evidence capture's blocks, masked.

        Raises:
            ValueError: it is none.
        """
        return mask_capture(content, self._names, self._addresses, self.text)

    def dns(self, table: pa.Table) -> pa.Table:
        """Return the DNS exchanges that the case cites, masked."""
        from .tables import cited_alone, mask_table

        cited = {(frame[0], frame[1]) for frame in _frames(self._document["sessions"])}
        return mask_table(cited_alone(table, cited), self.text)


def _words(text: str) -> Iterator[str]:
    return iter("".join(char if char.isalnum() else " " for char in text).split())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _addresses(document: Mapping[str, Any]) -> set[str]:
    """Every address that stands alone somewhere in the document."""
    short = (text for text in _texts(document) if len(text) < _LONGEST)
    return {text.partition("/")[0] for text in short if text.count(".") + text.count(":") > 1}


def _frames(value: Any) -> Iterator[list[int]]:
    """Every frame that is cited: `frames`, and whatever ends in `frame`."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if str(key).endswith("frame") and _is_frame(part):
                yield part
            else:
                yield from filter(_is_frame, part) if key == "frames" else _frames(part)
    elif isinstance(value, list):
        for part in value:
            yield from _frames(part)


def _is_frame(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(number) is int for number in value)
