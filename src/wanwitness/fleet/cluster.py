"""A Dask cluster's workers, where they can do the work.

Dask is loaded only where a scheduler is named. Its connections run whatever code they are sent, so that beyond this
machine they are encrypted and need certificates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wanwitness.errors import UsageError

from .engine import FleetEngine

if TYPE_CHECKING:
    from distributed import Client
    from distributed.security import Security

EXTRA = "pip install 'wanwitness[fleet]'"
_ANSWER_S = 10
"""Until the scheduler must have answered."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """The files of TLS, in PEM: the authority's, this side's own and its key."""

    authority: str
    own: str
    key: str


@contextmanager
def cluster(address: str, certificates: Certificates | None, paths: Sequence[str]) -> Iterator[FleetEngine]:
    """Give an engine of a scheduler's workers, once it is sure that they can do the work.

    Args:
        address: the scheduler's, `tls://HOST:PORT`; `tcp://` only on this machine.
        certificates: what TLS needs.
        paths: folders that every worker must see.

    Raises:
        UsageError: Dask is not installed, the scheduler does not answer or has no workers, the address is not safe, a
            worker has another version or does not see a folder.
    """
    _safe(address, certificates)
    _need_dask()
    import dask
    from distributed import Client

    settings = {"distributed.client.heartbeat": "2s"}
    _quiet()
    with dask.config.set(settings):
        try:
            client = Client(address, security=_security(certificates), timeout=_ANSWER_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
            raise UsageError(
                f"--scheduler {address}: no scheduler answers there ({_first_line(error)}); start one with dask "
                "scheduler, and see that address and certificates are its own"
            ) from None
        try:
            _check(client, address, paths)
            yield FleetEngine(client.get_executor(pure=False), lost=lambda: _gone(client, address))
        finally:
            with suppress(Exception):
                client.close(timeout=1)


def _gone(client: Client, address: str) -> str | None:
    return None if client.status == "running" else f"the scheduler {address} is gone"


def _check(client: Client, address: str, paths: Sequence[str]) -> None:
    """Ask each worker for its version, and for folders that it does not see."""

    def look(folders: Sequence[str]) -> tuple[str | None, list[str]]:  # made here, it is sent whole, not by its name
        import importlib.metadata
        import importlib.util
        import pathlib

        found: str | None = None
        try:
            found = importlib.metadata.version("wanwitness")
            if importlib.util.find_spec("wanwitness.fleet") is None:  # a task that it cannot read would wait for ever
                found = None
        except importlib.metadata.PackageNotFoundError:
            pass
        return found, [folder for folder in folders if not pathlib.Path(folder).is_dir()]

    try:
        answers: dict[str, tuple[str | None, list[str]]] = client.run(look, list(paths))
    except Exception as error:
        raise UsageError(f"--scheduler {address}: its workers do not answer ({_first_line(error)})") from None
    if not answers:
        raise UsageError(f"--scheduler {address}: it has no workers; start some with dask worker {address}")
    own = version("wanwitness")
    for worker, (found, missing) in sorted(answers.items()):
        if found is None:
            raise UsageError(f"worker {worker} has no wanwitness that knows of fleets; install {own} there")
        if found != own:
            raise UsageError(f"worker {worker} has wanwitness {found}, and here is {own}; install one version")
        if missing:
            more = f" and {len(missing) - 1} other folders" if len(missing) > 1 else ""
            raise UsageError(
                f"worker {worker} does not see {missing[0]}{more}; the captures and --out must lie on storage that "
                "all workers have under the same name"
            )


def _safe(address: str, certificates: Certificates | None) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("tls", "tcp") or not parts.hostname:
        raise UsageError(f"--scheduler {address}: write tls://HOST:PORT")
    if parts.scheme == "tls" and certificates is None:
        raise UsageError(f"--scheduler {address}: tls:// needs --tls-ca, --tls-cert and --tls-key")
    if parts.scheme == "tcp" and not _loopback(parts.hostname):
        raise UsageError(
            f"--scheduler {address}: whoever reaches a tcp:// scheduler runs any code on its workers; beyond this "
            "machine use tls:// with certificates"
        )


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _security(certificates: Certificates | None) -> Security | None:
    if certificates is None:
        return None
    from distributed.security import Security

    for option, file in (("ca", certificates.authority), ("cert", certificates.own), ("key", certificates.key)):
        if not Path(file).is_file():
            raise UsageError(f"--tls-{option} {file}: there is no such file")
    return Security(
        tls_ca_file=certificates.authority,
        tls_client_cert=certificates.own,
        tls_client_key=certificates.key,
        require_encryption=True,
    )


def _need_dask() -> None:
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise UsageError(f"a scheduler's workers need Dask: {EXTRA}; those of this machine do not") from None


def _quiet() -> None:
    """Keep Dask's own log off the terminal, also while the process ends: we say ourselves what went wrong."""
    import logging

    for name in ("distributed", "tornado", "asyncio", *logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
