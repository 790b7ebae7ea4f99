"""A Dask cluster on this machine, encrypted with certificates of its own, as the README has one set up."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from json import loads
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Cluster:
    """Its processes, and how it is reached."""

    address: str
    ca: Path
    cert: Path
    key: Path
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def options(self) -> list[str]:
        """What the command line takes."""
        files = "--tls-ca", str(self.ca), "--tls-cert", str(self.cert), "--tls-key", str(self.key)
        return ["--scheduler", self.address, *files]


@contextmanager
def running(folder: Path, workers: int = 2, environment: dict[str, str] | None = None) -> Iterator[Cluster]:
    """Start a scheduler and workers; they end with the block."""
    ca, cert, key = certificates(folder)
    tls = ["--tls-ca-file", str(ca), "--tls-cert", str(cert), "--tls-key", str(key)]
    told = folder / "scheduler.json"
    run, host = [sys.executable, "-m", "dask"], ["--host", "127.0.0.1", "--no-dashboard"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(
        [*run, "scheduler", *tls, *host, "--protocol", "tls", "--port", "0", "--scheduler-file", str(told)],
        **quiet,  # type: ignore[call-overload]
    )
    made = Cluster("", ca, cert, key, scheduler)
    try:
        made.address = loads(_waited_for(told))["address"]
        made.workers += [
            subprocess.Popen(
                [*run, "worker", made.address, *tls, *host, "--nthreads", "1", "--death-timeout", "20"],
                cwd=folder,
                env=environment,
                **quiet,  # type: ignore[call-overload]
            )
            for n in range(workers)
        ]
        _wait_for_workers(made, workers)
        yield made
    finally:
        for process in (*made.workers, scheduler):
            process.terminate()
        for process in (*made.workers, scheduler):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _waited_for(path: Path) -> str:
    for _ in range(600):
        if path.exists() and (text := path.read_text()):
            return text
        time.sleep(0.1)
    raise TimeoutError(f"{path} never came")


def _wait_for_workers(cluster: Cluster, workers: int) -> None:
    from distributed import Client
    from distributed.security import Security

    files = {"tls_ca_file": str(cluster.ca), "tls_client_cert": str(cluster.cert), "tls_client_key": str(cluster.key)}
    with Client(cluster.address, security=Security(**files, require_encryption=True), set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=60)


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Make an authority and one certificate by it, for all sides; return the authority's, the own and its key."""
    folder.mkdir(parents=True, exist_ok=True)
    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("authority", root, "authority", root)
    own = _certificate("fleet", leaf, "authority", root)
    paths = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    pem = serialization.Encoding.PEM
    paths[0].write_bytes(authority.public_bytes(pem))
    paths[1].write_bytes(own.public_bytes(pem))
    paths[2].write_bytes(leaf.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return paths


def _certificate(
    subject: str, of: ec.EllipticCurvePrivateKey, issuer: str, by: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(of.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=subject == issuer, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(of.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        .sign(by, hashes.SHA256())
    )
