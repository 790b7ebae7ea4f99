"""What the running lab left on the machine, written down where `down` finds it also after a kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from . import namespaces
from .errors import LabError
from .programs import SEARCH

FOLDER = Path("/run/wanwitness-lab")
"""Not below $XDG_RUNTIME_DIR: postfix and dovecot drop root, and must reach it all the same."""
PATIENCE_S = 3.0
"""How long a process may take to end by itself."""


def folder(*parts: str) -> Path:
    """Return a folder of the lab's state, made if it is not there."""
    path = FOLDER.joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


def is_up() -> bool:
    """Whether a lab stands."""
    return bool(namespaces.existing()) or FOLDER.exists()


def is_whole() -> bool:
    """Whether a lab stands that was brought up to its end."""
    return (FOLDER / "up").exists()


def begin() -> None:
    """Make the state folder.

    Raises:
        LabError: a lab is up already.
    """
    if is_up():
        raise LabError("a lab is up already: use it with `wanwitness lab run`, or end it with `wanwitness lab down`")
    try:
        FOLDER.mkdir(mode=0o755)
    except OSError as error:
        raise LabError(f"{FOLDER}: cannot be made ({error.strerror})") from None
    folder("pids")


def finished() -> None:
    """Say that the lab is up."""
    (FOLDER / "up").touch()


def note_process(pid: int, what: str) -> None:
    """Write down a process that `down` has to end."""
    (folder("pids") / str(pid)).write_text(f"{what}\n{_birth(pid)}\n")


def forget_process(pid: int) -> None:
    """Strike out a process that has ended."""
    (FOLDER / "pids" / str(pid)).unlink(missing_ok=True)


def is_captured() -> bool:
    """Whether a run is under way, or was killed: what it captures with is still there."""
    return any((FOLDER / "pids" / str(pid)).read_text().startswith("tcpdump") for pid in _noted())


def note_mount(path: Path) -> None:
    """Write down a mount that `down` has to undo."""
    with (FOLDER / "mounts").open("a") as file:
        file.write(f"{path}\n")


def clean() -> None:
    """End every process, namespace and mount of the lab and remove its files; nothing to do is fine too."""
    _end(_noted() | _living())
    for name in namespaces.existing():
        with suppress(OSError, LabError):
            namespaces.execute(["ip", "netns", "delete", name])
    with suppress(OSError):
        for line in (FOLDER / "mounts").read_text().split("\n"):
            if line:
                subprocess.run(["umount", "-l", line], check=False, capture_output=True)  # noqa: S603, S607
    shutil.rmtree(FOLDER, ignore_errors=True)
    if is_up():
        raise LabError(f"could not remove all of the lab: {', '.join(namespaces.existing()) or FOLDER} is left")


def _noted() -> set[int]:
    """The processes written down that still are what they were."""
    found = set()
    for path in (FOLDER / "pids").glob("*"):
        with suppress(OSError, ValueError, IndexError):
            if _birth(int(path.name)) == path.read_text().split("\n")[1]:
                found.add(int(path.name))
    return found


def _living() -> set[int]:
    """All processes in the lab's namespaces: children that no one wrote down are among them."""
    found: set[int] = set()
    for name in namespaces.existing():
        told = subprocess.run(  # noqa: S603
            ["ip", "netns", "pids", name],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": SEARCH},
        )
        found.update(int(word) for word in told.stdout.split())
    return found - {os.getpid()}


def _birth(pid: int) -> str:
    """When a process began, in the kernel's ticks: with its number, that names it for good."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "gone"


def _end(pids: Iterable[int]) -> None:
    left = set(pids)
    for sign, patience in ((signal.SIGTERM, PATIENCE_S), (signal.SIGKILL, PATIENCE_S)):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, sign)
        deadline = time.monotonic() + patience
        while left and time.monotonic() < deadline:
            left = {pid for pid in left | (_living() if sign == signal.SIGKILL else set()) if _lives(pid)}
            time.sleep(0.02)


def _lives(pid: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
