"""The line of every table, key and element, against generated documents and tomllib."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wanwitness.site.locate import Key, TomlLines

SCALARS = (
    "1",
    "0x1F",
    "3.5e-7",
    "true",
    "inf",
    "1979-05-27 07:32:32Z",
    "1979-05-27T00:32:00.999-07:00",
    '""',
    '"a # ] } = , \\" [x] \\\\"',
    "'lit [ # \\'",
    '"""one "line" """',
    '"""\nkey = 1\n[[table]] # no comment\n\\"""\n\\\\\nend"""',
    '"""two quotes of its own\n"""""',
    "''''''",
    "'''\nkey = [\n\"\"\"\n''quoted'''''",
)
NAMES = ("plain", "with-dash_1", '"dotted.name"', "'# [lit]'", '"\\u00e9 \\"="', '"]]"', "7", '""')


class Writer:
    """Writes a document, and the line of everything it writes."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.text = ""
        self.lines: dict[Key, int] = {}

    def put(self, text: str) -> None:
        self.text += text

    def note(self, key: Key) -> None:
        self.lines.setdefault(key, self.text.count("\n") + 1)

    def one_of(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def names(self, most: int) -> list[str]:
        return self.draw(st.lists(st.sampled_from(NAMES), max_size=most, unique=True))

    def blank(self) -> None:
        self.put(self.one_of("", " ", "\n", " # ] } ''' \" = [x]\n\t", "\n\n# [t]\n"))

    def pairs(self, table: Key) -> None:
        """Statements `key = value` and `key.key = value`."""
        for name in self.names(3):
            key = (*table, meaning(name))
            self.put(self.one_of("", "  ", "\n", "# key = 1\n"))
            self.note(key)
            self.put(name)
            if self.draw(st.booleans()):
                below = self.one_of(*NAMES)
                self.put(self.one_of(".", " . ") + below)
                key = (*key, meaning(below))
                self.note(key)
            self.put(self.one_of("=", " = "))
            self.value(key, depth=2)
            self.put(self.one_of("\n", " # = [\n"))

    def value(self, key: Key, depth: int) -> None:
        kind = self.one_of("scalar", "array", "table") if depth else "scalar"
        if kind == "scalar":
            self.put(self.one_of(*SCALARS))
        elif kind == "array":
            self.array(key, depth)
        else:
            self.inline_table(key, depth)

    def array(self, key: Key, depth: int) -> None:
        self.put("[")
        size = self.draw(st.integers(0, 3))
        for index in range(size):
            self.blank()
            self.note((*key, index))
            self.value((*key, index), depth - 1)
            self.blank()
            self.put("," if index < size - 1 else self.one_of("", ","))
        self.blank()
        self.put("]")

    def inline_table(self, key: Key, depth: int) -> None:
        self.put("{")
        for index, name in enumerate(self.names(2)):
            self.put(", " if index else " ")
            below = (*key, meaning(name))
            self.note(below)
            self.put(f"{name} = ")
            self.value(below, depth - 1)
        self.put(" }")

    def table(self, name: str) -> None:
        """`[name]`, sometimes `[name.sub]` too, or `[[name]]` with tables and arrays of tables below it."""
        key = (meaning(name),)
        if self.draw(st.booleans()):
            self.header(f"[{name}]", key)
            self.pairs(key)
            return
        for index in range(self.draw(st.integers(1, 2))):
            self.header(f"[[ {name} ]]", key, (*key, index))
            for below, size in (("only", 0), ("each", self.draw(st.integers(0, 2)))):
                if below == "only" and self.draw(st.booleans()):
                    self.header(f"[{name} . {below}]", (*key, index, below))
                    self.pairs((*key, index, below))
                for second in range(size):
                    self.header(f"[[{name}.{below}]]", (*key, index, below), (*key, index, below, second))
                    self.pairs((*key, index, below, second))

    def header(self, text: str, *keys: Key) -> None:
        self.put(self.one_of("", " ", "\n"))
        for key in keys:
            self.note(key)
        self.put(text + self.one_of("\n", " # [x]\n"))


def meaning(name: str) -> str:
    (key,) = tomllib.loads(f"{name} = 1")
    return key


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[Key, int]]:
    writer = Writer(draw)
    writer.pairs(())
    taken = {key[0] for key in writer.lines}
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True)):
        if meaning(name) not in taken:
            writer.table(name)
    return writer.text, writer.lines


def places(value: Any, key: Key = ()) -> Iterator[Key]:
    """Every key and index of a parsed document."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in steps:
        yield (*key, step)
        yield from places(below, (*key, step))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_lines_of_generated_documents(document: tuple[str, dict[Key, int]]) -> None:
    """Whatever the document, each thing in it is found, and on the line where it was written."""
    text, lines = document
    assert set(places(tomllib.loads(text))) == set(lines)
    assert TomlLines(text).known == lines


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_lines_with_windows_ends(document: tuple[str, dict[Key, int]]) -> None:
    """TomlLines that end in CR LF count as one line each."""
    text, lines = document
    assert TomlLines(text.replace("\n", "\r\n")).known == lines


@given(st.text("a1.=\"'[]{},# \n\\", max_size=40))
def test_any_text(text: str) -> None:
    """No text makes the scan fail or hang, and what tomllib accepts is found whole."""
    known = TomlLines(text).known
    assert all(1 <= line <= text.count("\n") + 1 for line in known.values())
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(places(document)) == set(known)


@pytest.mark.parametrize("opening", ["[" * 5000, "{a=" * 5000, "{a=[" * 2000])
def test_deep_nesting(opening: str) -> None:
    """Nesting without end is given up, and what stands before it stays found."""
    assert TomlLines(f"a = 1\nb = {opening}").of(("b",)) == 2


def test_nearest_line() -> None:
    """What cannot be found has the line of what it would be in, or the first line."""
    lines = TomlLines("\n[[link]]\nname = 'a'\n[[link]]\n")
    assert lines.of(("link", 0, "isp")) == 2
    assert lines.of(("link", 1, "addresses", 3)) == 4
    assert lines.of(("site", "name")) == 1


def test_unknown_syntax() -> None:
    """At what is not TOML the scan stops, with the lines up to there."""
    assert TomlLines("a = 1\n] 2\nb = 3").known == {("a",): 1}
