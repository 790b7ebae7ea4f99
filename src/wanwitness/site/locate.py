"""The lines of a TOML document's tables, keys and array elements: tomllib gives values without positions.

The scan takes the document to be valid (tomllib has read it), so it reads only what structure needs: headers, keys,
brackets, strings and comments. Where it meets what it does not know it stops, and `TomlLines.of` answers with the line
of the nearest enclosing thing that it has found.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from contextlib import suppress

Key = tuple[str | int, ...]
"""Where a value stands in the parsed document: `("link", 0, "addresses", 1)`, indices counted from 0."""

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
# TOML 1.0, section Keys: bare, or quoted as a basic or a literal string of one line.
_KEY = re.compile(r"""[ \t]*(?:([A-Za-z0-9_-]+)|("(?:\\.|[^"\\\n])*"|'[^'\n]*'))[ \t]*""")
# Section String: a multi-line string may end in one or two quotes of its own before the closing three.
_STRING = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|"(?:\\.|[^"\\\n])*"'''
    r"""|'''.*?'{3,5}|'[^'\n]*'""",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]*")


class TomlLines:
    """The lines of one document, counted from 1."""

    def __init__(self, text: str) -> None:
        scan = _Scan(text)
        with suppress(RecursionError, tomllib.TOMLDecodeError):  # what is found by then serves
            scan.document()
        self.known = scan.lines
        """Line of each key and element that was found, at its first mention."""

    def of(self, key: Key) -> int:
        """Return the line of `key`, or of the nearest thing around it that has one."""
        while key:
            if key in self.known:
                return self.known[key]
            key = key[:-1]
        return 1


class _Scan:
    """One pass over the text; `at` is the place it has come to."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Key, int] = {}
        self.current: dict[Key, int] = {}
        """Index of the element that a `[[table]]` is at now."""
        self.starts = [newline.end() for newline in re.finditer("\n", text)]

    def document(self) -> None:
        """Read all statements."""
        table: Key = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            begin = self.at
            if self._take("[["):
                table = self._header(repeated=True)
            elif self._take("["):
                table = self._header(repeated=False)
            else:
                self._pair(table)
            self._skip(_BLANK)
            if self.at == begin:
                return

    def _header(self, *, repeated: bool) -> Key:
        line, keys = self._line(), self._keys()
        if repeated and keys:
            parent = self._enter((), keys[:-1], line)
            array = (*parent, keys[-1])
            self.current[array] = self.current.get(array, -1) + 1
        table = self._enter((), keys, line)
        self._take("]]" if repeated else "]")
        return table

    def _pair(self, table: Key) -> None:
        line, keys = self._line(), self._keys()
        key = self._enter(table, keys, line)
        self._take("=")
        self._skip(_SPACE)
        self._value(key)

    def _value(self, key: Key) -> None:
        if self._take("["):
            self._array(key)
        elif self._take("{"):
            self._inline_table(key)
        elif not self._skip(_STRING):
            self._skip(_SCALAR)

    def _array(self, key: Key) -> None:
        index = 0
        self._skip(_BLANK)
        while self.at < len(self.text) and not self._take("]"):
            element = (*key, index)
            self.lines[element] = self._line()
            self._value(element)
            self._skip(_BLANK)
            if not self._take(","):
                self._take("]")
                return
            self._skip(_BLANK)
            index += 1

    def _inline_table(self, key: Key) -> None:
        self._skip(_BLANK)
        while self.at < len(self.text) and not self._take("}"):
            self._pair(key)
            self._skip(_BLANK)
            if not self._take(","):
                self._take("}")
                return
            self._skip(_BLANK)

    def _keys(self) -> list[str]:
        keys = []
        while match := _KEY.match(self.text, self.at):
            bare, quoted = match.groups()
            keys.append(bare if quoted is None else tomllib.loads(f"key = {quoted}")["key"])
            self.at = match.end()
            if not self._take("."):
                break
        return keys

    def _enter(self, table: Key, keys: list[str], line: int) -> Key:
        """Return the place that dotted `keys` lead to from `table`, and note the line of each step."""
        for key in keys:
            table = (*table, key)
            self.lines.setdefault(table, line)
            if table in self.current:
                table = (*table, self.current[table])
                self.lines.setdefault(table, line)
        return table

    def _take(self, sign: str) -> bool:
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        return True

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        return True

    def _line(self) -> int:
        return bisect_right(self.starts, self.at) + 1
