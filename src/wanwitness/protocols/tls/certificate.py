"""The names in a server's certificate, where it is shown in the clear: up to TLS 1.2 (RFC 5246 section 7.4.2)."""

from __future__ import annotations

import warnings

from wanwitness.model import printable

from .handshake import handshake_messages

_CERTIFICATE = 11
_HEADER = 10
"""Type and length of the message (4), length of the list (3), length of the first certificate (3)."""
LONGEST_NAME = 253
"""Characters (RFC 1035 section 2.3.4)."""


def certificate_names(data: bytes) -> tuple[str, ...] | None:
    """Return the names that a server's certificate is for, without repeats; none where it is not there, None where it
    is not whole.

    Args:
        data: the server's side of a connection from its first TLS record on.
    """
    for message in handshake_messages(data):
        if message[0] == _CERTIFICATE:
            size = int.from_bytes(message[7:_HEADER])
            certificate = message[_HEADER : _HEADER + size]
            if len(message) < _HEADER or len(certificate) < size:
                return None
            return _names(certificate) if size else ()
    return ()


def _names(certificate: bytes) -> tuple[str, ...]:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    broken = x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, UnsupportedAlgorithm
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what RFC 5280 forbids: strangers' certificates are as they are
            read = x509.load_der_x509_certificate(certificate)
            common = [str(name.value) for name in read.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
            try:
                alternative = read.extensions.get_extension_for_class(x509.SubjectAlternativeName)
                other = alternative.value.get_values_for_type(x509.DNSName)
            except x509.ExtensionNotFound:
                other = []
    except (ValueError, TypeError, *broken):  # it is none, or a broken one
        return ()
    return tuple(dict.fromkeys(printable(name, LONGEST_NAME) for name in (*common, *other)))
