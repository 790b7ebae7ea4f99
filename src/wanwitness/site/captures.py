"""From the site file's capture rules to files, and back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from glob import glob, has_magic
from pathlib import Path

from wanwitness.model import CaptureRule, Site

from .reader import error_at
from .values import shown
from .wrong import WRONG


def captures_of(site: Site) -> list[Path]:
    """Return the files that the capture rules name, sorted, each once however many rules and names it has.

    A glob may match nothing; it leaves out hidden files and the site file itself.

    Raises:
        SiteError: A rule that is no glob names no file.
    """
    folder = _folder(site)
    found = set()
    for index, rule in enumerate(site.captures):
        plain = folder / rule.file
        if _is_file(plain):
            found.add(plain)
        elif has_magic(rule.file):
            # unlike Path.glob, this takes absolute patterns, passes over hidden files, and is alike in all Pythons
            matches = glob(rule.file, root_dir=folder, recursive=True)  # noqa: PTH207
            found.update(folder / name for name in matches if not name.endswith(os.sep))  # "a/**" gives "a/" too
        else:
            raise error_at(site, ("capture", index, "file"), WRONG("site-no-file", file=shown(rule.file)))
    own = None if site.path is None else Path(site.path).resolve()
    plainest_last = sorted(found, key=lambda path: (len(path.parts), path), reverse=True)
    files = {path.resolve(): path for path in plainest_last if _is_file(path)}
    return sorted(path for real, path in files.items() if real != own)


def missing_of(site: Site) -> list[CaptureRule]:
    """Return the rules that name no file which is there, in file order."""
    folder = _folder(site)
    return [
        rule
        for rule in site.captures
        if not _is_file(folder / rule.file)
        and not (has_magic(rule.file) and glob(rule.file, root_dir=folder, recursive=True))  # noqa: PTH207 - as above
    ]


def rules_for(site: Site, capture: Path) -> list[CaptureRule]:
    """Return the rules, in file order, whose `file` names `capture`; the file need not exist."""
    names = _names(capture)
    return [rule for rule in site.captures if _names_one_of(_folder(site), rule.file, names)]


def _names_one_of(folder: Path, file: str, names: set[Path]) -> bool:
    fixed, pattern = _split(folder, file)
    return any(
        _matches(name.relative_to(start).parts, pattern)
        for start in _names(fixed)
        for name in names
        if name.is_relative_to(start)
    )


def _split(folder: Path, file: str) -> tuple[Path, tuple[str, ...]]:
    """Return the part of a rule's path before its first wildcard, and the components from there."""
    parts = Path(file).parts
    magic = [index for index, part in enumerate(parts) if has_magic(part)]
    if not magic or _is_file(folder / file):
        return folder / file, ()
    return folder.joinpath(*parts[: magic[0]]), parts[magic[0] :]


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Tell whether a path matches a pattern, by the rules of `glob.glob`: `*` and `**` pass over hidden names."""
    if not pattern:
        return not parts
    wildcard, rest = pattern[0], pattern[1:]
    if wildcard == "**" and rest and _matches(parts, rest):
        return True
    if not parts or not fnmatchcase(parts[0], wildcard):
        return False
    if parts[0].startswith(".") and not wildcard.startswith("."):
        return False
    return _matches(parts[1:], rest) or (wildcard == "**" and _matches(parts[1:], pattern))


def _names(path: Path) -> set[Path]:
    """Return the absolute names under which a path may be meant: as written, and with symbolic links followed."""
    folder = os.path.realpath(path.parent)  # unlike Path.resolve, this bears links in a circle
    return {Path(os.path.abspath(path)), Path(folder, path.name), Path(os.path.realpath(path))}  # noqa: PTH100


def _folder(site: Site) -> Path:
    return Path() if site.path is None else Path(site.path).parent


def _is_file(path: Path) -> bool:
    """Tell whether `path` can be read as a file: a pipe can, a folder cannot."""
    try:
        return path.exists() and not path.is_dir()
    except OSError:  # a name too long, a folder that may not be searched
        return False
