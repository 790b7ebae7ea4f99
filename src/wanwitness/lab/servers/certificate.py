"""The one certificate that every TLS server of the lab shows."""

from __future__ import annotations

from pathlib import Path

from wanwitness.lab import namespaces, state
from wanwitness.lab.programs import path_of


def make_certificate() -> tuple[Path, Path]:
    """Make a self-signed certificate; return it and its key."""
    folder = state.folder("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=mail.example"
    namespaces.execute([path_of("openssl"), *words.split(), "-out", str(certificate), "-keyout", str(key)])
    return certificate, key
