"""Which DNS messages are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dns.message
import dns.rrset
import numpy as np
import pytest

from wanwitness.correlate.resolutions.relevant import choose
from wanwitness.ingest import CaptureFile
from wanwitness.packets.decode import decode
from wanwitness.packets.select import Selector
from wanwitness.reading.point import Point
from wanwitness.reading.point_reader import PointReader

from . import wire

Names = Callable[..., set[str]]

CLIENT, SERVER, RELAY = "192.168.1.10", "192.168.1.1", "192.0.2.25"


def told(name: str, kind: str, *records: str, along: tuple[str, ...] = ()) -> bytes:
    message = dns.message.make_response(dns.message.make_query(name, kind, id=7))
    for section, rows in ((message.answer, records), (message.additional, along)):
        for record in rows:
            owner, rtype, text = record.split(maxsplit=2)
            section.append(dns.rrset.from_text(owner, 60, "IN", rtype, text))
    return message.to_wire()


@pytest.fixture
def names(tmp_path: Path) -> Names:
    """Gives the names of what is read of these answers, beside a session to RELAY."""

    def read(*answers: bytes) -> set[str]:
        frames = [wire.udp(SERVER, 53, CLIENT, 5353 + n, answer) for n, answer in enumerate(answers)]
        frames.append(wire.tcp(CLIENT, 40_000, RELAY, 25, 1, 0, wire.SYN))
        frames.append(wire.tcp(RELAY, 25, CLIENT, 40_000, 1, 2, wire.SYN | wire.ACK))
        frames.append(wire.tcp(RELAY, 25, CLIENT, 40_000, 2, 2, wire.PSH | wire.ACK, b"220 relay ESMTP\r\n"))
        path = tmp_path / "a.pcap"
        wire.write_pcap(path, ((n * 1_000_000, frame) for n, frame in enumerate(frames)))
        file, selector, reader = CaptureFile(path), Selector(), PointReader()
        for window in file.windows(None):
            packets, _ = decode(window, np.array([1], np.int32))
            reader.feed(selector.select(packets.with_captures(np.zeros(len(packets), np.int32))))
        point = Point("a", [0], [str(path)], reader.finish(), "lan")
        (chosen,) = choose([point])
        assert len(point.rows.dns) >= len(chosen.rows.dns)
        return {exchange.name for exchange in chosen.rows.dns}

    return read


def test_an_address_that_comes_along_with_a_service_makes_the_message_matter(names: Names) -> None:
    """And so its owner, about whom all is read."""
    srv = "_submission._tcp.example.net. SRV 0 1 587 mail.example.net."
    found = names(
        told("_submission._tcp.example.net.", "SRV", srv, along=(f"mail.example.net. A {RELAY}",)),
        told("mail.example.net.", "A", "mail.example.net. A 192.0.2.99"),
        told("www.example.net.", "A", "www.example.net. A 192.0.2.99"),
        told("_ldap._tcp.example.net.", "SRV", "_ldap._tcp.example.net. SRV 0 1 389 dc.example.net."),
    )
    assert found == {"_submission._tcp.example.net", "mail.example.net"}


def test_a_service_that_leads_to_a_server_matters(names: Names) -> None:
    """Though its address was asked for in a question of its own."""
    found = names(
        told("_submission._tcp.example.net.", "SRV", "_submission._tcp.example.net. SRV 0 1 587 mail.example.net."),
        told("mail.example.net.", "A", f"mail.example.net. A {RELAY}"),
    )
    assert found == {"_submission._tcp.example.net", "mail.example.net"}


def test_addresses_along_with_other_answers_matter_not(names: Names) -> None:
    assert not names(told("www.example.net.", "A", "www.example.net. A 192.0.2.9", along=(f"ns.example. A {RELAY}",)))
