"""Which sites there are: every folder with a site.toml, or those that a fleet.toml names."""

from __future__ import annotations

import os
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG
from typing import Any

from wanwitness.errors import SiteError
from wanwitness.inputs import SITE_FILE
from wanwitness.model import Sentence, printable
from wanwitness.site import load

from .wrong import WRONG, wrong

_LONGEST = 4 << 20
"""Bytes of a fleet file: a device never ends."""


@dataclass(frozen=True, slots=True)
class SiteFolder:
    """A site: its name, and the folder of its captures and its site.toml."""

    name: str
    """No other one has it that can be analysed."""
    folder: Path
    wrong: Sentence | None = None
    """Why it cannot be analysed, as far as that is seen from here."""


def find_sites(where: Path) -> list[SiteFolder]:
    """Return the sites of a folder, or of a fleet file, in order of their folders.

    A site is called by its entry in the fleet file, else as its site file calls it, else by its folder. Of several of
    one name none can be analysed: a session's id is its site's alone, and a site counted twice is no evidence of two.

    Args:
        where: a folder, looked through to its depths; links to folders are not followed. Or a TOML file of
            `[[site]]` tables with `folder` (relative to the file; a pattern is allowed) and `name`.

    Raises:
        UsageError: there is none, or the fleet file is wrong.
    """
    if where.is_dir():
        found = sorted(_below(where), key=lambda site: site.folder)
        if not found:
            raise wrong("fleet-no-site-file", where=where, file=SITE_FILE)
    elif where.is_file():
        found = list(_named(where))
        if not found:
            raise wrong("fleet-file-empty", file=where)
    else:
        raise wrong("fleet-not-there", where=where)
    return _told_apart(found)


def _below(where: Path) -> Iterator[SiteFolder]:
    """Every folder with a site file, and those which nobody can tell whether they have one."""
    unseen: list[OSError] = []
    for path, folders, files in os.walk(where, onerror=unseen.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if SITE_FILE in files:
            yield _site(Path(path), _place(Path(path), where))
    for error in unseen:
        folder = Path(error.filename)
        if folder == where:
            raise wrong("fleet-unseen", where=where, why=error.strerror)
        yield SiteFolder(_place(folder, where), folder, WRONG("fleet-unseen", where=str(folder), why=error.strerror))


def _site(folder: Path, place: str, name: str | None = None) -> SiteFolder:
    """A folder as a site; a site file that is a device or a pipe would never end."""
    file = folder / SITE_FILE
    try:
        why = None if S_ISREG(file.stat().st_mode) else WRONG("fleet-file-special", file=str(file))
    except OSError as error:
        why = WRONG("fleet-file-unread", file=str(file), why=error.strerror)
    return SiteFolder(name or (_name(file) if why is None else None) or place, folder, why)


def _place(folder: Path, where: Path) -> str:
    inner = folder.relative_to(where)
    return printable(str(inner if inner.parts else folder.resolve().name))


def _name(file: Path) -> str | None:
    """What a site file calls its site; None also where it is wrong, which the task will tell."""
    try:
        return load(file).name
    except SiteError:
        return None


def _named(file: Path) -> Iterator[SiteFolder]:
    for row in _rows(file):
        folder, name = row["folder"], row.get("name")
        matches = sorted(path for path in _matches(file.parent, folder) if path.is_dir())
        if not matches:
            raise wrong("fleet-file-no-folder", file=file, folder=repr(printable(folder)))
        if name is not None and len(matches) > 1:
            shown = repr(printable(folder))
            raise wrong("fleet-file-one-name", file=file, folder=shown, number=len(matches))
        for match in matches:
            if not os.path.lexists(match / SITE_FILE):
                raise wrong("fleet-file-folder-lacks", file=file, folder=match, lacks=SITE_FILE)
            yield _site(match, _place(match, match.parent), name)


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
            raise wrong("fleet-file-long", file=file, most=_LONGEST >> 20)
        document = tomllib.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise wrong("fleet-file-unread", file=file, why=error.strerror) from None
    except (ValueError, RecursionError) as error:
        raise wrong("fleet-file-no-toml", file=file, why=printable(str(error))) from None
    rows = document.pop("site", [])
    for key in document:
        raise wrong("fleet-file-unknown-key", file=file, key=printable(key))
    if not isinstance(rows, list):
        raise wrong("fleet-file-no-tables", file=file)
    for row in rows:
        for key, value in row.items():
            if key not in ("folder", "name"):
                raise wrong("fleet-file-site-key", file=file, key=printable(key))
            if not isinstance(value, str) or not value.strip() or printable(value) != value:
                raise wrong("fleet-file-no-line", file=file, key=key)
        if "folder" not in row:
            raise wrong("fleet-file-lacks-folder", file=file)
    return rows


def _told_apart(found: list[SiteFolder]) -> list[SiteFolder]:
    """Return them, each folder once; those of one name say so of each other."""
    once = {os.path.realpath(site.folder): site for site in found}
    called: dict[str, list[SiteFolder]] = defaultdict(list)
    for site in once.values():
        called[site.name].append(site)
    return [_beside(site, called[site.name]) for site in once.values()]


def _beside(site: SiteFolder, namesakes: list[SiteFolder]) -> SiteFolder:
    other = next((one for one in namesakes if one is not site), None)
    if other is None or site.wrong is not None:
        return site
    return replace(site, wrong=WRONG("fleet-namesake", other=str(other.folder), file=SITE_FILE))
