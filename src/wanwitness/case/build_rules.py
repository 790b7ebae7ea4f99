"""The user's rules of refusals as plain values."""

from __future__ import annotations

from typing import Any

from wanwitness.model import Pattern, Rule, printable


def rule_value(rule: Rule) -> dict[str, Any]:
    """Return a rule as it was understood, patterns without accents."""
    return {
        "cause": rule.cause,
        "link": rule.link,
        "text": _pattern(rule.text),
        "unless": _pattern(rule.unless),
        "codes": list(rule.codes),
        "enhanced": _pattern(rule.enhanced),
        "commands": list(rule.commands),
        "tls": rule.tls,
        "ports": list(rule.ports),
        "servers": list(rule.servers),
        "source": rule.source,
    }


def _pattern(pattern: Pattern | None) -> str | None:
    return None if pattern is None else printable(pattern.pattern)
