"""What the forwarders' and the resolvers' logs say of each question: who was asked for it, or that a cache knew."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from . import state
from .facts import Address
from .ways import WAYS

_LINE = re.compile(
    r"dnsmasq\[\d+\]: \d+ (?P<ip>\S+)/(?P<port>\d+) "
    r"(?P<what>query\[(?P<type>\w+)\]|forwarded|cached|reply(?= query is duplicate)) (?P<name>\S+)"
    r"(?: (?:to|is|from) (?P<whom>\S+))?"
)
"""A line of dnsmasq with `log-queries=extra`: serial number, client, and what it did."""
_QUERY = re.compile(
    r"\[\d+:\d+\] info: (?P<ip>\S+) (?P<name>\S+)\. [A-Z]+ IN$"
    r"|dnsmasq\[\d+\]: \d+ (?P<box_ip>\S+)/\d+ query\[\w+\] (?P<box_name>\S+) "
)
"""A question in the log of unbound with `log-queries`, or of a box's dnsmasq."""


class Forwarded:
    """A forwarder's log of a run: which resolvers each client's question went to."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._asked: dict[tuple[Address, str], set[str]] = defaultdict(set)
        questions: dict[Address, tuple[str, str]] = {}
        filled: dict[tuple[str, str], set[str]] = {}
        for line in lines:
            found = _LINE.search(line)
            if found is None:
                continue
            client, name = (found["ip"], int(found["port"])), found["name"].lower()
            if found["type"]:
                questions[client] = name, found["type"]
            elif client not in questions:
                continue
            elif found["what"] == "forwarded":
                self._asked[client, name].add(found["whom"])
                filled[questions[client]] = self._asked[client, name]
            else:
                # From its cache, or asked at the same time for another client: the answer is that of the last time.
                name, _ = questions[client]
                self._asked[client, name] |= filled.get(questions[client], set())

    def resolvers(self, client: Address, name: str) -> set[str]:
        """Return whom the forwarder asked for a client's question, or for what it then had in its cache."""
        return self._asked.get((client, name.lower()), set())


def queried(lines: Iterable[str]) -> set[tuple[str, str]]:
    """Return the client's address and the name of each question in a resolver's log."""
    found = [match for line in lines if (match := _QUERY.search(line)) is not None]
    return {(match["ip"] or match["box_ip"], (match["name"] or match["box_name"]).lower()) for match in found}


class Logs:
    """The forwarders' and resolvers' logs, as far as they grew since this was made."""

    def __init__(self) -> None:
        self._begin = {path: path.stat().st_size for path in self._paths()}

    def forwarders(self) -> Mapping[str, Forwarded]:
        """Return the log of each way's forwarder."""
        return {name: Forwarded(self._since(state.FOLDER / "router" / "dnsmasq" / name / "log")) for name in WAYS}

    def resolvers(self) -> Mapping[str, set[tuple[str, str]]]:
        """Return what each resolver was asked and by whom, by its namespace."""
        logs = [*state.FOLDER.glob("*/unbound/log"), *state.FOLDER.glob("box*/dnsmasq/forwarder/log")]
        return {path.relative_to(state.FOLDER).parts[0]: queried(self._since(path)) for path in logs}

    def _since(self, path: Path) -> list[str]:
        with suppress(OSError), path.open("rb") as file:
            file.seek(self._begin.get(path, 0))
            return file.read().decode("utf-8", "replace").split("\n")
        return []

    @staticmethod
    def _paths() -> list[Path]:
        return [*state.FOLDER.glob("*/dnsmasq/*/log"), *state.FOLDER.glob("*/unbound/log")]
