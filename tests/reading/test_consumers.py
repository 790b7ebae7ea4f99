"""Who reads a connection's bytes, and what it says of what it does not tell."""

from __future__ import annotations

import pytest

from hello import client_hello
from protocols.test_certificate import certificate, record
from wanwitness.model import Dialogue, Endpoint, FrameRef, Stream
from wanwitness.protocols.smtp.tls import HANDSHAKE
from wanwitness.reading.consumers import MOST_NAMES, SmtpConsumer


def dialogue(der: bytes, *, upto: int | None = None) -> Dialogue:
    """What is said of a connection with this certificate, of which so many bytes were captured."""
    ends = Endpoint("192.168.1.10", 50_000), Endpoint("192.0.2.25", 465)
    first, second = FrameRef(0, 1), FrameRef(0, 2)
    consumer = SmtpConsumer(Stream(*ends, first_ns=0, last_ns=2, first=first, last=second, syn=first))
    consumer.data("orig", client_hello("relay.example"), first, 1, 0)
    consumer.data("resp", record(der)[:upto], second, 2, 0)
    told = consumer.close()
    assert told is not None
    return told


@pytest.mark.parametrize("more", [0, 1, 50])
def test_names_of_a_certificate_beyond_those_that_are_kept_are_counted(more: int) -> None:
    others = [f"{n}.relay.example" for n in range(MOST_NAMES - 1 + more)]
    told = dialogue(certificate(others=others))
    assert told.tls_certificate == ("relay.example", *others[: MOST_NAMES - 1])
    assert [(frame, why.id, dict(why.args)) for frame, why in told.oddities] == (
        [(FrameRef(0, 2), "odd-certificate", {"number": more})] if more else []
    )


def test_a_certificate_longer_than_is_read_is_told() -> None:
    """One that was not captured whole is not: what is missing of a connection is told elsewhere."""
    der = certificate(others=[f"{n}.relay.example" for n in range(400)])
    assert len(der) > HANDSHAKE
    told = dialogue(der)
    assert told.tls_certificate == ()
    assert [(frame, why.id) for frame, why in told.oddities] == [(FrameRef(0, 2), "odd-certificate-long")]
    assert dialogue(der, upto=HANDSHAKE - 1).oddities == []
