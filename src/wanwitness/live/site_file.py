"""The site file of a live run's folder: the user's own, with capture rules that name the folder's files.

By it `analyze` reads the folder as the run did. Files of earlier runs keep their rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from glob import glob
from pathlib import Path

from wanwitness.model import CaptureRule, Site
from wanwitness.packets.capture_rules import tells_packets
from wanwitness.site import load
from wanwitness.site.toml import comment, quoted
from wanwitness.wrong_use import wrong as wrong_use

from .capture import LivePoint
from .wrong import wrong

SITE_FILE = "site.toml"
WRITTEN = comment("Written by wanwitness live:")
_Value = str | int | Iterable[str] | None
_HEADER = re.compile(r"""^\s*\[\s*\[?\s*["']?([A-Za-z0-9_-]+)["']?\s*\]?\s*\]""")


def mirror_rules(site: Site | None, interface: str) -> tuple[CaptureRule, ...]:
    """Return what tells a mirror port's frames apart.

    Raises:
        UsageError: nothing does.
    """
    rules = site.captures if site is not None else ()
    found = tuple(rule for rule in rules if tells_packets(rule) and rule.interface in (None, interface))
    if not found:
        if site is None:
            raise wrong("live-mirror-no-site", interface=interface)
        raise wrong("live-mirror-untold", interface=interface, site=str(site.path))
    return found


def write_site_file(folder: Path, own: str | None, points: Sequence[LivePoint]) -> Site:
    """Write the folder's site file, and return what it says.

    Args:
        folder: the case's.
        own: the user's site file; None: what the folder has already.
        points: what is captured now.

    Raises:
        UsageError: it cannot be written, or the user's site file has no such link.
        SiteError: the user's site file is wrong.
    """
    target = folder / SITE_FILE
    base = Path(own) if own is not None else target if target.is_file() else None
    said = load(base) if base is not None else Site()
    links = [link.name for link in said.links]
    for point in points:
        if own is not None and links and point.link is not None and point.link not in links:
            raise wrong("live-no-link", link=point.link, interface=point.interface, site=str(base), links=links)
    try:
        text = _without_captures(base.read_text(encoding="utf-8-sig")) if base is not None else ""
        earlier = load(target).captures if target.is_file() else ()
        patterns = {point.pattern for point in points}
        kept = [rule for rule in earlier if rule.file not in patterns and _names_files(folder, rule)]
        rules = [*kept, *(rule for point in points for rule in point.rules(point.pattern))]
        fresh_links = dict.fromkeys(rule.link for rule in rules if rule.link is not None and rule.link not in links)
        entries = [*(_table("link", [("name", link)]) for link in fresh_links), *map(_entry, rules)]
        content = "\n".join([text.rstrip("\n"), "", WRITTEN, *entries, ""])
        fresh = folder / f".{SITE_FILE}"
        fresh.write_text(content.lstrip("\n"), encoding="utf-8")
        fresh.replace(target)
    except OSError as error:
        raise wrong_use("cannot-be-written", path=target, why=error.strerror) from None
    return load(target)


def _names_files(folder: Path, rule: CaptureRule) -> bool:
    return bool(glob(rule.file, root_dir=folder))  # noqa: PTH207 - as `site/captures.py` has it


def _without_captures(text: str) -> str:
    """Return a site file's text without its capture rules; all else stays as its author wrote it."""
    lines, skipping = [], False
    for line in text.splitlines():
        if (header := _HEADER.match(line)) is not None:
            skipping = header[1] == "capture"
        if not skipping and line != WRITTEN:
            lines.append(line)
    return "\n".join(lines)


def _entry(rule: CaptureRule) -> str:
    parts: list[tuple[str, _Value]] = [
        ("file", rule.file),
        ("role", rule.role),
        ("link", rule.link),
        ("interface", rule.interface),
        ("vlan", rule.vlan),
        ("mac", rule.mac),
        ("addresses", rule.addresses or None),
    ]
    return _table("capture", parts)


def _table(name: str, parts: Sequence[tuple[str, _Value]]) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in parts if value is not None]
    return "\n".join(["", f"[[{name}]]", *lines])


def _value(value: str | int | Iterable[str]) -> str:
    if isinstance(value, int):
        return str(value)
    return quoted(value) if isinstance(value, str) else f"[{', '.join(map(quoted, value))}]"
