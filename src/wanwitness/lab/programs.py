"""The programs the lab drives, and the Debian packages that bring them."""

from __future__ import annotations

import os
import sys
from shutil import which

from .errors import LabError

PACKAGES = {
    "ip": "iproute2",
    "tc": "iproute2",
    "nft": "nftables",
    "conntrack": "conntrack",
    "tcpdump": "tcpdump",
    "unbound": "unbound",
    "dnsmasq": "dnsmasq-base",
    "udhcpc": "udhcpc",
    "postfix": "postfix",
    "dovecot": "dovecot-core",
    "/usr/lib/dovecot/pop3": "dovecot-pop3d",
    "postgrey": "postgrey",
    "openssl": "openssl",
}
"""Program, or file, and package."""

SEARCH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/bin", "/bin"))
"""Servers live in sbin, which a user's PATH often lacks."""


def path_of(program: str) -> str:
    """Return where a program is.

    Raises:
        LabError: it is not installed.
    """
    found = which(program, path=SEARCH)
    if found is None:
        raise LabError(f"missing program: {program} (Debian package {PACKAGES.get(program, program)})")
    return found


def missing() -> list[str]:
    """Return `program (Debian package …)` for all that is not installed."""
    return [
        f"{program} (Debian package {package})"
        for program, package in PACKAGES.items()
        if which(program, path=SEARCH) is None
    ]


def require() -> None:
    """Make sure that a lab can be built here.

    Raises:
        LabError: this is not Linux, not root, or a program is missing.
    """
    require_root()
    lacking = missing()
    if lacking:
        raise LabError(f"missing programs: {', '.join(lacking)}")


def require_root() -> None:
    """Make sure that this is Linux, and root.

    Raises:
        LabError: it is not.
    """
    if sys.platform != "linux":
        raise LabError("the lab needs Linux: it is made of network namespaces")
    if os.geteuid() != 0:
        raise LabError("the lab needs root: it makes network namespaces (sudo wanwitness lab …)")
