"""Which sites there are: every folder with a site.toml, or those that a fleet.toml names."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wanwitness.errors import SiteError, UsageError
from wanwitness.inputs import SITE_FILE
from wanwitness.model import printable
from wanwitness.site import load

_LONGEST = 4 << 20
"""Bytes of a fleet file: a device never ends."""


@dataclass(frozen=True, slots=True)
class SiteFolder:
    """A site: its name, which no other one has, and the folder of its captures and its site.toml."""

    name: str
    folder: Path


def find_sites(where: Path) -> list[SiteFolder]:
    """Return the sites of a folder, or of a fleet file, in order of their folders.

    A site is called by its entry in the fleet file, else as its site file calls it, else by its folder.

    Args:
        where: a folder, looked through to its depths; links to folders are not followed. Or a TOML file of
            `[[site]]` tables with `folder` (relative to the file; a pattern is allowed) and `name`.

    Raises:
        UsageError: there is none, the fleet file is wrong, or two sites have one name.
    """
    if where.is_dir():
        found = [SiteFolder(_name(folder) or _place(folder, where), folder) for folder in _with_site_file(where)]
        if not found:
            raise UsageError(
                f"{where}: no folder in it has a {SITE_FILE}; write one for each site (wanwitness site FOLDER --write)"
            )
    elif where.is_file():
        found = list(_named(where))
        if not found:
            raise UsageError(f"{where}: names no [[site]]")
    else:
        raise UsageError(f"{where}: there is no such folder or fleet file")
    return _told_apart(found)


def _with_site_file(where: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(where, onerror=_unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if SITE_FILE in files:
            yield Path(folder)


def _unreadable(error: OSError) -> None:
    raise UsageError(f"{error.filename}: cannot be looked through ({error.strerror})")


def _place(folder: Path, where: Path) -> str:
    inner = folder.relative_to(where)
    return printable(str(inner if inner.parts else folder.resolve().name))


def _name(folder: Path) -> str | None:
    """What its site file calls it; None also where that is wrong, which its task will tell."""
    try:
        return load(folder / SITE_FILE).name
    except SiteError:
        return None


def _named(file: Path) -> Iterator[SiteFolder]:
    for row in _rows(file):
        folder, name = row["folder"], row.get("name")
        matches = sorted(path for path in _matches(file.parent, folder) if path.is_dir())
        if not matches:
            raise UsageError(f"{file}: site.folder: {printable(folder)!r} is no folder")
        if name is not None and len(matches) > 1:
            raise UsageError(f"{file}: site.name: {printable(folder)!r} is {len(matches)} folders, and one name")
        for match in matches:
            if not (match / SITE_FILE).is_file():
                raise UsageError(f"{file}: {match}: there is no {SITE_FILE} in it")
            yield SiteFolder(name or _name(match) or _place(match, match.parent), match)


def _matches(base: Path, pattern: str) -> Iterator[Path]:
    path = Path(pattern)
    if (base / path).is_dir():
        return iter([base / path])
    if path.is_absolute():
        return Path(path.anchor).glob(str(path.relative_to(path.anchor)))
    return base.glob(pattern)


def _rows(file: Path) -> list[dict[str, Any]]:
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LONGEST + 1)
        if len(raw) > _LONGEST:
            raise UsageError(f"{file}: is longer than {_LONGEST >> 20} MiB, which no fleet file is")
        document = tomllib.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file}: is not TOML: {printable(str(error))}") from None
    rows = document.pop("site", [])
    for key in document:
        raise UsageError(f"{file}: {printable(key)}: unknown key; a fleet file has [[site]] tables")
    if not isinstance(rows, list):
        raise UsageError(f"{file}: site: must be written [[site]]")
    for row in rows:
        for key, value in row.items():
            if key not in ("folder", "name"):
                raise UsageError(f"{file}: site.{printable(key)}: unknown key; the keys here are folder, name")
            if not isinstance(value, str) or not value.strip() or printable(value) != value:
                raise UsageError(f"{file}: site.{key}: must be a string of one line")
        if "folder" not in row:
            raise UsageError(f"{file}: site.folder: is missing")
    return rows


def _told_apart(found: list[SiteFolder]) -> list[SiteFolder]:
    """Return them, each folder once, if no two have one name: a session's id is its site's alone."""
    once = {os.path.realpath(site.folder): site for site in found}
    first: dict[str, SiteFolder] = {}
    for site in once.values():
        other = first.setdefault(site.name, site)
        if other is not site:
            raise UsageError(
                f"{other.folder} and {site.folder} are both called {printable(site.name)!r}: "
                f"give one another name ([site] name in its {SITE_FILE})"
            )
    return list(once.values())
