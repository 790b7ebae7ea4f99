"""A systemd unit that runs a live run as nobody, with the one capability that it needs."""

from __future__ import annotations

from collections.abc import Sequence

STATE = "/var/lib/wanwitness"
"""Where the unit keeps captures, journal and case: systemd's StateDirectory."""
_UNIT = """\
[Unit]
Description=wanwitness: why mail is refused behind a router with several Internet links
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={command}
# WANWITNESS_TOKEN=..., the token of --web, readable by root alone
EnvironmentFile=-/etc/default/wanwitness
Restart=on-failure
RestartSec=10
KillMode=mixed
TimeoutStopSec=15
DynamicUser=yes
StateDirectory=wanwitness
StateDirectoryMode=0700
UMask=0077
AmbientCapabilities=CAP_NET_RAW
CapabilityBoundingSet=CAP_NET_RAW
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


def unit(command: Sequence[str]) -> str:
    r"""Return the unit that runs a command line; what systemd would expand in it is doubled (systemd.service(5)).

    >>> unit(["/usr/bin/wanwitness", "live", "--wan", "50 % \"x\"=eth1"]).splitlines()[6]
    'ExecStart=/usr/bin/wanwitness live --wan "50 %% \\"x\\"=eth1"'
    """
    return _UNIT.format(command=" ".join(map(_quoted, command)))


def _quoted(word: str) -> str:
    word = word.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$").replace('"', '\\"')
    return word if word and not set(word) & set(" \t'\";\\") else f'"{word}"'
