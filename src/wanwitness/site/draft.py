"""The site file that captures themselves show, as far as they do, with what is missing to judge.

What the captures show plainly is in force: sides, the router's addresses, resolvers that a provider gave. What was only
used, and so may be anybody's, stands in comments, for people to decide.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wanwitness.language import ENGLISH, Language
from wanwitness.model import Argument, printable

from .sentences import sentence
from .toml import Value, array, comment, line
from .values import LONGEST_NAME

Row = Mapping[str, Any]
STDIN = "-"
_GIVEN = ("dhcp", "ipcp", "ra")
"""Sources that a link's provider, or the router, gives things by."""


def draft(document: Row, language: Language = ENGLISH) -> str:
    """Return the text of a site.toml.

    Args:
        document: the case of the captures, analysed without a site file, with their paths as the user named them.
        language: of the comments.
    """
    return _Draft(document, language).text()


class _Draft:
    def __init__(self, document: Row, language: Language) -> None:
        self._language = language
        self._captures: Sequence[Row] = document["captures"]
        self._links: Sequence[Row] = document["links"]
        self._sessions: Sequence[Row] = document["sessions"]
        self._lan: Sequence[Row] = document["site"]["lan_shown"]
        paths = [os.path.abspath(c["path"]) for c in self._captures if c["path"] != STDIN]  # noqa: PTH100 - links stay
        self._folder = os.path.commonpath([str(Path(path).parent) for path in paths]) if paths else "."
        self._names = _unique(link["name"] for link in self._links)

    def text(self) -> str:
        parts = [self._head(), self._site(), *map(self._link, self._links), *self._entries()]
        return "\n\n".join("\n".join(part) for part in parts) + "\n"

    def _say(self, kind: str, **args: Argument) -> str:
        return self._language.say(sentence(kind, **args))

    def _head(self) -> list[str]:
        lines = [
            comment(self._say("draft-head-what")),
            comment(self._say("draft-head-where", folder=self._folder)),
            comment(self._say("draft-head-do")),
        ]
        missing = self._missing()
        if missing:
            lines += ["#", comment(self._say("draft-missing")), *(comment(f"- {what}") for what in missing)]
        return lines

    def _missing(self) -> list[str]:
        wans = {capture["link"] for capture in self._captures if capture["role"] == "wan"}
        missing = []
        if not any(capture["role"] == "lan" for capture in self._captures):
            missing.append(self._say("draft-no-lan"))
        if not wans:
            missing.append(self._say("draft-no-wan"))
        elif len(wans) == 1:
            missing.append(self._say("draft-one-wan"))
        missing += [self._say("draft-no-resolvers", link=link["name"]) for link in self._links if not link["resolvers"]]
        unseen = sum(session["transport_link"] is None for session in self._sessions)
        if unseen and wans:
            missing.append(self._say("draft-unseen", unseen=unseen, total=len(self._sessions)))
        if any(session["undetermined_because"] == "resolver-link-unknown" for session in self._sessions):
            missing.append(self._say("draft-look-ups"))
        if self._links:
            missing.append(self._say("draft-relays"))
        untied = [c["path"] for c in self._captures if c["packets"] and c["clock"] is None]
        missing += [self._say("draft-clock", path=name) for name in dict.fromkeys(untied)]
        return missing

    def _site(self) -> list[str]:
        networks = [
            Value(
                row["value"],
                self._say("draft-to-hosts", means=self._means(row), where=self._where(row))
                if row["source"] in _GIVEN
                else self._say("draft-network", first=self._first(row)),
            )
            for row in self._lan
            if row["what"] == "network"
        ]
        told = [row for row in self._lan if row["what"] == "resolver"]
        return [
            "[site]",
            f'# name = ""  {comment(self._say("draft-name"))}',
            f'# timezone = "Europe/Paris"  {comment(self._say("draft-timezone"))}',
            *array("lan", networks),
            *(
                comment(self._say("draft-told", resolver=row["value"], means=self._means(row), where=self._where(row)))
                for row in told
            ),
        ]

    def _link(self, link: Row) -> list[str]:
        name = self._names[link["name"]]
        given = [c for c in self._captures if c["link"] == link["name"] and c["role_source"] == "configured"]
        first = next((Path(c["path"]).name for c in self._captures if c["link"] == link["name"]), "")
        rows: Sequence[Row] = link["shown"]
        in_force = {key: set(link[key]) for key in ("addresses", "resolvers")}
        addresses = [row for row in rows if row["what"] == "address" and row["value"] in in_force["addresses"]]
        resolvers = [row for row in rows if row["what"] == "resolver" and row["value"] in in_force["resolvers"]]
        asked = [row for row in rows if row["what"] == "resolver" and row["value"] not in in_force["resolvers"]]
        relays = [row for row in rows if row["what"] == "relay"]
        others = [row for row in rows if row["what"] in ("gateway", "network")]
        return [
            "[[link]]",
            line(
                "name", Value(name, self._say("draft-named") if given else self._say("draft-after-capture", file=first))
            ),
            f'# isp = ""  {comment(self._say("draft-isp"))}',
            *array("addresses", [Value(row["value"], self._why(row)) for row in addresses]),
            *array("resolvers", [Value(row["value"], self._why(row)) for row in resolvers]),
            *array("resolvers", [Value(row["value"], self._why(row)) for row in asked], in_force=False),
            *array("relays", [Value(row["value"], self._why(row)) for row in relays], in_force=False),
            *(comment(f"{row['what']} {row['value']}: {self._why(row)}") for row in others),
        ]

    def _why(self, row: Row) -> str:
        if row["source"] in _GIVEN:
            return self._say("draft-means", means=self._means(row), where=self._where(row))
        first = self._first(row)
        if row["what"] == "address":
            return self._say("draft-opened", first=first)
        kind = "draft-answered" if row["what"] == "resolver" else "draft-brought"
        return self._say(kind, n=row["times"], first=first)

    def _means(self, row: Row) -> str:
        return self._say(f"draft-given-{row['source']}")

    def _where(self, row: Row) -> str:
        places = (
            self._say("draft-frame", number=number, file=Path(self._captures[index]["path"]).name)
            for index, number in row["frames"]
        )
        return ", ".join(places) or self._say("draft-no-frame")

    def _first(self, row: Row) -> str:
        return self._say("draft-first", where=self._where(row)) if row["frames"] else ""

    def _entries(self) -> Iterable[list[str]]:
        seen = set()
        for index, capture in enumerate(self._captures):
            path, interface = capture["path"], self._interface(index)
            entry = (path, interface, capture["vlan"], capture["role"], capture["link"])
            if entry in seen:
                continue
            seen.add(entry)
            yield self._entry(capture, interface)

    def _entry(self, capture: Row, interface: str | None) -> list[str]:
        path = capture["path"]
        name = path if path == STDIN else os.path.relpath(path, self._folder)
        usable = path != STDIN and Path(path).exists()  # an unprintable name stands here as it is shown
        why = self._language.tell(capture, "role_reason") or self._say("draft-role-named")
        since = {"at": capture["first"]} if capture["first"] else {}
        packets = self._say("draft-packets-from" if since else "draft-packets", n=capture["packets"], **since)
        lines = ["[[capture]]", line("file", Value(name, packets)), line("role", Value(capture["role"], why))]
        if capture["link"] is not None:
            lines.append(line("link", Value(self._names[capture["link"]], self._say("draft-see-above"))))
        if interface is not None:
            lines.append(line("interface", Value(interface, self._say("draft-file-has-several"))))
        if capture["vlan"] is not None:
            lines.append(f"vlan = {capture['vlan']}  {comment(self._say('draft-interface-has-several'))}")
        if usable:
            return lines
        return [comment(self._say("draft-unusable")), *map(comment, lines)]

    def _interface(self, index: int) -> str | None:
        """What tells this capture's interface from the others of its file."""
        capture = self._captures[index]
        of_file = [other for other in self._captures if other["path"] == capture["path"]]
        if len({(other["section"], other["interface_id"], other["interface"]) for other in of_file}) == 1:
            return None
        return str(capture["interface"] or next(n for n, other in enumerate(of_file) if other is capture))


def _unique(names: Iterable[str]) -> dict[str, str]:
    """Return names that a site file may have for links, by what they are called."""
    given: dict[str, str] = {}
    for name in names:
        plain = printable(name).replace("=", "-").strip()[: LONGEST_NAME - 4].strip() or "link"
        number, unique = 1, plain
        while unique in given.values():
            number += 1
            unique = f"{plain}-{number}"
        given[name] = unique
    return given
