"""How a session can end, whatever its links: what else makes a server refuse, and what hides the answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from wanwitness.lab.dialogue import KEY_LOG, ClientDialogue, plain
from wanwitness.lab.servers.dovecot import PASSWORD, USER
from wanwitness.lab.servers.postgrey import DELAY_S
from wanwitness.lab.stage import LabHost, Play

from .registry import scenario


def _to(pc: LabHost, label: str, script: Callable[[ClientDialogue], None] | None = None, **more: object) -> None:
    """Connect to `LABEL.isp1.example`, resolved and reached over link 1."""
    pc.mail(pc.ask(f"{label}.isp1.example", by="isp1").first, script, over="isp1", **more)  # type: ignore[arg-type]


def private_mail(dialogue: ClientDialogue, key_log: Path | None = None) -> None:
    """Turn to TLS and send a mail."""
    dialogue.hello()
    dialogue.start_tls(key_log=key_log)
    dialogue.say("EHLO pc.lan")
    dialogue.mail("alice@isp1.example", "bob@third.example")


@scenario("starttls", "consistent opaque")
def starttls(play: Play) -> None:
    """The client turns to TLS, so what the server said to the mail is not visible."""
    _to(play.client(), "tls", private_mail)


@scenario("starttls-key-log", "consistent opaque", "link-mismatch opaque")
def starttls_key_log(play: Play) -> None:
    """The client keeps TLS's keys (`keylog.txt`): inside, the first mail is taken, the other, by link 2, refused."""
    pc, script = play.client(), partial(private_mail, key_log=play.stage.folder / KEY_LOG)
    pc.mail(pc.ask("tls.isp1.example", by="isp1").first, script, over="isp1")
    pc.mail(pc.ask("tls.isp1.example", by="isp1").first, script, over="isp2")


@scenario("implicit-tls", "consistent opaque")
def implicit_tls(play: Play) -> None:
    """The connection is TLS from its first byte, on port 465."""

    def script(dialogue: ClientDialogue) -> None:
        dialogue.start_tls(command=False)
        dialogue.hello()
        dialogue.mail("alice@isp1.example", "bob@third.example")

    _to(play.client(), "tls", script, port=465)


@scenario("starttls-required", "link-mismatch rejected")
def starttls_required(play: Play) -> None:
    """The server wants STARTTLS first, also with 530 5.7.0: the links, which differ, are not to blame."""
    pc = play.client()
    pc.mail(pc.ask("strict.isp1.example", by="isp2").first, over="isp1")


@scenario("auth-success", "consistent accepted")
def auth_success(play: Play) -> None:
    """The client logs in, and the relay takes its mail from anywhere."""

    def script(dialogue: ClientDialogue) -> None:
        dialogue.hello()
        dialogue.authenticate(USER, PASSWORD)
        dialogue.mail("alice@isp1.example", f"bob.{dialogue.source_port}@third.example")

    _to(play.client(), "auth", script)


@scenario("auth-after-refusal", "link-mismatch accepted")
def auth_after_refusal(play: Play) -> None:
    """The relay refuses the mail with 530, the client logs in and sends it after all, on the submission port."""

    def script(dialogue: ClientDialogue) -> None:
        dialogue.hello()
        dialogue.say("MAIL FROM:<alice@isp1.example>")
        dialogue.authenticate(USER, PASSWORD)
        dialogue.mail("alice@isp1.example", f"bob.{dialogue.source_port}@third.example")

    pc = play.client()
    pc.mail(pc.ask("auth.isp1.example", by="isp2").first, script, over="isp1", port=587)


@scenario("auth-failure", "consistent rejected", mixes=False)
def auth_failure(play: Play) -> None:
    """The password is wrong."""

    def script(dialogue: ClientDialogue) -> None:
        dialogue.hello()
        dialogue.authenticate(USER, "no")

    _to(play.client(), "auth", script)


@scenario("relay-access-denied", "link-mismatch rejected")
def relay_access_denied(play: Play) -> None:
    """ISP 1's relay, resolved over link 1 and reached over link 2, says `Relay access denied` to the recipient."""
    pc = play.client()
    pc.mail(pc.ask("denying.isp1.example", by="isp1").first, over="isp2")


@scenario("one-recipient-refused", "consistent accepted")
def one_recipient_refused(play: Play) -> None:
    """The server takes one of two recipients: for the other domain it does not relay."""
    pc = play.client()
    script = plain("alice@isp1.example", "bob@elsewhere.example", "bob@third.example")
    pc.mail(pc.ask("mx.third.example", by="isp1").first, script, over="isp1")


@scenario("block-listed", "consistent rejected")
def block_listed(play: Play) -> None:
    """A recipient's server refuses by its banner: the site's address on link 2 is on its block list."""
    pc = play.client()
    pc.mail(pc.ask("mx.bigmail.example", by="isp2").first, over="isp2")


@scenario("greylisted", "consistent deferred", "consistent accepted", mixes=False)
def greylisted(play: Play) -> None:
    """A recipient's server defers what it does not know, and takes the second try."""
    pc, recipient = play.client(), f"bob.{time.time_ns():x}@grey.example"
    for wait in (DELAY_S + 0.5, 0):
        pc.mail(pc.ask("mx.grey.example", by="isp1").first, plain("alice@isp1.example", recipient), over="isp1")
        time.sleep(wait)


@scenario("no-mail", "consistent no-mail")
def no_mail(play: Play) -> None:
    """The client greets and leaves."""

    def script(dialogue: ClientDialogue) -> None:
        dialogue.hello()

    _to(play.client(), "smtp", script)


@scenario("abandoned", "consistent aborted")
def abandoned(play: Play) -> None:
    """The client closes the connection in the middle of a mail."""

    def script(dialogue: ClientDialogue) -> None:
        dialogue.hello()
        dialogue.say("MAIL FROM:<alice@isp1.example>")
        dialogue.abandon()

    _to(play.client(), "smtp", script)


@scenario("telnet", "link-mismatch rejected", mixes=False)
def telnet(play: Play) -> None:
    """Somebody tries by hand, every character in a packet of its own."""
    pc = play.client()
    pc.mail(pc.ask("smtp.isp1.example", by="isp2").first, over="isp1", letterwise=True)


@scenario("pipelining", "consistent accepted")
def pipelining(play: Play) -> None:
    """The client sends its commands in one go."""

    def script(dialogue: ClientDialogue) -> None:
        dialogue.hello()
        dialogue.pipelined_mail("alice@isp1.example", f"bob.{dialogue.source_port}@third.example")

    _to(play.client(), "smtp", script)
