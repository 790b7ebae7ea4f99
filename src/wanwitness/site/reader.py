"""Reading site.toml: every error names the file, the line and the key, and the first line with one is told."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from wanwitness.errors import SiteError
from wanwitness.language import failure
from wanwitness.model import CaptureRule, Event, Link, Router, Rule, Sentence, Site, printable

from .checks import CHECKS
from .locate import Key, TomlLines
from .schema import parse
from .wrong import WRONG

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 4 << 20
"""Bytes of a site file: a device never ends."""
_HINTS = {
    "Invalid value": WRONG("site-toml-quotes"),
    "Cannot overwrite a value": WRONG("site-toml-twice"),
}
"""What tomllib's tersest words mean to who writes a site file."""


def load(path: Path) -> Site:
    """Read a site file.

    Raises:
        SiteError: The file cannot be read, or something in it is wrong.
    """
    text = _read(path)
    document = _document(path, text)
    found: list[tuple[Key, Sentence]] = []
    tables = parse(document, lambda key, wrong: found.append((key, wrong)))
    _raise_first(path, text, found)
    site = Site(
        **dict(*tables["site"]),
        links=tuple(Link(**fields, source="configured") for fields in tables["link"]),
        captures=tuple(CaptureRule(**fields) for fields in tables["capture"]),
        events=tuple(Event(**fields) for fields in tables["event"]),
        rules=tuple(Rule(**fields) for fields in tables["rule"]),
        router=Router(**dict(*tables["router"])),
        tags=dict(*tables["tags"]),
        path=str(path),
    )
    _raise_first(path, text, [breach for check in CHECKS for breach in check(site)])
    return site


def error_at(site: Site, key: Key, wrong: Sentence) -> SiteError:
    """Return the error that `key` of the site file, which `load` had found well formed, turned out wrong."""
    if site.path is None:
        return failure(SiteError, _at(key, wrong))
    path = Path(site.path)
    try:
        line = TomlLines(_read(path)).of(key)
    except SiteError:  # it is gone since
        return _error(path, None, _at(key, wrong))
    return _error(path, line, _at(key, wrong))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LONGEST + 1)
    except OSError as error:
        raise _error(path, None, WRONG("site-unread", why=error.strerror or str(error))) from None
    if len(raw) > _LONGEST:
        raise _error(path, None, WRONG("site-long", most=_LONGEST >> 20))
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _error(path, line, WRONG("site-no-utf8")) from None


def _document(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _error(path, None, WRONG("site-deep")) from None
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        reason = str(error)
    place = _PLACE.search(reason)
    if place is None:
        raise _error(path, None, WRONG("site-no-toml", why=reason, hint="", where=""))
    reason = reason[: place.start()]
    hint = _HINTS.get(reason, "")
    line, column = place.groups()
    if line is None:
        said = WRONG("site-no-toml", why=reason, hint=hint, where=WRONG("site-toml-end"))
        raise _error(path, text.rstrip().count("\n") + 1, said)
    where = WRONG("site-toml-column", column=int(column))
    raise _error(path, int(line), WRONG("site-no-toml", why=reason, hint=hint, where=where))


def _raise_first(path: Path, text: str, found: list[tuple[Key, Sentence]]) -> None:
    if not found:
        return
    lines = TomlLines(text)
    key, wrong = min(found, key=lambda problem: lines.of(problem[0]))
    raise _error(path, lines.of(key), _at(key, wrong))


def _error(path: Path, line: int | None, wrong: Sentence) -> SiteError:
    shown = printable(str(path))
    if line is None:
        return failure(SiteError, WRONG("site-wrong", path=shown, said=wrong))
    return failure(SiteError, WRONG("site-wrong-line", path=shown, line=line, said=wrong))


def _at(key: Key, wrong: Sentence) -> Sentence:
    return WRONG("site-wrong-key", key=_dotted(key), said=wrong)


def _dotted(key: Key) -> str:
    """Return the key as a person names it: `link[2].addresses[1]` is the second link's first address."""
    steps = [f"[{step + 1}]" if isinstance(step, int) else f".{_quoted(step)}" for step in key]
    return "".join(steps).removeprefix(".")


def _quoted(name: str) -> str:
    return name if _BARE.fullmatch(name) else f'"{printable(name, 80)}"'
