"""Who is told of a flag, once, and that nobody who hangs holds anything back."""

from __future__ import annotations

import json
import shlex
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from wanwitness.errors import UsageError
from wanwitness.language import Language
from wanwitness.live.alerts import Alerts, AlertTarget, target_of
from wanwitness.live.alerts.ledger import NAME
from wanwitness.live.alerts.message import Alert
from wanwitness.live.journal import moment

from .made_up import sessions

English = Language.of("en")


class Noted(AlertTarget):
    """Notes what it is told; may fail, or hang."""

    name = "noted"

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        self.sent: list[tuple[Alert, int]] = []
        self._before = before

    def send(self, message: Alert, more: int) -> None:
        self._before()
        self.sent.append((message, more))


@pytest.fixture(scope="module")
def flagged() -> list[dict[str, Any]]:
    return [row for row in sessions() if row["flagged"]]


def row(session: dict[str, Any], revision: int = 1, *, final: bool = True, **changes: Any) -> dict[str, Any]:
    return {
        "at": moment(datetime.now(UTC)),
        "session": {**session, **changes},
        "revision": revision,
        "final": final,
        "watermark": None,
    }


def waited(what: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if what():
            return
        time.sleep(0.02)
    raise TimeoutError


@contextmanager
def alerting(folder: Path, *targets: AlertTarget, together_s: float = 0.0) -> Iterator[tuple[Alerts, list[str]]]:
    said: list[str] = []
    folder.mkdir(exist_ok=True)
    made = Alerts(
        folder,
        targets,
        English,
        "Office",
        lambda what: said.append(English.say(what)),
        together_s=together_s,
        retries_s=(0.05, 0.05),
    )
    try:
        yield made, said
    finally:
        made.close()


def test_a_flag_is_told_once(tmp_path: Path, flagged: list[dict[str, Any]]) -> None:
    """Not while it is provisional; with links, reply and how to see more; a restart tells nothing again."""
    target = Noted()
    with alerting(tmp_path / "live", target) as (alerts, _):
        final = row(flagged[0], 2)
        alerts.tell(row(flagged[0], 1, final=False))
        alerts.tell(final)
        waited(lambda: bool(target.sent))
        alerts.tell(final)
    ((message, more),) = target.sent
    assert more == 0
    assert message.subject.startswith("Office: mail from ")
    for part in (flagged[0]["explanation"], "530 5.7.0", f"wanwitness explain {tmp_path / 'live'} {flagged[0]['id']}"):
        assert part in message.text
    with alerting(tmp_path / "live", target) as (alerts, _):
        alerts.replay([final])
        alerts.tell(row(flagged[1], 1))
        waited(lambda: len(target.sent) == 2)
    assert [one.key[0] for one, _ in target.sent] == [flagged[0]["id"], flagged[1]["id"]]


def test_what_is_written_before_a_kill_is_told_after_it(tmp_path: Path, flagged: list[dict[str, Any]]) -> None:
    """The row is on the disk, its alert was not sent; a torn line of the ledger counts for nothing."""
    target = Noted()
    with alerting(tmp_path / "live", target):
        pass
    lost = row(flagged[0])
    with (tmp_path / "live" / NAME).open("ab") as file:
        file.write(b'{"target": "noted", "id": "' + flagged[0]["id"].encode())
    with alerting(tmp_path / "live", target) as (alerts, _):
        alerts.replay([lost])
        waited(lambda: len(target.sent) == 1)


def test_nothing_older_than_the_first_start_is_told(tmp_path: Path, flagged: list[dict[str, Any]]) -> None:
    target = Noted()
    old = row(flagged[0])
    time.sleep(0.01)
    with alerting(tmp_path / "live", target) as (alerts, _):
        alerts.replay([old])
    assert not target.sent


def test_a_flag_that_is_withdrawn_is_told(tmp_path: Path, flagged: list[dict[str, Any]]) -> None:
    """Late evidence: whoever was told of the flag is told that it does not hold; others hear nothing of it."""
    target = Noted()
    with alerting(tmp_path / "live", target) as (alerts, _):
        alerts.tell(row(flagged[0], 1))
        alerts.tell(row(flagged[0], 2, flagged=False, verdict="undetermined"))
        alerts.tell(row(flagged[1], 1, flagged=False, verdict="consistent"))
        waited(lambda: len(target.sent) == 2)
        alerts.tell({"at": moment(datetime.now(UTC)), "withdrawn": flagged[0]["id"], "revision": 3, "why": "x"})
        waited(lambda: len(target.sent) == 3)
    assert [one.kind for one, _ in target.sent] == ["flagged", "withdrawn", "withdrawn"]


def test_what_is_alike_is_counted(tmp_path: Path, flagged: list[dict[str, Any]]) -> None:
    """The first at once, the others together in one message, each taken down."""
    target = Noted()
    alike = [{**flagged[0], "id": f"{n:012x}"} for n in range(20)]
    other = {**flagged[0], "transport_link": "other"}
    with alerting(tmp_path / "live", target, together_s=600) as (alerts, _):
        alerts.tell(row(alike[0]))
        waited(lambda: len(target.sent) == 1)
        for session in (*alike[1:], other):
            alerts.tell(row(session))
        waited(lambda: len(target.sent) == 2)
        assert target.sent[1][0].key[0] == other["id"]
    assert [more for _, more in target.sent] == [0, 0, 18]
    assert "18 further sessions alike" in target.sent[2][0].text
    assert len((tmp_path / "live" / NAME).read_text().splitlines()) == 1 + 21


def test_one_that_hangs_holds_nothing_back(tmp_path: Path, flagged: list[dict[str, Any]]) -> None:
    """Neither the run nor other targets; one that fails is tried again, and then it is said."""
    held, hanging, well = threading.Event(), Noted(), Noted()
    hanging._before = lambda: _wait(held)
    hanging.name = "hanging"
    failures = [OSError("no"), OSError("no")]
    sometimes = Noted(lambda: _raise(failures))
    sometimes.name = "sometimes"
    never = Noted(lambda: _raise([OSError("refused")]))
    never.name = "never"
    with alerting(tmp_path / "live", hanging, well, sometimes, never) as (alerts, said):
        alerts.tell(row(flagged[0]))
        waited(lambda: bool(well.sent) and bool(sometimes.sent) and bool(said))
        assert not hanging.sent
        held.set()
        waited(lambda: bool(hanging.sent))
    assert said == ["--alert never: 1 message could not be sent: refused"]


def _wait(held: threading.Event) -> None:
    held.wait(30)


def _raise(errors: list[OSError]) -> None:
    if errors:
        raise errors.pop()


def test_a_silent_interface_is_an_alarm(tmp_path: Path) -> None:
    target = Noted()
    quiet = {"kind": "quiet", "interface": "eth2", "file": None, "from": None, "to": None, "text": "nothing for 10 min"}
    with alerting(tmp_path / "live", target) as (alerts, _):
        alerts.tell({"at": moment(datetime.now(UTC)), "coverage": quiet})
        alerts.tell({"at": moment(datetime.now(UTC)), "coverage": {**quiet, "kind": "begin"}})
        waited(lambda: bool(target.sent))
    assert [one.text for one, _ in target.sent] == ["Office: eth2: nothing for 10 min"]


def test_a_command(tmp_path: Path, flagged: list[dict[str, Any]]) -> None:
    """Text on standard input, JSON in the environment; hostile words reach no shell, and stay text."""
    out = tmp_path / "out"
    script = tmp_path / "tell"
    script.write_text(f'#!/bin/sh\n{{ cat; printf %s "$WANWITNESS_ALERT"; }} > {out}.part; mv {out}.part {out}\n')
    script.chmod(0o755)
    hostile = {**flagged[0], "asked_name": "$(touch /tmp/taken)\x1b[2J;\n"}
    with alerting(tmp_path / "live", target_of(f"run:{script}")) as (alerts, _):
        alerts.tell(row(hostile))
        waited(out.exists)
    text, _, document = out.read_text().partition("\n{")
    assert "\x1b" not in text
    assert "touch /tmp/taken" in text
    assert json.loads("{" + document)["session"]["id"] == flagged[0]["id"]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo first >&2; echo no room >&2; exit 3", "the command ended with status 3: no room"),
        ("exit 4", "the command ended with status 4"),
    ],
)
def test_a_command_that_fails(tmp_path: Path, flagged: list[dict[str, Any]], script: str, why: str) -> None:
    """It is told with what the command said last; whatever the command began is not waited for."""
    command, begin = f"sleep 15 & {script}", time.monotonic()
    with alerting(tmp_path / "live", target_of(f"run:sh -c {shlex.quote(command)}")) as (alerts, said):
        alerts.tell(row(flagged[0]))
        waited(lambda: bool(said))
    assert time.monotonic() - begin < 15
    assert said == [f"--alert run:sh: 1 message could not be sent: {why}"]


