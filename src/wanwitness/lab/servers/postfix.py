"""postfix: one instance a namespace, with a listener for each mail server that is to be played there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from wanwitness.lab import state
from wanwitness.lab.programs import path_of

from .process import ServerProcess, port_open, start

LIBEXEC = Path("/usr/lib/postfix/sbin")
POP_FIRST = "553 5.7.1 First check your mail: POP before SMTP"
POP_OPENS_S = 2
"""How long a POP log-in opens the relay of the hosting provider, in seconds."""
REFUSAL = "530 5.7.0 Authentication required"
MAIL_USER = 8
"""Debian's user and group `mail`, who own the mailboxes."""

_INTERNAL = """\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
POLICY = "pop-first unix - n n - 0 spawn user=nobody argv=/bin/sh {} {}\n"


@dataclass(frozen=True, slots=True)
class Listener:
    """One mail server: an address, a port, and how it differs from the instance's main.cf."""

    name: str
    """Its place in the log, as `NAME/smtpd`."""
    address: str
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)


def open_to(networks: Sequence[str]) -> dict[str, str]:
    """Return the settings of a relay that takes mail from these networks and from whoever authenticates."""
    return {"mynetworks": ",".join(networks) or "127.0.0.0/8"}


def main_cf(folder: str, hostname: str, certificate: Path, key: Path, more: Mapping[str, str]) -> str:
    """Return main.cf: a relay that refuses with 530 whom it does not know, and throws away what it takes."""
    settings = {
        "compatibility_level": "3.6",
        "queue_directory": f"{folder}/queue",
        "data_directory": f"{folder}/data",
        "daemon_directory": str(LIBEXEC),
        "maillog_file": f"{folder}/log",
        "maillog_file_prefixes": folder,
        "myhostname": hostname,
        "mydestination": "",
        "local_recipient_maps": "",
        "alias_maps": "",
        "mynetworks": "127.0.0.0/8",
        "inet_protocols": "all",
        "smtp_dns_support_level": "disabled",
        "smtpd_peername_lookup": "no",
        "smtpd_client_port_logging": "yes",
        "smtpd_delay_reject": "no",
        "smtpd_tls_cert_file": str(certificate),
        "smtpd_tls_key_file": str(key),
        "smtpd_sender_restrictions": "permit_mynetworks,permit_sasl_authenticated,"
        f"check_client_access static:{{{REFUSAL}}}",
        "smtpd_relay_restrictions": "permit_mynetworks,permit_sasl_authenticated,reject_unauth_destination",
        "smtpd_sasl_type": "dovecot",
        "smtpd_sasl_tls_security_options": "noanonymous",
        "default_transport": "discard:",
        "relay_transport": "discard:",
        "default_process_limit": "200",
        "smtpd_client_connection_count_limit": "0",
        "smtp_skip_5xx_greeting": "no",
        "notify_classes": "",
    }
    return "".join(f"{key} = {value}\n" for key, value in {**settings, **more}.items())


def master_cf(listeners: Sequence[Listener]) -> str:
    """Return master.cf: postfix's own services and the listeners."""
    lines = []
    for listener in listeners:
        address = f"[{listener.address}]" if ":" in listener.address else listener.address
        lines.append(f"{address}:{listener.port} inet n - n - - smtpd")
        settings = {"syslog_name": listener.name, **listener.settings}
        lines += [f"  -o {{ {key} = {value} }}" for key, value in settings.items()]
    return "\n".join(lines) + "\n" + _INTERNAL


def pop_before_smtp(folder: Path) -> Path:
    """Write the policy by which whoever just logged in by POP3 may send, as some hosting providers have it."""
    script = folder / "pop-before-smtp"
    script.write_text(
        f"""\
while read -r line; do
    case "$line" in
    client_address=*) address="${{line#client_address=}}" ;;
    "")
        if awk -v now="$(date +%s)" -v who="rip=$address," \\
            '/ Login: / && now - $1 <= {POP_OPENS_S} && index($0, who) {{ found = 1 }} END {{ exit !found }}' "$1"
        then printf 'action=OK\\n\\n'
        else printf 'action={POP_FIRST}\\n\\n'
        fi ;;
    esac
done
"""
    )
    return script


def start_postfix(
    namespace: str,
    listeners: Sequence[Listener],
    certificate: Path,
    key: Path,
    more: Mapping[str, str],
    pop_log: str | None = None,
) -> ServerProcess:
    """Start an instance in a namespace; with a POP3 server's log it has the service `private/pop-first`."""
    folder = state.folder(namespace, "postfix")
    (folder / "main.cf").write_text(main_cf(str(folder), f"mail.{namespace}.example", certificate, key, more))
    policy = pop_before_smtp(folder) if pop_log else None
    (folder / "master.cf").write_text(master_cf(listeners) + (POLICY.format(policy, pop_log) if policy else ""))
    state.folder(namespace, "postfix", "queue")
    command: list[str | Path] = [path_of("postfix"), "-c", folder, "start-fg"]

    def serves() -> bool:
        return all(port_open(namespace, listener.address, listener.port) for listener in listeners)

    return start(f"postfix of {namespace}", namespace, command, folder / "out", partial(serves))
