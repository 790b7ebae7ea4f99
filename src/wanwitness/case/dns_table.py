"""DNS exchanges as a flat table: the columns of dns.parquet and of `Case.dns`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from wanwitness.model import Capture, DnsExchange, FrameRef

from .columns import Column, Table
from .values import time_value

EXCHANGES = (
    Column("role", "word"),
    Column("link", "word"),
    Column("asked_at", "time"),
    Column("answered_at", "time"),
    Column("client_ip", "word"),
    Column("client_port", "whole"),
    Column("server_ip", "word"),
    Column("server_port", "whole"),
    Column("transport", "word"),
    Column("id", "whole"),
    Column("name", "word"),
    Column("type", "word"),
    Column("rcode", "word"),
    Column("addresses", "texts"),
    Column("ttls_s", "wholes"),
    Column("additional", "texts"),
    Column("cnames", "texts"),
    Column("mx", "texts"),
    Column("srv", "texts"),
    Column("truncated", "truth"),
    Column("authoritative", "truth"),
    Column("cut", "truth"),
    Column("surplus", "truth"),
    Column("asked_again", "whole"),
    Column("query_capture", "whole"),
    Column("query_frame", "whole"),
    Column("answer_capture", "whole"),
    Column("answer_frame", "whole"),
)
"""A row is one question at one capture point, and its answer. `role` and `link` are the capture's; `asked_at` and
`answered_at` on the reference clock. `ttls_s` are those of `addresses`, in their order, the least on the way from the
question to each. `cut`: the snap length cut records off; `surplus`: not the first answer to its question, so that who
asked has not used it; `asked_again`: how often the question came once more before its answer. `…_capture` are indexes
into `captures` of case.json, and `…_frame` numbers as Wireshark counts."""
Aligned = Callable[[FrameRef, int], int]
"""Brings a time that a frame's capture wrote to the reference clock, ns."""


def dns_table(exchanges: Iterable[DnsExchange], captures: Sequence[Capture], aligned: Aligned) -> Table:
    """Return DNS exchanges, a row each, in order of time."""
    moments = ((_moment(exchange, aligned), exchange) for exchange in exchanges)
    ordered = sorted(moments, key=lambda pair: pair[0])
    return Table(EXCHANGES, [_row(exchange, captures, aligned) for _, exchange in ordered])


def _moment(exchange: DnsExchange, aligned: Aligned) -> int:
    asked = _aligned(exchange.query, exchange.query_ns, aligned)
    answered = _aligned(exchange.answer, exchange.answer_ns, aligned)
    return asked if asked is not None else answered or 0


def _aligned(frame: FrameRef | None, ts_ns: int | None, aligned: Aligned) -> int | None:
    return None if frame is None or ts_ns is None else aligned(frame, ts_ns)


def _row(exchange: DnsExchange, captures: Sequence[Capture], aligned: Aligned) -> dict[str, Any]:
    query, answer = exchange.query, exchange.answer
    frame = query or answer
    capture = captures[frame.capture] if frame is not None else None
    answered = answer is not None
    return {
        "role": capture.role if capture is not None else None,
        "link": capture.link if capture is not None else None,
        "asked_at": time_value(_aligned(query, exchange.query_ns, aligned)),
        "answered_at": time_value(_aligned(answer, exchange.answer_ns, aligned)),
        "client_ip": exchange.client.ip,
        "client_port": exchange.client.port,
        "server_ip": exchange.server.ip,
        "server_port": exchange.server.port,
        "transport": exchange.transport,
        "id": exchange.id,
        "name": exchange.name,
        "type": exchange.qtype,
        "rcode": exchange.rcode,
        "addresses": [record.address for record in exchange.addresses],
        "ttls_s": [exchange.ttl_of(record.address) for record in exchange.addresses],
        "additional": [f"{record.owner} {record.address}" for record in exchange.additional],
        "cnames": [f"{owner} {target}" for owner, target, _ in exchange.cnames],
        "mx": [f"{record.preference} {record.exchange}" for record in exchange.mx],
        "srv": [f"{r.priority} {r.weight} {r.port} {r.target}" for r in exchange.srv],
        "truncated": exchange.truncated if answered else None,
        "authoritative": exchange.authoritative if answered else None,
        "cut": exchange.cut if answered else None,
        "surplus": exchange.surplus is not None,
        "asked_again": len(exchange.repeats),
        "query_capture": query.capture if query is not None else None,
        "query_frame": query.number if query is not None else None,
        "answer_capture": answer.capture if answer is not None else None,
        "answer_frame": answer.number if answer is not None else None,
    }
