"""Which capture files are to be read, and what the user says each of them saw."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from glob import has_magic
from pathlib import Path

from wanwitness.errors import ArchiveError, CaptureError
from wanwitness.ingest import CaptureFile
from wanwitness.ingest.same_content import Held, held_by_others
from wanwitness.language import Catalogue, said_of
from wanwitness.model import CaptureRule, Sentence, Site, printable
from wanwitness.model.capture import Role
from wanwitness.oddities import ODD
from wanwitness.site import captures_of, load, missing_of, rules_for
from wanwitness.wrong_use import WRONG, wrong

SITE_FILE = "site.toml"
CASE_FILE = "case.json"
SUFFIXES = (".pcap", ".pcapng", ".cap", ".dmp", ".ntar")
ARCHIVES = (
    ".zip",
    ".7z",
    ".rar",
    ".tar",
    ".tgz",
    ".gz",
    ".xz",
    ".txz",
    ".bz2",
    ".tbz",
    ".tbz2",
    ".zst",
    ".tzst",
    ".cab",
    ".z",
)
"""Suffixes of archives, which may hold captures."""
STDIN = "-"

sentence = Catalogue(
    "inputs",
    {
        "the-lan-side": "the LAN side",
        "the-wan-side": "the WAN side of {link}",
        # What was not read, and why.
        "held-by-another": "{path}: not read, since {other} holds the same capture, which is used once",
        "beginning-of-another": "{path}: not read, since it is the beginning of {other}, which is read whole",
        "not-named-by-site": "{path}: not read, since {site} does not name it",
        "no-file": "{path}: not read, since it is {what}",
        "leads-nowhere": "a link that leads nowhere",
        "closed": "closed to us ({error})",
        "named-pipe": "a named pipe; name it itself if something is to come out of it",
        "socket": "a socket",
        "device": "a device",
        "nothing-known": "no file",
    },
)


@dataclass(slots=True)
class Input:
    """One capture file to read."""

    path: str
    """As the user named it."""
    rules: list[CaptureRule] = field(default_factory=list)
    """What its frames are; where there is none, that is inferred from what they show."""


@dataclass(frozen=True, slots=True)
class Doubled:
    """One content that the user called two things; `one` and `two` are the same where it is one file."""

    one: str
    two: str
    this: Sentence
    that: Sentence


@dataclass(slots=True)
class Inputs:
    """Everything the user handed over."""

    files: list[Input]
    site: Site
    notes: list[Sentence]
    """What was not taken and why: one line each."""
    refused: list[Sentence]
    """Files that should be captures and cannot be read as such: one line each; they make the exit status 3."""
    doubled: list[Doubled] = field(default_factory=list)
    missing: list[tuple[str, Sentence]] = field(default_factory=list)
    """Files that the site file names and that are not there, each with what it is said to be."""

    @property
    def name(self) -> str:
        """What to call a case of these: after the folder that the files share, or the one file."""
        if all(file.path == STDIN for file in self.files):
            return "stdin"
        paths = {Path(os.path.realpath(file.path)) for file in self.files if file.path != STDIN}
        folders = {path.parent for path in paths}
        return next(iter(paths)).stem if len(paths) == 1 else min(folders).name or "case"


def gather(
    captures: Sequence[str],
    lan: Sequence[str] = (),
    wan: Sequence[str] = (),
    site_file: str | None = None,
    *,
    own_site: bool = True,
) -> Inputs:
    """Resolve the command line's captures, roles and site file.

    Args:
        captures: files, or folders whose captures are all taken; `-` is standard input.
        lan: `FILE` or `FILE:INTERFACE` of LAN sides.
        wan: `LINK=FILE` or `LINK=FILE:INTERFACE` of WAN sides.
        site_file: the site file; without one, a folder's own site.toml counts.
        own_site: whether it does.

    Raises:
        UsageError: there is nothing to read, or the arguments contradict each other.
        SiteError: the site file is wrong.
    """
    try:
        return _gather(captures, lan, wan, site_file, own_site)
    except OSError as error:  # a folder that may not be read, links in a circle, a name that no system takes
        raise wrong("cannot-be-read", path=str(error.filename), why=error.strerror) from None


def _gather(
    captures: Sequence[str], lan: Sequence[str], wan: Sequence[str], site_file: str | None, own_site: bool
) -> Inputs:
    site = _site(captures, site_file) if own_site else Site()
    notes: list[Sentence] = []
    refused: list[Sentence] = []
    spoken = [_lan_rule(text) for text in lan] + [_wan_rule(text, site) for text in wan]
    named: list[str] = []
    for capture in captures:
        if Path(capture).is_dir():
            named += _folder(Path(capture), site, notes, refused)
        else:
            named.append(capture)
    named += [path for path, _ in spoken]
    if not captures and not spoken:
        named += map(str, captures_of(site))
    if not named:
        raise wrong("nothing-to-read")
    files: dict[Path | str, Input] = {}
    for name in named:
        files.setdefault(_place(name), Input(name))
    for path, rule in spoken:
        files[_place(path)].rules.append(rule)
    for file in files.values():
        if not file.rules and file.path != STDIN:
            file.rules = rules_for(site, Path(file.path))
    doubled = [twice for file in files.values() for twice in _said_twice(file)]
    missing = [(printable(rule.file), _called(rule)) for rule in missing_of(site)]
    taken = _each_once(list(files.values()), notes, doubled)
    return Inputs(taken, site, notes, refused, doubled, missing)


def _place(name: str) -> Path | str:
    """What a file is told from others by, whatever ways lead to it."""
    return name if name == STDIN else Path(os.path.realpath(name))  # `resolve` raises where links lead in a circle


def _said_twice(file: Input) -> list[Doubled]:
    """What the user calls all of one file, where he calls it two things; a wildcard may leave some to a plain name."""
    whole = [rule for rule in file.rules if not (rule.interface or rule.vlan or rule.mac or rule.addresses)]
    plain = [rule for rule in whole if not has_magic(rule.file)]
    called = dict.fromkeys(map(_called, plain or whole))
    return [Doubled(file.path, file.path, next(iter(called)), other) for other in list(called)[1:]]


def _called(rule: CaptureRule) -> Sentence:
    return the_side(rule.role, rule.link)


def the_side(role: Role | None, link: str | None) -> Sentence:
    """Call a side of the router within a sentence."""
    return sentence("the-lan-side") if role == "lan" else sentence("the-wan-side", link=link)


def _each_once(files: list[Input], notes: list[Sentence], doubled: list[Doubled]) -> list[Input]:
    """Leave out what another file holds as well; what the user says of either, he says of the one that is read.

    Where he says different things of the two, both are kept, and told: it is not for the files to tell which he meant.
    """
    regular = [file for file in files if file.path != STDIN and Path(file.path).is_file()]
    # Of equal ones the one that the user speaks of stays, else the one that is not compressed, else that with the
    # plainest name: no `copy of`, no `(1)`.
    regular.sort(key=lambda file: (not file.rules, -Path(file.path).stat().st_size, len(Path(file.path).name)))
    left_out: set[int] = set()
    for held in held_by_others([Path(file.path) for file in regular]):
        copy, other = regular[held.file], regular[held.by]
        if copy.rules and other.rules and set(map(_said, copy.rules)) != set(map(_said, other.rules)):
            names = [_called(next(iter(file.rules))) for file in (copy, other)]
            if held.whole and names[0] != names[1]:
                doubled.append(Doubled(copy.path, other.path, names[0], names[1]))
            continue
        other.rules = other.rules or [replace(rule, file=other.path) for rule in copy.rules]
        left_out.add(id(copy))
        notes.append(_why_left_out(copy, other, held))
    return [file for file in files if id(file) not in left_out]


def _said(rule: CaptureRule) -> CaptureRule:
    """What a rule says, whichever file it names."""
    return replace(rule, file="")


def _why_left_out(copy: Input, other: Input, held: Held) -> Sentence:
    kind = "held-by-another" if held.whole else "beginning-of-another"
    return sentence(kind, path=printable(copy.path), other=printable(other.path))


def _site(captures: Iterable[str], site_file: str | None) -> Site:
    if site_file is not None:
        return load(Path(site_file))
    own = [file for name in captures if Path(name).is_dir() and (file := Path(name) / SITE_FILE).is_file()]
    if len(own) > 1:
        raise wrong("two-site-files", one=own[0], other=own[1])
    return load(own[0]) if own else Site()


def _folder(folder: Path, site: Site, notes: list[Sentence], refused: list[Sentence]) -> list[str]:
    """The captures of a folder: those its site file names, if it names any of them, else all."""
    found, bad = _captures_among(sorted(folder.iterdir()), notes)
    named = [path for path in found if rules_for(site, path)]
    below = _named_below(folder, site) if not named else []
    if below:  # what lies beside is of other kinds: a live run's journal, a case
        found, bad = _captures_among(below, notes)
        named = found
    if named:
        taken = set(named)
        others = (path for path in found if path not in taken)
        notes += [sentence("not-named-by-site", path=printable(str(path)), site=str(site.path)) for path in others]
    refused += bad
    if not found:
        if (folder / CASE_FILE).is_file():
            bad = [WRONG("is-a-case")]
        raise wrong("no-captures-but", folder=folder, why=bad[0]) if bad else wrong("no-captures", folder=folder)
    return [str(path) for path in named or found]


def _captures_among(paths: Iterable[Path], notes: list[Sentence]) -> tuple[list[Path], list[Sentence]]:
    """Return those that are captures, and what is wrong with those that should be."""
    found: list[Path] = []
    bad: list[Sentence] = []
    for path in paths:
        if path.name.startswith("."):
            continue
        if (odd := _no_file(path)) is not None:
            notes.append(sentence("no-file", path=printable(str(path)), what=odd))
            continue
        if path.is_dir():
            continue
        try:
            CaptureFile(path)
        except CaptureError as error:
            # A ZIP file may as well be somebody's letter.
            if _looks_like_capture(path) or (isinstance(error, ArchiveError) and path.suffix.lower() in ARCHIVES):
                bad.append(said_of(error))
        except OSError as error:
            bad.append(ODD("file-is", path=printable(str(path)), why=ODD("file-refused", said=str(error.strerror))))
        else:
            found.append(path)
    return found, bad


def _named_below(folder: Path, site: Site) -> list[Path]:
    """The files in folders within this one that its own site file names by wildcards."""
    if site.path is None or Path(site.path).parent != folder:
        return []
    wild = replace(site, captures=tuple(rule for rule in site.captures if has_magic(rule.file)))
    return [path for path in captures_of(wild) if path.parent != folder]


def _no_file(path: Path) -> Sentence | None:
    """What an entry of a folder is that is neither a file nor a folder: opening it might wait for ever."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return sentence("leads-nowhere") if path.is_symlink() else sentence("closed", error=error.strerror)
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    return sentence(next((kind for test, kind in _ODD if test(mode)), "nothing-known"))


