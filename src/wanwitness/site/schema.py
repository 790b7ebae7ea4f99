"""The tables of site.toml: which keys each has, with their parsers. The keys are the fields of the model's types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wanwitness.model import Sentence

from .addresses import address, mac, network, relay
from .locate import Key
from .refusals import blame, cause, code, command, enhanced, patterns, port, server
from .values import (
    Parser,
    WrongValueError,
    boolean,
    each,
    interface,
    link_name,
    moment,
    nearest,
    not_a,
    role,
    text,
    timezone,
    vlan,
)
from .wrong import WRONG

Report = Callable[[Key, Sentence], None]
"""Takes note of what is wrong, and where."""
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TableKind:
    """One kind of table."""

    keys: Mapping[str, Parser]
    required: tuple[str, ...] = ()
    repeated: bool = False
    """It is written `[[name]]`, any number of times."""
    others: Parser | None = None
    """Takes the values of keys that the user chooses; None where there are none such."""


TABLES: Mapping[str, TableKind] = {
    "site": TableKind({"name": text, "timezone": timezone, "lan": each(network)}),
    "router": TableKind({"model": text, "firmware": text}),
    "tags": TableKind({}, others=text),
    "link": TableKind(
        {
            "name": link_name,
            "isp": text,
            "addresses": each(address),
            "resolvers": each(address),
            "relays": each(relay),
        },
        required=("name",),
        repeated=True,
    ),
    "capture": TableKind(
        {
            "file": text,
            "role": role,
            "link": text,
            "interface": interface,
            "vlan": vlan,
            "mac": mac,
            "addresses": each(network),
        },
        required=("file", "role"),
        repeated=True,
    ),
    "rule": TableKind(
        {
            "cause": cause,
            "link": blame,
            "text": patterns,
            "unless": patterns,
            "codes": each(code),
            "enhanced": enhanced,
            "commands": each(command),
            "tls": boolean,
            "ports": each(port),
            "servers": each(server),
            "source": text,
        },
        required=("cause",),
        repeated=True,
    ),
    "event": TableKind({"at": moment, "kind": text, "what": text}, required=("at", "what"), repeated=True),
}


def parse(document: Mapping[str, object], report: Report) -> dict[str, list[Fields]]:
    """Return the fields of every table, by the table's name; what is wrong goes to `report` and is left out."""
    tables: dict[str, list[Fields]] = {name: [] for name in TABLES}
    for name, value in document.items():
        if name not in TABLES:
            kind = "site-unknown-table" if _is_table(value) else "site-unknown-key"
            advice = nearest(name, TABLES) or WRONG("site-known-tables", names=list(TABLES))
            report((name,), WRONG(kind, advice=advice))
            continue
        table = TABLES[name]
        if table.repeated and isinstance(value, list):
            tables[name] = [_fields(table, (name, index), row, report) for index, row in enumerate(value)]
        elif not table.repeated and isinstance(value, dict):
            tables[name] = [_fields(table, (name,), value, report)]
        else:
            report((name,), WRONG("site-repeated" if table.repeated else "site-one-table", name=name))
    return tables


def _fields(table: TableKind, where: Key, row: object, report: Report) -> Fields:
    fields: Fields = {}
    if not isinstance(row, dict):
        report(where, not_a("value-table", row).said)
        return fields
    for key, value in row.items():
        parser = table.keys.get(key, table.others)
        if parser is None:
            advice = nearest(key, table.keys) or WRONG("site-known-keys", names=list(table.keys))
            report((*where, key), WRONG("site-unknown-key", advice=advice))
            continue
        try:
            fields[key] = parser(value)
        except WrongValueError as wrong:
            report((*where, key, *wrong.within), wrong.said)
    for key in table.required:
        if key not in row:
            report((*where, key), WRONG("site-missing"))
    return fields


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(row, dict) for row in value))
