"""The names in a server's certificate, where it is shown in the clear: up to TLS 1.2 (RFC 5246 section 7.4.2)."""

from __future__ import annotations

from .handshake import handshake_messages

_CERTIFICATE = 11
_HEADER = 10
"""Type and length of the message (4), length of the list (3), length of the first certificate (3)."""
MOST_NAMES = 8
"""Names kept of a certificate: those of large providers list a hundred."""


def certificate_names(data: bytes) -> tuple[str, ...]:
    """Return the names that a server's certificate is for, without repeats; none where it is not there, or not whole.

    Args:
        data: the server's side of a connection from its first TLS record on.
    """
    for message in handshake_messages(data):
        if message[0] == _CERTIFICATE:
            size = int.from_bytes(message[7:_HEADER])
            certificate = message[_HEADER : _HEADER + size]
            return _names(certificate) if size and len(certificate) == size else ()
    return ()


def _names(certificate: bytes) -> tuple[str, ...]:
    from cryptography.x509 import DNSName, ExtensionNotFound, SubjectAlternativeName, load_der_x509_certificate
    from cryptography.x509.oid import NameOID

    try:
        read = load_der_x509_certificate(certificate)
        common = [str(name.value) for name in read.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        try:
            other = read.extensions.get_extension_for_class(SubjectAlternativeName).value.get_values_for_type(DNSName)
        except ExtensionNotFound:
            other = []
    except ValueError:  # it is none, or a broken one
        return ()
    return tuple(dict.fromkeys((*common, *other)))[:MOST_NAMES]
