"""Nothing that a case says goes round the catalogues: held against whole cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

import catalogues
from places import OFFICE, PROJECT
from wanwitness import analyze
from wanwitness.language import ENGLISH, Language, language
from wanwitness.language.catalogues import english
from wanwitness.language.drawing import places
from wanwitness.model import Sentence, Template
from wanwitness.report import summarise

Place = tuple[str, ...]
OPEN, CLOSE = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}", "\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"
PROSE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
"""Two words, the second without a capital: what people write, and no name, address or command is like."""
ENGLISH_ALONE: tuple[Place, ...] = (
    ("tool",),
    ("site",),
    ("captures", "left_out"),  # said by its `left_out_whys`
    # What hosts and servers said.
    ("sessions", "rejection"),
    ("sessions", "rejections"),
    ("sessions", "commands"),
    ("sessions", "transactions"),
    ("sessions", "answered_by"),
    ("sessions", "lan_stream", "tshark_filter"),
    ("sessions", "wan_stream", "tshark_filter"),
    ("sessions", "return_stream", "tshark_filter"),
    ("sessions", "bounces"),
)
"""Where a case has prose that no sentence of this place says; all else is one, with its id and arguments."""
QUOTED = ("reply", "text", "said", "routers")
"""Arguments that hold what servers, systems and libraries said, and names of products."""
COMMANDS = ('tcpdump -i IFACE -s 0 -w FILE.pcap "$(wanwitness filter)"',)


@pytest.fixture(scope="module", params=["lab-office", "incident", "pop-opens", "one side", "damaged", "exchanged"])
def document(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Cases that say most of what can be said."""
    captures: Path = PROJECT / "captures"
    incident = captures / "incident"
    if request.param == "one side":
        return analyze(wan={"orange": incident / "wan1.pcap"}, rows_only=True).document
    if request.param == "exchanged":
        return analyze(lan=incident / "wan1.pcap", wan={"one": incident / "lan0.pcap"}, rows_only=True).document
    if request.param == "damaged":
        folder = tmp_path_factory.mktemp("damaged")
        for path in OFFICE.glob("*.pcap"):
            whole = path.read_bytes()
            middle = len(whole) // 2
            (folder / path.name).write_bytes(whole[:middle] + b"\xff" * 200 + whole[middle + 200 :])
        (folder / "again.pcap").write_bytes((folder / "wan1.pcap").read_bytes())
        return analyze(folder, rows_only=True).document
    return analyze(captures / request.param, rows_only=True).document


def texts(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yield every text of a case that is not said by id and arguments, with the keys that lead to it."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        for one in value:
            yield from texts(one, place)
    elif isinstance(value, dict):
        said = {key for key in value if value.get(f"{key}_id") is not None}
        if {"id", "args", "text"} <= value.keys():
            said.add("text")
        for key, part in value.items():
            if key not in said and key != "args" and not key.endswith("_args"):
                yield from texts(part, (*place, str(key)))


def sentences(value: Any) -> Iterator[tuple[str, Any, str]]:
    """Yield id, arguments and English of every sentence of a case."""
    if isinstance(value, list):
        for one in value:
            yield from sentences(one)
    elif isinstance(value, dict):
        if {"id", "args", "text"} <= value.keys():
            yield value["id"], value["args"], value["text"]
        for key, part in value.items():
            kind: Any = value.get(f"{key}_id")
            args: Any = value.get(f"{key}_args")
            if isinstance(kind, str):
                yield kind, args, part
            elif isinstance(kind, list):
                yield from zip(kind, args, part, strict=True)
            elif key != "args" and not key.endswith("_args"):
                yield from sentences(part)


@lru_cache
def templates() -> dict[str, Template]:
    return {one.kind: one.template for domain in catalogues.said().values() for one in domain}


def of_catalogue(kind: str, args: dict[str, Any]) -> Sentence:
    """Make a sentence of a case anew, from the templates of the code."""

    def argument(value: Any) -> Any:
        if isinstance(value, dict):
            return of_catalogue(value["id"], value["args"])
        return tuple(map(argument, value)) if isinstance(value, list) else value

    return Sentence(kind, {name: argument(value) for name, value in args.items()}, templates()[kind])


def prose(document: dict[str, Any]) -> list[tuple[Place, str]]:
    """Return what a case says in no sentence."""
    return [
        (place, text)
        for place, text in texts(document)
        if PROSE.search(text) and not any(place[: len(known)] == known for known in ENGLISH_ALONE)
    ]


def otherwise(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the sentences that are not what their templates and arguments make."""
    return [(kind, text) for kind, args, text in sentences(document) if ENGLISH.say(of_catalogue(kind, args)) != text]


def english_arguments(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return arguments that are prose."""
    return [
        (kind, name, value)
        for kind, args, _ in sentences(document)
        for name, value in plain(args)
        if PROSE.search(value) and value not in COMMANDS and name not in QUOTED
    ]


def test_all_prose_of_a_case_is_a_sentence(document: dict[str, Any]) -> None:
    assert prose(document) == []


def test_every_sentence_is_what_its_template_and_arguments_make(document: dict[str, Any]) -> None:
    """So none was put together otherwise, and any language can say it."""
    assert len(list(sentences(document))) > len(document["sessions"])
    assert otherwise(document) == []


def test_no_argument_of_a_sentence_is_english(document: dict[str, Any]) -> None:
    """Arguments that are texts come from the case itself: names, addresses, files, what servers said."""
    assert english_arguments(document) == []


def test_what_goes_round_the_catalogues_is_found() -> None:
    """Prose in a field of its own, a text that its arguments do not make, English handed to a sentence."""
    row = {"text": "by PPP", "text_id": "given-ipcp", "text_args": {}}
    assert (prose(row), otherwise(row), english_arguments(row)) == ([], [], [])
    assert prose({"rows": [{"why": "it is never so"}]}) == [(("rows", "why"), "it is never so")]
    assert prose({"text": "it is never so", "text_id": None}) == [(("text",), "it is never so")]
    assert otherwise({**row, "text": "by PPP alone"}) == [("given-ipcp", "by PPP alone")]
    link = {"text": "through no link here", "text_id": "through-link", "text_args": {"link": "no link here"}}
    assert english_arguments({"rows": [link]}) == [("through-link", "link", "no link here")]


def plain(args: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the arguments that are texts, those of sentences within as well."""
    for name, value in args.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                yield name, one
            elif isinstance(one, dict):
                yield from plain(one["args"])


class Marked:
    """A language that nobody speaks: English, with every piece of its templates between marks."""

    def template(self, kind: str, number: object) -> str | None:
        """Return the English template, marked."""
        template = templates().get(kind)
        if template is None:
            return None
        pieces = []
        for place in places(english(template, number)):
            pieces.append(f"{OPEN}{place.text}{CLOSE}" if place.text else "")
            if place.argument is not None:
                pieces.append(f"{{{place.argument}{f':{place.how}' if place.how else ''}}}")
        return "".join(pieces)


def test_the_terminal_says_nothing_round_the_catalogues(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "messages", lambda code: Marked())
    told = summarise(document, report="report.html", width=10_000, language=Language("fr"))
    unmarked = re.sub(f"{OPEN}[^{CLOSE}]*{CLOSE}", "", told)
    words = {word for _, word in texts(document)}
    for _, word in (one for _, args, _ in sentences(document) for one in plain(args)):
        unmarked = unmarked.replace(word, "")
    loose = [piece for piece in PROSE.findall(unmarked) if not any(piece in text for text in words)]
    assert loose == [], told
