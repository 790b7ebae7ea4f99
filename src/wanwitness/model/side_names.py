"""Names that say which side of the router something is on."""

from __future__ import annotations

import re

_NAMED = re.compile(r"(?i)(?<![a-z])(lan|wan)(?![a-z])")


def named_sides(name: str) -> set[str]:
    """Return the sides, `lan` and `wan`, that a name plainly speaks of."""
    return {word.lower() for word in _NAMED.findall(re.sub(r"\d+", "", name))}
