"""What else a client does with its provider: it fetches mail by POP3, it visits the webmail."""

from __future__ import annotations

import socket
import ssl

from wanwitness.lab.servers.dovecot import PASSWORD, USER

from .errors import LabError
from .stage import LabHost

PATIENCE_S = 10.0


def fetch(client: LabHost, server: str, *, over: str) -> list[str]:
    """Log in by POP3, take every message and delete it there.

    Raises:
        LabError: the server refused.
    """
    with _connect(client, server, 110, over) as connected, connected.makefile("rwb") as lines:

        def say(command: str | None) -> str:
            if command is not None:
                lines.write(command.encode() + b"\r\n")
                lines.flush()
            line = lines.readline().decode("utf-8", "replace").rstrip()
            if not line.startswith("+OK"):
                raise LabError(f"POP3 at {server}: {line}")
            return line

        for command in (None, f"USER {USER}", f"PASS {PASSWORD}"):
            say(command)
        messages = []
        for number in range(1, int(say("STAT").split()[1]) + 1):
            say(f"RETR {number}")
            text = []
            while (line := lines.readline()) not in (b".\r\n", b""):
                text.append(line.decode("utf-8", "replace"))
            messages.append("".join(text))
            say(f"DELE {number}")
        say("QUIT")
    return messages


def visit(client: LabHost, server: str, name: str, *, over: str) -> None:
    """Open the webmail's first page by TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        _connect(client, server, 443, over) as connected,
        context.wrap_socket(connected, server_hostname=name) as private,
    ):
        private.sendall(f"GET / HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
        while private.recv(65536):
            pass


def _connect(client: LabHost, server: str, port: int, over: str) -> socket.socket:
    connected = client.socket((client.ip, client.stage.ports.over(client.ip, over)))
    connected.settimeout(PATIENCE_S)
    connected.connect((server, port))
    return connected
