"""Where tasks run: this process, workers on this machine, or a cluster; each is a `concurrent.futures` executor.

Dask is loaded only where one of the latter two is asked for. Its connections run whatever code they are sent, so they
are encrypted and need a certificate, on this machine too: the certificates of a local cluster live as long as it does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from wanwitness.errors import UsageError

if TYPE_CHECKING:
    from distributed import Client
    from distributed.security import Security

P = ParamSpec("P")
T = TypeVar("T")
EXTRA = "pip install 'wanwitness[fleet]'"
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_LEAST_MEMORY = 256 << 20
"""Bytes of a worker: with less Dask's own do not fit."""
_START_S = 30
"""Until the workers of this machine, or the scheduler, must have answered."""


class EngineLostError(Exception):
    """There is nobody to run tasks any more."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """The files of TLS, in PEM: the authority's, this side's own and its key."""

    authority: str
    own: str
    key: str


class Here(Executor):
    """The executor that is this process: one task after the other."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run the call at once; what it raises is the future's."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass(frozen=True)
class FleetEngine:
    """An executor, and what is known of it."""

    executor: Executor
    lost: Callable[[], str | None] = lambda: None
    """Says what is gone, where nothing will run any more."""
    memory: int | None = None
    """Bytes that each worker may take."""


@contextmanager
def local(workers: int, memory: int | None = None) -> Iterator[FleetEngine]:
    """Give an engine of so many processes on this machine; with one, and no limit of memory, it is this process.

    Args:
        workers: how many tasks run at once.
        memory: bytes that each may take; else an equal share of what this machine has.

    Raises:
        UsageError: Dask is not installed, or its workers do not start.
    """
    if workers == 1 and memory is None:
        yield FleetEngine(Here())
        return
    _need_dask()
    import dask
    from distributed import Client, LocalCluster
    from distributed.security import Security

    settings = {
        "distributed.scheduler.allowed-failures": 1,  # a task that ended two workers would end the next one too
        "distributed.scheduler.worker-saturation": 1.0,  # nobody waits at a worker, and is blamed for its end
        "distributed.worker.daemon": True,  # they end with this process
        "distributed.admin.system-monitor.gil.enabled": False,
        "distributed.scheduler.http.routes": [],  # its web server cannot be left out, but serves nothing
        "distributed.worker.http.routes": [],
    }
    _quiet()
    with dask.config.set(settings):
        try:
            security = Security.temporary()
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                memory_limit=memory if memory is not None else "auto",
                security=security,
                protocol="tls://",
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                silence_logs=50,
            )
            client = Client(cluster, timeout=_START_S)
        except (OSError, TimeoutError, RuntimeError) as error:
            raise UsageError(f"the workers did not start: {error}; try --workers 1") from None
        nannies = list(cluster.workers.values())
        ended = False
        try:
            yield FleetEngine(client.get_executor(pure=False), lambda: None, memory)
            ended = True
        finally:
            if not ended:
                _kill(nannies)  # a running task is not cancelled
            with suppress(Exception):
                client.close(timeout=1)
            with suppress(Exception):
                cluster.close(timeout=5 if ended else 1)


def _kill(nannies: Sequence[Any]) -> None:
    """End the workers' processes now, whatever they do."""
    for nanny in nannies:
        with suppress(Exception):
            nanny.process.process.kill()


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
            client = Client(address, security=_security(certificates), timeout=_START_S / 3, set_as_default=False)
        except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
            raise UsageError(
                f"--scheduler {address}: no scheduler answers there ({_first_line(error)}); start one with dask "
                "scheduler, and see that address and certificates are its own"
            ) from None
        try:
            _check(client, address, paths)
            yield FleetEngine(client.get_executor(pure=False), lambda: _gone(client, address))
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


def bytes_of(text: str) -> int:
    """Read an amount of memory such as `1GiB`, `800M` or a number of bytes; letters count in powers of 1,024.

    Raises:
        UsageError: it is none, or less than a worker needs.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if found is None:
        raise UsageError(f"--memory {text}: write a number and a unit, such as 2GiB")
    amount = int(float(found[1]) * _UNITS[found[2].upper()])
    if amount < _LEAST_MEMORY:
        raise UsageError(f"--memory {text}: a worker needs {_LEAST_MEMORY >> 20} MiB for itself")
    return amount


def _need_dask() -> None:
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise UsageError(f"several workers need Dask: {EXTRA}; or --workers 1, which does without") from None


def _quiet() -> None:
    """Keep Dask's own log off the terminal, also while the process ends: we say ourselves what went wrong."""
    import logging

    for name in ("distributed", "tornado", "asyncio", *logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def killed(error: BaseException) -> bool:
    """Whether a task's worker was ended by something else than the task's own error."""
    return type(error).__name__ == "KilledWorker"


def cancelled(error: BaseException) -> bool:
    """Whether a task will not run any more since its engine is gone."""
    return type(error).__name__ in ("CancelledError", "FutureCancelledError", "CommClosedError", "TimeoutError")
