"""What a user asked of a live run and cannot have, as sentences."""

from __future__ import annotations

from functools import partial

from wanwitness.language import Catalogue
from wanwitness.wrong_use import wrong_in

WRONG = Catalogue(
    "cli",
    {
        # What is captured, and by what.
        "live-nothing": "nothing to capture: name interfaces with --lan, --wan LINK=IFACE or --mirror",
        "live-no-length": "{option} {text}: this is no length of time; write 30m, 12h, 7d or 4w",
        "live-no-size": "{option} {text}: this is no size; write 500M, 5G or 1T",
        "live-which-link": "--wan {text}: which link is this interface? Say --wan LINK={interface}",
        "live-named-twice": "{name} is named twice; a mirror port of several sides is --mirror",
        "live-no-program": (
            "neither dumpcap (Debian: wireshark-common) nor tcpdump is installed; one of them captures for wanwitness "
            "live"
        ),
        "live-pipes-need-dumpcap": "pipes are read by dumpcap (Debian: wireshark-common), which is not installed",
        "live-pipe-unread": "{name}: cannot be read ({why})",
        "live-no-pipe": "{name} is no pipe; wanwitness analyze reads files",
        "live-no-interface": "there is no interface {interface} here; there are {known}",
        "live-interface-down": ("{interface} is down, or has no link: ip link set {interface} up, or plug it in"),
        "live-not-permitted": "no permission to capture ({why}): {command}, or run this with sudo",
        "live-not-begun": "cannot capture: {why}",
        "live-program-silent": "the capturing program did not begin to write",
        # Where it is written.
        "live-out-in-use": "--out {folder}: another live run writes there; stop that, or name another folder",
        "live-out-unusable": "--out {folder}: cannot be used ({why}); name another folder",
        # The site file.
        "live-mirror-untold": (
            "--mirror {interface}: {site} has no [[capture]] entries that tell its capture points apart; each needs "
            "role, link, and vlan, mac or addresses (capture a minute, and wanwitness site FILE prints them)"
        ),
        "live-mirror-no-site": (
            "--mirror {interface}: without a site file there are no [[capture]] entries that tell its capture points "
            "apart; each needs role, link, and vlan, mac or addresses (capture a minute, and wanwitness site FILE "
            "prints them)"
        ),
        "live-no-link": "--wan {link}={interface}: {site} has no such link, but {links:comma}",
        # The page.
        "web-form": "--web {address}: write ADDRESS:PORT, such as 127.0.0.1:8530",
        "web-not-ours": "--web {address}: {host} is no address of this machine",
        "web-port": "--web {address}: {why}; name another port",
        "web-needs": "--web needs what pip install 'wanwitness[live]' installs",
        # Alerts.
        "alert-words": "--alert {text}: {why}",
        "alert-no-command": "--alert {text}: there is no such command",
        "alert-web-form": "--alert {text}: write {scheme}://HOST/PATH",
        "alert-form": ("--alert {text}: write run:COMMAND, https://…, syslog, syslog:HOST or mailto:ADDRESS"),
        "alert-no-place": "--alert {text}: {where} is no HOST:PORT",
        "alert-too-slow": "--alert {target}: too slow, a message was left out",
        "alert-no-shell": (
            "--alert {text}: no shell runs this, so that {sign} means nothing in it; name a script, or run:sh -c '...'"
        ),
        "alert-unsent": (
            "--alert {target}: {n} message could not be sent: {why}",
            "--alert {target}: {n} messages could not be sent: {why}",
        ),
        "alert-unended": "the command did not end within {length:duration}",
        "alert-failed": "the command ended with status {status:d}",
        "alert-failed-of": "the command ended with status {status:d}: {last}",
    },
)

wrong = partial(wrong_in, WRONG)
"""Make the error that tells a user so."""