_ODD = [
    (stat.S_ISFIFO, "named-pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
]


def _looks_like_capture(path: Path) -> bool:
    return any(suffix.rstrip("0123456789") in SUFFIXES for suffix in path.suffixes[-2:])


def _lan_rule(text: str) -> tuple[str, CaptureRule]:
    return _rule("lan", text, None)


def _wan_rule(text: str, site: Site) -> tuple[str, CaptureRule]:
    link, separator, rest = text.partition("=")
    if not separator or not link or not rest:
        raise wrong("wan-which-link", text=text, file=text.strip("=") or "FILE")
    if printable(link) != link:
        raise wrong("wan-link-name", text=text)
    names = [known.name for known in site.links]
    if names and link not in names:
        raise wrong("wan-no-link", text=text, site=site.path, link=repr(link), links=names)
    return _rule("wan", rest, link)


def _rule(role: Role, text: str, link: str | None) -> tuple[str, CaptureRule]:
    """Read `FILE[:INTERFACE]`, of one side of the router: a folder holds captures of several."""
    path, interface = _split(text)
    if Path(path).is_dir():
        raise wrong("side-is-folder", role=role, path=path)
    return path, CaptureRule(path, role, link, interface)


def _split(text: str) -> tuple[str, str | None]:
    """Split `FILE:INTERFACE`; a file whose own name holds a colon wins."""
    path, separator, interface = text.rpartition(":")
    if not separator or Path(text).exists():
        return text, None
    return path, interface