def test_a_web_hook(tmp_path: Path, flagged: list[dict[str, Any]]) -> None:
    bodies: list[dict[str, Any]] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204 if len(bodies) > 1 else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        target = target_of(f"http://127.0.0.1:{server.server_port}/secret/hook")
        assert "secret" not in target.name
        with alerting(tmp_path / "live", target) as (alerts, said):
            alerts.tell(row(flagged[0]))
            waited(lambda: len(bodies) == 2)
        server.shutdown()
    assert said == []
    assert bodies[0] == bodies[1]
    assert bodies[0]["session"]["id"] == flagged[0]["id"]


def test_syslog(tmp_path: Path, flagged: list[dict[str, Any]]) -> None:
    """One datagram, on one line."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(20)
        target = target_of(f"syslog:127.0.0.1:{server.getsockname()[1]}")
        with alerting(tmp_path / "live", target) as (alerts, _):
            alerts.tell(row(flagged[0]))
            received = server.recv(65535)
    assert received.startswith(b"<28>wanwitness: Office: mail from ")
    assert b"\n" not in received


def test_mail(tmp_path: Path, flagged: list[dict[str, Any]]) -> None:
    """Handed to a mail server, as a mail that no robot answers."""
    said: list[str] = []

    class Taking(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            data = False
            for line in self.rfile:
                said.append(line.decode().rstrip("\r\n"))
                if data:
                    data = said[-1] != "."
                    reply = b"" if data else b"250 taken\r\n"
                else:
                    data = said[-1].upper() == "DATA"
                    reply = b"354 go on\r\n" if data else b"221 bye\r\n" if said[-1] == "quit" else b"250 fine\r\n"
                self.wfile.write(reply)

    with socketserver.TCPServer(("127.0.0.1", 0), Taking) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        target = target_of(f"mailto:admin@site.example?via=127.0.0.1:{server.server_address[1]}")
        with alerting(tmp_path / "live", target) as (alerts, _):
            alerts.tell(row(flagged[0]))
            waited(lambda: "." in said)
        server.shutdown()
    assert "rcpt TO:<admin@site.example>" in said
    assert "Auto-Submitted: auto-generated" in said
    assert any(line.startswith("Subject: Office: mail from ") for line in said)


NONE = ["", "run:", "run:/no/such/program", "https://", "ftp://x", "mailto:nobody", "syslog:a:b", "run:'", "me"]
OF_A_SHELL = ["run:cat >> /tmp/alerts", "run:echo x | mail root"]


@pytest.mark.parametrize("text", [*NONE, *OF_A_SHELL])
def test_a_target_that_cannot_be(text: str) -> None:
    with pytest.raises(UsageError, match="--alert"):
        target_of(text)
