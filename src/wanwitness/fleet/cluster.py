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

from wanwitness.model import Sentence

from .engine import FleetEngine
from .wrong import WRONG, wrong

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
            raise wrong("scheduler-silent", address=address, why=_first_line(error)) from None
        try:
            _check(client, address, paths)
            yield FleetEngine(client.get_executor(pure=False), lost=lambda: _gone(client, address))
        finally:
            with suppress(Exception):
                client.close(timeout=1)


def _gone(client: Client, address: str) -> Sentence | None:
    return None if client.status == "running" else WRONG("scheduler-gone", address=address)


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
        raise wrong("scheduler-workers-silent", address=address, why=_first_line(error)) from None
    if not answers:
        raise wrong("scheduler-no-workers", address=address)
    own = version("wanwitness")
    for worker, (found, missing) in sorted(answers.items()):
        if found is None:
            raise wrong("worker-without", worker=worker, version=own)
        if found != own:
            raise wrong("worker-other-version", worker=worker, found=found, version=own)
        if missing:
            if len(missing) == 1:
                raise wrong("worker-blind", worker=worker, folder=missing[0])
            raise wrong("worker-blind-more", worker=worker, folder=missing[0], more=len(missing) - 1)


def _safe(address: str, certificates: Certificates | None) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("tls", "tcp") or not parts.hostname:
        raise wrong("scheduler-form", address=address)
    if parts.scheme == "tls" and certificates is None:
        raise wrong("scheduler-certificates", address=address)
    if parts.scheme == "tcp" and not _loopback(parts.hostname):
        raise wrong("scheduler-unsafe", address=address)


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
            raise wrong("tls-no-file", option=option, file=file)
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
        raise wrong("needs-dask", command=EXTRA) from None


def _quiet() -> None:
    """Keep Dask's own log off the terminal, also while the process ends: we say ourselves what went wrong."""
    import logging

    for name in ("distributed", "tornado", "asyncio", *logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
