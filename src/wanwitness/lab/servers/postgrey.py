"""postgrey: whom the greylisting mail server asks."""

from __future__ import annotations

import pwd
import shutil
from functools import partial

from wanwitness.lab import state
from wanwitness.lab.errors import LabError
from wanwitness.lab.programs import path_of

from .process import ServerProcess, port_open, start

PORT = 10023
DELAY_S = 1


def start_postgrey(namespace: str) -> ServerProcess:
    """Start it in a namespace; a client it does not know is deferred for a second."""
    try:
        pwd.getpwnam("postgrey")
    except KeyError:
        raise LabError("there is no user postgrey: its Debian package was not set up (dpkg --configure -a)") from None
    folder = state.folder(namespace, "postgrey")
    shutil.chown(folder, "postgrey", "nogroup")
    command = [
        path_of("postgrey"),
        f"--inet=127.0.0.1:{PORT}",
        f"--dbdir={folder}",
        f"--delay={DELAY_S}",
        "--auto-whitelist-clients=0",
        "--user=postgrey",
        "--group=nogroup",
    ]
    return start(
        f"postgrey of {namespace}", namespace, command, folder / "log", partial(port_open, namespace, "127.0.0.1", PORT)
    )
