"""Site files written: each value with a comment behind it that says where it comes from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from wanwitness.model import printable

MOST_COMMENT = 300
"""Characters of a comment."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value, and where it comes from."""

    text: str
    why: str


def comment(text: str) -> str:
    """Return one line of comment, whatever the text holds."""
    return f"# {printable(text, MOST_COMMENT)}"


def line(key: str, value: Value, *, in_force: bool = True) -> str:
    """Return `key = value`, or that in a comment."""
    written = f"{key} = {quoted(value.text)}  {comment(value.why)}"
    return written if in_force else f"# {written}"


def array(key: str, values: Sequence[Value], *, in_force: bool = True) -> list[str]:
    """Return the lines of an array, none where it is empty."""
    lines = [f"{key} = [", *(f"    {quoted(value.text)},  {comment(value.why)}" for value in values), "]"]
    return [text if in_force else f"# {text}" for text in lines] if values else []


def quoted(text: str) -> str:
    r"""Return text as a basic string of TOML.

    >>> quoted('a "b" \\ c')
    '"a \\"b\\" \\\\ c"'
    """
    return json.dumps(printable(text), ensure_ascii=False)
