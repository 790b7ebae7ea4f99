"""The site file that captures themselves show, as far as they do, with what is missing to judge.

What the captures show plainly is in force: sides, the router's addresses, resolvers that a provider gave. What was only
used, and so may be anybody's, stands in comments, for people to decide.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wanwitness.model import printable

from .toml import Value, array, comment, line
from .values import LONGEST_NAME

Row = Mapping[str, Any]
STDIN = "-"
_MEANS = {"dhcp": "given by DHCP", "ipcp": "given by PPP (IPCP)", "ra": "given by a router advertisement"}
_ISP = '# isp = ""  # the provider\'s name, for people: no packet shows it'


def draft(document: Row) -> str:
    """Return the text of a site.toml.

    Args:
        document: the case of the captures, analysed without a site file, with their paths as the user named them.
    """
    return _Draft(document).text()


class _Draft:
    def __init__(self, document: Row) -> None:
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

    def _head(self) -> list[str]:
        lines = [
            comment("What these captures themselves show of the site. Save it as site.toml in the captures' folder,"),
            comment(f"{self._folder}: file names count from there. What stands in comments alone is not plain, or"),
            comment("no packet shows it: complete it, and look it over."),
        ]
        missing = self._missing()
        if missing:
            lines += ["#", comment("Missing to judge:"), *(comment(f"- {what}") for what in missing)]
        return lines

    def _missing(self) -> list[str]:
        wans = {capture["link"] for capture in self._captures if capture["role"] == "wan"}
        missing = []
        if not any(capture["role"] == "lan" for capture in self._captures):
            missing.append(
                "a capture of the LAN side: which client asked for a name, and what it was told, is not seen"
            )
        if not wans:
            missing.append("captures of the WAN sides: which link a session left by, and a question, is not seen")
        elif len(wans) == 1:
            missing.append("a capture of the other links: one link alone cannot disagree")
        missing += [
            f"the resolvers of {link['name']}: no DHCP, PPP or router advertisement gave them here"
            for link in self._links
            if not link["resolvers"]
        ]
        unseen = sum(session["transport_link"] is None for session in self._sessions)
        if unseen and wans:
            missing.append(f"the link of {unseen} of {len(self._sessions)} sessions, which no WAN capture shows")
        if any(session["undetermined_because"] == "resolver-link-unknown" for session in self._sessions):
            missing.append("the look-ups behind some answers: captured too late, not at all, or encrypted")
        if self._links:
            missing.append("whose relays these are: without `relays`, none is said to be reached by the wrong link")
        untied = [c["path"] for c in self._captures if c["packets"] and c["clock"] is None]
        missing += [f"what ties the clock of {name} to the others'" for name in dict.fromkeys(untied)]
        return missing

    def _site(self) -> list[str]:
        networks = [
            Value(
                row["value"],
                f"{_MEANS[row['source']]} to hosts, {self._where(row)}"
                if row["source"] in _MEANS
                else f"hosts with such addresses{self._first(row)}; how large it is, is a guess",
            )
            for row in self._lan
            if row["what"] == "network"
        ]
        told = [row for row in self._lan if row["what"] == "resolver"]
        return [
            "[site]",
            '# name = ""  # for people: no packet shows it',
            '# timezone = "Europe/Paris"  # to be shown beside UTC: no packet shows it',
            *array("lan", networks),
            *(
                comment(f"hosts are told to ask {row['value']}: {_MEANS[row['source']]}, {self._where(row)}")
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
            line("name", Value(name, "as named with --wan" if given else f"after its capture, {first}")),
            _ISP,
            *array("addresses", [Value(row["value"], self._why(row)) for row in addresses]),
            *array("resolvers", [Value(row["value"], self._why(row)) for row in resolvers]),
            *array("resolvers", [Value(row["value"], self._why(row)) for row in asked], in_force=False),
            *array("relays", [Value(row["value"], self._why(row)) for row in relays], in_force=False),
            *(comment(f"{row['what']} {row['value']}: {self._why(row)}") for row in others),
        ]

    def _why(self, row: Row) -> str:
        if row["source"] in _MEANS:
            return f"{_MEANS[row['source']]}, {self._where(row)}"
        first = self._first(row)
        if row["what"] == "address":
            return f"opened connections or asked questions on this link{first}"
        times = "once" if row["times"] == 1 else f"{row['times']} times"
        what = "answered over this link" if row["what"] == "resolver" else "mail was brought to it over this link"
        return f"{what} {times}{first}; nothing shows whose it is"

    def _where(self, row: Row) -> str:
        places = (f"frame {number} of {Path(self._captures[index]['path']).name}" for index, number in row["frames"])
        return ", ".join(places) or "in no frame that was kept"

    def _first(self, row: Row) -> str:
        return f", first in {self._where(row)}" if row["frames"] else ""

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
        why = capture["role_reason"] or "as named with --lan or --wan"
        packets = f"{capture['packets']} packets" + (f" from {capture['first']} on" if capture["first"] else "")
        lines = ["[[capture]]", line("file", Value(name, packets)), line("role", Value(capture["role"], why))]
        if capture["link"] is not None:
            lines.append(line("link", Value(self._names[capture["link"]], "see above")))
        if interface is not None:
            lines.append(line("interface", Value(interface, "the file has several")))
        if capture["vlan"] is not None:
            lines.append(f"vlan = {capture['vlan']}  {comment('the interface shows several')}")
        if usable:
            return lines
        return [comment("a site file cannot name this one: rename it, or write it to a file"), *map(comment, lines)]

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
