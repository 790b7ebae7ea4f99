"""The tables of providers and rules that the package carries: rules.toml and providers.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from wanwitness.model import Pattern, Rule, pattern_of


@dataclass(frozen=True, slots=True)
class Provider:
    """A mail provider, known by its servers' names or words."""

    name: str
    knows: Literal["password", "address"]
    """How its servers know whose mail they may relay: they ask everybody for a password, or were told an address."""
    hosts: Pattern
    text: Pattern | None = None


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules, in order: the first that holds gives the cause."""
    return tuple(rule_of(row) for row in _rows("rules.toml", "rule"))


@cache
def providers() -> tuple[Provider, ...]:
    """Return the providers, in order."""
    found = []
    for row in _rows("providers.toml", "provider"):
        text = re.compile(row["text"]) if "text" in row else None
        found.append(Provider(row["name"], row["knows"], re.compile(row["hosts"]), text))
    return tuple(found)


def rule_of(row: Mapping[str, Any]) -> Rule:
    """Return the rule that a row of a table states."""
    fields = {key: _READ.get(key, _as_it_is)(value) for key, value in row.items()}
    return Rule(**fields)


def _as_it_is(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


_READ: Mapping[str, Callable[[Any], Any]] = {
    "text": lambda patterns: pattern_of(*patterns, small=True),
    "unless": lambda patterns: pattern_of(*patterns, small=True),
    "enhanced": re.compile,
}


def _rows(name: str, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))[table]
    return rows
