"""dovecot: a provider's POP3 server, and whom its postfix asks about passwords."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from wanwitness.lab import state
from wanwitness.lab.programs import path_of

from .postfix import MAIL_USER
from .process import ServerProcess, port_open, start

USER, PASSWORD = "alice", "not-a-secret"


def configuration(folder: str, address: str) -> str:
    """Return dovecot.conf of a POP3 server at `address`."""
    return f"""\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
log_timestamp = "%s "
protocols = pop3
listen = {address}
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%n
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%n {folder}/users
}}
userdb {{
  driver = static
  args = uid={MAIL_USER} gid={MAIL_USER} home={folder}/mail/%n
}}
service pop3-login {{
  chroot =
  inet_listener pop3s {{
    port = 0
  }}
}}
service auth {{
  unix_listener auth-postfix {{
    mode = 0666
  }}
}}
"""


def auth_socket(namespace: str) -> str:
    """Return the socket at which postfix asks about passwords."""
    return str(state.FOLDER / namespace / "dovecot" / "run" / "auth-postfix")


def mailboxes(namespace: str) -> str:
    """Return the folder of the provider's mailboxes."""
    return str(state.FOLDER / namespace / "dovecot" / "mail")


def log(namespace: str) -> str:
    """Return the log of the provider's POP3 server."""
    return str(state.FOLDER / namespace / "dovecot" / "log")


def start_dovecot(namespace: str, address: str) -> ServerProcess:
    """Start the POP3 server in a provider's namespace."""
    folder = state.folder(namespace, "dovecot")
    os.chown(state.folder(namespace, "dovecot", "mail"), MAIL_USER, MAIL_USER)
    # Who may send after a log-in is read from the log, and not by root.
    (folder / "log").touch(mode=0o644)
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
    conf = folder / "dovecot.conf"
    conf.write_text(configuration(str(folder), address))
    command: list[str | Path] = [path_of("dovecot"), "-F", "-c", conf]
    return start(
        f"dovecot of {namespace}", namespace, command, folder / "log", partial(port_open, namespace, address, 110)
    )
