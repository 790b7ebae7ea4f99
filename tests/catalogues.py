"""The catalogues of other languages, made anew of what the code says now: `python -m tests.catalogues`.

Keeps every translation, marks as fuzzy what has another English text than it was made for, and lists what is missing.
Exit status 1 where something is.
"""

from __future__ import annotations

import io
import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

import wanwitness
from wanwitness.language import LANGUAGES, Catalogue
from wanwitness.language.drawing import WORDS, arguments, places
from wanwitness.model import Template

LOCALE = Path(str(files("wanwitness.language").joinpath("locale")))
OTHERS = tuple(code for code in LANGUAGES if code != "en")
PAGE_SOURCES = (("templates/*", "jinja2.ext:babel_extract"), ("**/*.py", "python"))
"""Where the page's texts are: its templates, and gettext's calls."""
TERMINAL = ("terminal", "cli", "lab", "verify")
"""Rooms whose sentences are for a terminal alone, and enter no case."""


PLURALS = {"fr": "nplurals=2; plural=(n > 1)"}
"""What gettext's manual gives for each language; CLDR has one form more, for millions."""
_HEADER = """\
# What wanwitness says, in {code}: domain {domain}. Made anew by `python -m tests.catalogues`.
msgid ""
msgstr ""
"Project-Id-Version: wanwitness\\n"
"POT-Creation-Date: 2026-11-26 12:00+0000\\n"
"PO-Revision-Date: 2026-11-26 12:00+0000\\n"
"Language: {code}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""


class English(NamedTuple):
    """A template of the code."""

    kind: str
    """The sentence's id."""
    template: Template
    room: str


def said() -> dict[str, list[English]]:
    """Return every template of the package, by domain, in the order of rooms."""
    found: dict[str, list[English]] = {"case": [], "cli": []}
    seen: set[int] = set()
    for info in pkgutil.walk_packages(wanwitness.__path__, "wanwitness."):
        if info.name.endswith("__main__"):
            continue
        module = import_module(info.name)
        for value in vars(module).values():
            if isinstance(value, Catalogue) and id(value) not in seen:
                seen.add(id(value))
                domain = "cli" if value.room in TERMINAL else "case"
                found[domain] += [English(kind, value[kind], value.room) for kind in value]
    return found


def path_of(code: str, domain: str) -> Path:
    return LOCALE / code / "LC_MESSAGES" / f"{domain}.po"


def held(code: str, domain: str) -> Catalog:
    """Return a catalogue as it is in the tree; an empty one where it is not there yet."""
    path = path_of(code, domain)
    if not path.exists():
        return _empty(code, domain)
    with path.open("rb") as file:
        return read_po(file, locale=code, domain=domain)


def renewed(code: str, domain: str) -> Catalog:
    """Return a catalogue with what the code says now, and the translations that are there."""
    old = held(code, domain)
    new = _empty(code, domain)
    if domain == "page":
        for text, comments in _page_texts():
            before = old.get(text)
            new.add(text, string=before.string if before else None, auto_comments=comments)
        return new
    by_kind = {message.context: message for message in old if message.context}
    for kind, template, room in said()[domain]:
        ids = template if isinstance(template, str) else tuple(template)
        before = by_kind.get(kind)
        fuzzy = before is not None and (before.fuzzy or before.id != ids) and bool(_strings(before))
        kept = before.string if before is not None and isinstance(before.id, str) == isinstance(ids, str) else None
        new.add(ids, string=kept, context=kind, auto_comments=[room], flags={"fuzzy"} if fuzzy else ())
    return new


def _page_texts() -> Iterator[tuple[str | tuple[str, ...], list[str]]]:
    folder = Path(wanwitness.__file__).parent / "report"
    seen: set[str] = set()
    for pattern, method in PAGE_SOURCES:
        for path in sorted(folder.glob(pattern)):
            if not path.is_file():
                continue
            with path.open("rb") as file:
                options = {"trimmed": "true", "silent": "false"} if "jinja2" in method else {}
                for _, text, _, _ in extract(method, file, options=options):
                    one = text if isinstance(text, str) else text[0]
                    if one not in seen:
                        seen.add(one)
                        yield text, [path.relative_to(folder).as_posix()]


def _empty(code: str, domain: str) -> Catalog:
    return read_po(io.StringIO(_header(code, domain)), code, domain)


def _header(code: str, domain: str) -> str:
    return _HEADER.format(code=code, domain=domain, plurals=PLURALS[code])


def written(catalog: Catalog) -> bytes:
    """Return a catalogue as it is kept in the tree: Babel's, with a header that is the same every day."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=116)
    _, _, messages = buffer.getvalue().partition(b"\n\n")
    return b"\n".join(filter(None, (_header(str(catalog.locale), str(catalog.domain)).encode(), messages)))


def complaints(catalog: Catalog) -> Iterator[str]:
    """Yield what is wrong with a catalogue: what is missing, fuzzy, or has other places than the English."""
    for message in catalog:
        if not message.id:
            continue
        name = f"{catalog.domain}: {message.context or message.id!r}"
        strings = _strings(message)
        if len(strings) < (1 if isinstance(message.id, str) else catalog.num_plurals):
            yield f"{name} is not translated"
        elif message.fuzzy:
            yield f"{name} is fuzzy: its English has changed"
        elif catalog.domain != "page":
            yield from (f"{name}: {fault}" for fault in _faults(message, strings))


def _faults(message: Message, strings: list[str]) -> Iterator[str]:
    """What is wrong with a translation's places; of singular and plural, either may go without some of them."""
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    wanted, found = (frozenset[str]().union(*map(arguments, texts)) for texts in (ids, strings))
    if found - {"n"} != wanted - {"n"}:
        yield f"its places are {sorted(found)}, and those of the English {sorted(wanted)}"
    for place in (place for text in strings for place in places(text)):
        if place.how.isalpha() and len(place.how) > 1 and place.how not in WORDS:
            yield f"{{{place.argument}:{place.how}}} is no way to write it"


def _strings(message: Message) -> list[str]:
    strings = message.string
    return [text for text in ([strings] if isinstance(strings, str) else strings or ()) if text]


def main() -> int:
    """Write all catalogues, and say what they lack."""
    lacking = 0
    for code in OTHERS:
        for domain in ("case", "cli", "page"):
            catalog = renewed(code, domain)
            path = path_of(code, domain)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(written(catalog))
            for complaint in complaints(catalog):
                lacking += 1
                print(f"{code}/{complaint}")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
