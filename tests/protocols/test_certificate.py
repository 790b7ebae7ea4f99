"""The names in a server's certificate, which anybody may send."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from wanwitness.protocols.tls import certificate_names

KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(name: str = "relay.example", *numbers: str, others: Sequence[str] = ("a.example",)) -> bytes:
    """One for a name and alternative ones, with extensions of these numbers."""
    own = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(own).issuer_name(own).public_key(KEY.public_key()).serial_number(5)
    made = made.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2030, 1, 1, tzinfo=UTC))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in others]), critical=False)
    for number in numbers:
        made = made.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(number), b"x"), critical=False)
    return made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def record(der: bytes) -> bytes:
    """A server's first record that brings it."""
    listed = len(der).to_bytes(3) + der
    message = b"\x0b" + (len(listed) + 3).to_bytes(3) + len(listed).to_bytes(3) + listed
    return b"\x16\x03\x03" + len(message).to_bytes(2) + message


def names(der: bytes) -> tuple[str, ...] | None:
    return certificate_names(record(der))


def test_its_names_are_told_and_cannot_steer_a_terminal() -> None:
    assert names(certificate("relay\x1b[2J.example")) == ("relay\\x1b[2J.example", "a.example")


@pytest.mark.parametrize(
    ("valid", "broken"),
    [
        (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05"),  # a version that there is not
        (b"\x06\x03\x2a\x03\x05", b"\x06\x03\x2a\x03\x04"),  # an extension twice
        (b"\x82\x09a.example", b"\xa3\x09a.example"),  # an X.400 address
        (b"\x82\x09a.example", b"\x87\x09a.example"),  # no IP address
        (b"relay", b"\xff\xfe\xfd\xfc\xfb"),
    ],
)
def test_a_broken_one_has_none(valid: bytes, broken: bytes) -> None:
    """And is no error."""
    der = certificate("relay.example", "1.2.3.4", "1.2.3.5")
    assert valid in der
    assert names(der.replace(valid, broken)) == ()


def test_whatever_it_holds_nothing_is_raised_or_warned_of() -> None:
    """`cryptography` warns of much, and the tests take warnings for errors."""
    random, der = Random(1), certificate()
    for _ in range(5_000):
        changed = bytearray(der)
        for _ in range(random.randint(1, 4)):
            changed[random.randrange(len(der))] = random.randrange(256)
        names(bytes(changed))


def test_one_that_is_cut_is_not_whole_wherever_that_is() -> None:
    """Until its message has begun there is none."""
    whole = record(certificate())
    for size in range(len(whole)):
        assert certificate_names(whole[:size]) == (() if size < 9 else None)
